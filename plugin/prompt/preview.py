# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool draws on the map: the outline, what a click would give, clicks and the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtGui import QColor

from ..map_tool.marks import draw, outline_band, sign
from ..map_tool.places import moved, moved_point
from .outline_feature import geometry_of
from .pointed import Drag, Pointed

if TYPE_CHECKING:
    from ...inference.prompt.shape import Outline

ON, BESIDE = QColor("#1A9850"), QColor("#D73027")
_ANSWER, _FILL = QColor("#2166F3"), QColor(33, 102, 243, 55)
_SIZE, _PEN = 11, 3


class Preview:
    """Items on the canvas, in its coordinates; nothing of it is in the project."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.hover = outline_band(canvas, _ANSWER, dashed=True)
        self.answer = outline_band(canvas, _ANSWER, fill=_FILL)
        self.box = outline_band(canvas, ON, width=1, dashed=True)
        self.markers: list[QgsVertexMarker] = []

    def show_hover(self, outline: Outline | None, to_canvas: QgsCoordinateTransform) -> None:
        """The outline a click would give, or none."""
        self._show(self.hover, outline, to_canvas)

    def hide_hover(self) -> None:
        """Show no longer what a click would give."""
        draw(self.hover, None)

    def show_answer(self, outline: Outline | None, to_canvas: QgsCoordinateTransform) -> None:
        """The outline of the object so far, or none."""
        self._show(self.answer, outline, to_canvas)

    def show_pointed(self, pointed: Pointed, to_canvas: QgsCoordinateTransform) -> None:
        """Clicks in green and red, and the box."""
        self._drop_markers()
        for click in pointed.clicks:
            place, good = moved_point(QgsPointXY(*click.at), to_canvas), click.positive
            if place is not None:
                color = ON if good else BESIDE
                marker = sign(self._canvas, place, color, good=good, size=_SIZE, pen=_PEN)
                self.markers.append(marker)
        self.show_box(pointed.drag, to_canvas)

    def show_box(self, drag: Drag | None, to_canvas: QgsCoordinateTransform) -> None:
        """A box, or none."""
        corners = [] if drag is None else [*drag.corners, drag.corners[0]]
        places = [moved_point(QgsPointXY(*corner), to_canvas) for corner in corners]
        is_there = places and None not in places
        draw(self.box, QgsGeometry.fromPolygonXY([places]) if is_there else None)

    def clear(self) -> None:
        """Draw nothing."""
        self._drop_markers()
        for band in (self.hover, self.answer, self.box):
            draw(band, None)

    def remove(self) -> None:
        """Take everything off the canvas, for good, as long as there is a canvas."""
        self._drop_markers()
        for band in (self.hover, self.answer, self.box):
            self._canvas.scene().removeItem(band)
        del band, self.hover, self.answer, self.box

    def _show(
        self, band: QgsRubberBand, outline: Outline | None, to_canvas: QgsCoordinateTransform
    ) -> None:
        draw(band, None if outline is None else moved(geometry_of(outline), to_canvas))

    def _drop_markers(self) -> None:
        for marker in self.markers:
            self._canvas.scene().removeItem(marker)
        self.markers.clear()
