# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons of a QGIS layer that get an answer each, and their attributes, for the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qgis.core import QgsFields, QgsJsonUtils
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, Qt, QTime, QVariant

from ..inference.errors import InputError
from .field_types import field_type
from .i18n import tr
from .polygon_features import PolygonFeatures, geojson_of

_COLUMNS = {
    "Int": "MEDIUMINT",
    "UInt": "INTEGER",
    "LongLong": "INTEGER",
    "Double": "REAL",
    "Bool": "BOOLEAN",
    "Date": "DATE",
    "DateTime": "DATETIME",
    "ByteArray": "BLOB",
}
"""What a GeoPackage calls them; all others are kept as text."""

_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Zones:
    """Polygons in the raster's CRS (GeoJSON-like), each with the values of `fields`.

    `fields` are names and GeoPackage types; `left_out` counts polygons without an area.
    """

    each: tuple[tuple[dict[str, Any], tuple[Any, ...]], ...]
    fields: Mapping[str, str]
    left_out: int


def zones_of(polygons: PolygonFeatures) -> Zones:
    """Every polygon with its values, also those that miss the raster; InputError for none."""
    geometries = [geojson_of(feature) for feature in polygons.features]
    each = tuple(
        (geometry, tuple(_plain(value) for value in feature.attributes()))
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
    return Zones(each, _columns(polygons.fields), geometries.count(None))


def _columns(fields: QgsFields) -> dict[str, str]:
    """Names and GeoPackage types."""
    kinds = {field_type(name): column for name, column in _COLUMNS.items()}
    return {field.name(): kinds.get(field.type(), "TEXT") for field in fields}


def _plain(value: Any) -> Any:
    """An attribute as SQLite takes it."""
    if value is None or (isinstance(value, QVariant) and value.isNull()):
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and value > _LARGEST:
        return str(value)
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, QByteArray):
        return bytes(value)
    if isinstance(value, (QDate, QTime, QDateTime)) and not value.isValid():
        return None
    if isinstance(value, (QDate, QTime)):
        return value.toString("yyyy-MM-dd" if isinstance(value, QDate) else "HH:mm:ss")
    if isinstance(value, QDateTime):
        placed = value.timeSpec() in (Qt.TimeSpec.OffsetFromUTC, Qt.TimeSpec.TimeZone)
        return (value.toUTC() if placed else value).toString("yyyy-MM-ddTHH:mm:ss.zzzZ")
    return QgsJsonUtils.encodeValue(value)
