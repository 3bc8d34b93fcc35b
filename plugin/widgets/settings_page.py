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
from .engine_combo import EngineCombo
from .file_button import name_button
from .key_fields import KeyFields

_MOST_WORKERS = 256
_LEAST_CACHE_MB, _MOST_MB, _MEMORY_STEP_MB = 16, 1 << 20, 100


class SettingsPage(QgsOptionsPageWidget):
    """Shows the settings as they are; they change when QGIS calls `apply`."""

    def __init__(self, parent: QWidget | None, *, applied: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setObjectName("geosiftSettings")
        self._applied = applied
        self.threads = QSpinBox()
        self.threads.setObjectName("threadsSpin")
        self.threads.setRange(0, _MOST_WORKERS)
        self.threads.setSpecialValueText(tr("one for each core ({0})").format(os.cpu_count() or 1))
        self.threads.setValue(settings.threads() or 0)
        self.threads.setToolTip(
            tr("How many tiles a run computes at the same time, unless it says otherwise.")
        )
        self.memory = QSpinBox()
        self.memory.setObjectName("memorySpin")
        self.memory.setRange(0, _MOST_MB)
        self.memory.setSingleStep(_MEMORY_STEP_MB)
        self.memory.setSuffix(tr(" MB"))
        self.memory.setSpecialValueText(tr("no limit"))
        self.memory.setValue(settings.memory_mb() or 0)
        self.memory.setToolTip(
            tr(
                "How much memory a run may take beside what QGIS has. Below what it would like, it "
                "works with smaller tiles or fewer workers, which is slower. What is known of a "
                "model that did not come with GeoSift is an estimate."
            )
        )
        self.engine = EngineCombo()
        self.cache = QSpinBox()
        self.cache.setObjectName("promptCacheSpin")
        self.cache.setRange(_LEAST_CACHE_MB, _MOST_MB)
        self.cache.setSuffix(tr(" MB"))
        self.cache.setValue(settings.prompt_cache_mb())
        self.cache.setToolTip(
            tr(
                "How much memory the tool that cuts out objects may take to remember what it has "
                "looked at, so that coming back to a place is quick."
            )
        )
        self.models = QgsFileWidget()
        self.models.setObjectName("modelFolder")
        self.models.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.models.setFilePath(str(settings.model_folder()))
        self.models.lineEdit().setPlaceholderText(str(settings.default_model_folder()))
        name_button(self.models, tr("Choose the folder of models"))
        self.models.setToolTip(
            tr("Models of your own, which are .onnx files and their cards (.json), are found here.")
        )
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


def _group(column: QVBoxLayout, title: str) -> QFormLayout:
    box = QGroupBox(title)
    form = QFormLayout(box)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    column.addWidget(box)
    return form
