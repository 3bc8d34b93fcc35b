# SPDX-License-Identifier: GPL-2.0-or-later
"""The areas per class as a table QGIS can open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsFeature, QgsFeatureSink, QgsField, QgsFields
from qgis.PyQt.QtCore import QMetaType, QVariant

from ..inference.errors import OutputError
from .i18n import tr

if TYPE_CHECKING:
    from ..inference.job import ClassArea


def area_fields() -> QgsFields:
    """class_id, name, pixels, area_m2 (empty without a CRS), share of the valid pixels (0..1)."""
    old = Qgis.QGIS_VERSION_INT < 33800  # fields knew only QVariant's types before 3.38
    types, text = (QVariant.Type, "String") if old else (QMetaType.Type, "QString")
    fields = QgsFields()
    for name, kind in (
        ("class_id", types.Int),
        ("name", getattr(types, text)),
        ("pixels", types.LongLong),
        ("area_m2", types.Double),
        ("share", types.Double),
    ):
        fields.append(QgsField(name, kind))
    return fields


def write_areas(sink: QgsFeatureSink, areas: Iterable[ClassArea]) -> None:
    """One row for each class; raises OutputError when the sink takes no more."""
    fields = area_fields()
    for area in areas:
        row = QgsFeature(fields)
        row.setAttributes([area.id, area.name, area.pixels, area.area_m2, area.share])
        if not sink.addFeature(row, QgsFeatureSink.Flag.FastInsert):
            raise OutputError(tr("AREAS cannot be written: {0}").format(sink.lastError()))
