# SPDX-License-Identifier: GPL-2.0-or-later
"""Features of a layer as examples of what is looked for, and of what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
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
    if features is None:
        return SignedExamples(MapExamples(), MapExamples(), 0)
    found: dict[bool, list[MapExamples]] = {True: [], False: []}
    read = reader_of(features, sign)
    for feature in features.features:
        made = _example(feature)
        if made is not None:
            found[not is_beside(read(feature))].append(made)
    left_out = len(features.features) - len(found[True]) - len(found[False])
    return SignedExamples(_together(found[True]), _together(found[False]), left_out)


def _together(several: Sequence[MapExamples]) -> MapExamples:
    """All of them; one by one, a hundred thousand would be copied as often."""
    return MapExamples(
        tuple(chain.from_iterable(each.places for each in several)),
        tuple(chain.from_iterable(each.polygons for each in several)),
    )


def _example(feature: QgsFeature) -> MapExamples | None:
    geometry = feature.geometry()
    if geometry.isEmpty():
        return None
    if geometry.type() == _POINT:
        return MapExamples(places=tuple((each.x(), each.y()) for each in geometry.vertices()))
    shape = geojson_of(feature)
    if shape is None:
        return None
    valid = geometry if geometry.isGeosValid() else geometry.makeValid()
    inside = valid.pointOnSurface().asPoint()
    return MapExamples(polygons=(MapPolygon(shape, (inside.x(), inside.y())),))
