# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that draws labels and takes them away; it knows nothing of lessons."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent
from qgis.PyQt.QtCore import pyqtSignal

from ..map_tool.draw_tool import DrawTool

ERASE = "erase"
"""The mode in which labels are taken away; the others are the kinds of shapes."""


class LabelTool(DrawTool):
    """Erases where the left button is held in that mode, and where a right click ends nothing."""

    erased = pyqtSignal(QgsPointXY)
    """Whatever label is at this place shall go."""

    def __init__(self, canvas: QgsMapCanvas, *, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas, name="geosiftTeach", is_panning=is_panning)

    @property
    def mode(self) -> str:
        """The kind of shape it draws, or ERASE."""
        return self.kind or ERASE

    def set_mode(self, mode: str) -> None:
        """Draw another kind of shape, or erase; what is being drawn is given up."""
        self.set_kind(None if mode == ERASE else mode)

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        super().canvasPressEvent(event)
        if self.mode == ERASE and self._begins(event):
            self.erased.emit(event.mapPoint())

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        super().canvasMoveEvent(event)
        if self.mode == ERASE and self._pressed is not None:
            self.erased.emit(event.mapPoint())

    def _right(self, place: QgsPointXY) -> None:
        if self.has_sketch:
            self.finish()
        else:
            self.erased.emit(place)
