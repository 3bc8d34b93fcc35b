# SPDX-License-Identifier: GPL-2.0-or-later
"""From the regions of a class to objects with sharp outlines, by the promptable network.

Each region is pointed at, and so is each of its parts where it looks like several objects that
touch. An answer counts where it agrees with what was pointed at; else the region stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..window import Window
from .class_object import ClassObject
from .cutout import Cutout
from .prompts import Prompt

REFINED, AS_CLASS = "refined", "class"
"""Whose outline an object has: the promptable network's, or the region's of the class."""
LEAST_IOU = 0.5
"""IoU of an answer and its region, or its part of it, below which they are not one object."""
_MOST_COMMON = 0.2
"""Share of the smaller of two answers that may lie in the other, if they are two objects."""
_AT_ONCE = 512
"""Regions worked on together: their answers are held until all are there."""

Mask = NDArray[np.bool_]
Cut = Callable[[Sequence[Prompt]], Iterable[tuple[int, Sequence[Cutout]]]]
"""Prompts to (index, answers), in any order; prompts without an answer may be left out."""


@dataclass(frozen=True, eq=False)
class TextObject:
    """One object of a class: `mask` (height, width) of the base pixels in `window`.

    `percent` is the mean probability of the class in its region; `predicted_iou` (0..1) what the
    promptable network expects of its outline, None where the outline is the region's.
    """

    label: str
    window: Window
    mask: Mask = field(repr=False)
    percent: float
    predicted_iou: float | None

    @property
    def outline(self) -> str:
        """Whose outline it is."""
        return AS_CLASS if self.predicted_iou is None else REFINED


def text_objects(found: Iterable[ClassObject], cut: Cut) -> Iterator[TextObject]:
    """The objects that the regions are, in their order; at least one for each region."""
    coming = iter(found)
    while some := list(islice(coming, _AT_ONCE)):
        asked = [(each.prompt(), *each.prompts_of_parts()) for each in some]
        starts = np.cumsum([0, *map(len, asked)])
        answers: list[Sequence[Cutout]] = [()] * int(starts[-1])
        for index, cutouts in cut([prompt for prompts in asked for prompt in prompts]):
            answers[index] = cutouts
        for region, prompts, start, end in zip(some, asked, starts, starts[1:]):
            yield from _settled(region, prompts, answers[start:end])


def _settled(
    region: ClassObject, prompts: Sequence[Prompt], answers: Sequence[Sequence[Cutout]]
) -> Iterator[TextObject]:
    """One region as one object, or as its parts where the network sees these apart."""
    window, mask = region.window, region.mask()
    parts = _apart(window, mask, prompts[1:], answers[1:])
    chosen = parts or [_agreeing(answers[0], window, mask)]
    for cutout in chosen:
        if cutout is None:
            yield TextObject(region.label, window, mask, region.percent, None)
        else:
            yield TextObject(
                region.label, cutout.window, cutout.mask, region.percent, cutout.predicted_iou
            )


def _apart(
    window: Window, mask: Mask, prompts: Sequence[Prompt], answers: Sequence[Sequence[Cutout]]
) -> list[Cutout]:
    """An answer for each part, if every part has one and no two are the same thing; else []."""
    chosen = [
        _agreeing(cutouts, *_part_of(window, mask, prompt))
        for prompt, cutouts in zip(prompts, answers)
    ]
    if not chosen or None in chosen:
        return []
    pairs = ((one, two) for index, one in enumerate(chosen) for two in chosen[:index])
    together = any(_common(one, two) > _MOST_COMMON for one, two in pairs)
    return [] if together else chosen


def _part_of(window: Window, mask: Mask, prompt: Prompt) -> tuple[Window, Mask]:
    """What of a region lies in the box of one of its parts."""
    box = prompt.box
    part = Window(int(box.top), int(box.left), int(box.bottom - box.top), int(box.right - box.left))
    return part, mask[part.relative_to(window).slices()]


def _agreeing(cutouts: Sequence[Cutout], window: Window, mask: Mask) -> Cutout | None:
    """The answer most like a mask, if it is like enough."""
    likeness = [_iou(cutout, window, mask) for cutout in cutouts]
    if not likeness or max(likeness) < LEAST_IOU:
        return None
    return cutouts[int(np.argmax(likeness))]


def _iou(cutout: Cutout, window: Window, mask: Mask) -> float:
    both = _shared(cutout.window, cutout.mask, window, mask)
    either = cutout.area_px + int(np.count_nonzero(mask)) - both
    return both / either if either else 0.0


def _common(one: Cutout, two: Cutout) -> float:
    smaller = min(one.area_px, two.area_px)
    return _shared(one.window, one.mask, two.window, two.mask) / smaller if smaller else 0.0


def _shared(here: Window, mask: Mask, there: Window, other: Mask) -> int:
    """How many pixels are in both."""
    common = here.intersection(there)
    if common is None:
        return 0
    one = mask[common.relative_to(here).slices()]
    return int(np.count_nonzero(one & other[common.relative_to(there).slices()]))
