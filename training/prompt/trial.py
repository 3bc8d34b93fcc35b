# SPDX-License-Identifier: GPL-2.0-or-later
"""One object pointed at in every way, and what the engine and the classical tools make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...inference.prompt.cutout import Cutout
from ...inference.prompt.cutter import Cutter
from ...inference.prompt.prompts import Click, Prompt, PromptBox
from ...inference.raster.window import Window
from .classical import CORE, Picture, fill_box, grabcut, smoothed, wand
from .clicks import JITTER, drawn_box, innermost, next_click
from .instances import Instance, Mask

CLICKS = (1, 3, 5)
"""After how many clicks is looked."""
LEAST = max(CLICKS)
MOST_CLICKS = 20
"""Nobody clicks on for ever: what is not good enough by then counts as that many."""
GOOD = 0.8
"""The IoU at which somebody stops clicking."""


@dataclass(frozen=True)
class Answer:
    """A mask on `within` of the object and its IoU; `said` is the IoU it was expected to have."""

    prompt: Prompt
    mask: Mask
    iou: float
    said: float | None = None


Ask = Callable[[Prompt], tuple[Mask, "float | None"]]


@dataclass(frozen=True)
class Trial:
    """Everything that was answered about one object; prompts and masks count from `within`.

    `clicked` and `wanded` hold the answers after 1, 2, 3, ... clicks; `picture` (H, W, 3) is what
    there is to see.
    """

    instance: Instance
    picture: Picture
    truth: Mask
    boxed: Answer
    clicked: tuple[Answer, ...]
    by_box: Mapping[str, Answer]
    wanded: tuple[Answer, ...]

    @property
    def figures(self) -> dict[str, float]:
        """What goes into the means, by the key it has there."""
        return {
            "box_iou": self.boxed.iou,
            **{f"click{n}_iou": after(self.clicked, n).iou for n in CLICKS},
            "clicks_to_80": clicks_needed(self.clicked),
            **{name: answer.iou for name, answer in self.by_box.items()},
            **{f"region_click{n}_iou": after(self.wanded, n).iou for n in CLICKS},
        }

    @property
    def estimates(self) -> tuple[Answer, ...]:
        """The answers whose expected IoU is compared with the true one: box, 1, 3 and 5 clicks."""
        return (self.boxed, *(after(self.clicked, n) for n in CLICKS))


@dataclass(frozen=True)
class Place:
    """A picture (H, W, 3), the engine that looks at it, and the picture as the wand takes it."""

    cutter: Cutter
    picture: Picture
    smooth: Picture

    @classmethod
    def of(cls, cutter: Cutter, picture: Picture) -> Place:
        return cls(cutter, picture, smoothed(picture))


def try_out(place: Place, instance: Instance) -> Trial:
    """Point at an object in every way."""
    within, cutter = instance.within, place.cutter
    truth = placed(instance.window, instance.mask, onto=within)
    seen, smooth = (
        np.ascontiguousarray(each[within.slices()]) for each in (place.picture, place.smooth)
    )
    drawn, exact = (_counted_from(within, drawn_box(instance, jitter=by)) for by in (JITTER, 0.0))
    row, column = innermost(truth)
    first = Click(column + 0.5, row + 0.5)
    return Trial(
        instance=instance,
        picture=seen,
        truth=truth,
        boxed=_answer(truth, Prompt(box=drawn), Cutting(cutter, within)),
        clicked=click_by_click(truth, first, Cutting(cutter, within), most=MOST_CLICKS),
        by_box=_by_box(truth, seen, drawn=drawn, exact=exact),
        wanded=click_by_click(truth, first, lambda p: (wand(smooth, p.clicks), None), most=LEAST),
    )


class Cutting:
    """The product's engine asked about one object again and again, as its map tool does.

    The answer it is surest of is what the user is shown and what the next click corrects.
    """

    def __init__(self, cutter: Cutter, within: Window) -> None:
        self._cutter, self._within = cutter, within
        self._shown: Cutout | None = None

    def __call__(self, prompt: Prompt) -> tuple[Mask, float | None]:
        on_picture = prompt.moved(-self._within.col_off, -self._within.row_off)
        cutouts = self._cutter.cut(on_picture, before=self._shown, masks=1)
        if not cutouts:
            return np.zeros((self._within.height, self._within.width), bool), 0.0
        self._shown = cutouts[0]
        mask = placed(self._shown.window, self._shown.mask, onto=self._within)
        return mask, self._shown.predicted_iou


def click_by_click(truth: Mask, first: Click, ask: Ask, *, most: int) -> tuple[Answer, ...]:
    """The answers after each click: at least LEAST, then until one is GOOD, and never above `most`.

    Each click goes where the last answer is most wrong; fewer come where one is right to the pixel.
    """
    clicks: tuple[Click, ...] = (first,)
    answers: list[Answer] = []
    while True:
        answers.append(_answer(truth, Prompt(clicks), ask))
        click = next_click(truth, answers[-1].mask, clicks)
        enough = len(clicks) >= LEAST and any(answer.iou >= GOOD for answer in answers)
        if enough or click is None or len(clicks) >= most:
            return tuple(answers)
        clicks = (*clicks, click)


def after(answers: tuple[Answer, ...], clicks: int) -> Answer:
    """The answer after so many clicks; the last where fewer were needed."""
    return answers[min(clicks, len(answers)) - 1]


def clicks_needed(answers: list[Answer] | tuple[Answer, ...]) -> int:
    """How many clicks the first GOOD answer took; MOST_CLICKS where none is."""
    good = (count for count, answer in enumerate(answers, 1) if answer.iou >= GOOD)
    return next(good, MOST_CLICKS)


def iou(truth: Mask, answer: Mask) -> float:
    """Intersection over union of two (H, W); `truth` has a pixel."""
    return float(np.count_nonzero(truth & answer) / np.count_nonzero(truth | answer))


def placed(window: Window, mask: Mask, *, onto: Window) -> Mask:
    """A mask of `window` as one of `onto`; what lies outside is cut off."""
    out = np.zeros((onto.height, onto.width), bool)
    common = window.intersection(onto)
    if common is not None:
        out[common.relative_to(onto).slices()] = mask[common.relative_to(window).slices()]
    return out


def _answer(truth: Mask, prompt: Prompt, ask: Ask) -> Answer:
    mask, said = ask(prompt)
    return Answer(prompt, mask, iou(truth, mask), said)


def _by_box(
    truth: Mask, picture: Picture, *, drawn: PromptBox, exact: PromptBox
) -> dict[str, Answer]:
    """What is had from a box without a network; `exact` is the box without a hand's error."""
    masks = {
        "grabcut_box_iou": (drawn, grabcut(picture, drawn)),
        "grabcut_seeded_box_iou": (drawn, grabcut(picture, drawn, core=CORE)),
        "fill_box_iou": (drawn, fill_box(picture, drawn)),
        "fill_exact_box_iou": (exact, fill_box(picture, exact)),
    }
    return {
        name: Answer(Prompt(box=box), mask, iou(truth, mask)) for name, (box, mask) in masks.items()
    }


def _counted_from(within: Window, box: PromptBox) -> PromptBox:
    left, top = within.col_off, within.row_off
    return PromptBox(box.left - left, box.top - top, box.right - left, box.bottom - top)
