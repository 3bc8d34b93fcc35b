# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that draws points, lines and polygons, freehand or corner by corner."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication

from .kinds import LINE, POINT
from .pressed_tool import PressedTool

_APART = 3
"""Screen pixels between two points of a line drawn freehand."""


class DrawTool(PressedTool):
    """Draws one of KINDS, or nothing for a while (`kind` is None).

    A line or polygon is drawn freehand by a drag, or corner by corner by clicks; a right click, a
    double click or `finish` ends the latter.
    """

    drawn = pyqtSignal(str, object)
    """Which kind of shape, and its points."""
    sketched = pyqtSignal(object)
    """The points so far and where the pointer is; None when it is over or given up."""

    def __init__(self, canvas: QgsMapCanvas, *, name: str, is_panning: Callable[[], bool]) -> None:
        super().__init__(canvas, name=name, is_panning=is_panning)
        self._kind: str | None = LINE
        self._points: list[QgsPointXY] = []
        self._is_freehand = False

    @property
    def kind(self) -> str | None:
        """The kind of shape it draws; None: it draws nothing."""
        return self._kind

    @property
    def has_sketch(self) -> bool:
        """Whether something is being drawn."""
        return bool(self._points)

    def set_kind(self, kind: str | None) -> None:
        """Draw another kind of shape, or nothing; what is being drawn is given up."""
        if kind != self._kind:
            self.give_up()
            self._kind = kind

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
        """End what is being drawn: it becomes a shape."""
        points, self._points = self._points, []
        self._pressed, self._is_freehand = None, False
        if points:
            self.sketched.emit(None)
            self.drawn.emit(self._kind, points)

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 (QGIS's name)
        """Ends a shape drawn by clicks; for points it is a click like any other."""
        if self._kind in (POINT, None):
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
        elif self._kind not in (POINT, None):
            self._drag(event)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.RightButton:
            if self._pressed is None and not self._is_panning():
                self._right(event.mapPoint())
            return
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        place, self._pressed = self._pressed, None
        if self._kind is None:
            return
        if self._is_freehand:
            self._points.append(event.mapPoint())
            self.finish()
            return
        self._points.append(place)
        if self._kind == POINT:
            self.finish()
        else:
            self.sketched.emit(list(self._points))

    def _right(self, _place: QgsPointXY) -> None:
        """A right click ends what is being drawn by clicks."""
        self.finish()

    def _drag(self, event: QgsMapMouseEvent) -> None:
        last = self._points[-1] if self._is_freehand else self._pressed
        way = (event.pos() - self.toCanvasCoordinates(last)).manhattanLength()
        if not self._is_freehand and way >= QApplication.startDragDistance():
            self._is_freehand = True
            self._points.append(self._pressed)
        if self._is_freehand and way >= _APART:
            self._points.append(event.mapPoint())
            self.sketched.emit(list(self._points))
