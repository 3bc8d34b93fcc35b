# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool draws on the map: the outline, what a click would give, clicks and the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from .outline_feature import geometry_of
from .pointed import Drag, Pointed

if TYPE_CHECKING:
    from ...inference.prompt.shape import Outline

ON, BESIDE = QColor("#1A9850"), QColor("#D73027")
_HALO = QColor(255, 255, 255, 200)
_ANSWER, _FILL = QColor("#2166F3"), QColor(33, 102, 243, 55)
_NO_FILL = QColor(0, 0, 0, 0)
_MARKER_SIZE, _PEN = 11, 3


class Preview:
    """Items on the canvas, in its coordinates; nothing of it is in the project."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.hover = self._band(_ANSWER, _NO_FILL, width=2, dashed=True)
        self.answer = self._band(_ANSWER, _FILL, width=2)
        self.box = self._band(ON, _NO_FILL, width=1, dashed=True)
        self.markers: list[QgsVertexMarker] = []

    def show_hover(self, outline: Outline | None, to_canvas: QgsCoordinateTransform) -> None:
        """The outline a click would give, or none."""
        self._show(self.hover, outline, to_canvas)

    def hide_hover(self) -> None:
        """Show no longer what a click would give."""
        self.hover.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def show_answer(self, outline: Outline | None, to_canvas: QgsCoordinateTransform) -> None:
        """The outline of the object so far, or none."""
        self._show(self.answer, outline, to_canvas)

    def show_pointed(self, pointed: Pointed, to_canvas: QgsCoordinateTransform) -> None:
        """Clicks in green and red, and the box."""
        self._drop_markers()
        for click in pointed.clicks:
            place = _moved(QgsPointXY(*click.at), to_canvas)
            if place is not None:
                self.markers.append(self._marker(place, positive=click.positive))
        self.show_box(pointed.drag, to_canvas)

    def show_box(self, drag: Drag | None, to_canvas: QgsCoordinateTransform) -> None:
        """A box, or none."""
        self.box.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
        corners = [] if drag is None else [*drag.corners, drag.corners[0]]
        places = [_moved(QgsPointXY(*corner), to_canvas) for corner in corners]
        if places and None not in places:
            self.box.setToGeometry(QgsGeometry.fromPolygonXY([places]), None)

    def clear(self) -> None:
        """Draw nothing."""
        self._drop_markers()
        for band in (self.hover, self.answer, self.box):
            band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def remove(self) -> None:
        """Take everything off the canvas, for good, as long as there is a canvas."""
        self._drop_markers()
        for band in (self.hover, self.answer, self.box):
            self._canvas.scene().removeItem(band)
        del band, self.hover, self.answer, self.box

    def _show(
        self, band: QgsRubberBand, outline: Outline | None, to_canvas: QgsCoordinateTransform
    ) -> None:
        band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
        if outline is None:
            return
        geometry = geometry_of(outline)
        try:
            geometry.transform(to_canvas)
        except QgsCsException:  # the map's CRS has no such place, so it has nothing to draw
            return
        band.setToGeometry(geometry, None)

    def _band(
        self, color: QColor, fill: QColor, *, width: int, dashed: bool = False
    ) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        band.setStrokeColor(color)
        band.setFillColor(fill)
        band.setSecondaryStrokeColor(_HALO)
        band.setWidth(width)
        if dashed:
            band.setLineStyle(Qt.PenStyle.DashLine)
        return band

    def _marker(self, place: QgsPointXY, *, positive: bool) -> QgsVertexMarker:
        """Two shapes, for those who do not tell green from red."""
        marker = QgsVertexMarker(self._canvas)
        kinds = QgsVertexMarker.IconType
        marker.setIconType(kinds.ICON_CIRCLE if positive else kinds.ICON_X)
        marker.setIconSize(_MARKER_SIZE)
        marker.setPenWidth(_PEN)
        marker.setColor(ON if positive else BESIDE)
        marker.setFillColor(_HALO)
        marker.setCenter(place)
        return marker

    def _drop_markers(self) -> None:
        for marker in self.markers:
            self._canvas.scene().removeItem(marker)
        self.markers.clear()


def _moved(place: QgsPointXY, transform: QgsCoordinateTransform) -> QgsPointXY | None:
    """The place in the map's coordinates; None where these have no such place."""
    try:
        return transform.transform(place)
    except QgsCsException:
        return None
