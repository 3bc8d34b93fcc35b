# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be said of vector layers before a run starts, in one sentence each."""

from __future__ import annotations

from qgis.core import QgsProcessingFeatureSource, QgsWkbTypes

from ..i18n import tr
from .given import Given

_LINES = QgsWkbTypes.GeometryType.LineGeometry


def about_layer(given: Given, name: str, geometry: QgsWkbTypes.GeometryType) -> str:
    """Whether the parameter names a layer of lines (else of polygons) with something in it."""
    value = given.parameters.get(name)
    wanted = tr("lines") if geometry == _LINES else tr("polygons")
    if not given.has(name):
        return tr("{0} is missing: give a layer of {1}.").format(name, wanted)
    source = given.source_or_none(name)
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


def about_field(given: Given, field: str, layer: str, *, usual: str = "") -> str:
    """Whether the field a parameter names is one of the layer's; `usual` where it is empty."""
    wanted = given.field(field) or usual
    if not wanted:
        return ""
    source = given.feature_source(layer)
    if source is None:
        return tr("{0} is '{1}', but there is no {2}: give a layer.").format(field, wanted, layer)
    if source.fields().lookupField(wanted) >= 0:
        return ""
    return tr("{0} '{1}' is no field of {2}; there is: {3}.").format(
        field, wanted, layer, ", ".join(source.fields().names()) or tr("none")
    )


def sources(given: Given, *layers: str) -> dict[str, str]:
    """Which parameter reads which vector layer, by its source: no result may replace it."""
    found = {
        name: given.algorithm.parameterAsVectorLayer(given.parameters, name, given.context)
        for name in layers
    }
    return {layer.source(): name for name, layer in found.items() if layer is not None}
