# SPDX-License-Identifier: GPL-2.0-or-later
"""Thousands of prompts: those near each other share one encoding and are asked in batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Union

from ..errors import Cancelled, InputError
from ..raster.window import Window
from ..tiles.ahead import in_order
from .asking import (
    Guess,
    Request,
    ask,
    closer_looks,
    first_looks,
    ranked,
)
from .cutout import Cutout
from .embedding import Embedding
from .eye import Eye
from .look import Look, Pyramid
from .prompts import Prompt
from .refusals import require_inside, require_value

_BLOCK = 1024
"""Pixels of a level along the side of what is encoded at once, where a network slides."""
_BATCH = 16
"""Prompts the decoder is asked at once."""
_TOGETHER, _SMALL = 32, 2
"""Prompts that are worked in one go, up to that level: their masks are in memory together, and each
level beyond has four times the pixels."""

Answer = Union["tuple[Cutout, ...]", InputError]
"""Cutouts, the surest first, or what is wrong with the prompt."""
Finish = Callable[[Prompt, Sequence[Guess]], "tuple[Cutout, ...]"]
Answers = dict[int, "list[tuple[Guess, ...]]"]
"""What each look said, by the prompt's number."""
Place = tuple[int, int, int]
"""A level, and row and column of a block there."""


@dataclass(frozen=True)
class _Group:
    """Prompts of one neighbourhood, by number; what is encoded for all of them on each level."""

    numbers: tuple[int, ...]
    looks: Mapping[int, tuple[Look, ...]]
    blocks: Mapping[Place, Window]


def answer_many(
    eye: Eye,
    prompts: Sequence[Prompt],
    *,
    levels: Sequence[int],
    finish: Finish,
    workers: int,
    cancelled: Callable[[], bool],
) -> Iterator[tuple[int, Answer]]:
    """Each prompt's number and answer, neighbourhood by neighbourhood.

    `workers` threads are at work; `cancelled` is asked from this one, and Cancelled raised.
    """
    looks, wrong = _looks(eye.pyramid, prompts, levels)
    yield from wrong.items()
    stop = threading.Event()
    worker = _Worker(eye, prompts, finish, stop)
    with ThreadPoolExecutor(workers, thread_name_prefix="geosift-prompt") as pool:
        try:
            for _, answers in in_order(pool, _groups(looks), worker.answers, ahead=workers + 1):
                for number, answer in answers:
                    if cancelled():
                        raise Cancelled("Cancelled; nothing was written.")
                    yield number, answer
        finally:
            stop.set()


def _looks(
    pyramid: Pyramid, prompts: Sequence[Prompt], levels: Sequence[int]
) -> tuple[dict[int, tuple[Look, ...]], dict[int, InputError]]:
    """From where each prompt is looked at, by number; what is wrong with those outside."""
    looks, wrong = {}, {}
    for number, prompt in enumerate(prompts):
        try:
            require_inside(prompt, pyramid)
            looks[number] = first_looks(pyramid, prompt, None, levels)
        except InputError as error:
            wrong[number] = _as_value(error)
    return looks, wrong


def _groups(looks: Mapping[int, tuple[Look, ...]]) -> Iterator[_Group]:
    """Neighbourhoods in the order of levels, rows and columns, none with too many prompts."""
    near: dict[tuple[Place, ...], list[int]] = {}
    for number, mine in looks.items():
        near.setdefault((_place(mine[0]), *((look.level, 0, 0) for look in mine)), []).append(
            number
        )
    for key in sorted(near):
        numbers = near[key]
        blocks = _blocks(look for number in numbers for look in looks[number])
        together = max(1, _TOGETHER >> 2 * max(0, max(level for level, *_ in key) - _SMALL))
        for start in range(0, len(numbers), together):
            some = tuple(numbers[start : start + together])
            yield _Group(some, {number: looks[number] for number in some}, blocks)


def _place(look: Look) -> Place:
    """The block in which the look begins: what is encoded once for all looks of it."""
    step = _BLOCK - look.sight.width if look.sight.slides else 1
    return look.level, look.window.row_off // step, look.window.col_off // step


def _blocks(looks: Iterable[Look]) -> dict[Place, Window]:
    """What holds all looks that begin in a block."""
    found: dict[Place, list[Window]] = {}
    for look in looks:
        found.setdefault(_place(look), []).append(look.window)
    return {place: Window.around(windows) for place, windows in found.items()}


@dataclass(frozen=True)
class _Worker:
    """Answers groups; asked from several threads, until `stop` is set."""

    eye: Eye
    prompts: Sequence[Prompt]
    finish: Finish
    stop: threading.Event

    def answers(self, group: _Group) -> list[tuple[int, Answer]]:
        """Number and answer of each prompt of a group."""
        wrong: dict[int, InputError] = {}
        answers: Answers = {number: [] for number in group.numbers}
        first = [
            (number, Request(self.prompts[number], look))
            for number in group.numbers
            for look in group.looks[number]
        ]
        self._ask(first, group.blocks, answers, wrong)
        guesses = {number: _surest_first(found) for number, found in answers.items()}
        self._look_closer(guesses, wrong)
        return [
            (number, wrong[number] if number in wrong else self._finish(number, guesses[number]))
            for number in group.numbers
        ]

    def _look_closer(self, guesses: dict[int, list[Guess]], wrong: dict[int, InputError]) -> None:
        """Put in place of what points hit what is seen from where these objects are best seen."""
        again: list[tuple[int, Request]] = []
        better: Answers = {}
        for number, found in guesses.items():
            prompt = self.prompts[number]
            if prompt.box is not None or number in wrong:
                continue
            pyramid = self.eye.pyramid
            closer = [(number, request) for _, request in closer_looks(pyramid, prompt, found)]
            if not pyramid.sight.slides:  # what is not asked again stays
                better[number] = [tuple(found)]
            elif closer:
                better[number] = []
            again += closer
        self._ask(again, _blocks(request.look for _, request in again), better, wrong)
        for number, found in better.items():
            guesses[number] = ranked(found, self.prompts[number])

    def _ask(
        self,
        requests: Sequence[tuple[int, Request]],
        blocks: Mapping[Place, Window],
        answers: Answers,
        wrong: dict[int, InputError],
    ) -> None:
        """Add what the decoder says to `answers`, or to `wrong` what has no value there."""
        held: dict[Place, Embedding] = {}
        for start in range(0, len(requests), _BATCH):
            numbers, asked, features = [], [], []
            for number, request in requests[start : start + _BATCH]:
                look = request.look
                seen = self._seen(look, blocks, held)
                try:
                    require_value(request.prompt, look, seen)
                except InputError as error:
                    wrong[number] = _as_value(error)
                    continue
                numbers.append(number)
                asked.append(request)
                features.append(seen.under(look.window))
            if not asked or self.stop.is_set():
                continue
            with self.eye.watch.stage("decode"):
                found = ask(self.eye.network, asked, features)
            for number, guesses in zip(numbers, found):
                answers[number].append(guesses)

    def _seen(
        self, look: Look, blocks: Mapping[Place, Window], held: dict[Place, Embedding]
    ) -> Embedding:
        """What the encoder says of a look; `held` stays where the cache drops it for others."""
        place = _place(look)
        if place not in held or not held[place].holds(look.window):
            held[place] = self.eye.see(look.level, look.window, blocks[place])
        return held[place]

    def _finish(self, number: int, guesses: Sequence[Guess]) -> tuple[Cutout, ...]:
        return () if self.stop.is_set() else self.finish(self.prompts[number], guesses)


def _surest_first(answers: Iterable[Sequence[Guess]]) -> list[Guess]:
    return sorted((guess for each in answers for guess in each), key=lambda each: -each.iou)


def _as_value(error: InputError) -> InputError:
    """The error without where it was raised, which would keep the raster open as long as itself."""
    return error.with_traceback(None)
