# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of a fracture network as a table QGIS can open: the rows of the engine's CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsFeature, QgsField, QgsVectorLayer

from .field_types import field_type

if TYPE_CHECKING:
    from ...inference.fracture_numbers.run import FractureNumbersResult


def numbers_layer(result: FractureNumbersResult, made: Path | None) -> QgsVectorLayer:
    """A row for each area, as a layer in memory."""
    from ...inference.fracture_numbers.table import rows_of

    rows = rows_of(result.numbers)
    layer = QgsVectorLayer("NoGeometry", "numbers", "memory")
    fields = [QgsField(name, field_type(_kind(row[name] for row in rows))) for name in rows[0]]
    layer.dataProvider().addAttributes(fields)
    layer.updateFields()
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(row.values()))
        layer.dataProvider().addFeature(feature)
    return layer


def _kind(values: Iterable[Any]) -> str:
    """The type of a column, in QVariant's word; one without a value holds numbers."""
    told = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in told):
        return "String"
    return "LongLong" if told and all(isinstance(value, int) for value in told) else "Double"
