# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of wishes and the tool together: buttons work, and the user reads how it gets on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QAction, QPushButton, QVBoxLayout, QWidget

from ...inference.errors import GeoSiftError, InputError
from ..algorithms import common_parameters as common
from ..algorithms import prompt_parameters as names
from ..background.runs import Run
from ..i18n import tr, tr_count
from ..markup import bar_text
from ..models import PROMPT, algorithm_of
from ..pages import Page
from ..results.done_message import tell_done
from ..text_match import match_text
from ..widgets.dependency_dialog import offer_missing_packages
from ..words import area_unit, duration_words, number_words, share_words
from .controller import PromptController
from .page import PromptPage
from .result_layer import save_edits
from .whereabouts import metres_shown

if TYPE_CHECKING:
    from qgis.gui import QgisInterface, QgsMessageBarItem

    from .answers import Candidate


class PromptPanel(Page):
    """Cuts out what one points at with the map tool, and what words say with a run."""

    def __init__(self, iface: QgisInterface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self._told: set[str] = set()
        self._offers: dict[str, QgsMessageBarItem] = {}
        """Messages with a button, by the layer they are about."""
        self._is_in_status_bar = False
        self.page = PromptPage()
        self.controller = PromptController(iface, self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        page, controller = self.page, self.controller
        page.button.clicked.connect(self.switch)
        page.words_entered.connect(self._find_words)
        page.place_changed.connect(controller.wishes_changed)
        page.lock_changed.connect(controller.scale_lock_changed)
        page.shape_box.changed.connect(controller.cutting.ask_again)
        controller.changed.connect(self._refresh)
        controller.scale_known.connect(page.show_scale)
        controller.troubled.connect(self._say)
        controller.added.connect(self._tell_layer)
        self._refresh()

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer as the one to cut from; while an object is in hand it stays."""
        if not self.controller.cutting.in_hand:
            self.page.follow(layer)

    def follow_action(self, action: QAction) -> None:
        """Have a button elsewhere show whether the tool is on."""
        self.controller.tool.setAction(action)

    def switch(self, on: bool = True) -> None:
        """Turn the tool on or off; what it lacks is offered first."""
        if not on:
            self.controller.leave()
        elif offer_missing_packages(self) and self._can_work():
            self.controller.start()
        self._refresh()

    def shut_down(self) -> None:
        """Let go of the map; called before the panel is deleted."""
        self.controller.leave()
        self.controller.changed.disconnect(self._refresh)
        self.controller.shut_down()

    def _can_work(self) -> bool:
        try:
            self.page.card()
            if self.page.layer() is None:
                raise InputError(tr("There is no raster layer in the project yet: add one first."))
        except GeoSiftError as error:
            self._say(str(error))
            return False
        return True

    def _find_words(self) -> None:
        """Have everything cut out that a word says and the map shows; tell what it stands for."""
        words = self.page.words.text().strip()
        self.page.show_match("")
        if not words:
            self._say(tr("Write first what to cut out, such as: buildings."))
            return
        if not (offer_missing_packages(self) and self._can_work()):
            return
        try:
            parameters = self._parameters(words)
            self.page.show_match(match_text(words).in_words())
        except GeoSiftError as error:
            self._say(str(error))
            return
        title = f"{self.page.layer().name()} · {words}"
        self.run_wanted.emit(Run(title, algorithm_of(PROMPT), parameters, tell=self._tell_found))

    def _tell_found(self, run: Run) -> None:
        """How many objects a word was found on; their layer says the rest."""
        count, seconds = int(run.results[names.OBJECTS]), float(run.results[common.SECONDS])
        words = tr_count("{0}: {1} outline in {2}.", "{0}: {1} outlines in {2}.", count)
        words = words.format(run.title, count, duration_words(seconds))
        tell_done(self._iface, words, run.layer_ids)

    def _parameters(self, words: str) -> dict[str, Any]:
        """Of a run on what the map shows; raises InputError."""
        canvas, shape = self._iface.mapCanvas(), self.page.shape()
        settings = canvas.mapSettings()
        seen = QgsReferencedRectangle(settings.visibleExtent(), settings.destinationCrs())
        metres = metres_shown(self.page.layer(), canvas)
        scale = {} if metres is None else {common.RESOLUTION: metres}
        return {
            **scale,
            common.INPUT: self.page.layer().id(),
            common.MODEL: self.page.model.value(),
            common.EXTENT: seen,
            names.TEXT: words,
            names.SIMPLIFY: shape.simplify_px,
            names.SMOOTH: shape.smooth,
            names.ORTHOGONAL: shape.orthogonal,
            names.ALL_PARTS: shape.all_parts,
            common.OUTPUT: QgsProcessingOutputLayerDefinition(
                QgsProcessing.TEMPORARY_OUTPUT, QgsProject.instance()
            ),
        }

    def _say(self, words: str) -> None:
        """A sentence in the message bar, once as long as it stands there."""
        bar = self._iface.messageBar()
        if bar_text(words) not in [item.text() for item in bar.items()]:
            bar.pushWarning("GeoSift", bar_text(words))

    def _tell_layer(self, layer: QgsVectorLayer) -> None:
        """Where outlines go, and what keeps them; once for each layer."""
        if layer.id() in self._told:
            return
        self._told.add(layer.id())
        words = tr("Unsaved yet: '{0}'.")
        bar = self._iface.messageBar()
        item = bar.createMessage("GeoSift", bar_text(words.format(layer.name())))
        button = QPushButton(tr("Save edits"))
        button.setObjectName("saveEditsButton")
        # A slot that holds its own message is a ring, which Python clears while Qt still calls it.
        self._offers[layer.id()] = item
        button.clicked.connect(partial(self._save, layer.id()))
        item.layout().addWidget(button)
        bar.pushWidget(item, Qgis.MessageLevel.Info)

    def _save(self, layer_id: str, _checked: bool = False) -> None:
        """Write the outlines; one goes on adding to them."""
        self._iface.messageBar().popWidget(self._offers.pop(layer_id))
        layer = QgsProject.instance().mapLayer(layer_id)
        if layer is None:
            return
        try:
            save_edits(layer)
        except GeoSiftError as error:
            self._say(str(error))

    def _refresh(self) -> None:
        controller = self.controller
        cutting = controller.cutting
        busy = controller.is_on and (cutting.is_waiting or controller.look_ahead.is_busy)
        words = self._words()
        self.page.show_on(controller.is_on)
        self.page.show_progress(words, busy=busy)
        status_bar = self._iface.statusBarIface()
        if controller.is_on:
            status_bar.showMessage(words)
        elif self._is_in_status_bar:
            status_bar.clearMessage()
        self._is_in_status_bar = controller.is_on

    def _words(self) -> str:
        controller = self.controller
        hand = controller.cutting.in_hand
        if not controller.is_on:
            return tr("The tool is off.")
        if controller.cutting.is_waiting:
            return tr("Looking for the outline…")
        if hand.candidate is not None:
            return _candidate_words(hand.candidate, hand.chosen, len(hand.candidates))
        if controller.look_ahead.is_busy:
            return tr("Looking at the view of the map…")
        if self.page.layer() is None:
            return tr("There is no raster layer in the project yet: add one first.")
        if controller.trouble:
            return controller.trouble
        if not controller.sees_raster:
            return tr("The map does not show the raster: move to where it lies.")
        return tr("Ready: click on something, or drag a box around it.")


def _candidate_words(candidate: Candidate, chosen: int, count: int) -> str:
    """`Outline 1/3 · 91.0 % sure · 1,234 m²`."""
    outline = candidate.outline
    if outline.area_m2 is None:
        words = tr_count("{0} pixel", "{0} pixels", round(outline.area_px))
        area = words.format(number_words(outline.area_px))
    else:
        unit, sign = area_unit(outline.area_m2)
        area = f"{number_words(outline.area_m2 / unit)} {sign}"
    sure = share_words(candidate.cutout.predicted_iou)
    return tr("Outline {0}/{1} · {2} sure · {3}").format(chosen + 1, count, sure, area)
