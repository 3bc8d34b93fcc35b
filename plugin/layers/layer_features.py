# SPDX-License-Identifier: GPL-2.0-or-later
"""Features of a vector layer: read on the main thread, taken apart on the worker's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsRectangle,
    QgsWkbTypes,
)

from ...inference.errors import InputError
from ..i18n import tr

_PRECISION = 15
"""Decimals of coordinates, so that degrees and metres both come through unrounded."""


@dataclass(frozen=True)
class LayerFeatures:
    """Features in the raster's CRS, free of their layer; `name` is what it is called."""

    name: str
    fields: QgsFields
    features: tuple[QgsFeature, ...]


def read_features(
    source: QgsProcessingFeatureSource,
    *,
    crs: QgsCoordinateReferenceSystem,
    transforms: QgsCoordinateTransformContext,
    within: QgsRectangle | None,
) -> LayerFeatures:
    """The features of `source` in `crs`, only those that touch `within` where it is given.

    Where `source` or `crs` is not known, coordinates are taken as they are. Raises InputError.
    """
    request = QgsFeatureRequest()
    if crs.isValid() and source.sourceCrs().isValid():
        request.setDestinationCrs(crs, transforms)
    if within is not None:
        request.setFilterRect(within)
    unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    try:
        features = tuple(source.getFeatures(request, unchecked))
    except QgsCsException as error:
        words = tr("The features of '{0}' cannot be transformed to the CRS of the raster ({1}).")
        raise InputError(words.format(source.sourceName(), error)) from error
    return LayerFeatures(source.sourceName(), source.fields(), features)


def geojson_of(feature: QgsFeature) -> dict[str, Any] | None:
    """A feature's Polygon or MultiPolygon, GeoJSON-like; None where it has no area.

    Repaired where it crosses itself; curves become segments.
    """
    found = _area_of(feature)
    return None if found is None else json.loads(found.asJson(_PRECISION))


def united_geojson_of(features: Sequence[QgsFeature]) -> dict[str, Any] | None:
    """All of them as one, GeoJSON-like: what lies in several lies in it once."""
    found = [area for area in map(_area_of, features) if area is not None]
    if not found:
        return None
    return json.loads(QgsGeometry.unaryUnion(found).asJson(_PRECISION))


def _area_of(feature: QgsFeature) -> QgsGeometry | None:
    geometry: QgsGeometry = feature.geometry()
    if geometry.isNull():
        return None
    valid = geometry if geometry.isGeosValid() else geometry.makeValid()
    valid.convertGeometryCollectionToSubclass(QgsWkbTypes.GeometryType.PolygonGeometry)
    if valid.isEmpty() or valid.type() != QgsWkbTypes.GeometryType.PolygonGeometry:
        return None
    return valid
