# SPDX-License-Identifier: GPL-2.0-or-later
"""Zones from a GeoJSON file (RFC 7946: longitude and latitude), with their properties."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.features import is_valid_geom
from rasterio.warp import transform_geom

from ..errors import InputError
from ..raster.frame import WGS84, Frame
from ..vector.geojson_file import geojson_features, properties_of
from .job import ZonePolygon

_TYPES = (("INTEGER", (bool, int)), ("REAL", (bool, int, float)))


def read_zones(path: Path, frame: Frame) -> tuple[tuple[ZonePolygon, ...], dict[str, str]]:
    """The polygons of a file in the coordinate system of `frame`, and their fields with types.

    Raises InputError for anything else than polygons.
    """
    features, _ = geojson_features(path, wanted="polygons")
    if not frame.is_georeferenced:
        raise InputError(
            f"{path} holds longitudes and latitudes, but nobody knows where the raster lies; "
            "assign the raster's coordinate system, or leave the zones out."
        )
    properties = [properties_of(feature) for feature in features]
    fields = _fields(properties)
    zones = tuple(
        ZonePolygon(_on_raster(path, feature, frame.crs), _values(each, fields))
        for feature, each in zip(features, properties)
    )
    return zones, fields


def _fields(properties: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Every property's name, and the narrowest type that holds all its values."""
    columns: dict[str, list[Any]] = {}
    for each in properties:
        for name, value in each.items():
            columns.setdefault(name, []).append(value)
    return {name: _type(values) for name, values in columns.items()}


def _type(values: Sequence[Any]) -> str:
    there = [value for value in values if value is not None]
    if there:
        for name, kinds in _TYPES:
            if all(isinstance(value, kinds) and _fits(value) for value in there):
                return name
    return "TEXT"


def _fits(value: float) -> bool:
    """Whether a number is one to SQLite: its whole numbers end at 64 bits."""
    return isinstance(value, float) or abs(value) < 2**63


def _values(properties: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[Any, ...]:
    return tuple(_value(properties.get(name), kind) for name, kind in fields.items())


def _value(value: Any, kind: str) -> Any:
    if value is None or kind != "TEXT" or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _on_raster(path: Path, feature: Any, crs: CRS) -> Mapping[str, Any]:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    is_polygon = isinstance(geometry, Mapping) and geometry.get("type") in (
        "Polygon",
        "MultiPolygon",
    )
    if not is_polygon or not is_valid_geom(geometry):
        raise InputError(
            f"{path} holds something other than polygons; give a GeoJSON file of polygons."
        )
    try:
        return transform_geom(WGS84, crs, geometry)
    except (RasterioError, CPLE_BaseError, ValueError) as error:
        raise InputError(
            f"A polygon of {path} cannot be brought to the raster's coordinate system ({error}); "
            "check that its coordinates are longitude and latitude."
        ) from error
