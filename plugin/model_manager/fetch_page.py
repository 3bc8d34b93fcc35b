# SPDX-License-Identifier: GPL-2.0-or-later
"""The models that can be fetched: from which list, what is in it, fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...inference.cards.registry import RegisteredModel, Registry
from .. import settings
from ..background.work_task import WorkTask
from ..i18n import tr, tr_count
from ..model_news import NEWS
from ..registry.fetch_model import fetch_model
from ..registry.place import read_registry
from ..widgets.dependency_dialog import offer_missing_packages
from .activity import Activity
from .plain_text import one_line
from .registry_table import RegistryTable, about_model
from .table_and_text import TableAndText

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


class FetchPage(QWidget):
    """Asks for the list when it is first seen; `said` and `failed` carry sentences."""

    said = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(self, activity: Activity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._activity = activity
        self._registry: Registry | None = None
        self.place = QLineEdit(settings.registry_place())
        self.place.setObjectName("registryPlace")
        self.browse = QToolButton()
        self.load_button = QPushButton(tr("&Load the list"))
        self.words = QLabel()
        self.table = RegistryTable()
        self.split = TableAndText(self.table, tr("About the model"))
        self.details = self.split.text
        self.fetch_button = QPushButton(tr("F&etch"))
        self._explain()
        self._lay_out()
        self._connect()
        self.show_state()

    def load_once(self) -> None:
        """Read the list unless it was read already."""
        if self._registry is None and not self._activity.is_busy:
            self.load()

    def load(self) -> None:
        """Read the list that the address names, and remember the address."""
        if self._activity.is_busy:
            return
        place = self.place.text().strip()
        settings.set_registry_place(place)
        self._show(Registry(()))
        self._registry = None
        self.words.clear()

        def work(task: WorkTask) -> Registry:
            return read_registry(place, is_cancelled=task.isCanceled)

        self._activity.work(tr("Reading the list of models"), work, self._show)

    def fetch(self) -> None:
        """Fetch the chosen model, verify it and put it among the user's own."""
        model = self.table.chosen()
        if model is None or not offer_missing_packages(self):
            return
        folder = settings.model_folder()

        def work(task: WorkTask) -> ModelCard:
            return fetch_model(
                model, folder, progress=task.setProgress, is_cancelled=task.isCanceled
            )

        self._activity.work(tr("Fetching {0}").format(model.name), work, self._fetched)

    def show_state(self) -> None:
        """Offer what can be done now."""
        free, model = not self._activity.is_busy, self.table.chosen()
        for button in (self.browse, self.load_button):
            button.setEnabled(free)
        self.fetch_button.setEnabled(free and model is not None and not _is_there(model))

    def _fetched(self, card: ModelCard) -> None:
        NEWS.changed.emit()
        self.said.emit(tr("Fetched, verified and installed: {0}.").format(one_line(card.name, 80)))

    def _show(self, registry: Registry) -> None:
        self._registry = registry
        there = [model.id for model in registry.models if _is_there(model)]
        self.table.show_models(registry, there)
        self.words.setText(_about(registry, bundled=not settings.registry_place()))
        self._show_chosen()

    def _look(self) -> None:
        """After models came or went."""
        if self._registry is not None:
            self._show(self._registry)

    def _show_chosen(self) -> None:
        model = self.table.chosen()
        self.details.setPlainText("" if model is None else about_model(model))
        self.show_state()

    def _browse(self) -> None:
        words = tr("Choose a list of models")
        path, _kind = QFileDialog.getOpenFileName(self, words, "", tr("Lists of models (*.json)"))
        if path:
            self.place.setText(path)
            self.load()

    def _connect(self) -> None:
        self.browse.clicked.connect(self._browse)
        self.load_button.clicked.connect(self.load)
        self.place.returnPressed.connect(self.load_button.click)
        self.fetch_button.clicked.connect(self.fetch)
        self.table.currentItemChanged.connect(lambda _now, _before: self._show_chosen())
        self._activity.changed.connect(self.show_state)
        NEWS.changed.connect(self._look)

    def _explain(self) -> None:
        self.browse.setText("…")
        self.place.setPlaceholderText(tr("The list that comes with GeoSift"))
        self.place.setToolTip(
            tr("Address (https://, http://, file://) or path of a list of models; empty: GeoSift's")
        )
        self.browse.setToolTip(tr("Choose a list that is a file"))
        self.browse.setAccessibleName(self.browse.toolTip())
        self.load_button.setToolTip(tr("Read the list from that address"))
        self.fetch_button.setToolTip(
            tr("Download the model, check it against its SHA-256, and install it")
        )
        self.fetch_button.setIcon(QgsApplication.getThemeIcon("/mActionFileSave.svg"))
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)

    def _lay_out(self) -> None:
        where = QHBoxLayout()
        for widget in (QLabel(tr("List")), self.place, self.browse, self.load_button):
            where.addWidget(widget, 1 if widget is self.place else 0)
        buttons = QHBoxLayout()
        buttons.addWidget(self.fetch_button)
        buttons.addStretch(1)
        for button in (self.load_button, self.fetch_button):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addLayout(where)
        column.addWidget(self.words)
        column.addWidget(self.split, 1)
        column.addLayout(buttons)


def _is_there(model: RegisteredModel) -> bool:
    """Whether a folder of that name is among the user's models; costs one look at the disk."""
    return (settings.model_folder() / model.id).exists()


def _about(registry: Registry, *, bundled: bool) -> str:
    """What is to be said of the list as a whole."""
    if registry.broken:
        return "\n".join(map(one_line, registry.broken[:5]))
    if registry.models:
        count = len(registry.models)
        return tr_count("{0} model can be fetched.", "{0} models can be fetched.", count).format(
            count
        )
    if bundled:
        return tr(
            "GeoSift's own list is empty: it names only models that somebody has verified, and so "
            "far there is none. Give the address of another list, such as your organisation's."
        )
    return tr("The list names no models.")
