# SPDX-License-Identifier: GPL-2.0-or-later
"""One mask from many answers to a box: they are weighed by how their own boxes fit the drawn one.

A network is told of a box as of everything else, and may forget it. What lies outside the box, or
leaves half of it empty, is hardly what was meant; no training is needed to see that.
"""

from __future__ import annotations

import math

import numpy as np

from .components import Mask, pointed_at
from .prompts import Prompt, PromptBox
from .sureness import Floats, sureness

_FIT = 0.5
"""What a mask that fills the drawn box from edge to edge gains, in units of IoU."""
_SHARP = 10.0
"""An answer better by a tenth counts e times as much."""
_LEVELS = (0.0, -0.2, 0.2, -0.4, 0.4, -0.8, 0.8, -1.3, 1.3, -2.0, 2.0)
"""Logits at which the outline may be drawn."""
_MOVED = 0.05
"""What each logit away from 0 costs, in units of IoU."""


def best_for_box(logits: Floats, ious: Floats, box: PromptBox) -> tuple[Floats, float]:
    """One mask, as logits (rows, columns), from all answers (n, rows, columns), and its own IoU.

    `ious` (n,) are those expected of the answers, `box` is in their cells. The weighted mean of all
    is cut at the level that fits best: a level set whose box is like the drawn one, and of which
    the mean itself is sure. The IoU is the one that the mean expects of it.
    """
    seen = _inside(box, *logits.shape[1:])
    fits = np.array([_fit(pointed_at(each > 0, Prompt(box=seen)), seen) for each in logits])
    merit = sureness(logits, ious) + _FIT * fits
    weights = np.exp(_SHARP * (merit - merit.max()))
    weights /= weights.sum()
    mean = np.asarray(np.tensordot(weights, logits, axes=1), np.float32)
    level, expected = _best_level(mean, seen)
    return mean - np.float32(level), expected


def _best_level(logits: Floats, box: PromptBox) -> tuple[float, float]:
    """The level of an outline and the IoU expected of it."""
    chance = 1 / (1 + np.exp(-logits))
    found = []
    for level in _LEVELS:
        mask = pointed_at(logits > level, Prompt(box=box))
        expected = expected_iou(mask, chance)
        found.append((expected + _FIT * _fit(mask, box) - _MOVED * abs(level), level, expected))
    _, level, expected = max(found, key=lambda each: each[0])
    return level, expected


def expected_iou(mask: Mask, chance: Floats) -> float:
    """IoU of a mask (rows, columns) with what has each cell by chance; ratio of the means."""
    both = float(chance[mask].sum())
    either = np.count_nonzero(mask) + float(chance.sum()) - both
    return both / either if either else 0.0


def _fit(mask: Mask, box: PromptBox) -> float:
    """IoU of the box around a mask with another, 0 where the mask is empty."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0.0
    top, bottom, left, right = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    high = min(bottom, box.bottom) - max(top, box.top)
    wide = min(right, box.right) - max(left, box.left)
    both = max(high, 0.0) * max(wide, 0.0)
    areas = (bottom - top) * (right - left) + (box.bottom - box.top) * (box.right - box.left)
    return float(both / (areas - both))


def _inside(box: PromptBox, rows: int, cols: int) -> PromptBox:
    """What the window shows of a box: no mask reaches beyond. At least a cell where it lies."""
    left, right = _within(box.left, box.right, cols)
    top, bottom = _within(box.top, box.bottom, rows)
    return PromptBox(left, top, right, bottom)


def _within(low: float, high: float, size: int) -> tuple[float, float]:
    low = min(max(low, 0.0), size - 1.0)
    return low, min(max(high, math.nextafter(low, size)), float(size))
