# SPDX-License-Identifier: GPL-2.0-or-later
"""The mask of fractures, strip by strip: hysteresis, then holes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell, part
from .hysteresis import Samples, kept_samples, labelled
from .mask import MaskRules
from .probability import Probability


@dataclass(frozen=True)
class MaskStrip:
    """Some rows of the mask."""

    first: int
    """Row of the raster that is the strip's first."""
    mask: NDArray[np.uint8]
    """(rows, width), 1 where a fracture is."""
    probability: NDArray[np.float32]
    """(rows, width) 0..1, NaN where the raster has no value; no fracture is there."""

    def rows(self, start: int, stop: int) -> MaskStrip:
        """The strip's rows from `start` to before `stop`, counted within it."""
        return MaskStrip(self.first + start, self.mask[start:stop], self.probability[start:stop])


def mask_strips(probability: Probability, rules: MaskRules, tell: Tell) -> Iterator[MaskStrip]:
    """All rows, each once, from the top down; strips may be cut at other rows than those read.

    Law: together they are the mask of the whole raster at once.
    """
    found = _after_hysteresis(probability, rules, tell)
    return _without_holes(found, rules.largest_hole) if rules.largest_hole else found


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
        seen = strip if seen is None else _joined(seen, strip)
        ready = seen.first + len(seen.mask) - largest
        if ready > done + largest:  # fewer rows would cost more around them than in them
            yield _filled(seen, largest).rows(done - seen.first, ready - seen.first)
            done = ready
            seen = seen.rows(max(done - largest - seen.first, 0), len(seen.mask))
    if seen is not None:
        yield _filled(seen, largest).rows(done - seen.first, len(seen.mask))


def _joined(above: MaskStrip, below: MaskStrip) -> MaskStrip:
    return MaskStrip(
        above.first,
        np.concatenate([above.mask, below.mask]),
        np.concatenate([above.probability, below.probability]),
    )


def _filled(strip: MaskStrip, largest: int) -> MaskStrip:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - strip.mask, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= largest
    small[0] = False  # the mask
    filled = strip.mask | (small[labels] & ~np.isnan(strip.probability)).view(np.uint8)
    return MaskStrip(strip.first, filled, strip.probability)
