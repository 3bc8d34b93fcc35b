# SPDX-License-Identifier: GPL-2.0-or-later
"""What a detection in the dock can be asked for."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QWidget

from ...inference.cards.card import ModelCard
from ..algorithms import common_parameters as common
from ..algorithms import detect_parameters as names
from ..i18n import tr
from .options_box import OptionsBox, spin


class DetectOptions(OptionsBox):
    """Its values are parameters of `geosift:detect`; what is left at the model's is not given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.confidence = spin(tr(" %"), most=100.0, decimals=0, zero=tr("the model's"))
        self.confidence.setObjectName("scoreSpin")
        self.iou = spin(tr(" %"), most=100.0, decimals=0, zero=tr("the model's"))
        self.iou.setObjectName("overlapSpin")
        self.file.setFilter(tr("GeoPackage (*.gpkg)"))
        rows = [
            (tr("Least score"), self.confidence, names.CONFIDENCE),
            (tr("Overlap"), self.iou, names.IOU),
            (tr("Resolution"), self.resolution, common.RESOLUTION),
            (tr("Save to"), self.file, common.OUTPUT),
        ]
        self.lay_out(rows, names.parameters())

    def suit(self, card: ModelCard) -> None:
        """Say what the model's own are."""
        if card.detection is None:
            return
        own = ((self.confidence, card.detection.confidence), (self.iou, card.detection.iou))
        for box, share in own:
            box.setSpecialValueText(tr("the model's ({0} %)").format(f"{100 * share:.3g}"))

    def parameters(self) -> dict[str, Any]:
        """OUTPUT, CONFIDENCE and IOU where they are set, and what every run has."""
        chosen = super().parameters()
        chosen[common.OUTPUT] = self.place("", ".gpkg")
        for box, name in ((self.confidence, names.CONFIDENCE), (self.iou, names.IOU)):
            if box.value() > 0:
                chosen[name] = box.value()
        return chosen
