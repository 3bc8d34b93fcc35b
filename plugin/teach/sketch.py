# SPDX-License-Identifier: GPL-2.0-or-later
"""What is being drawn, and the labels there are, drawn over the preview in their class's colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from ..map_tool.kinds import LINE, POINT, POLYGON
from ..map_tool.marks import HALO
from ..map_tool.places import moved
from .shapes import geometry_of, kind_of

if TYPE_CHECKING:
    from ...inference.teaching.lesson import Lesson

_TYPES = {
    POINT: QgsWkbTypes.GeometryType.PointGeometry,
    LINE: QgsWkbTypes.GeometryType.LineGeometry,
    POLYGON: QgsWkbTypes.GeometryType.PolygonGeometry,
}
_FILL_ALPHA = 60
_WIDTH, _DOT = 3, 9


class Sketch:
    """Items on the canvas, in its coordinates; nothing of it is in the project."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._drawing: QgsRubberBand | None = None
        self._labels: list[QgsRubberBand] = []

    @property
    def drawing(self) -> QgsGeometry:
        """What is being drawn, in the map's coordinates; empty when nothing is."""
        return QgsGeometry() if self._drawing is None else self._drawing.asGeometry()

    def show_drawing(self, kind: str, points: Sequence[QgsPointXY] | None, color: QColor) -> None:
        """The points of a shape so far, None: no shape."""
        self._drawing = self._without(self._drawing)
        if points is None:
            return
        band = self._drawing = self._band(kind, color)
        for point in points:
            band.addPoint(point, False)
        band.updatePosition()
        band.show()

    def show_labels(self, lesson: Lesson, to_canvas: QgsCoordinateTransform) -> None:
        """The labels of a lesson, a band for each kind of each class."""
        self.hide_labels()
        for info in lesson.classes:
            for kind in _TYPES:
                found = [
                    moved(geometry_of(label.shape), to_canvas)
                    for label in lesson.labels
                    if label.class_id == info.id and kind_of(label.shape) == kind
                ]
                placed = [each for each in found if each is not None]
                if placed:
                    band = self._band(kind, QColor(info.color))
                    band.setToGeometry(QgsGeometry.collectGeometry(placed), None)
                    self._labels.append(band)

    def set_labels_visible(self, shown: bool) -> None:
        """Hide them for a moment, or show them again."""
        for band in self._labels:
            band.setVisible(shown)

    def hide_labels(self) -> None:
        """Draw no labels."""
        for band in self._labels:
            self._without(band)
        self._labels = []

    def remove(self) -> None:
        """Take everything off the canvas."""
        self._drawing = self._without(self._drawing)
        self.hide_labels()

    def _without(self, band: QgsRubberBand | None) -> None:
        if band is not None:
            self._canvas.scene().removeItem(band)

    def _band(self, kind: str, color: QColor) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, _TYPES[kind])
        fill = QColor(color)
        fill.setAlpha(color.alpha() if kind == POINT else _FILL_ALPHA)
        band.setStrokeColor(color)
        band.setFillColor(fill)
        band.setSecondaryStrokeColor(HALO)
        band.setWidth(_WIDTH)
        band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
        band.setIconSize(_DOT)
        return band
