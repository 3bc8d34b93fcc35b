# SPDX-License-Identifier: GPL-2.0-or-later
"""The mask of fractures, strip by strip: hysteresis, then holes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell, part
from .hysteresis import Samples, kept_samples, labelled
from .mask import MaskRules
from .probability import Probability

_ROWS_AT_ONCE, _PIXELS_AT_ONCE = 64, 4_000_000


@dataclass(frozen=True)
class MaskStrip:
    """Some rows of the mask."""

    first: int
    """Row of the raster that is the strip's first."""
    mask: NDArray[np.uint8]
    """(rows, width), 1 where a fracture is."""
    probability: NDArray[np.float32]
    """(rows, width) 0..1, NaN where the raster has no value; no fracture is there."""

    @classmethod
    def joined(cls, strips: Sequence[MaskStrip]) -> MaskStrip:
        """Strips that lie one below the other, at least one."""
        return cls(
            strips[0].first,
            np.concatenate([strip.mask for strip in strips]),
            np.concatenate([strip.probability for strip in strips]),
        )

    def rows(self, start: int, stop: int) -> MaskStrip:
        """The strip's rows from `start` to before `stop`, counted within it."""
        return MaskStrip(self.first + start, self.mask[start:stop], self.probability[start:stop])


def mask_strips(probability: Probability, rules: MaskRules, tell: Tell) -> Iterator[MaskStrip]:
    """All rows, each once, from the top down; strips may be cut at other rows than those read.

    Law: together they are the mask of the whole raster at once.
    """
    found = _taller(_after_hysteresis(probability, rules, tell))
    return _without_holes(found, rules.largest_hole) if rules.largest_hole else found


def _taller(strips: Iterator[MaskStrip]) -> Iterator[MaskStrip]:
    """Of very wide rasters some strips together: who looks at rows around them has less to do."""
    some: list[MaskStrip] = []
    rows = 0
    for strip in strips:
        some.append(strip)
        rows += len(strip.mask)
        if rows >= _ROWS_AT_ONCE or rows * strip.mask.shape[1] >= _PIXELS_AT_ONCE:
            yield MaskStrip.joined(some)
            some, rows = [], 0
    if some:
        yield MaskStrip.joined(some)


def _after_hysteresis(
    probability: Probability, rules: MaskRules, tell: Tell
) -> Iterator[MaskStrip]:
    kept = kept_samples(probability, rules, part(tell, 0.0, 0.4))
    going_on = part(tell, 0.4, 1.0)
    for samples, (first, values) in zip(kept, probability.strips()):
        going_on(first / probability.shape[0])
        yield MaskStrip(first, _kept(values >= rules.low, samples), values)


def _kept(low: NDArray[np.bool_], samples: Samples) -> NDArray[np.uint8]:
    mask = np.zeros(low.shape, np.uint8)
    if not samples.size:
        return mask
    count, labels = labelled(low)
    keep = np.zeros(count, np.bool_)
    keep[labels.ravel()[samples]] = True
    where = np.flatnonzero(labels)
    mask.ravel()[where] = keep[labels.ravel()[where]]
    return mask


def _without_holes(found: Iterator[MaskStrip], largest: int) -> Iterator[MaskStrip]:
    """Background of up to `largest` pixels that hang together by sides becomes mask.

    It cannot be taller than it has pixels. So what reaches from a row that is given out to the
    first or last of `largest` rows around it is larger, wherever it ends.
    """
    seen: MaskStrip | None = None
    done = 0
    for strip in found:
        seen = strip if seen is None else MaskStrip.joined([seen, strip])
        ready = seen.first + len(seen.mask) - largest
        if ready > done + largest:  # fewer rows would cost more around them than in them
            yield _filled(seen, largest).rows(done - seen.first, ready - seen.first)
            done = ready
            seen = seen.rows(max(done - largest - seen.first, 0), len(seen.mask))
    if seen is not None:
        yield _filled(seen, largest).rows(done - seen.first, len(seen.mask))


def _filled(strip: MaskStrip, largest: int) -> MaskStrip:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - strip.mask, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= largest
    small[0] = False  # the mask
    filled = strip.mask | (small[labels] & ~np.isnan(strip.probability)).view(np.uint8)
    return MaskStrip(strip.first, filled, strip.probability)
