# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be said of vector layers before a run starts, in one sentence each."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ..i18n import tr

_LINES = QgsWkbTypes.GeometryType.LineGeometry


def about_layer(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    *,
    name: str,
    geometry: QgsWkbTypes.GeometryType,
) -> str:
    """Whether the parameter names a layer of lines (else of polygons) with something in it."""
    value = parameters.get(name)
    wanted = tr("lines") if geometry == _LINES else tr("polygons")
    if value in (None, ""):
        return tr("{0} is missing: give a layer of {1}.").format(name, wanted)
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        return tr("{0} '{1}' is not a layer of {2} that can be read; check its name.").format(
            name, value, wanted
        )
    kind = QgsWkbTypes.geometryType(source.wkbType())
    if kind not in (geometry, QgsWkbTypes.GeometryType.UnknownGeometry):
        found = QgsWkbTypes.geometryDisplayString(kind).lower()
        words = tr("{0} '{1}' has the geometry type {2}: give a layer of {3}.")
        return words.format(name, source.sourceName(), found, wanted)
    if source.featureCount() == 0:
        return tr("{0} '{1}' is empty: draw or select some {2}, or give another layer.").format(
            name, source.sourceName(), wanted
        )
    return ""


def about_points_or_polygons(name: str, source: QgsProcessingFeatureSource) -> str:
    """Whether the layer of a parameter has points or polygons."""
    kinds = QgsWkbTypes.GeometryType
    kind = QgsWkbTypes.geometryType(source.wkbType())
    if kind in (kinds.PointGeometry, kinds.PolygonGeometry):
        return ""
    return tr("{0} '{1}' has {2}: give a layer of points or polygons.").format(
        name, source.sourceName(), QgsWkbTypes.geometryDisplayString(kind).lower()
    )


def about_field(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    *,
    field: str,
    layer: str,
    source: QgsProcessingFeatureSource | None,
) -> str:
    """Whether the field a parameter names is one of the layer's."""
    given = algorithm.parameterAsString(parameters, field, context)
    if not given:
        return ""
    if source is None:
        return tr("{0} is '{1}', but there is no {2}: give a layer.").format(field, given, layer)
    if source.fields().lookupField(given) >= 0:
        return ""
    return tr("{0} '{1}' is no field of {2}; there is: {3}.").format(
        field, given, layer, ", ".join(source.fields().names()) or tr("none")
    )
