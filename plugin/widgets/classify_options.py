# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scene classification in the dock can be asked for."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QWidget

from ...inference.cards.card import ModelCard
from ...inference.errors import InputError
from ..algorithms import classify_parameters as names
from ..algorithms import common_parameters as common
from ..i18n import tr
from .options_box import OptionsBox, spin


class ClassifyOptions(OptionsBox):
    """Its values are parameters of `geosift:classify`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = QCheckBox(tr("Grid or polygons"))
        self.cells.setObjectName("cellsCheck")
        self.cells.setChecked(True)
        self.probabilities = QCheckBox(tr("Probability of every class"))
        self.probabilities.setObjectName("probabilitiesCheck")
        self.raster = QCheckBox(tr("Raster of classes"))
        self.raster.setObjectName("rasterCheck")
        self.step = spin(tr(" pixels"), most=4096, decimals=0, zero=tr("half a tile"))
        self.step.setObjectName("stepSpin")
        self.offset = QComboBox()
        self.offset.setObjectName("offsetCombo")
        self.offset.addItem(tr("automatic"), None)
        self.offset.addItem(tr("none (before 2022)"), 0)
        self.offset.addItem(tr("1000 (Sentinel-2 since 2022)"), 1000)
        self.file.setFilter(tr("GeoPackage (*.gpkg)"))
        rows = [
            ("", self.cells, common.OUTPUT),
            ("", self.probabilities, names.PROBABILITIES),
            ("", self.raster, names.RASTER),
            (tr("Cell"), self.step, names.STEP),
            (tr("Resolution"), self.resolution, common.RESOLUTION),
            (tr("Offset"), self.offset, names.OFFSET),
            (tr("Views"), self.views, common.AUGMENT),
            (tr("Save to"), self.file, common.OUTPUT),
        ]
        self.lay_out(rows, names.parameters())
        self.cells.toggled.connect(self.probabilities.setEnabled)

    def suit(self, card: ModelCard) -> None:
        self.step.setMaximum(card.tile)
        self.offset.setEnabled(card.reflectance is not None)

    def parameters(self) -> dict[str, Any]:
        """The wanted results with their places, STEP, OFFSET, what every run has; InputError."""
        if not (self.cells.isChecked() or self.raster.isChecked()):
            raise InputError(
                tr("Nothing is to be made: tick the grid, the raster or both in the options.")
            )
        chosen = super().parameters()
        if self.step.value() > 0:
            chosen[names.STEP] = int(self.step.value())
        if self.offset.isEnabled() and self.offset.currentData() is not None:
            chosen[names.OFFSET] = self.offset.currentData()
        if self.cells.isChecked():
            chosen[common.OUTPUT] = self.place("", ".gpkg")
            chosen[names.PROBABILITIES] = self.probabilities.isChecked()
        if self.raster.isChecked():
            chosen[names.RASTER] = self.place("", ".tif")
        return chosen
