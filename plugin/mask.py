# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons of a QGIS layer as the engine takes them: GeoJSON-like dicts in the raster's CRS."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingFeatureSource,
    QgsRectangle,
    QgsWkbTypes,
)

from ..inference.errors import InputError
from .i18n import tr

_PRECISION = 15
"""Decimals of coordinates, so that degrees and metres both come through unrounded."""


def mask_geometries(
    source: QgsProcessingFeatureSource,
    *,
    crs: QgsCoordinateReferenceSystem,
    within: QgsRectangle,
    transforms: QgsCoordinateTransformContext,
) -> tuple[dict[str, Any], ...]:
    """The polygons of `source` that touch `within`, in `crs`; raises InputError if there is none.

    Where raster or polygons have no CRS, the coordinates are taken as they are.
    """
    request = transformed_request(source, crs, transforms)
    request.setNoAttributes()
    request.setFilterRect(within)
    unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    try:
        features = list(source.getFeatures(request, unchecked))
    except QgsCsException as error:
        raise InputError(
            tr("The polygons of MASK cannot be transformed to the CRS of the raster ({0}).").format(
                error
            )
        ) from error
    found = [part for feature in features for part in polygon_parts(feature.geometry())]
    if not found:
        raise InputError(
            tr(
                "No polygon of MASK ('{0}') lies on the raster: select or draw some that do, and "
                "check that both layers have the right CRS."
            ).format(source.sourceName())
        )
    return tuple(found)


def transformed_request(
    source: QgsProcessingFeatureSource,
    crs: QgsCoordinateReferenceSystem,
    transforms: QgsCoordinateTransformContext,
) -> QgsFeatureRequest:
    """Asks for features in `crs`, as they are where one of both CRS is not known."""
    request = QgsFeatureRequest()
    if crs.isValid() and source.sourceCrs().isValid():
        request.setDestinationCrs(crs, transforms)
    return request


def polygon_parts(geometry: QgsGeometry) -> list[dict[str, Any]]:
    """A geometry as one Polygon or MultiPolygon, or none where it has no area.

    Repaired where it crosses itself; curves become segments.
    """
    if geometry.isNull():
        return []
    valid = geometry if geometry.isGeosValid() else geometry.makeValid()
    valid.convertGeometryCollectionToSubclass(QgsWkbTypes.GeometryType.PolygonGeometry)
    if valid.isEmpty() or valid.type() != QgsWkbTypes.GeometryType.PolygonGeometry:
        return []
    return [json.loads(valid.asJson(_PRECISION))]
