# SPDX-License-Identifier: GPL-2.0-or-later
"""The button that brings models from elsewhere on the disk among the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from ...inference.errors import BareModelError, GeoSiftError
from .. import settings
from ..background.work_task import WorkTask
from ..i18n import tr
from ..widgets.dependency_dialog import offer_missing_packages
from .activity import Activity

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ...inference.cards.model_folder import Watch


class ImportButton(QPushButton):
    """`brought` carries a tuple of cards, `failed` a sentence."""

    brought = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, activity: Activity, parent: QWidget | None = None) -> None:
        super().__init__(tr("&Import"), parent)
        self._activity = activity
        self.setObjectName("importModel")
        self.setIcon(QgsApplication.getThemeIcon("/mActionAdd.svg"))
        self.setToolTip(
            tr("Copy a model into your folder of models; other programs' ONNX files, too")
        )
        menu = QMenu(self)
        self.file = menu.addAction(tr("A file (.onnx, .json)…"), self._choose_file)
        self.folder = menu.addAction(tr("A folder…"), self._choose_folder)
        self.setMenu(menu)
        arrow = 2 * self.fontMetrics().averageCharWidth()  # some themes leave no room for it
        self.setMinimumWidth(self.sizeHint().width() + arrow)

    def bring(self, path: str) -> None:
        """Copy the model of a file, or those of a folder; asks what a bare file does not say."""
        if not path or not offer_missing_packages(self):
            return
        from ...inference.cards.model_folder import ModelFolder

        own, source = ModelFolder(settings.model_folder()), Path(path)

        def work(task: WorkTask) -> tuple[ModelCard, ...]:
            try:
                return own.add(source, _watch(task))
            except BareModelError:
                if source.is_dir():
                    raise
                return ()

        def done(cards: tuple[ModelCard, ...]) -> None:
            if cards:
                self.brought.emit(cards)
            else:
                self._describe(source)

        self._activity.work(tr("Importing {0}").format(source.name), work, done)

    def _describe(self, source: Path) -> None:
        """Ask for what the file does not say, then bring it with the card that makes."""
        from ...inference.cards.model_folder import ModelFolder
        from ..model_wizard.wizard import describe

        try:
            card = describe(source, self)
        except GeoSiftError as error:
            self.failed.emit(str(error))
            return
        if card is None:
            self.failed.emit(tr("Nothing was imported: the network was not described."))
            return
        own = ModelFolder(settings.model_folder())
        if own.owns(card):
            self._write_beside(card)
            return

        def work(task: WorkTask) -> tuple[ModelCard, ...]:
            return (own.add_described(card, _watch(task), written=True),)

        self._activity.work(tr("Importing {0}").format(source.name), work, self.brought.emit)

    def _write_beside(self, card: ModelCard) -> None:
        """What lies in the folder of models already only lacks its card."""
        from ..model_wizard.beside import write_beside

        try:
            write_beside(card)
        except GeoSiftError as error:
            self.failed.emit(str(error))
        else:
            self.brought.emit((card,))

    def _choose_file(self) -> None:
        kinds = tr("Models (*.onnx *.json)")
        self.bring(QFileDialog.getOpenFileName(self, tr("Import a model"), "", kinds)[0])

    def _choose_folder(self) -> None:
        words = tr("Import the models of a folder")
        self.bring(QFileDialog.getExistingDirectory(self, words))


def _watch(task: WorkTask) -> Watch:
    """Tells the task how far copying is, and asks it whether to go on."""
    from ...inference.cards.model_folder import Watch

    return Watch(lambda share: task.setProgress(100 * share), task.isCanceled)
