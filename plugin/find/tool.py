# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool: what is clicked or framed is like what one looks for, or, with Shift, unlike it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent
from qgis.PyQt.QtCore import Qt, pyqtSignal

from ..map_tool.point_tool import PointTool


class FindTool(PointTool):
    """The right button, too, says "not like this". With Shift a drag does not zoom here."""

    pointed = pyqtSignal(QgsPointXY, bool)
    """A point, and whether it is a good example."""
    framed = pyqtSignal(object, bool)
    """Two opposite corners of a box, and whether it is a good example."""

    def __init__(self, canvas: QgsMapCanvas, *, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas, name="geosiftFind", is_panning=is_panning)
        self._with_shift = False
        self.clicked.connect(self._point)
        self.dragged.connect(self._frame)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        self._with_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().canvasReleaseEvent(event)

    def _point(self, point: QgsPointXY, left: bool) -> None:
        self.pointed.emit(point, left and not self._with_shift)

    def _frame(self, ends: Any) -> None:
        self.framed.emit(ends, not self._with_shift)
