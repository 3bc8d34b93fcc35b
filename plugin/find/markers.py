# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool draws on the map: examples, the box being drawn, and the place one looks at."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

from .example import AREA, PATCH, SHAPE, Example
from .ground import Ground

GOOD, BAD = QColor("#0072B2"), QColor("#D55E00")
"""Blue and vermilion of Okabe and Ito (2008), which the colour-blind tell apart; the signs have
shapes of their own, too."""
_HALO, _NO_FILL = QColor(255, 255, 255, 220), QColor(0, 0, 0, 0)
_LOOKED_AT = QColor("#F0E442")
_SIZE, _PEN = 13, 4
_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry


class Markers:
    """Items on the canvas, in its coordinates; nothing of it is in the project."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.items: list[QgsVertexMarker | QgsRubberBand] = []
        self.drag = self._band(GOOD, dashed=True)
        self.place = self._band(_LOOKED_AT)

    def show(self, examples: Sequence[Example], ground: Ground | None) -> None:
        """Draw these and no others; those the map has no place for are not drawn."""
        self._drop()
        if ground is None:
            return
        for example in examples:
            color = GOOD if example.good else BAD
            at = ground.on_map(*example.at)
            if example.kind in (AREA, SHAPE):
                self._outline(example, ground, color)
            if at is not None and example.kind != SHAPE:
                self.items.append(self._marker(at, good=example.good, large=example.kind != PATCH))

    def show_drag(self, ends: tuple[QgsPointXY, QgsPointXY] | None) -> None:
        """The box so far, or none."""
        self.drag.reset(_POLYGON)
        if ends is not None:
            one, two = ends
            ring = [one, QgsPointXY(two.x(), one.y()), two, QgsPointXY(one.x(), two.y()), one]
            self.drag.setToGeometry(QgsGeometry.fromPolygonXY([ring]), None)

    def show_place(self, ring: Sequence[QgsPointXY]) -> None:
        """The patch one looks at, or none."""
        self.place.reset(_POLYGON)
        if ring:
            self.place.setToGeometry(QgsGeometry.fromPolygonXY([list(ring)]), None)

    def remove(self) -> None:
        """Take everything off the canvas, for good."""
        self._drop()
        for band in (self.drag, self.place):
            self._canvas.scene().removeItem(band)
        del band, self.drag, self.place

    def _outline(self, example: Example, ground: Ground, color: QColor) -> None:
        rings = _rings(example)
        moved = [[ground.on_map(x, y) for x, y in ring] for ring in rings]
        if any(point is None for ring in moved for point in ring):
            return
        band = self._band(color, dashed=not example.good)
        band.setToGeometry(QgsGeometry.fromMultiPolygonXY([[ring] for ring in moved]), None)
        self.items.append(band)

    def _band(self, color: QColor, *, dashed: bool = False) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, _POLYGON)
        band.setStrokeColor(color)
        band.setSecondaryStrokeColor(_HALO)
        band.setFillColor(_NO_FILL)
        band.setWidth(2)
        if dashed:
            band.setLineStyle(Qt.PenStyle.DashLine)
        return band

    def _marker(self, at: QgsPointXY, *, good: bool, large: bool) -> QgsVertexMarker:
        """Two shapes, for those who do not tell the colours apart."""
        marker, kinds = QgsVertexMarker(self._canvas), QgsVertexMarker.IconType
        marker.setIconType(kinds.ICON_CIRCLE if good else kinds.ICON_X)
        marker.setIconSize(_SIZE if large else _SIZE - 4)
        marker.setPenWidth(_PEN if large else _PEN - 1)
        marker.setColor(GOOD if good else BAD)
        marker.setFillColor(_HALO)
        marker.setCenter(at)
        return marker

    def _drop(self) -> None:
        for item in self.items:
            self._canvas.scene().removeItem(item)
        self.items.clear()


def _rings(example: Example) -> list[list[tuple[float, float]]]:
    """The outer outlines of an area or a shape."""
    if example.kind == AREA:
        left, bottom, right, top = example.what
        corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
        return [corners]
    shape = example.what
    several = shape["type"] == "MultiPolygon"
    parts = shape["coordinates"] if several else [shape["coordinates"]]
    return [[(point[0], point[1]) for point in rings[0]] for rings in parts]
