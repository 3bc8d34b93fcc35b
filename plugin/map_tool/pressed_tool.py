# SPDX-License-Identifier: GPL-2.0-or-later
"""What begins with the left button on the map, unless the mouse moves the map just now."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import Qt


class PressedTool(QgsMapTool):
    """Points are in the coordinates of the map; `name` is what QGIS calls the tool."""

    def __init__(self, canvas: QgsMapCanvas, *, name: str, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas)
        self.setToolName(name)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._is_panning = is_panning
        self._pressed: QgsPointXY | None = None
        """Where the button went down; None while it is up."""

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        self.canvas().setFocus()  # what was being typed in a panel is over
        if self._begins(event):
            self._pressed = event.mapPoint()

    def _begins(self, event: QgsMapMouseEvent) -> bool:
        return event.button() == Qt.MouseButton.LeftButton and not self._is_panning()
