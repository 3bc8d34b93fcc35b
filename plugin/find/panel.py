# SPDX-License-Identifier: GPL-2.0-or-later
"""The page "Find": the widgets, the hand on the map, the search and what it found, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsMapLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...inference.errors import GeoSiftError
from ..pages import Page
from ..widgets.dependency_dialog import offer_missing_packages
from .area_drawing import AreaDrawing
from .chosen_index import ChosenIndex
from .ground import Ground, ground
from .limits import limits_of
from .limits_box import DRAWN, VIEW
from .page import FindPage
from .pointing import Pointing
from .question import Answer
from .search import Search
from .showing import Showing
from .status import status_words

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_REST_MS = 300
"""How long the map has to be still before what it shows is searched."""


class FindPanel(Page):
    """Where else does it look like this?"""

    def __init__(self, iface: QgisInterface, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._iface, self._canvas = iface, iface.mapCanvas()
        self.page = FindPage()
        self.search = Search()
        self.index = ChosenIndex(self.page, self.search)
        self.pointing = Pointing(self._canvas, self._ground)
        self.pointing.keys_elsewhere = self.page.strip.hasFocus
        self.drawing = AreaDrawing(self._canvas, self.pointing)
        self.showing = Showing(
            self._canvas, self.page, self.search, self.pointing.markers, self._ground
        )
        self._lacks_limits = False
        """Whether the last thing said is what the limits lack."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        self._connect_page()
        self._connect_work()
        self._refresh()

    @property
    def is_waiting(self) -> bool:
        """Whether another answer is to come, as soon as the user or the map has come to rest."""
        is_resting = self._rest.isActive() or self.page.limits.is_resting
        return is_resting or self.search.is_asking

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer as the one to put into the index."""
        self.page.follow(layer)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """The index is looked at when the page is first seen."""
        super().showEvent(event)
        self.index.begin()

    def switch(self, on: bool = True) -> None:
        """Turn the tool on or off; a layer that is not in the index goes into it, too."""
        if not on:
            self.pointing.switch.turn_off()
        elif offer_missing_packages(self):
            if self.index.lacks_layer:
                self.index.add()
            self.pointing.switch.turn_on()
            if self.index.is_searchable:
                self.search.prepare()
        self._refresh()

    def ask(self) -> None:
        """Look for what is like the examples of now, within the limits of now."""
        self._rest.stop()
        self.drawing.show(self.page.limits.kind() == DRAWN)
        examples = self.pointing.shown.now
        if not any(each.good for each in examples):
            self.showing.show_nothing()
            return
        if not self.index.is_searchable:  # asked when it is
            return
        try:
            here = self._ground()
            limits = limits_of(self.page.limits, self._canvas, here, self.drawing.geometry)
        except GeoSiftError as error:
            self.showing.show_nothing()
            self._say(str(error))
            self._lacks_limits = True
            return
        if self._lacks_limits:  # what was asked for is there now
            self.page.notice.hide()
        self._lacks_limits = False
        self.search.ask(examples, limits, is_placed=here.is_placed)

    def shut_down(self) -> None:
        """Let go of the map; what was found stays in the project."""
        self._rest.stop()
        self._canvas.extentsChanged.disconnect(self._view_moved)
        self.page.limits.shut_down()
        self.search.changed.disconnect(self._refresh)
        self.pointing.turned.disconnect(self._refresh)
        for part in (self.index, self.showing, self.drawing, self.pointing):
            part.shut_down()
        self.search.stop()

    def _connect_page(self) -> None:
        page, pointing = self.page, self.pointing
        page.button.clicked.connect(self.switch)
        page.examples.undo.clicked.connect(pointing.undo)
        page.examples.clear.clicked.connect(pointing.clear)
        page.examples.removed.connect(pointing.remove)
        page.selected.clicked.connect(self._take_features)
        page.strip.judged.connect(pointing.judge)
        page.more.clicked.connect(lambda: page.strip.judge(True))
        page.less.clicked.connect(lambda: page.strip.judge(False))
        page.limits.changed.connect(self.ask)
        page.limits.drawing_wanted.connect(self.drawing.start)

    def _connect_work(self) -> None:
        search, pointing, index = self.search, self.pointing, self.index
        index.run_wanted.connect(self.run_wanted)
        index.other.connect(self._begin)
        index.grown.connect(self._ask_again)
        pointing.changed.connect(self._examples_changed)
        search.answered.connect(self._take_answer)
        self.drawing.drawn.connect(self.ask)
        self._rest.timeout.connect(self.ask)
        self._canvas.extentsChanged.connect(self._view_moved)
        self.showing.warned.connect(lambda words: self._say(words, "warning"))
        for part in (search, pointing, index, self.showing):
            part.troubled.connect(self._say)
        for signal in (index.changed, pointing.turned, search.changed):
            signal.connect(self._refresh)

    def _ground(self) -> Ground:
        return ground(self._canvas, self.page.layer(), self.index.is_placed)

    def _begin(self) -> None:
        """With another index."""
        self.showing.tell_anew()
        self.pointing.clear()

    def _ask_again(self) -> None:
        """Examples that were given before there was an index are drawn, and looked for."""
        self.pointing.draw()
        if self.pointing.shown.now:
            self.ask()

    def _examples_changed(self) -> None:
        shown = self.pointing.shown
        self.page.examples.show_examples(shown.now, can_undo=shown.can_undo)
        self.page.notice.hide()
        self.ask()
        self._refresh()

    def _take_answer(self, answer: Answer) -> None:
        if not answer.trouble:
            self.showing.show(answer)
            return
        self.showing.show_nothing()
        if self.index.growing.is_under_way:  # it may come to where the example lies
            return
        if answer.refused:
            self.pointing.forget(answer.refused)
        self._say(answer.trouble)

    def _take_features(self) -> None:
        layer = self._iface.activeLayer()
        self.pointing.add_features(layer if isinstance(layer, QgsVectorLayer) else None)

    def _view_moved(self) -> None:
        if self.page.limits.kind() == VIEW and self.pointing.shown.now:
            self._rest.start()

    def _say(self, words: str, level: str = "error") -> None:
        self.page.notice.say(words, level)

    def _refresh(self, *_change: object) -> None:
        self.showing.offer(is_free=not self.index.growing.exchanges_files)
        self.index.show(starts=not self.pointing.is_on)
        self.page.show_on(self.pointing.is_on, adds_first=self.index.lacks_layer)
        self.page.status.setText(status_words(self))
