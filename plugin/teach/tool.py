# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that draws labels: tells what is drawn or erased, and knows nothing of lessons."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication

from .shapes import LINE, POINT

ERASE = "erase"
"""The mode in which labels are taken away; the others are the kinds of shapes."""
_APART = 3
"""Screen pixels between two points of a line drawn freehand."""


class LabelTool(QgsMapTool):
    """Points are in the coordinates of the map.

    A line or polygon is drawn freehand by a drag, or corner by corner by clicks; a right click, a
    double click or `finish` ends the latter.
    """

    drawn = pyqtSignal(str, object)
    """Which kind of shape, and its points."""
    sketched = pyqtSignal(object)
    """The points so far and where the pointer is; None when it is over or given up."""
    erased = pyqtSignal(QgsPointXY)
    """Whatever label is at this place shall go."""

    def __init__(self, canvas: QgsMapCanvas, *, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas)
        self.setToolName("geosiftTeach")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._is_panning = is_panning
        self._mode = LINE
        self._points: list[QgsPointXY] = []
        self._pressed: QgsPointXY | None = None
        self._is_freehand = False

    @property
    def mode(self) -> str:
        """The kind of shape it draws, or ERASE."""
        return self._mode

    @property
    def has_sketch(self) -> bool:
        """Whether something is being drawn."""
        return bool(self._points)

    def set_mode(self, mode: str) -> None:
        """Draw another kind of shape, or erase; what is being drawn is given up."""
        if mode != self._mode:
            self.give_up()
            self._mode = mode

    def flags(self) -> QgsMapTool.Flags:
        """See QgsMapTool.flags: Shift and a drag zoom, as with QGIS's own tools."""
        return QgsMapTool.Flag.AllowZoomRect

    def deactivate(self) -> None:
        self.give_up()
        super().deactivate()

    def give_up(self) -> None:
        """Draw nothing although one had begun to."""
        self._pressed, self._is_freehand = None, False
        if self._points:
            self._points = []
            self.sketched.emit(None)

    def take_back(self) -> None:
        """Remove the corner that was clicked last."""
        del self._points[-1:]
        self.sketched.emit(list(self._points) or None)

    def finish(self) -> None:
        """End what is being drawn: it becomes a label."""
        points, self._points = self._points, []
        self._pressed, self._is_freehand = None, False
        if points:
            self.sketched.emit(None)
            self.drawn.emit(self._mode, points)

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        self.canvas().setFocus()  # what was being typed in a panel is over
        if event.button() != Qt.MouseButton.LeftButton or self._is_panning():
            return
        self._pressed = event.mapPoint()
        if self._mode == ERASE:
            self.erased.emit(event.mapPoint())

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        """Ends a shape drawn by clicks; for points it is a click like any other."""
        if self._mode in (POINT, ERASE):
            self.canvasPressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.finish()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if self._pressed is not None and not held:
            self._pressed = None  # the release went elsewhere, as to a dialog that came up
            if self._is_freehand:
                self.give_up()
        if self._pressed is None:
            if self._points:
                self.sketched.emit([*self._points, event.mapPoint()])
        elif self._mode == ERASE:
            self.erased.emit(event.mapPoint())
        elif self._mode != POINT:
            self._drag(event)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.RightButton:
            self._right(event.mapPoint())
            return
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        place, self._pressed = self._pressed, None
        if self._mode == ERASE:
            return
        if self._is_freehand:
            self._points.append(event.mapPoint())
            self.finish()
            return
        self._points.append(place)
        if self._mode == POINT:
            self.finish()
        else:
            self.sketched.emit(list(self._points))

    def _right(self, place: QgsPointXY) -> None:
        """Ends what is being drawn by clicks, and takes a label away where there is nothing."""
        if self._pressed is not None or self._is_panning():
            return
        if self._points:
            self.finish()
        else:
            self.erased.emit(place)

    def _drag(self, event: QgsMapMouseEvent) -> None:
        last = self._points[-1] if self._is_freehand else self._pressed
        way = (event.pos() - self.toCanvasCoordinates(last)).manhattanLength()
        if not self._is_freehand and way >= QApplication.startDragDistance():
            self._is_freehand = True
            self._points.append(self._pressed)
        if self._is_freehand and way >= _APART:
            self._points.append(event.mapPoint())
            self.sketched.emit(list(self._points))
