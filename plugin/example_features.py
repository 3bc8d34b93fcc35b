# SPDX-License-Identifier: GPL-2.0-or-later
"""Features of a layer as examples of what is looked for, and of what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qgis.core import QgsFeature, QgsWkbTypes

from .feature_values import is_beside, reader_of
from .layer_features import LayerFeatures, geojson_of

_POINT = QgsWkbTypes.GeometryType.PointGeometry


@dataclass(frozen=True)
class MapPolygon:
    """A GeoJSON-like polygon, and a point inside it that stands for it where it is small."""

    shape: Mapping[str, Any]
    inside: tuple[float, float]


@dataclass(frozen=True)
class MapExamples:
    """Places and polygons on the map; a feature of several points is as many places."""

    places: tuple[tuple[float, float], ...] = ()
    polygons: tuple[MapPolygon, ...] = ()

    def joined(self, other: MapExamples) -> MapExamples:
        """Both."""
        return MapExamples(self.places + other.places, self.polygons + other.polygons)


@dataclass(frozen=True)
class SignedExamples:
    """Examples of what is looked for, and of what is not; `left_out` features have no place."""

    good: MapExamples
    bad: MapExamples
    left_out: int


def examples_of(features: LayerFeatures | None, *, sign: str = "") -> SignedExamples:
    """Every point and polygon; those are bad ones whose field `sign` says so."""
    found = {True: MapExamples(), False: MapExamples()}
    left_out = 0
    for feature in () if features is None else features.features:
        made = _example(feature)
        if made is None:
            left_out += 1
            continue
        is_good = not is_beside(reader_of(features, sign)(feature))
        found[is_good] = found[is_good].joined(made)
    return SignedExamples(found[True], found[False], left_out)


def _example(feature: QgsFeature) -> MapExamples | None:
    geometry = feature.geometry()
    if geometry.isEmpty():
        return None
    if geometry.type() == _POINT:
        return MapExamples(places=tuple((each.x(), each.y()) for each in geometry.vertices()))
    shape = geojson_of(feature)
    if shape is None:
        return None
    inside = geometry.pointOnSurface().asPoint()
    return MapExamples(polygons=(MapPolygon(shape, (inside.x(), inside.y())),))
