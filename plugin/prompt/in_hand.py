# SPDX-License-Identifier: GPL-2.0-or-later
"""The object one is cutting out: what was pointed with, what the network made of it, step by step.

So that undoing brings back what was there, without asking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .pointed import Click, Drag, Pointed

if TYPE_CHECKING:
    from ..map_tool.site import Site
    from .answers import Candidate


@dataclass
class _Moment:
    pointed: Pointed
    candidates: tuple[Candidate, ...] = ()
    is_whole: bool = False
    chosen: int = 0


class InHand:
    """An object between its first prompt and its acceptance; empty when there is none.

    `site` is where its first prompt was given: it keeps its scale when the map is zoomed.
    """

    def __init__(self) -> None:
        self.site: Site | None = None
        self._moments: list[_Moment] = []

    def __bool__(self) -> bool:
        return bool(self._moments)

    @property
    def pointed(self) -> Pointed:
        """Everything pointed with so far."""
        return self._moments[-1].pointed if self._moments else Pointed()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Answers to that, the surest first; none while they are awaited."""
        return self._moments[-1].candidates if self._moments else ()

    @property
    def is_whole(self) -> bool:
        """Whether no more candidates are to come."""
        return bool(self._moments) and self._moments[-1].is_whole

    @property
    def chosen(self) -> int:
        """Which of the candidates counts, from 0."""
        return self._moments[-1].chosen if self._moments else 0

    @property
    def candidate(self) -> Candidate | None:
        """The candidate that counts."""
        return self.candidates[self.chosen] if self.candidates else None

    @property
    def before(self) -> Candidate | None:
        """What the newest prompt corrects: the candidate that counted before it."""
        for moment in reversed(self._moments[:-1]):
            if moment.candidates:
                return moment.candidates[moment.chosen]
        return None

    def add(self, step: Click | Drag, site: Site) -> None:
        """Point once more; the first time says where."""
        if not self._moments:
            self.site = site
        self._moments.append(_Moment(self.pointed.with_step(step)))

    def answer(self, candidates: tuple[Candidate, ...], *, is_whole: bool = True) -> None:
        """What the network makes of everything pointed with: the surest counts."""
        moment = self._moments[-1]
        moment.candidates, moment.is_whole, moment.chosen = candidates, is_whole, 0

    def outdate(self) -> None:
        """Outlines are drawn otherwise now: what undoing brings back is to be asked again."""
        for moment in self._moments:
            moment.is_whole = False

    def turn(self, by: int) -> None:
        """Choose the next candidate, or the one before."""
        if self.candidates:
            self._moments[-1].chosen = (self.chosen + by) % len(self.candidates)

    def undo(self) -> None:
        """Take back the newest prompt and what it changed."""
        if self._moments:
            self._moments.pop()
        if not self._moments:
            self.site = None

    def clear(self) -> None:
        """Let go of the object."""
        self._moments.clear()
        self.site = None
