# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's page in QGIS's options."""

from __future__ import annotations

import os
from collections.abc import Callable

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QGroupBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .. import settings
from ..i18n import tr
from ..prompt.key_fields import KeyFields
from .engine_combo import EngineCombo
from .file_button import name_button

_MOST_WORKERS = 256
_LEAST_CACHE_MB, _MOST_MB, _MEMORY_STEP_MB = 16, 1 << 20, 100


class SettingsPage(QgsOptionsPageWidget):
    """Shows the settings as they are; they change when QGIS calls `apply`."""

    def __init__(self, parent: QWidget | None, *, applied: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setObjectName("geosiftSettings")
        self._applied = applied
        self.threads = _workers()
        self.memory = _memory()
        self.engine = EngineCombo()
        self.cache = _cache()
        self.models = _model_folder()
        self.keys = KeyFields()
        self.packages = QPushButton(tr("Python pac&kages…"))
        self.packages.setToolTip(tr("See, install, try out or remove what GeoSift needs."))
        self.packages.clicked.connect(self._show_packages)
        self._lay_out()

    def apply(self) -> None:
        """Keep what is shown."""
        settings.set_threads(self.threads.value() or None)
        settings.set_memory_mb(self.memory.value() or None)
        settings.set_engine(self.engine.value())
        settings.set_model_folder(self.models.filePath())
        settings.set_prompt_cache_mb(self.cache.value())
        self.keys.apply()
        self._applied()

    def _show_packages(self) -> None:
        from .dependency_dialog import show_packages

        show_packages(self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        runs = _group(column, tr("Runs"))
        runs.addRow(tr("&Workers"), self.threads)
        runs.addRow(tr("M&emory limit"), self.memory)
        runs.addRow(tr("En&gine"), self.engine)
        runs.addRow("", self.packages)
        models = _group(column, tr("Models"))
        models.addRow(tr("&Folder of models"), self.models)
        pointing = _group(column, tr("Point and cut out"))
        self.keys.form.insertRow(0, tr("Memory for &views"), self.cache)
        pointing.addRow(self.keys)
        column.addStretch(1)


def _workers() -> QSpinBox:
    spin = QSpinBox()
    spin.setObjectName("threadsSpin")
    spin.setRange(0, _MOST_WORKERS)
    spin.setSpecialValueText(tr("one for each core ({0})").format(os.cpu_count() or 1))
    spin.setValue(settings.threads() or 0)
    spin.setToolTip(tr("How many tiles a run computes at the same time, unless it says otherwise."))
    return spin


def _memory() -> QSpinBox:
    spin = QSpinBox()
    spin.setObjectName("memorySpin")
    spin.setRange(0, _MOST_MB)
    spin.setSingleStep(_MEMORY_STEP_MB)
    spin.setSuffix(tr(" MB"))
    spin.setSpecialValueText(tr("no limit"))
    spin.setValue(settings.memory_mb() or 0)
    spin.setToolTip(
        tr(
            "How much memory a run may take beside what QGIS has. Below what it would like, it "
            "works with smaller tiles or fewer workers, which is slower. What is known of a "
            "model that did not come with GeoSift is an estimate."
        )
    )
    return spin


def _cache() -> QSpinBox:
    spin = QSpinBox()
    spin.setObjectName("promptCacheSpin")
    spin.setRange(_LEAST_CACHE_MB, _MOST_MB)
    spin.setSuffix(tr(" MB"))
    spin.setValue(settings.prompt_cache_mb())
    spin.setToolTip(
        tr(
            "How much memory the tool that cuts out objects may take to remember what it has "
            "looked at, so that coming back to a place is quick."
        )
    )
    return spin


def _model_folder() -> QgsFileWidget:
    folder = QgsFileWidget()
    folder.setObjectName("modelFolder")
    folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
    folder.setFilePath(str(settings.model_folder()))
    folder.lineEdit().setPlaceholderText(str(settings.default_model_folder()))
    name_button(folder, tr("Choose the folder of models"))
    folder.setToolTip(
        tr("Models of your own, which are .onnx files and their cards (.json), are found here.")
    )
    return folder


def _group(column: QVBoxLayout, title: str) -> QFormLayout:
    box = QGroupBox(title)
    form = QFormLayout(box)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    column.addWidget(box)
    return form
