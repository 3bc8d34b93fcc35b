# SPDX-License-Identifier: GPL-2.0-or-later
"""While it is on, the map is classified: anew when labels change, and where the map is moved to."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsRasterLayer, QgsRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...inference.errors import GeoSiftError
from ...inference.teaching.lesson import Lesson
from ..layers.layer_source import has_pixels
from ..map_tool.places import transform_to, view_of
from ..map_tool.scale import Scale, scale_of
from ..map_tool.site import Site, Sites
from ..map_tool.trouble import trouble_words
from .answering import Answering
from .next_places import NextPlaces
from .overlay import Overlay
from .question import Answer, Question
from .screen import Screen
from .wishes import Wishes

_REST_MS = 150
"""How long the map has to be still."""
_LEAVE_SECONDS = 5.0
_HELP_OPACITY = 0.8


class Live(QObject):
    """The preview on the map and the questions it is the answer to; main thread only."""

    changed = pyqtSignal()
    """It is on or off, or is busy or not."""
    answered = pyqtSignal(object)
    troubled = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, wishes: Wishes, lesson: Callable[[], Lesson]) -> None:
        super().__init__()
        self._canvas, self._wishes, self._lesson = canvas, wishes, lesson
        self._sites = Sites(canvas)
        self._pixels: dict[str, Scale] = {}
        """How large the pixels of map servers are while one teaches, by layer."""
        self.asked: Question | None = None
        """What was asked last."""
        self.is_on = False
        self.answer: Answer | None = None
        """The newest there is; None while there is none."""
        self.answering = Answering()
        self.classes, self.help = Overlay(canvas), Overlay(canvas)
        self.help.setZValue(self.classes.zValue() + 1)
        self.help.setOpacity(_HELP_OPACITY)
        self.places = NextPlaces(canvas)
        self._is_peeking = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        self.answering.changed.connect(self.changed)
        self.answering.answered.connect(self._show)
        self.answering.failed.connect(self._fail)

    @property
    def is_waiting(self) -> bool:
        """Whether the map will soon look otherwise."""
        newest = None if self.answer is None else self.answer.question
        asked = self.answering.is_busy and newest is not self.asked
        return self.is_on and (self._rest.isActive() or asked)

    def turn_on(self) -> None:
        """Classify what the map shows, and follow it."""
        if self.is_on:
            return
        self.is_on = True
        for signal in self._signals():
            signal.connect(self.follow)
        self.ask()
        self.changed.emit()

    def turn_off(self) -> None:
        """Take the preview off the map; what is under way is given up."""
        if not self.is_on:
            return
        self.is_on = False
        for signal in self._signals():
            signal.disconnect(self.follow)
        self._rest.stop()
        self.answering.cancel()
        self.asked = None
        self.clear()
        self.changed.emit()

    def shut_down(self) -> None:
        """Stop everything and take everything off the map."""
        self.turn_off()
        self.answering.stop(_LEAVE_SECONDS)
        for overlay in (self.classes, self.help):
            self._canvas.scene().removeItem(overlay)
        del overlay, self.classes, self.help

    def ask(self) -> None:
        """Have the view classified by the lesson as it is now."""
        if self.is_on:
            self._rest.start(0)

    def follow(self, *_changes: object) -> None:
        """The same once the map has rested."""
        if self.is_on:
            self._rest.start(_REST_MS)

    def clear(self) -> None:
        """Show nothing, as when the raster is gone."""
        self.answer = None
        self.classes.clear()
        self.help.clear()
        self.places.clear()

    def peek(self, hidden: bool) -> None:
        """Hide the preview for a moment, or show it again."""
        self._is_peeking = hidden
        self._draw()

    def set_opacity(self, share: float) -> None:
        """How strongly the classes cover the map, 0 to 1."""
        self.classes.setOpacity(share)

    def show_help(self, _shown: bool = True) -> None:
        """Show, or no longer, where another label helps most."""
        self._draw()

    def question(self) -> Question | None:
        """What would be asked now; raises GeoSiftError. None without a raster."""
        layer = self._wishes.layer()
        if layer is None or not layer.isValid():
            return None
        seen = view_of(layer, self._canvas)
        screen = Screen.of(self._canvas, layer.crs())
        return Question(self._lesson(), self._site(layer), screen, _extent(seen))

    def _site(self, layer: QgsRasterLayer) -> Site:
        scale = Scale()
        if not has_pixels(layer):  # a map server's stay what they were when one began
            shown = scale_of(layer, self._canvas)
            scale = self._pixels.setdefault(layer.id(), shown)
        return self._sites.make(layer, self._wishes.card(), scale)

    def _signals(self) -> tuple[pyqtSignal, ...]:
        canvas = self._canvas
        return canvas.extentsChanged, canvas.rotationChanged, canvas.destinationCrsChanged

    def _ask(self) -> None:
        try:
            question = self.question()
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return
        if question is None:
            self.clear()
            self.changed.emit()
        else:
            self.asked = question
            self.answering.ask(question)

    def _show(self, answer: Answer) -> None:
        if self.is_on:
            self.answer = answer
            self._draw()
            self.answered.emit(answer)

    def _draw(self) -> None:
        """Show of the answer what is wished."""
        answer = self.answer
        shown = answer is not None and answer.classes is not None and not self._is_peeking
        helps = shown and self._wishes.wants_help()
        for overlay, wished in ((self.classes, shown), (self.help, helps)):
            if wished:
                image = answer.classes if overlay is self.classes else answer.help
                overlay.show_image(image, answer.question.screen.extent)
            else:
                overlay.clear()
        if helps:
            to_canvas = transform_to(answer.question.site.crs, self._canvas)[1]
            self.places.show(answer.places, to_canvas)
        else:
            self.places.clear()

    def _fail(self, question: Question, error: Exception) -> None:
        """Say what was foreseen; what was not, QGIS shows. The preview is outdated either way."""
        self.clear()
        self.troubled.emit(trouble_words(error, question.site))


def _extent(seen: QgsRectangle) -> tuple[float, float, float, float]:
    return seen.xMinimum(), seen.yMinimum(), seen.xMaximum(), seen.yMaximum()
