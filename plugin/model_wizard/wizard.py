# SPDX-License-Identifier: GPL-2.0-or-later
"""Three pages of questions about a network that nothing describes; the answers make its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qgis.PyQt.QtWidgets import QWidget, QWizard

from ...inference.cards.card import ModelCard
from ...inference.errors import GeoSiftError
from ...inference.foreign import bare
from ..i18n import tr
from ..model_manager.plain_text import one_line
from .fields import ANSWERED, SEEN
from .pages import FieldsPage, NetworkPage

_CHARACTERS, _LINES = 84, 28


class ModelWizard(QWizard):
    """`card` is None until the last page is accepted."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        """Raises ModelError where the file cannot be run, whatever is answered."""
        super().__init__(parent)
        self._path = path
        self._questions = bare.questions(path)
        self._kind = ""
        self.card: ModelCard | None = None
        self.setObjectName("modelWizard")
        self.setWindowTitle(tr("GeoSift: describe {0}").format(one_line(path.name, 60)))
        self.setWizardStyle(QWizard.WizardStyle.ClassicStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.network = NetworkPage(self._questions)
        sees = tr("How the raster shall be shown to it: as the pictures were it was trained with.")
        self.seen = FieldsPage(tr("What it sees"), sees, SEEN)
        answers = tr("What its numbers mean. Whoever trained the network knows.")
        self.answered = FieldsPage(tr("What it answers"), answers, ANSWERED)
        for page in (self.network, self.seen, self.answered):
            self.addPage(page)
        metrics = self.fontMetrics()
        self.resize(_CHARACTERS * metrics.averageCharWidth(), _LINES * metrics.lineSpacing())

    def initializePage(self, page_id: int) -> None:  # noqa: N802 (Qt fixes the name)
        """Ask for another kind anew; what was answered for the same one stays."""
        super().initializePage(page_id)
        kind = self.network.kind.currentData()
        if self.page(page_id) is self.seen and kind != self._kind:
            self._kind = kind
            start = self._questions.defaults(kind)
            self.seen.ask(self._questions, start)
            self.answered.ask(self._questions, start)

    def cleanupPage(self, page_id: int) -> None:  # noqa: N802 (Qt fixes the name)
        """Going back forgets nothing."""

    def validateCurrentPage(self) -> bool:  # noqa: N802 (Qt fixes the name)
        """Make the card at the end; what is wrong with an answer is said on its page."""
        page = self.currentPage()
        if page is self.network:
            return True
        page.notice.hide()
        try:
            page.answer()
            if page is self.answered:
                self.card = self._described()
        except GeoSiftError as error:
            page.notice.say(str(error))
            return False
        return True

    def _described(self) -> ModelCard:
        found = {**self.network.answer(), **self.seen.answer(), **self.answered.answer()}
        answers = replace(self._questions.defaults(self._kind), **found)
        return bare.card(self._path, answers)


def describe(path: Path, parent: QWidget | None) -> ModelCard | None:
    """The card the user's answers make, None where they gave up; raises GeoSiftError."""
    wizard = ModelWizard(path, parent)
    wizard.exec()
    return wizard.card
