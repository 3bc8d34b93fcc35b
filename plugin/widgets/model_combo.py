# SPDX-License-Identifier: GPL-2.0-or-later
"""A list of the installed models in which one may also type or pick the path of another."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ...inference.cards.card import ModelCard
from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..model_news import NEWS
from ..models import DEFAULTS, catalog, choice, is_bare


class ModelCombo(QWidget):
    """Chooses a model; its value is a catalogue id or a path."""

    changed = pyqtSignal()
    """Another model, or the list was made anew."""
    chosen = pyqtSignal()
    """Another model than before."""

    def __init__(self, *kinds: str, parent: QWidget | None = None) -> None:
        """`kinds` of the models to list, none for all that work through a raster."""
        super().__init__(parent)
        self._kinds = kinds
        self._more: list[tuple[str, object]] = []
        self.combo = QComboBox()
        self.combo.setObjectName("modelCombo")
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.combo.setToolTip(tr("An installed model, or the path of an .onnx file"))
        self.trouble = ""
        """What is wrong with models that are left out."""
        self._fill()
        self._propose()
        self._before = self.value()
        self.changed.connect(self._tell_choice)
        self.combo.currentTextChanged.connect(lambda _text: self.changed.emit())
        browse = QToolButton()
        browse.setObjectName("browseModelButton")
        browse.setText("…")
        browse.setToolTip(tr("Choose an .onnx file; what it does not say of itself is asked"))
        browse.setAccessibleName(browse.toolTip())
        browse.clicked.connect(self._browse)
        manage = QToolButton()
        manage.setObjectName("manageModelsButton")
        manage.setIcon(QgsApplication.getThemeIcon("/mActionOptions.svg"))
        manage.setToolTip(tr("See, try out, import, fetch or remove models"))
        manage.setAccessibleName(manage.toolTip())
        manage.clicked.connect(NEWS.manager_wanted)
        NEWS.changed.connect(self.refill)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo, 1)
        row.addWidget(browse)
        row.addWidget(manage)

    def value(self) -> str:
        """The id of the chosen model, or the text that was typed."""
        text, index = self.combo.currentText(), self.combo.currentIndex()
        if index < 0 or self.combo.itemText(index) != text:  # typed; two models may have one name
            index = self.combo.findText(text)
        return text.strip() if index < 0 else self.combo.itemData(index)

    def set_value(self, value: object) -> None:
        """Choose an installed model by id, or show another value as it is."""
        text = str(value or "")
        index = self.combo.findData(text)
        if index >= 0:
            self.combo.setCurrentIndex(index)
        else:
            self.combo.setEditText(text)

    def refill(self) -> None:
        """List the models anew, as after a change of their folder; the choice stays if it can."""
        text, value = self.combo.currentText(), self.value()
        was_listed = self.combo.findText(text) >= 0
        with QSignalBlocker(self.combo):
            self.combo.clear()
            self._fill()
            for name, data in self._more:
                self.combo.addItem(name, data)
            found = max(self.combo.findData(value), self.combo.findText(text))
            if found >= 0:
                self.combo.setCurrentIndex(found)
            elif was_listed:
                self._propose()
            else:
                self.combo.setEditText(text)
        self.changed.emit()

    def offer_more(self, text: str, data: object) -> None:
        """List something beside the models, now and after a refill."""
        self._more.append((text, data))
        self.combo.addItem(text, data)

    def card(self) -> ModelCard:
        """The card of the chosen model; raises CardError."""
        return catalog().find(self.value())

    def _fill(self) -> None:
        try:
            found, sentences = choice(*self._kinds)
        except GeoSiftError as error:
            self.trouble = str(error)
            return
        for card in found:
            self.combo.addItem(card.name, card.id)
        self.trouble = "\n".join(sentences)

    def _propose(self) -> None:
        """Choose the default of the first kind, and else the first in the list."""
        default = DEFAULTS.get(self._kinds[0] if self._kinds else "segmentation")
        self.combo.setCurrentIndex(max(0, self.combo.findData(default)))

    def _tell_choice(self) -> None:
        if self.value() != self._before:
            self._before = self.value()
            self.chosen.emit()

    def _browse(self) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self, tr("Choose a model"), "", tr("Models (*.onnx *.json)")
        )
        if path:
            self.set_value(path)
            if is_bare(path):
                NEWS.description_wanted.emit(path)
