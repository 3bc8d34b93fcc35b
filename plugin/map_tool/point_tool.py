# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that points: tells where the mouse is, clicks and drags boxes."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent
from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication

from .pressed_tool import PressedTool


class PointTool(PressedTool):
    """Points are in the coordinates of the map; a drag is where it began and where it is."""

    hovered = pyqtSignal(QgsPointXY)
    left = pyqtSignal()
    """The pointer is no longer on the map."""
    clicked = pyqtSignal(QgsPointXY, bool)
    """A point, and whether by the left button; else it was the right one."""
    dragging = pyqtSignal(object)
    """Both ends of the drag so far, None when it is over or given up."""
    dragged = pyqtSignal(object)

    def __init__(self, canvas: QgsMapCanvas, *, name: str, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas, name=name, is_panning=is_panning)
        self._is_box = False

    def activate(self) -> None:
        super().activate()
        self.canvas().viewport().installEventFilter(self)

    def deactivate(self) -> None:
        self.canvas().viewport().removeEventFilter(self)
        self.give_up_box()
        super().deactivate()

    @property
    def has_box(self) -> bool:
        """Whether a box is being drawn."""
        return self._is_box

    def give_up_box(self) -> None:
        """Draw no box although the button is down."""
        self._pressed = None
        if self._is_box:
            self._is_box = False
            self.dragging.emit(None)

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        """The second of two quick clicks is a click like any other."""
        self.canvasPressEvent(event)

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        if self._pressed is not None and not event.buttons() & Qt.MouseButton.LeftButton:
            self.give_up_box()  # the release went elsewhere, as to a dialog that came up
        if self._pressed is None:
            if event.buttons() == Qt.MouseButton.NoButton:
                self.hovered.emit(event.mapPoint())
            return
        if not self._is_box:
            start = self.toCanvasCoordinates(self._pressed)
            way = (event.pos() - start).manhattanLength()
            self._is_box = way >= QApplication.startDragDistance()
        if self._is_box:
            self.dragging.emit((self._pressed, event.mapPoint()))

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.RightButton:
            if self._pressed is None and not self._is_panning():
                self.clicked.emit(event.mapPoint(), False)
            return
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        if self._is_box:
            ends = self._pressed, event.mapPoint()
            self.give_up_box()
            self.dragged.emit(ends)
        else:
            self._pressed = None
            self.clicked.emit(event.mapPoint(), True)

    def eventFilter(self, _target: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        return False
