# SPDX-License-Identifier: GPL-2.0-or-later
"""Gives results their look when Processing has loaded them into the project (main thread)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsVectorLayer,
)

from ..i18n import tr
from .fracture_style import style_blocks, style_nodes, style_traces
from .layer_tree import file_result
from .similar_style import style_heat, style_hits, style_patches
from .style import (
    style_cells,
    style_classes,
    style_confidence,
    style_numbers,
    style_objects,
    style_outlines,
    style_polygons,
    style_zones,
)

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


def _style_outlines(layer: QgsVectorLayer) -> None:
    """Labels are shown where they tell one outline from another."""
    style_outlines(layer)
    index = layer.fields().lookupField("label")
    layer.setLabelsEnabled(index >= 0 and len(layer.uniqueValues(index, 2)) > 1)


_STYLES = {
    "classes": style_classes,
    "raster": style_classes,
    "confidence": lambda layer, _classes: style_confidence(layer),
    "numbers": lambda layer, _classes: style_numbers(layer),
    "polygons": style_polygons,
    "cells": style_cells,
    "zones": style_zones,
    "objects": style_objects,
    "outlines": lambda layer, _classes: _style_outlines(layer),
    "probability": lambda layer, _classes: style_confidence(layer),
    "traces": lambda layer, _classes: style_traces(layer),
    "nodes": lambda layer, _classes: style_nodes(layer),
    "blocks": lambda layer, _classes: style_blocks(layer),
    "intensity": lambda layer, _classes: style_numbers(layer),
    "similar": lambda layer, _classes: style_hits(layer),
    "heat": lambda layer, _classes: style_heat(layer),
    "patches": lambda layer, _classes: style_patches(layer),
}
_waiting: set[ResultDresser] = set()
"""Processing holds post-processors only in C++; without a reference here Python would drop them."""


class ResultDresser(QgsProcessingLayerPostProcessorInterface):
    """Styles one result by its kind and files it into the layer tree."""

    def __init__(self, kind: str, title: str, card: ModelCard | None) -> None:
        """`title` is of what was worked on; `card` is None where no network was asked."""
        super().__init__()
        self.kind, self.title, self.card = kind, title, card

    def layer_name(self) -> str:
        name = self.title if self.card is None else f"{self.title}, {self.card.name}"
        suffix = {
            "confidence": tr("confidence"),
            "polygons": tr("polygons"),
            "cells": tr("grid"),
            "zones": tr("zones"),
            "areas": tr("areas"),
            "outlines": tr("outlines"),
            "objects": tr("objects"),
            "traces": tr("traces"),
            "nodes": tr("nodes"),
            "probability": tr("probability"),
            "blocks": tr("blocks"),
            "intensity": tr("intensity"),
            "table": tr("numbers of fractures"),
            "similar": tr("similar places"),
            "heat": tr("likeness"),
            "patches": tr("patches"),
        }.get(self.kind)
        return f"{name}, {suffix}" if suffix else name

    def postProcessLayer(  # noqa: N802 (QGIS fixes the name)
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        _waiting.discard(self)
        if self.kind in _STYLES:
            _STYLES[self.kind](layer, () if self.card is None else self.card.classes)
        if context.project() is not None:
            file_result(layer, self.kind, self._run_name(), context.project())
        layer.triggerRepaint()

    def _run_name(self) -> str:
        """What results of a run are filed under."""
        return self.title if self.card is None else f"{self.title} · {self.card.name}"


def dress_on_arrival(
    layer_id: str, kind: str, context: QgsProcessingContext, *, title: str, card: ModelCard | None
) -> None:
    """Name, style and file this result if it is going to be loaded; else nothing (qgis_process)."""
    if not context.willLoadLayerOnCompletion(layer_id):
        return
    dresser = ResultDresser(kind, title, card)
    _waiting.add(dresser)
    details = context.layerToLoadOnCompletionDetails(layer_id)
    details.name = dresser.layer_name()
    details.forceName = True
    details.setPostProcessor(dresser)
