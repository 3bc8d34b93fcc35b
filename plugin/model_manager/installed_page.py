# SPDX-License-Identifier: GPL-2.0-or-later
"""The models that are there: look, try out, import, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...inference.errors import GeoSiftError
from .. import settings
from ..algorithms.common_parameters import INPUT
from ..background.runs import Run
from ..i18n import tr
from ..model_news import NEWS
from ..models import catalog, is_bundled
from ..widgets.dependency_dialog import offer_missing_packages
from ..words import duration_words
from .activity import Activity
from .card_text import card_text
from .import_button import ImportButton
from .model_table import ModelTable
from .plain_text import one_line
from .table_and_text import TableAndText
from .trial import trial

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ...inference.cards.card import ModelCard


class InstalledPage(QWidget):
    """`said` carries what went well, `failed` what did not."""

    said = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(
        self, activity: Activity, iface: QgisInterface | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._activity, self._iface = activity, iface
        self._tried_on = ""
        self._seen: tuple[tuple[ModelCard, ...], tuple[str, ...]] = (), ()
        self.filter = QLineEdit()
        self.filter.setObjectName("modelFilter")
        self.table = ModelTable()
        self.split = TableAndText(self.table, tr("About the model"))
        self.details = self.split.text
        self.importing = ImportButton(activity)
        self.try_out = QPushButton(tr("&Try on the view"))
        self.remove = QPushButton(tr("&Remove…"))
        self.folder = QPushButton(tr("Open &folder"))
        self._explain()
        self._lay_out()
        self._connect()
        self.look()

    def look(self) -> None:
        """Show what is there now."""
        try:
            self._seen = catalog().look()
            self.table.show_models(*self._seen)
        except GeoSiftError as error:
            self.failed.emit(str(error))
        self.table.filter(self.filter.text())
        self._show_chosen()

    def look_again(self) -> None:
        """Look, and have the other lists of models look where something came or went."""
        before = self._seen
        self.look()
        if self._seen != before:
            NEWS.changed.emit()

    def try_chosen(self) -> None:
        """Run the chosen model on what the map shows, and add what comes out as a layer."""
        card = self.table.card()
        if card is None or not offer_missing_packages(self):
            return
        try:
            run = trial(card, self._iface, before=self._tried_on)
        except GeoSiftError as error:
            self.failed.emit(str(error))
            return
        self._tried_on = str(run.parameters[INPUT])
        self._activity.start(run, self._tried)

    def remove_chosen(self) -> None:
        """Delete the chosen model, when the user says so once more."""
        card = self.table.card()
        if card is None or not self._is_meant(card):
            return
        from ...inference.cards.model_folder import ModelFolder

        try:
            ModelFolder(settings.model_folder()).remove(card)
        except GeoSiftError as error:
            self.failed.emit(str(error))
            return
        self.said.emit(tr("Removed: {0}.").format(one_line(card.name, 80)))
        NEWS.changed.emit()

    def show_state(self) -> None:
        """Offer what can be done with the chosen model now."""
        card, free = self.table.card(), not self._activity.is_busy
        self.importing.setEnabled(free)
        self.try_out.setEnabled(free and card is not None and self._iface is not None)
        own = card is not None and settings.model_folder() in card.path.parents
        self.remove.setEnabled(free and own and not is_bundled(card))

    def _brought(self, cards: tuple[ModelCard, ...]) -> None:
        NEWS.changed.emit()
        self.filter.clear()
        self.table.choose(cards[-1].id)
        names = ", ".join(one_line(card.name, 80) for card in cards)
        self.said.emit(tr("Imported: {0}.").format(names))

    def _tried(self, run: Run) -> None:
        words = tr("{0}: done in {1}; the result is a temporary layer.")
        seconds = duration_words(float(run.results.get("SECONDS", 0.0)))
        self.said.emit(words.format(run.title, seconds))

    def _is_meant(self, card: ModelCard) -> bool:
        """Ask, in plain text: the name is whatever somebody wrote into a file."""
        box = QMessageBox(self)
        box.setObjectName("removeModelQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("GeoSift: remove a model"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        words = tr("Delete the model “{0}” from {1}?")
        box.setText(words.format(one_line(card.name, 80), card.path.parent))
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        box.setStandardButtons(yes | no)
        box.setDefaultButton(no)
        return box.exec() == yes

    def _show_chosen(self) -> None:
        card = self.table.card()
        self.details.setPlainText(self.table.sentence() if card is None else card_text(card))
        self.show_state()

    def _open_folder(self) -> None:
        folder = settings.model_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(tr("{0} cannot be made ({1}).").format(folder, error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _explain(self) -> None:
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setToolTip(tr("Shows the models that have these words in any column"))
        self.try_out.setToolTip(
            tr("Run it on the part of the active raster the map shows, as a temporary layer")
        )
        self.remove.setToolTip(tr("Delete a model of your own from the disk"))
        self.folder.setToolTip(tr("Show your folder of models in the file manager"))
        self.try_out.setIcon(QgsApplication.getThemeIcon("/mActionStart.svg"))
        self.remove.setIcon(QgsApplication.getThemeIcon("/mActionDeleteSelected.svg"))
        self.folder.setIcon(QgsApplication.getThemeIcon("/mActionFileOpen.svg"))

    def _connect(self) -> None:
        self.filter.textChanged.connect(self.table.filter)
        self.table.currentItemChanged.connect(lambda _now, _before: self._show_chosen())
        self.importing.brought.connect(self._brought)
        self.importing.failed.connect(self.failed)
        self.try_out.clicked.connect(self.try_chosen)
        self.remove.clicked.connect(self.remove_chosen)
        self.folder.clicked.connect(self._open_folder)
        self._activity.changed.connect(self.show_state)
        NEWS.changed.connect(self.look)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.importing, self.try_out, self.remove, self.folder):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self.split, 1)
        column.addLayout(buttons)
