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
    QgsGeometry,
    QgsLineString,
    QgsMultiPolygon,
    QgsPolygon,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from ...inference.errors import OutputError
from ..field_types import field_type
from ..i18n import tr

if TYPE_CHECKING:
    from ...inference.prompt.shape import Outline


def features_of(
    outline: Outline,
    values: Mapping[str, Any],
    layer: QgsVectorLayer,
    *,
    crs: QgsCoordinateReferenceSystem,
    project: QgsProject,
) -> list[QgsFeature]:
    """The outline as the layer takes it: one feature, or one for each part of a single-part layer.

    Of the `values` (by column) those count for which the layer has a field. Raises OutputError.
    """
    geometry = _transformed(_geometry(outline), layer, crs=crs, project=project)
    fields = layer.fields()
    attributes = {
        index: _fitting(value, fields.at(index).type())
        for name, value in values.items()
        if (index := fields.lookupField(name)) >= 0
    }
    return [
        QgsVectorLayerUtils.createFeature(layer, part, attributes)
        for part in geometry.coerceToType(layer.wkbType())
    ]


def _geometry(outline: Outline) -> QgsGeometry:
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
    try:
        geometry.transform(QgsCoordinateTransform(crs, layer.crs(), project))
    except QgsCsException as error:
        words = tr("The outline cannot be brought to the CRS of '{0}' ({1}); choose another layer.")
        raise OutputError(words.format(layer.name(), error)) from error
    return geometry


def _fitting(value: Any, wanted: Any) -> Any:
    """Dates as text where the field is one; QGIS turns all else into what a field takes."""
    if value is None:
        return NULL
    if isinstance(value, QDateTime) and wanted == field_type("String"):
        return value.toString(Qt.DateFormat.ISODate)
    return value
