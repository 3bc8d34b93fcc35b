# SPDX-License-Identifier: GPL-2.0-or-later
"""The page "Teach": classes are drawn on the map, which is classified by them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsMapLayer
from qgis.PyQt.QtWidgets import QInputDialog, QLineEdit, QVBoxLayout, QWidget

from ...inference.errors import GeoSiftError, InputError
from ..i18n import tr
from ..pages import Page
from ..widgets.dependency_dialog import offer_missing_packages
from .accuracy_words import accuracy_words, class_words
from .controller import TeachController
from .keeping import run_over
from .kept_row import KeptRow
from .page import TeachPage

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ...inference.cards.card import ModelCard
    from .question import Answer


class TeachPanel(Page):
    """Words and buttons of the page, on top of what the controller does."""

    def __init__(self, iface: QgisInterface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self.page = TeachPage()
        self.kept = KeptRow()
        self.page.put_below_keep(self.kept)
        self.controller = TeachController(iface, self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        controller = self.controller
        self.page.button.clicked.connect(self.switch)
        self.page.keep.clicked.connect(lambda: self._keep())
        self.kept.run_wanted.connect(self._run)
        controller.changed.connect(self._refresh)
        controller.troubled.connect(self._say)
        controller.live.answered.connect(self._tell)
        controller.keeping.changed.connect(self._refresh)
        controller.keeping.kept.connect(self.kept.show_card)
        controller.keeping.failed.connect(self._say)
        controller.files.opened.connect(self._opened)
        controller.files.saved.connect(lambda _folder: self._refresh())
        self._refresh()

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer as the one to teach on; one that is being taught on stays."""
        if not self.controller.live.is_on or self.page.layer() is None:
            self.page.follow(layer)

    def switch(self, on: bool = True) -> None:
        """Turn teaching on or off; what it lacks is offered first."""
        self.page.notice.hide()
        if not on:
            self.controller.stop()
        elif offer_missing_packages(self) and self._can_work():
            self.controller.start()
        self._refresh()

    def shut_down(self) -> None:
        """Let go of the map; called before the panel is deleted."""
        self.controller.changed.disconnect(self._refresh)
        self.controller.shut_down()

    def _can_work(self) -> bool:
        try:
            if not self.page.model.value():
                raise InputError(tr("No network to teach with is installed: install GeoSift anew."))
            self.page.card()
            if self.page.layer() is None:
                raise InputError(tr("There is no raster layer in the project yet: add one first."))
        except GeoSiftError as error:
            self._say(str(error))
            return False
        return True

    def _keep(self) -> None:
        """Ask what the network shall be called, and have it written."""
        self.page.notice.hide()
        self.kept.hide()
        if not (offer_missing_packages(self) and self._can_work()):
            return
        lesson = self.controller.history.lesson
        if lesson.why_not():
            self._say(lesson.why_not())
            return
        name, fine = QInputDialog.getText(
            self, tr("Keep as a model"), tr("What shall the model be called?"),
            QLineEdit.EchoMode.Normal, lesson.name,
        )  # fmt: skip
        if fine and name.strip():
            self.controller.keep(name.strip())

    def _run(self, card: ModelCard) -> None:
        layer = self.page.layer()
        if layer is None:
            self._say(tr("There is no raster layer in the project yet: add one first."))
            return
        self.kept.hide()
        self.run_wanted.emit(run_over(layer, card, self._iface.mapCanvas()))

    def _opened(self) -> None:
        """Show what the lesson says of its network and its pixels."""
        settings = self.controller.history.lesson.settings
        self.page.notice.hide()
        self.kept.hide()
        self.page.show_wishes(settings.model, settings.resolution)
        self.page.show_accuracy("")
        self.page.classes.show_right({})
        self._refresh()

    def _say(self, words: str) -> None:
        self.page.notice.say(words)

    def _tell(self, answer: Answer) -> None:
        """How right it is by now, and what the engine says of the labels."""
        taught = answer.taught
        told = [] if taught is None else list(taught.told)
        if told:
            self.page.notice.say("\n".join(told), "warning")
        else:
            self.page.notice.hide()
        if answer.is_last:
            self.page.show_accuracy("" if taught is None else accuracy_words(taught))
            self.page.classes.show_right({} if taught is None else class_words(taught))
        self._refresh()

    def _refresh(self) -> None:
        page, controller = self.page, self.controller
        history = controller.history
        page.show_live(controller.live.is_on)
        page.modes.show_mode(controller.drawing.tool.mode if controller.switch.is_on else None)
        page.modes.show_steps(back=history.can_undo, forward=history.can_redo)
        page.show_lesson(history.lesson.name, saved=not history.is_unsaved)
        page.keep.setEnabled(not controller.keeping.is_busy)
        busy = controller.live.is_waiting or controller.keeping.is_busy
        page.show_progress(self._words(), busy=busy)

    def _words(self) -> str:
        controller, answer = self.controller, self.controller.live.answer
        if controller.keeping.is_busy:
            return tr("Writing the model…")
        if not controller.live.is_on:
            return tr("Teaching is off.")
        if self.page.layer() is None:
            return tr("There is no raster layer in the project yet: add one first.")
        if controller.live.is_waiting:
            return tr("Classifying what the map shows…")
        if answer is None:
            return tr("Nothing is classified: see the message below.")
        if answer.is_beside:
            return tr("The map does not show the raster: move to where it lies.")
        if answer.hint:
            return answer.hint
        if answer.is_part:
            return tr("Only the middle of the map is classified: zoom in to see all of it.")
        return tr("Draw where it is wrong; every label counts at once.")
