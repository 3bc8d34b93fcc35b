# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool draws on the map: examples, the box being drawn, and the place one looks at."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsGeometry, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtGui import QColor

from ..map_tool.marks import draw, outline_band, sign
from .example import AREA, PATCH, SHAPE, Example
from .ground import Ground

GOOD, BAD = QColor("#0072B2"), QColor("#D55E00")
"""Blue and vermilion of Okabe and Ito (2008), which the colour-blind tell apart; the signs have
shapes of their own, too."""
_LOOKED_AT = QColor("#F0E442")
_SIZE, _PEN = 13, 4


class Markers:
    """Items on the canvas, in its coordinates; nothing of it is in the project."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.items: list[QgsVertexMarker | QgsRubberBand] = []
        self.drag = outline_band(canvas, GOOD, dashed=True)
        self.place = outline_band(canvas, _LOOKED_AT)

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
        if ends is None:
            draw(self.drag, None)
            return
        one, two = ends
        ring = [one, QgsPointXY(two.x(), one.y()), two, QgsPointXY(one.x(), two.y()), one]
        draw(self.drag, QgsGeometry.fromPolygonXY([ring]))

    def show_place(self, ring: Sequence[QgsPointXY]) -> None:
        """The patch one looks at, or none."""
        draw(self.place, QgsGeometry.fromPolygonXY([list(ring)]) if ring else None)

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
        band = outline_band(self._canvas, color, dashed=not example.good)
        draw(band, QgsGeometry.fromMultiPolygonXY([[ring] for ring in moved]))
        self.items.append(band)

    def _marker(self, at: QgsPointXY, *, good: bool, large: bool) -> QgsVertexMarker:
        size, pen = (_SIZE, _PEN) if large else (_SIZE - 4, _PEN - 1)
        return sign(self._canvas, at, GOOD if good else BAD, good=good, size=size, pen=pen)

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
