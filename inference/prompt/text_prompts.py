# SPDX-License-Identifier: GPL-2.0-or-later
"""From the regions of a class to objects with sharp outlines, by the promptable network.

Each region is pointed at, and so is each of its parts where it may be several objects that touch.
An answer counts where it agrees with what was pointed at; else the outline of the class stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .class_object import ClassObject
from .cutout import Cutout
from .prompts import Prompt

REFINED, AS_CLASS = "refined", "class"
"""Whose outline an object has: the promptable network's, or the region's of the class."""
LEAST_IOU = 0.4
"""IoU of an answer and its region below which they are not one object.

Measured on the buildings of five made scenes with a half-trained network: F1 is 0.82 from 0.3 to
0.5 and falls beyond (0.6: 0.80, 0.7: 0.76); regions alone, with their parts, reach 0.74.
"""
_ONE_THING = 0.15
"""By how much the whole has to fit better than its parts to be one: from 0.1 to 0.2 all the same;
with 0, F1 is 0.01 lower, without parts 0.15."""
_MOST_COMMON = 0.2
"""Share of the smaller of two answers that may lie in the other, if they are two objects."""
_AT_ONCE, _PIXELS_AT_ONCE = 512, 1 << 27
"""Regions worked on together, and pixels around them: their answers are held until all are there.
"""

Mask = NDArray[np.bool_]
Cut = Callable[[Sequence[Prompt]], Iterable[tuple[int, Sequence[Cutout]]]]
"""Prompts to (index, answers), in any order; prompts without an answer may be left out."""


@dataclass(frozen=True, eq=False)
class TextObject:
    """One object of a class: the answer that agrees with its region, None: the region as it is."""

    region: ClassObject
    answer: Cutout | None

    @property
    def outline(self) -> str:
        """Whose outline it is."""
        return AS_CLASS if self.answer is None else REFINED

    @property
    def predicted_iou(self) -> float | None:
        """What the promptable network expects of its outline, 0..1; None for the region's."""
        return None if self.answer is None else self.answer.predicted_iou

    @property
    def rings(self) -> Sequence[NDArray[np.int64]]:
        """The region's exact outline where that counts: it may be as large as the raster."""
        return self.region.rings if self.answer is None else ()

    @property
    def window(self) -> Window:
        """The base pixels around it."""
        return self.region.window if self.answer is None else self.answer.window

    @property
    def mask(self) -> Mask:
        """Its pixels (height, width) in `window`; a region's are painted when asked for."""
        return self.region.mask() if self.answer is None else self.answer.mask


def text_objects(found: Iterable[ClassObject], cut: Cut) -> Iterator[TextObject]:
    """The objects that the regions are, in their order; at least one for each region."""
    for some in _batches(found):
        asked = [each for region in some for each in (region, *region.parts)]
        fits = [_Fit(each) for each in asked]
        for index, cutouts in cut([each.prompt() for each in asked]):
            fits[index] = _Fit.best(asked[index], cutouts)
        coming = iter(fits)
        for region in some:
            whole, *parts = islice(coming, 1 + len(region.parts))
            yield from (fit.settled() for fit in _one_or_several(whole, parts))


def _batches(found: Iterable[ClassObject]) -> Iterator[list[ClassObject]]:
    some: list[ClassObject] = []
    pixels = 0
    for each in found:
        some.append(each)
        pixels += each.window.pixels
        if len(some) >= _AT_ONCE or pixels >= _PIXELS_AT_ONCE:
            yield some
            some, pixels = [], 0
    if some:
        yield some


@dataclass(frozen=True, eq=False)
class _Fit:
    """A region and the answer most like it; `iou` of the two, the answer only where it agrees."""

    region: ClassObject
    answer: Cutout | None = None
    iou: float = 0.0

    @classmethod
    def best(cls, region: ClassObject, answers: Sequence[Cutout]) -> _Fit:
        # Painted under the answers only: a region may be as large as the raster.
        seen = [each.window.intersection(region.window) for each in answers]
        if not any(seen):
            return cls(region)
        window, area = Window.around([each for each in seen if each is not None]), region.area_px
        mask = region.mask_in(window)
        ious = [_iou(each, window, mask, area) for each in answers]
        best = int(np.argmax(ious))
        return cls(region, answers[best] if ious[best] >= LEAST_IOU else None, ious[best])

    @property
    def agrees(self) -> bool:
        return self.answer is not None

    def settled(self) -> TextObject:
        """The answer's outline where it agrees, else the region's."""
        return TextObject(self.region, self.answer)


def _one_or_several(whole: _Fit, parts: Sequence[_Fit]) -> Sequence[_Fit]:
    """What the promptable network fits better: the region as one thing, or its parts."""
    if not parts:
        return [whole]
    if _are_same(parts):
        return [whole] if whole.agrees else [_Fit(fit.region) for fit in parts]
    apart = sum(fit.iou for fit in parts) / len(parts)
    return [whole] if whole.agrees and whole.iou > apart + _ONE_THING else parts


def _are_same(parts: Sequence[_Fit]) -> bool:
    """Whether answers that count for two of the parts are one thing."""
    answers = [fit.answer for fit in parts if fit.answer is not None]
    pairs = ((one, two) for index, one in enumerate(answers) for two in answers[:index])
    return any(_common(one, two) > _MOST_COMMON for one, two in pairs)


def _iou(cutout: Cutout, window: Window, mask: Mask, area: float) -> float:
    """With a region of so many pixels in all, of which `mask` are those in `window`."""
    both = _shared(cutout.window, cutout.mask, window, mask)
    either = cutout.area_px + area - both
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
