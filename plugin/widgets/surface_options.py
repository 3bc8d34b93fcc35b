# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run with numbers for an answer can be asked for in the dock."""

from __future__ import annotations

from typing import Any

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QComboBox, QWidget

from ..algorithms import common_parameters as common
from ..algorithms.raster_algorithm import RasterAlgorithm
from ..algorithms.recognise_parameters import EXAMPLE
from ..algorithms.segment_parameters import GRID
from ..i18n import tr
from .file_button import name_button
from .options_box import OptionsBox


class SurfaceOptions(OptionsBox):
    """Its values are parameters of one of these algorithms, as far as that one has them."""

    def __init__(self, algorithm: RasterAlgorithm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        definitions = algorithm.asks.parameters()
        self._names = {each.name() for each in definitions}
        self.example = QgsFileWidget()
        self.example.setObjectName("exampleFile")
        self.example.lineEdit().setPlaceholderText(tr("the middle"))
        name_button(self.example, tr("Choose a picture"))
        self.grid = QComboBox()
        self.grid.addItem(tr("the raster's"), "input")
        self.grid.addItem(tr("the model's"), "network")
        self.file.setFilter(tr("GeoTIFF (*.tif)"))
        rows = [
            (tr("Example"), self.example, EXAMPLE),
            (tr("Resolution"), self.resolution, common.RESOLUTION),
            (tr("Pixels"), self.grid, GRID),
            (tr("Views"), self.views, common.AUGMENT),
            (tr("Save to"), self.file, common.OUTPUT),
        ]
        self.lay_out([row for row in rows if row[2] in self._names], definitions)

    def parameters(self) -> dict[str, Any]:
        """OUTPUT, GRID and EXAMPLE where there are such, and what every run has."""
        chosen = super().parameters()
        chosen[common.OUTPUT] = self.place("", ".tif")
        if GRID in self._names:
            chosen[GRID] = self.grid.currentData()
        if self.example.filePath().strip():
            chosen[EXAMPLE] = self.example.filePath().strip()
        return chosen
