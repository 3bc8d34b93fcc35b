# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that cuts out: what is clicked or framed is the object, or beside it."""

from __future__ import annotations

from collections.abc import Callable

from qgis.gui import QgsMapCanvas, QgsMapTool

from ..map_tool.point_tool import PointTool


class PromptTool(PointTool):
    """Knows nothing of networks."""

    def __init__(self, canvas: QgsMapCanvas, *, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas, name="geosiftPrompt", is_panning=is_panning)

    def flags(self) -> QgsMapTool.Flags:
        """See QgsMapTool.flags: Shift and a drag zoom, as with QGIS's own tools."""
        return QgsMapTool.Flag.AllowZoomRect
