# SPDX-License-Identifier: GPL-2.0-or-later
"""From where a prompt is looked at, and what the decoder answers there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .components import pointed_at
from .cutout import Cutout
from .levels import FINEST, level_for
from .look import Look, Pyramid
from .network import PromptNetwork
from .planes import LOGIT_STRIDE, SIDE, Planes, planes
from .prompts import Click, Prompt, PromptBox

ALIKE = 0.9
"""IoU above which two masks are one."""
_SAME = 0.8
"""IoU above which it is not worth the time to correct both of two masks."""
_MOST_CLOSER = 2
"""Guesses that are looked at again; a third costs time and gains nothing."""
_CUT_OFF = 0.5
"""Expected IoU that a mask loses if the window's whole rim is in it."""
_CONTRADICTED = 0.5
"""Expected IoU that a mask loses if it contradicts every click."""
_MOST_SPAN = 0.8
"""Share of the window that the clicks may be apart."""


@dataclass(frozen=True, eq=False)
class Guess:
    """One mask of the decoder: logits (128, 128) of a look, and the IoU it expects of it."""

    look: Look
    logits: NDArray[np.float32]
    iou: float

    @property
    def probability(self) -> NDArray[np.float32]:
        """The same as 0..1."""
        return np.asarray(1 / (1 + np.exp(-self.logits)), np.float32)

    def resembles(self, cutout: Cutout) -> bool:
        """Whether it is that object as far as its own cells tell, which is quick."""
        there = self.look.carried(cutout.probability, cutout.seen_in) > 0.5
        return _iou(self.logits > 0, there) > ALIKE


@dataclass(frozen=True, eq=False)
class Request:
    """A prompt in base pixels asked in one look; `before` is the mask it corrects, seen there."""

    prompt: Prompt
    look: Look
    before: NDArray[np.float32] | None = None


def first_looks(
    pyramid: Pyramid, prompt: Prompt, before: Cutout | None, levels: Sequence[int]
) -> tuple[Look, ...]:
    """From where the prompt is looked at first: once, or on every level where nothing tells."""
    if before is not None:
        return (look_at(pyramid, _around(prompt, _box_of(before))),)
    if prompt.box is not None:
        return (look_at(pyramid, _around(prompt, prompt.box)),)
    around = _around(prompt, None)
    wide = _MOST_SPAN * SIDE
    fitting = {min(level, pyramid.coarsest) for level in levels}
    chosen = [level for level in sorted(fitting) if around.side * 2.0**-level <= wide]
    if not chosen:
        return (look_at(pyramid, around),)
    x, y = _middle(around)
    return tuple(pyramid.look(level, x, y) for level in chosen)


def closer_looks(
    pyramid: Pyramid, prompt: Prompt, guesses: Sequence[Guess]
) -> list[tuple[Guess, Request]]:
    """The surest guesses of the best looks, to be seen from where their objects are best seen.

    Empty guesses are left out, and those that come to the same as a better one.
    """
    surest: dict[Look, Guess] = {}
    for guess in sorted(guesses, key=lambda each: -each.iou):
        surest.setdefault(guess.look, guess)
    found: list[tuple[Guess, Request]] = []
    best = sorted(surest.values(), key=partial(worth, prompt=prompt), reverse=True)
    for guess in best[:_MOST_CLOSER]:
        request = _closer(pyramid, prompt, guess)
        if request is not None and not any(_same(request, other) for _, other in found):
            found.append((guess, request))
    return found


def _closer(pyramid: Pyramid, prompt: Prompt, guess: Guess) -> Request | None:
    """The guess to be seen from where its object is best seen; None where the guess is empty."""
    mask = pointed_at(guess.logits > 0, answered(guess.look, prompt))
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    cells = guess.look.answer
    found = PromptBox(
        cells.left + cols[0] * cells.across,
        cells.top + rows[0] * cells.down,
        cells.left + (cols[-1] + 1) * cells.across,
        cells.top + (rows[-1] + 1) * cells.down,
    )
    look = look_at(pyramid, _around(prompt, found))
    return Request(prompt, look, look.carried(guess.probability, guess.look))


def _same(one: Request, other: Request) -> bool:
    """Whether two requests correct nearly the same mask from the same place."""
    return one.look == other.look and _iou(one.before > 0.5, other.before > 0.5) > _SAME


def _iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    either = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / either if either else 0.0


def ranked(answers: Iterable[Sequence[Guess]], prompt: Prompt) -> list[Guess]:
    """The guesses of several looks: first the best of each, then the others, best before worse."""
    first, others = [], []
    for guesses in answers:
        ordered = sorted(guesses, key=partial(worth, prompt=prompt), reverse=True)
        first += ordered[:1]
        others += ordered[1:]
    for some in (first, others):
        some.sort(key=partial(worth, prompt=prompt), reverse=True)
    return [*first, *others]


def worth(guess: Guess, prompt: Prompt) -> float:
    """The IoU expected of a guess, less what makes it doubtful.

    That is the share of the window's rim in it, at the raster's edge, too: what fills all of a
    small raster is rarely meant; and the share of the clicks that it contradicts.
    """
    mask = guess.logits > 0
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    rim = float(np.mean([side.mean() for side in sides]))
    clicks = answered(guess.look, prompt).clicks
    missed = [_at(mask, click) != click.positive for click in clicks]
    return guess.iou - _CUT_OFF * rim - _CONTRADICTED * (sum(missed) / max(len(missed), 1))


def _at(mask: NDArray[np.bool_], click: Click) -> bool:
    """Whether the cell under a click is in the mask; nothing beyond the window is."""
    row, col = int(np.floor(click.y)), int(np.floor(click.x))
    height, width = mask.shape
    return 0 <= row < height and 0 <= col < width and bool(mask[row, col])


def look_at(pyramid: Pyramid, box: PromptBox) -> Look:
    """From where what fills a box (base pixels) is best seen."""
    level = max(min(level_for(box.side), pyramid.coarsest), FINEST)
    return pyramid.look(level, *_middle(box))


def answered(look: Look, prompt: Prompt) -> Prompt:
    """The prompt in cells of the decoder's masks."""
    return look.planned(prompt).scaled(1 / LOGIT_STRIDE, 1 / LOGIT_STRIDE)


def ask(
    network: PromptNetwork, requests: Sequence[Request], features: Iterable[NDArray[np.generic]]
) -> list[tuple[Guess, ...]]:
    """The answers to some requests in one batch, each the surest first.

    A box is asked about twice, with and without a click in its middle, and the mean counts.
    """
    ways = [_ways(each) for each in requests]
    counts = [len(each) for each in ways]
    seen = [each for each, count in zip(features, counts) for _ in range(count)]
    masks, ious = network.decode(np.stack(seen), np.stack([way for each in ways for way in each]))
    parts = np.cumsum(counts)[:-1]
    answers = zip(requests, np.split(masks, parts), np.split(ious, parts))
    return [
        _guesses(each.look, logits.mean(axis=0), worth.mean(axis=0))
        for each, logits, worth in answers
    ]


def _ways(request: Request) -> tuple[Planes, ...]:
    """The planes of each way to ask a request."""
    prompt = request.look.planned(request.prompt)
    alone = planes(prompt, request.before)
    if prompt.box is None or prompt.clicks:
        return (alone,)
    middle = Prompt((Click(*_middle(prompt.box)),), prompt.box)
    return alone, planes(middle, request.before)


def _guesses(
    look: Look, masks: NDArray[np.float32], worth: NDArray[np.float32]
) -> tuple[Guess, ...]:
    return tuple(Guess(look, masks[k], float(worth[k])) for k in np.argsort(-worth))


def _around(prompt: Prompt, box: PromptBox | None) -> PromptBox:
    """What holds the box and all clicks; a pixel at least."""
    clicks = [click for click in prompt.clicks if box is not None or click.positive]
    xs, ys = [click.x for click in clicks], [click.y for click in clicks]
    if box is not None:
        xs, ys = [*xs, box.left, box.right], [*ys, box.top, box.bottom]
    half = 0.5
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    if right - left < 1:
        left, right = (left + right) / 2 - half, (left + right) / 2 + half
    if bottom - top < 1:
        top, bottom = (top + bottom) / 2 - half, (top + bottom) / 2 + half
    return PromptBox(left, top, right, bottom)


def _box_of(cutout: Cutout) -> PromptBox:
    window = cutout.window
    return PromptBox(window.col_off, window.row_off, window.col_end, window.row_end)


def _middle(box: PromptBox) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2
