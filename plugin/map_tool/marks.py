# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools draw on the map: outlines with a halo, readable on any picture, and two signs."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

HALO = QColor(255, 255, 255, 220)
NO_FILL = QColor(0, 0, 0, 0)
_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry


def outline_band(
    canvas: QgsMapCanvas,
    color: QColor,
    *,
    fill: QColor = NO_FILL,
    width: int = 2,
    dashed: bool = False,
) -> QgsRubberBand:
    """An outline, as yet of nothing; an item of the canvas, to be taken off it again."""
    band = QgsRubberBand(canvas, _POLYGON)
    band.setStrokeColor(color)
    band.setSecondaryStrokeColor(HALO)
    band.setFillColor(fill)
    band.setWidth(width)
    if dashed:
        band.setLineStyle(Qt.PenStyle.DashLine)
    return band


def draw(band: QgsRubberBand, geometry: QgsGeometry | None) -> None:
    """Have the band show a geometry in the map's coordinates, or nothing."""
    if geometry is None:
        band.reset(_POLYGON)
    else:
        band.setToGeometry(geometry, None)


def sign(
    canvas: QgsMapCanvas, at: QgsPointXY, color: QColor, *, good: bool, size: int, pen: int
) -> QgsVertexMarker:
    """A ring or a cross: two shapes, for those who do not tell the colours apart."""
    marker, kinds = QgsVertexMarker(canvas), QgsVertexMarker.IconType
    marker.setIconType(kinds.ICON_CIRCLE if good else kinds.ICON_X)
    marker.setIconSize(size)
    marker.setPenWidth(pen)
    marker.setColor(color)
    marker.setFillColor(HALO)
    marker.setCenter(at)
    return marker
