# SPDX-License-Identifier: GPL-2.0-or-later
"""From an outline to features that fit a layer, whatever its geometry, CRS and fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsLineString,
    QgsMultiPolygon,
    QgsPolygon,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from ...inference.errors import OutputError
from ..i18n import tr
from ..results.field_types import field_type

if TYPE_CHECKING:
    from ...inference.prompt.shape import Outline


def pieces_for(layer: QgsVectorLayer, outline: Outline) -> tuple[Outline, ...]:
    """The outline, or each of its parts where the layer takes no features of several parts."""
    return outline.separated if QgsWkbTypes.isSingleType(layer.wkbType()) else (outline,)


def feature_of(
    outline: Outline,
    values: Mapping[str, Any],
    layer: QgsVectorLayer,
    *,
    crs: QgsCoordinateReferenceSystem,
    project: QgsProject,
) -> QgsFeature:
    """An outline in `crs` as the layer takes it, whatever its CRS and its kind of polygons.

    Of the `values` (by column) those count for which the layer has a field. Raises OutputError.
    """
    geometry = _transformed(geometry_of(outline), layer, crs=crs, project=project)
    fields = layer.fields()
    attributes = {
        index: _fitting(value, fields.at(index))
        for name, value in values.items()
        if (index := fields.lookupField(name)) >= 0
    }
    (fitting,) = geometry.coerceToType(layer.wkbType())
    return QgsVectorLayerUtils.createFeature(layer, fitting, attributes)


def geometry_of(outline: Outline) -> QgsGeometry:
    """A polygon, or several in one, in the coordinates of the outline."""
    parts = [_polygon(rings) for rings in outline.polygons]
    if len(parts) == 1:
        return QgsGeometry(parts[0])
    collection = QgsMultiPolygon()
    for part in parts:
        collection.addGeometry(part)
    return QgsGeometry(collection)


def _polygon(rings: tuple[Any, ...]) -> QgsPolygon:
    outer, *inner = (QgsLineString(*(axis.tolist() for axis in ring.T)) for ring in rings)
    polygon = QgsPolygon(outer)
    for ring in inner:
        polygon.addInteriorRing(ring)
    return polygon


def _transformed(
    geometry: QgsGeometry,
    layer: QgsVectorLayer,
    *,
    crs: QgsCoordinateReferenceSystem,
    project: QgsProject,
) -> QgsGeometry:
    """In the CRS of the layer; as it is where either is not known."""
    if not (crs.isValid() and layer.crs().isValid()) or crs == layer.crs():
        return geometry
    words = tr("The outline cannot be brought to the CRS of '{0}'; choose another layer for it.")
    try:
        geometry.transform(QgsCoordinateTransform(crs, layer.crs(), project))
    except QgsCsException as error:
        raise OutputError(words.format(layer.name())) from error
    if not geometry.boundingBox().isFinite():
        raise OutputError(words.format(layer.name()))
    return geometry


def _fitting(value: Any, field: QgsField) -> Any:
    """The value in the field's type; NULL where the field takes no such value."""
    if isinstance(value, QDateTime) and field.type() == field_type("String"):
        value = value.toString(Qt.DateFormat.ISODate)  # else QGIS writes it as the locale does
    try:
        return NULL if value is None else field.convertCompatible(value)
    except ValueError:
        return NULL
