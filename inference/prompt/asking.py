# SPDX-License-Identifier: GPL-2.0-or-later
"""From where a prompt is looked at, and what the decoder answers there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .components import pointed_at
from .cutout import Cutout
from .look import Look, Pyramid
from .promptable import Asked, Promptable
from .prompts import Click, Prompt, PromptBox

ALIKE = 0.9
"""IoU above which two masks are one."""
_SAME = 0.8
"""IoU above which it is not worth the time to correct both of two masks."""
_MOST_CLOSER = 2
"""Guesses that are looked at again; a third costs time and gains nothing."""
_TOUCHING = 0.5
"""Base pixels from an edge at which a mask touches it."""
_CUT_OFF = 0.5
"""Expected IoU that a mask loses if the window's whole rim is in it."""
_CONTRADICTED = 0.5
"""Expected IoU that a mask loses if it contradicts every click."""


@dataclass(frozen=True, eq=False)
class Guess:
    """One mask of the decoder: logits (rows, columns) of a look, and the IoU it expects of it."""

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

    def asked(self, seen: Any) -> Asked:
        """The same in pixels of its window, of which the encoder said `seen`."""
        return Asked(self.look.planned(self.prompt), seen, self.before)


def first_looks(
    pyramid: Pyramid, prompt: Prompt, before: Cutout | None, levels: Sequence[int]
) -> tuple[Look, ...]:
    """From where the prompt is looked at first: once, or on every level where nothing tells."""
    if before is not None:
        if not pyramid.sight.slides and _shows(before.seen_in, prompt):
            return (before.seen_in,)
        return (look_at(pyramid, around(prompt, _box_of(before))),)
    if prompt.box is not None:
        return (look_at(pyramid, around(prompt, prompt.box)),)
    where = around(prompt, None)
    wide = pyramid.sight.span
    fitting = {min(level, pyramid.coarsest) for level in levels}
    chosen = [level for level in sorted(fitting) if where.side * 2.0**-level <= wide]
    if not chosen:
        return (look_at(pyramid, where),)
    x, y = where.middle
    return tuple(pyramid.look(level, x, y) for level in chosen)


def closer_looks(
    pyramid: Pyramid, prompt: Prompt, guesses: Sequence[Guess]
) -> list[tuple[Guess, Request]]:
    """The surest guesses of the best looks, to be seen from where their objects are best seen.

    Empty guesses are left out, and those that come to the same as a better one. Where each window
    costs an encoding, only what the window cuts off is worth it, and its mask is no help there.
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
    """The guess to be seen from where its object is best seen; None where that is no use."""
    box = _place_of(guess, prompt)
    if box is None:
        return None
    look = look_at(pyramid, around(prompt, box))
    if pyramid.sight.slides:
        return Request(prompt, look, look.carried(guess.probability, guess.look))
    return Request(prompt, look) if look != guess.look and _cuts(guess.look, box, pyramid) else None


def _place_of(guess: Guess, prompt: Prompt) -> PromptBox | None:
    """What was pointed at, in base pixels; None where the guess is empty."""
    mask = pointed_at(guess.logits > 0, answered(guess.look, prompt))
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    cells = guess.look.answer
    return PromptBox(
        cells.left + cols[0] * cells.across,
        cells.top + rows[0] * cells.down,
        cells.left + (cols[-1] + 1) * cells.across,
        cells.top + (rows[-1] + 1) * cells.down,
    )


def _cuts(look: Look, box: PromptBox, pyramid: Pyramid) -> bool:
    """Whether the edge of a look, and not the raster's, ends what lies there."""
    cells, (rows, cols) = look.answer, look.sight.cells
    bottom, right = cells.top + rows * cells.down, cells.left + cols * cells.across
    edges = (
        (box.left - cells.left, cells.left), (box.top - cells.top, cells.top),
        (right - box.right, pyramid.width - right), (bottom - box.bottom, pyramid.height - bottom),
    )  # fmt: skip
    return any(gap < _TOUCHING and beyond > _TOUCHING for gap, beyond in edges)


def _same(one: Request, other: Request) -> bool:
    """Whether two requests ask from the same place, and correct nearly the same mask if any."""
    if one.look != other.look or one.before is None or other.before is None:
        return one.look == other.look
    return _iou(one.before > 0.5, other.before > 0.5) > _SAME


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
    level = pyramid.sight.level_for(box.side, pyramid.coarsest)
    return pyramid.look(level, *box.middle, box.side)


def answered(look: Look, prompt: Prompt) -> Prompt:
    """The prompt in cells of the decoder's masks."""
    return look.planned(prompt).scaled(1 / look.sight.cell, 1 / look.sight.cell)


def ask(
    network: Promptable, requests: Sequence[Request], seen: Iterable[Any]
) -> list[tuple[Guess, ...]]:
    """The answers to some requests at once, each the surest first.

    `seen` is what the encoder said of the window of each.
    """
    answers = network.answers([each.asked(there) for each, there in zip(requests, seen)])
    return [_guesses(each.look, *answer) for each, answer in zip(requests, answers)]


def _guesses(
    look: Look, masks: NDArray[np.float32], worth: NDArray[np.float32]
) -> tuple[Guess, ...]:
    surest = np.argsort(-worth, kind="stable")
    return tuple(Guess(look, masks[k], float(worth[k])) for k in surest)


def around(prompt: Prompt, box: PromptBox | None) -> PromptBox:
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


def _shows(look: Look, prompt: Prompt) -> bool:
    """Whether all of a prompt lies in a look."""
    there, window = around(look.planned(prompt), look.planned(prompt).box), look.window
    return 0 <= there.left <= there.right <= window.width and (
        0 <= there.top <= there.bottom <= window.height
    )
