# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers prompts in a thread of its own, so that the map never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QObject, QThread, pyqtSignal

from ...inference.errors import Cancelled, GeoSiftError
from ..i18n import tr
from ..map_tool.site import Site
from .pointed import Pointed

if TYPE_CHECKING:
    from ...inference.prompt.cutout import Cutout
    from ...inference.prompt.shape import Outline, ShapeOptions
    from .place import Place
    from .workbench import Workbench

_MOST_MASKS = 3
_LATE: set[Answerer] = set()
"""Threads that did not leave in time, kept until they do."""


@dataclass(frozen=True)
class Request:
    """What is asked; `number` rises from each to the next, so that answers can be told apart.

    `hover` asks what a click would give, and only where that is known without encoding anything.
    """

    number: int
    site: Site
    pointed: Pointed
    options: ShapeOptions
    before: Cutout | None = None
    hover: bool = False


@dataclass(frozen=True)
class Candidate:
    """One answer, and its outline in the layer's coordinates."""

    cutout: Cutout
    outline: Outline


@dataclass(frozen=True)
class Answer:
    """The candidates, the surest first, or what went wrong; `is_whole` when no more follow."""

    request: Request
    candidates: tuple[Candidate, ...] = ()
    error: Exception | None = None
    is_whole: bool = True


def answers(
    request: Request, bench: Workbench, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Answer]:
    """What the network makes of a request: the surest outline as soon as it is drawn, then all.

    Whatever is raised comes back with the answer; none does where it is `cancelled`.
    """
    try:
        found: list[Candidate] = []
        place = bench.place(request.site)
        cutouts = _cutouts(request, place, cancelled)
        for cutout in cutouts:
            outline = place.outline(cutout, request.options)
            if outline is not None:
                found.append(Candidate(cutout, outline))
            if len(found) == 1 and outline is not None and not request.hover:
                yield Answer(request, tuple(found), is_whole=False)
        yield Answer(request, tuple(found), None if found or not cutouts else _nothing_left())
    except Cancelled:
        return
    except GeoSiftError as error:
        if not request.hover:
            bench.forget(request.site)
        yield Answer(request, error=error)
    except Exception as error:  # noqa: BLE001 (handed to the main thread, which raises it)
        yield Answer(request, error=error)


def _nothing_left() -> GeoSiftError:
    words = tr("The options of the outline leave nothing of it: allow smaller parts.")
    return GeoSiftError(words)


def _cutouts(request: Request, place: Place, cancelled: Callable[[], bool]) -> tuple[Cutout, ...]:
    return place.cutter.cut(
        place.prompt_of(request.pointed),
        before=request.before,
        masks=1 if request.hover else _MOST_MASKS,
        only_ready=request.hover,
        cancelled=cancelled,
    )


class Answerer(QThread):
    """Of the requests that wait, only the newest prompt and the newest hover are answered."""

    answered = pyqtSignal(object)

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._wake = threading.Condition()
        self._prompt: Request | None = None
        self._hover: Request | None = None
        self._leaving = False

    def ask(self, request: Request) -> None:
        """Answer this next; an older one of its kind that still waits is dropped."""
        with self._wake:
            if request.hover:
                self._hover = request
            else:
                self._prompt, self._hover = request, None
            self._wake.notify()
        if not self.isRunning():
            self.start()

    def hush(self) -> None:
        """Drop what waits."""
        with self._wake:
            self._prompt = self._hover = None

    def stop(self, seconds: float) -> bool:
        """Leave after the answer under way; whether the thread is over by then."""
        with self._wake:
            self._leaving = True
            self._prompt = self._hover = None
            self._wake.notify()
        in_time = self.wait(round(1000 * seconds))
        if not in_time:  # Qt ends the process when a thread is deleted that still runs
            _LATE.add(self)
            self.finished.connect(lambda: _LATE.discard(self))
        return in_time

    def run(self) -> None:
        """See QThread.run."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._leaving or self._prompt or self._hover)
                if self._leaving:
                    return
                if self._prompt is not None:
                    request, self._prompt = self._prompt, None
                else:
                    request, self._hover = self._hover, None
            for answer in answers(request, self._bench, partial(self._gives_way, request)):
                self.answered.emit(answer)

    def _gives_way(self, request: Request) -> bool:
        """Whether a click waits for what would only be shown under the pointer."""
        return request.hover and self._prompt is not None
