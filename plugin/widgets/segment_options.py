# SPDX-License-Identifier: GPL-2.0-or-later
"""What a segmentation in the dock can be asked for beside its classes."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QWidget

from ...inference.cards.card import ModelCard
from ..algorithms import common_parameters as common
from ..algorithms import segment_parameters as names
from ..i18n import tr
from .options_box import OptionsBox, spin


class SegmentOptions(OptionsBox):
    """Its values are parameters of `geosift:segment`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.confidence = QCheckBox(tr("Confidence layer"))
        self.polygons = QCheckBox(tr("Polygons"))
        self.polygons.setObjectName("polygonsCheck")
        self.confidence.setObjectName("confidenceCheck")
        self.min_area = spin(tr(" m²"), most=1e9, decimals=0, zero=tr("any size"))
        self.grid = QComboBox()
        self.grid.addItem(tr("the raster's"), "input")
        self.grid.addItem(tr("the model's"), "network")
        self.answer = QComboBox()
        self.answer.setObjectName("answerCombo")
        self.file.setFilter(tr("GeoTIFF (*.tif)"))
        self.polygons.toggled.connect(self.min_area.setEnabled)
        self.min_area.setEnabled(False)
        rows = [
            (tr("Answer"), self.answer, names.ANSWER),
            ("", self.confidence, names.CONFIDENCE),
            ("", self.polygons, names.POLYGONS),
            (tr("Smallest"), self.min_area, names.MIN_AREA),
            (tr("Resolution"), self.resolution, common.RESOLUTION),
            (tr("Pixels"), self.grid, names.GRID),
            (tr("Views"), self.views, common.AUGMENT),
            (tr("Save to"), self.file, common.OUTPUT),
        ]
        self.lay_out(rows, names.parameters())
        self._offer_answers(())

    def suit(self, card: ModelCard) -> None:
        """Ask which answer is wanted where the model gives several."""
        self._offer_answers(tuple(info.name for info in card.answers), card.output)

    def _offer_answers(self, answers: tuple[str, ...], usual: str | None = None) -> None:
        """Those of the model; the choice stays while they do, as when models are listed anew."""
        if answers != tuple(map(self.answer.itemText, range(self.answer.count()))):
            self.answer.clear()
            self.answer.addItems(answers)
            self.answer.setCurrentIndex(max(0, self.answer.findText(usual or "")))
        for widget in (self.answer, self.layout().labelForField(self.answer)):
            widget.setVisible(bool(answers))

    def parameters(self) -> dict[str, Any]:
        """GRID, MIN_AREA, ANSWER, the wanted results with their places, and what every run has."""
        chosen = super().parameters()
        chosen[names.GRID] = self.grid.currentData()
        chosen[common.OUTPUT] = self.place("", ".tif")
        if self.answer.count():
            chosen[names.ANSWER] = self.answer.currentText()
        if self.confidence.isChecked():
            chosen[names.CONFIDENCE] = self.place("_confidence", ".tif")
        if self.polygons.isChecked():
            chosen[names.POLYGONS] = self.place("_polygons", ".gpkg")
            chosen[names.MIN_AREA] = self.min_area.value()
        return chosen
