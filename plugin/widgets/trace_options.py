# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tracing in the dock can be asked for."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QCheckBox, QWidget

from ..algorithms import common_parameters as common
from ..algorithms import traces_parameters as names
from ..i18n import tr
from .options_box import OptionsBox, spin


class TraceOptions(OptionsBox):
    """Its values are parameters of `geosift:traces`; what is left at a word is not given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.nodes = QCheckBox(tr("Nodes"))
        self.nodes.setObjectName("nodesCheck")
        self.probability = QCheckBox(tr("Probability layer"))
        self.probability.setObjectName("probabilityCheck")
        self.pixel_size = spin(tr(" m/px"), most=1e5, decimals=6, zero=tr("not known"))
        self.pixel_size.setObjectName("pixelSizeSpin")
        self.high = spin(tr(" %"), most=100.0, decimals=0, zero=tr("the model's"))
        self.high.setObjectName("highSpin")
        self.low = spin(tr(" %"), most=100.0, decimals=0, zero=tr("0.6 of that"))
        self.low.setObjectName("lowSpin")
        self.length = spin("", most=1e6, decimals=3, zero=tr("30 pixels"))
        self.length.setObjectName("lengthSpin")
        self.sets = spin("", most=names.MOST_SETS, decimals=0, zero=tr("as found"))
        self.sets.setObjectName("setsSpin")
        self.file.setFilter(tr("GeoPackage (*.gpkg)"))
        rows = [
            ("", self.nodes, names.NODES),
            ("", self.probability, names.PROBABILITY),
            (tr("Scale"), self.pixel_size, names.PIXEL_SIZE),
            (tr("Begin at"), self.high, names.HIGH),
            (tr("Follow to"), self.low, names.LOW),
            (tr("Shortest"), self.length, names.LENGTH),
            (tr("Sets"), self.sets, names.SETS),
            (tr("Resolution"), self.resolution, common.RESOLUTION),
            (tr("Save to"), self.file, common.OUTPUT),
        ]
        self.lay_out(rows, names.parameters())
        self._given = {
            names.PIXEL_SIZE: self.pixel_size,
            names.HIGH: self.high,
            names.LOW: self.low,
            names.LENGTH: self.length,
        }

    def parameters(self) -> dict[str, Any]:
        """OUTPUT, the numbers that are set, the wanted results, and what every run has."""
        chosen = super().parameters()
        chosen[common.OUTPUT] = self.place("", ".gpkg")
        chosen[names.SETS] = int(self.sets.value())
        chosen.update((name, box.value()) for name, box in self._given.items() if box.value() > 0)
        if self.nodes.isChecked():
            chosen[names.NODES] = self.place("_nodes", ".gpkg")
        if self.probability.isChecked():
            chosen[names.PROBABILITY] = self.place("_probability", ".tif")
        return chosen
