# SPDX-License-Identifier: GPL-2.0-or-later
"""Attributes of a QGIS layer as the engine writes them into a GeoPackage."""

from __future__ import annotations

import math
from typing import Any

from qgis.core import QgsFields, QgsJsonUtils
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, Qt, QTime, QVariant

from ..results.field_types import field_type

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


def columns_of(fields: QgsFields) -> dict[str, str]:
    """Names and GeoPackage types of a layer's fields."""
    kinds = {field_type(name): column for name, column in _COLUMNS.items()}
    return {field.name(): kinds.get(field.type(), "TEXT") for field in fields}


def plain(value: Any) -> Any:
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
