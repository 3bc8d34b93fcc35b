# SPDX-License-Identifier: GPL-2.0-or-later
"""What most runs need not change, whatever the kind of network: resolution, views, places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QSizePolicy,
    QWidget,
)

from ...inference.cards.card import ModelCard
from ..algorithms import common_parameters as names
from ..i18n import tr
from .file_button import name_button


class OptionsBox(QgsCollapsibleGroupBox):
    """Closed at first; its values are parameters of one algorithm, which the child knows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Opt&ions"), parent)
        self.setObjectName("options")
        self.setToolTip(tr("What most runs need not change"))
        self.setSaveCollapsedState(False)
        self.setCollapsed(True)
        self.resolution = spin(tr(" m"), most=1e5, decimals=2, zero=tr("the model's"))
        self.views = QComboBox()
        self.views.setObjectName("viewsCombo")
        for count, text in zip(
            names.VIEWS, (tr("1 (fast)"), tr("4 (4 × the time)"), tr("8 (8 × the time)"))
        ):
            self.views.addItem(text, count)
        self.file = QgsFileWidget()
        self.file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.file.lineEdit().setPlaceholderText(tr("Temporary"))
        name_button(self.file, tr("Choose where to save"))

    def suit(self, card: ModelCard) -> None:
        """Offer what makes sense for this model."""

    def parameters(self) -> dict[str, Any]:
        """The parameters of every algorithm; a child adds its own."""
        report = QgsProcessingUtils.generateTempFilename("report.html")
        chosen: dict[str, Any] = {names.REPORT: report}
        if self.views.parent() is not None:  # laid out: one may ask for more than one view
            chosen[names.AUGMENT] = self.views.currentData()
        if self.resolution.value() > 0:
            chosen[names.RESOLUTION] = self.resolution.value()
        return chosen

    def lay_out(
        self,
        rows: list[tuple[str, QWidget, str]],
        definitions: list[QgsProcessingParameterDefinition],
    ) -> None:
        """Put fields below each other: label ('' for none), field, whose help it shows."""
        helps = {item.name(): item.help() for item in definitions}
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field, parameter in rows:
            field.setToolTip(helps[parameter])
            if label:
                field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                form.addRow(label, field)
                form.labelForField(field).setToolTip(helps[parameter])
            else:
                form.addRow(field)

    def place(self, suffix: str, extension: str) -> QgsProcessingOutputLayerDefinition:
        """A result that is loaded when it is there: beside the chosen file, or temporary."""
        path, text = "", self.file.filePath().strip()
        if text:
            known = Path(text).suffix.lower() in (".tif", ".tiff", ".gpkg")
            stem = Path(text).stem if known else Path(text).name
            path = str(Path(text).with_name(f"{stem}{suffix}{extension}"))
        return QgsProcessingOutputLayerDefinition(
            path or QgsProcessing.TEMPORARY_OUTPUT, QgsProject.instance()
        )


def spin(unit: str, *, most: float, decimals: int, zero: str) -> QDoubleSpinBox:
    """A number with its unit, and a word for 0, which leaves it to the algorithm."""
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(0.0, most)
    box.setSuffix(unit)
    box.setSpecialValueText(zero)
    return box
