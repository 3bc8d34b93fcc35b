# SPDX-License-Identifier: GPL-2.0-or-later
"""What most runs need not change: extra results, the result's pixels, where files go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QSizePolicy,
    QWidget,
)

from ..algorithms import common_parameters as common
from ..algorithms import segment_parameters as names
from ..i18n import tr


class OptionsBox(QgsCollapsibleGroupBox):
    """Closed at first; its values are parameters of `geosift:segment`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Options"), parent)
        self.setObjectName("options")
        self.setSaveCollapsedState(False)
        self.setCollapsed(True)
        self.confidence = QCheckBox(tr("Confidence layer"))
        self.polygons = QCheckBox(tr("Polygons"))
        self.polygons.setObjectName("polygonsCheck")
        self.confidence.setObjectName("confidenceCheck")
        self.min_area = _spin(tr(" m²"), most=1e9, decimals=0, zero=tr("any size"))
        self.resolution = _spin(tr(" m"), most=1e5, decimals=2, zero=tr("the model's"))
        self.grid = QComboBox()
        self.grid.addItem(tr("the raster's"), "input")
        self.grid.addItem(tr("the model's"), "network")
        self.views = QComboBox()
        self.views.setObjectName("viewsCombo")
        for count, text in zip(
            common.VIEWS, (tr("1 (fast)"), tr("4 (4 × the time)"), tr("8 (8 × the time)"))
        ):
            self.views.addItem(text, count)
        self.file = QgsFileWidget()
        self.file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.file.setFilter(tr("GeoTIFF (*.tif)"))
        self.file.lineEdit().setPlaceholderText(tr("Temporary"))
        self.polygons.toggled.connect(self.min_area.setEnabled)
        self.min_area.setEnabled(False)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in (self.min_area, self.resolution, self.grid, self.views, self.file):
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        helps = {item.name(): item.help() for item in names.parameters()}
        for field, name in (
            (self.confidence, names.CONFIDENCE),
            (self.polygons, names.POLYGONS),
            (self.min_area, names.MIN_AREA),
            (self.resolution, common.RESOLUTION),
            (self.grid, names.GRID),
            (self.views, common.AUGMENT),
            (self.file, common.OUTPUT),
        ):
            field.setToolTip(helps[name])
        form.addRow(self.confidence)
        form.addRow(self.polygons)
        form.addRow(tr("Smallest"), self.min_area)
        form.addRow(tr("Resolution"), self.resolution)
        form.addRow(tr("Pixels"), self.grid)
        form.addRow(tr("Views"), self.views)
        form.addRow(tr("Save to"), self.file)

    def parameters(self) -> dict[str, Any]:
        """GRID, AUGMENT, RESOLUTION, MIN_AREA and the wanted results with their places."""
        chosen: dict[str, Any] = {
            names.GRID: self.grid.currentData(),
            common.AUGMENT: self.views.currentData(),
            common.OUTPUT: _destination(self._path("", ".tif")),
            common.REPORT: QgsProcessingUtils.generateTempFilename("report.json"),
        }
        if self.resolution.value() > 0:
            chosen[common.RESOLUTION] = self.resolution.value()
        if self.confidence.isChecked():
            chosen[names.CONFIDENCE] = _destination(self._path("_confidence", ".tif"))
        if self.polygons.isChecked():
            chosen[names.POLYGONS] = _destination(self._path("_polygons", ".gpkg"))
            chosen[names.MIN_AREA] = self.min_area.value()
        return chosen

    def _path(self, suffix: str, extension: str) -> str:
        """A name beside the chosen file, '' when files are temporary."""
        text = self.file.filePath().strip()
        if not text:
            return ""
        path = Path(text)
        stem = path.stem if path.suffix.lower() in (".tif", ".tiff") else path.name
        return str(path.with_name(f"{stem}{suffix}{extension}"))


def _destination(path: str) -> QgsProcessingOutputLayerDefinition:
    """A result that is loaded into the project when it is there."""
    return QgsProcessingOutputLayerDefinition(
        path or QgsProcessing.TEMPORARY_OUTPUT, QgsProject.instance()
    )


def _spin(unit: str, *, most: float, decimals: int, zero: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setDecimals(decimals)
    spin.setRange(0.0, most)
    spin.setSuffix(unit)
    spin.setSpecialValueText(zero)
    return spin
