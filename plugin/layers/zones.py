# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons of a QGIS layer that get an answer each, and their attributes, for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...inference.errors import InputError
from ..i18n import tr
from .attributes import columns_of, plain
from .layer_features import LayerFeatures, geojson_of


@dataclass(frozen=True)
class Zones:
    """Polygons in the raster's CRS (GeoJSON-like), each with the values of `fields`.

    `fields` are names and GeoPackage types; `left_out` counts polygons without an area.
    """

    each: tuple[tuple[dict[str, Any], tuple[Any, ...]], ...]
    fields: Mapping[str, str]
    left_out: int


def zones_of(polygons: LayerFeatures) -> Zones:
    """Every polygon with its values, also those that miss the raster; InputError for none."""
    geometries = [geojson_of(feature) for feature in polygons.features]
    each = tuple(
        (geometry, tuple(plain(value) for value in feature.attributes()))
        for geometry, feature in zip(geometries, polygons.features)
        if geometry is not None
    )
    if not each:
        raise InputError(
            tr(
                "ZONES ('{0}') has no polygon: draw or select some, and check that its CRS fits "
                "that of the raster."
            ).format(polygons.name)
        )
    return Zones(each, columns_of(polygons.fields), geometries.count(None))
