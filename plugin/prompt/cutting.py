# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the user points with to outlines on the map: asks, and shows what is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateTransform, QgsPointXY
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...inference.errors import GeoSiftError, InputError
from ..i18n import tr
from ..map_tool.places import XY, places_in, transform_to
from ..map_tool.site import Site
from ..map_tool.trouble import trouble_words
from .answers import Answer, Answerer, Request
from .in_hand import InHand
from .keymap import ACCEPT, BEFORE, CLEAR, NEXT, UNDO
from .pointed import Click, Drag, Pointed
from .preview import Preview

if TYPE_CHECKING:
    from ...inference.prompt.shape import ShapeOptions


class Cutting(QObject):
    """One object at a time; `site` says where a new one begins (it may raise GeoSiftError)."""

    changed = pyqtSignal()
    accepted = pyqtSignal()
    """The candidate that counts is wanted as a feature; it stays in hand until it is cleared."""
    troubled = pyqtSignal(str)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        answerer: Answerer,
        *,
        site: Callable[[], Site],
        options: Callable[[], ShapeOptions],
    ) -> None:
        super().__init__()
        self._canvas, self._answerer = canvas, answerer
        self._site, self._options = site, options
        self.in_hand = InHand()
        self.preview = Preview(canvas)
        self.hover_site: Site | None = None
        """Where a click that has not been made would be; None while nothing is known there."""
        self._box_site: Site | None = None
        self._number = self._outdated = 0
        self._waiting = 0
        self._turns = 0
        """Candidates to go on by when all are there."""
        self._accept_when_there = False
        answerer.answered.connect(self._receive)

    @property
    def is_waiting(self) -> bool:
        """Whether no outline is there yet for what was pointed with last."""
        return self._waiting > 0 and not self.in_hand.candidates

    @property
    def is_asking(self) -> bool:
        """Whether an outline, or another candidate, may still come."""
        return self._waiting > 0

    def hover(self, point: QgsPointXY) -> None:
        """Show what a click would give, while nothing is in hand."""
        if self.in_hand or self.hover_site is None:
            return
        at = places_in(self.hover_site.crs, [point], self._canvas)
        if at is not None:
            self._ask(self.hover_site, Pointed((Click(at[0], positive=True),)), hover=True)

    def end_hover(self) -> None:
        """Show no longer what a click would give."""
        if not self.is_asking:
            self._outdate()
        self.preview.hide_hover()

    def click(self, point: QgsPointXY, positive: bool) -> None:
        """A point on the object, or beside it."""
        if not positive and not self.in_hand.pointed.says_where:
            self.troubled.emit(tr("Click on the object first: a right click takes away from it."))
            return
        self._add([point], lambda places: Click(places[0], positive))

    def drag(self, ends: Sequence[QgsPointXY]) -> None:
        """A box around the object, between two places on the map."""
        self._add(ends, lambda places: Drag(*places))

    def draw_box(self, ends: Sequence[QgsPointXY] | None) -> None:
        """Show the box of a drag that goes on, None: that it goes on no longer."""
        self.end_hover()
        if ends is None:
            self._box_site = None
            self.show()
            return
        try:
            self._box_site = self._box_site or self.in_hand.site or self._site()
        except GeoSiftError:  # told when the drag is over
            return
        places = places_in(self._box_site.crs, ends, self._canvas)
        if places is not None:
            self.preview.show_box(Drag(*places), self._to_canvas(self._box_site))

    def ask_again(self) -> None:
        """Draw the outline anew, as after a change of how outlines are drawn."""
        if self.in_hand:
            self.in_hand.outdate()
            chosen = self.in_hand.chosen
            self._ask_for_all()
            self._turns = chosen

    def can(self, command: str) -> bool:
        """See keys.Commands."""
        if command in (NEXT, BEFORE):
            return self.is_asking or len(self.in_hand.candidates) > 1
        return command in (UNDO, CLEAR, ACCEPT) and bool(self.in_hand)

    def do(self, command: str) -> None:
        """See keys.Commands."""
        if command in (NEXT, BEFORE):
            self._turn(1 if command == NEXT else -1)
        elif command == UNDO:
            self.undo()
        elif command == CLEAR:
            self.clear()
        else:
            self.accept()

    def _turn(self, by: int) -> None:
        if self.is_asking:
            self._turns += by
        else:
            self.in_hand.turn(by)
            self.show()

    def undo(self) -> None:
        """Take back the newest prompt."""
        self._outdate()
        self.in_hand.undo()
        if not self.in_hand.is_whole:
            self.ask_again()
        self.show()

    def clear(self) -> None:
        """Let go of the object."""
        self._outdate()
        self.in_hand.clear()
        self.preview.clear()
        self.changed.emit()

    def accept(self) -> None:
        """Want the outline as a feature, as soon as it is there."""
        if self.is_waiting or (self.is_asking and self._turns):
            self._accept_when_there = True
        elif self.in_hand.candidate is not None:
            self._outdate()
            self.accepted.emit()

    def _add(self, points: Sequence[QgsPointXY], step: Callable[[list[XY]], Click | Drag]) -> None:
        try:
            site = self.in_hand.site or self._site()
            places = places_in(site.crs, points, self._canvas)
            if places is None:
                words = tr("The CRS of the layer '{0}' has no such place: point at the layer.")
                raise InputError(words.format(site.title))
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return
        self.in_hand.add(step(places), site)
        self._ask_for_all()
        self.show()

    def _ask_for_all(self) -> None:
        before = self.in_hand.before
        self._outdate()
        self._waiting = self._ask(self.in_hand.site, self.in_hand.pointed, before=before)

    def _ask(self, site: Site, pointed: Pointed, *, before=None, hover: bool = False) -> int:
        self._number += 1
        cutout = None if before is None else before.cutout
        self._answerer.ask(
            Request(self._number, site, pointed, self._options(), before=cutout, hover=hover)
        )
        return self._number

    def _outdate(self) -> None:
        """Take no answer to what was asked so far."""
        self._outdated, self._waiting, self._turns = self._number, 0, 0
        self._accept_when_there = False
        self._answerer.hush()

    def _receive(self, answer: Answer) -> None:
        request = answer.request
        if request.number <= self._outdated:
            return
        if request.hover:
            if not self.in_hand:
                self._show_hover(answer)
            return
        if answer.error is not None or not answer.candidates:
            self._fail(answer)
            return
        if self._turns and not answer.is_whole:  # another candidate is wanted than the first
            return
        self.in_hand.answer(answer.candidates, is_whole=answer.is_whole)
        if answer.is_whole:
            self.in_hand.turn(self._turns)
            self._waiting = self._turns = 0
        self.show()
        if self._accept_when_there:
            self.accept()

    def _fail(self, answer: Answer) -> None:
        """Take back the prompt that got no answer, and say why."""
        self._outdate()
        if self.in_hand.candidates:  # with other options: what it pointed at stays
            self.in_hand.answer((), is_whole=False)
        else:
            self.in_hand.undo()
        self.show()
        words = tr("Nothing stands out there: draw a box around the object, or zoom in.")
        if answer.error is not None:
            words = trouble_words(answer.error, answer.request.site)
        self.troubled.emit(words)

    def _show_hover(self, answer: Answer) -> None:
        if answer.error is not None and not isinstance(answer.error, GeoSiftError):
            raise answer.error
        outline = answer.candidates[0].outline if answer.candidates else None
        self.preview.show_hover(outline, self._to_canvas(answer.request.site))

    def show(self) -> None:
        """Draw what is in hand, also anew after a change of the map's CRS."""
        if not self.in_hand:
            self.preview.clear()
        else:
            to_canvas, candidate = self._to_canvas(self.in_hand.site), self.in_hand.candidate
            self.preview.hide_hover()
            self.preview.show_pointed(self.in_hand.pointed, to_canvas)
            if candidate is not None or not self.is_waiting:
                self.preview.show_answer(candidate and candidate.outline, to_canvas)
        self.changed.emit()

    def _to_canvas(self, site: Site) -> QgsCoordinateTransform:
        return transform_to(site.crs, self._canvas)[1]
