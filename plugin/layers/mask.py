# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons outside which nothing is wanted, as the engine takes them."""

from __future__ import annotations

from typing import Any

from ...inference.errors import InputError
from ..i18n import tr
from .layer_features import LayerFeatures, geojson_of, united_geojson_of


def mask_geometries(
    polygons: LayerFeatures | None, *, united: bool = False
) -> tuple[dict[str, Any], ...] | None:
    """GeoJSON-like polygons in the raster's CRS, None of no layer; InputError if it has none.

    `united` makes one of all, where they are also an area to measure: they may overlap.
    """
    if polygons is None:
        return None
    if united:
        found = iter([united_geojson_of(polygons.features)])
    else:
        found = (geojson_of(feature) for feature in polygons.features)
    geometries = tuple(geometry for geometry in found if geometry is not None)
    if not geometries:
        raise InputError(
            tr(
                "No polygon of MASK ('{0}') lies on the raster: select or draw some that do, and "
                "check that both layers have the right CRS."
            ).format(polygons.name)
        )
    return geometries
