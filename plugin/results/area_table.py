# SPDX-License-Identifier: GPL-2.0-or-later
"""The areas per class as a table QGIS can open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsVectorLayer,
)

from ...inference.errors import OutputError
from ..i18n import tr
from .field_types import field_type

if TYPE_CHECKING:
    from ...inference.runs.areas import ClassArea
    from ...inference.segmentation.run import SegmentResult


def area_fields() -> QgsFields:
    """class_id, name, pixels, area_m2 (empty without a CRS), share of the valid pixels (0..1)."""
    fields = QgsFields()
    for name, kind in (
        ("class_id", "Int"),
        ("name", "String"),
        ("pixels", "LongLong"),
        ("area_m2", "Double"),
        ("share", "Double"),
    ):
        fields.append(QgsField(name, field_type(kind)))
    return fields


def area_layer(result: SegmentResult, polygons: Path | None) -> QgsVectorLayer:
    """The areas as a layer in memory."""
    layer = QgsVectorLayer("NoGeometry", "areas", "memory")
    layer.dataProvider().addAttributes(area_fields().toList())
    layer.updateFields()
    _write(layer.dataProvider(), result.areas)
    return layer


class AreaSink:
    """A companion of the engine's files: the table in a database, or in memory."""

    def __init__(self, open_sink: Callable[[], tuple[QgsFeatureSink | None, str]]) -> None:
        """`open_sink` gives a sink and what it is called; None where it is not wanted."""
        self.answer = ""
        self._open_sink = open_sink

    def make(self, result: SegmentResult, polygons: Path | None) -> None:
        """See Companion.make."""
        sink, answer = self._open_sink()
        if sink is None:  # batch dialogs give a destination without a place
            return
        _write(sink, result.areas)
        self.answer = answer

    def commit(self) -> None:
        """A database has no names to give."""

    def discard(self) -> None:
        """Nor does it take back what it holds."""


def _write(sink: QgsFeatureSink, areas: Iterable[ClassArea]) -> None:
    """One row for each class; raises OutputError when the sink takes no more."""
    fields = area_fields()
    for area in areas:
        row = QgsFeature(fields)
        row.setAttributes([area.id, area.name, area.pixels, area.area_m2, area.share])
        if not sink.addFeature(row, QgsFeatureSink.Flag.FastInsert):
            raise OutputError(tr("AREAS cannot be written: {0}").format(sink.lastError()))
