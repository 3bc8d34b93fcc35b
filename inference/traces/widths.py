# SPDX-License-Identifier: GPL-2.0-or-later
"""How wide lines are: what their probability adds up to across them, were it all as high."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .probability import Probability
from .sampling import around, seen
from .smoothing import Drawn

_EVERY, _MOST = 4, 40
"""Pixels between the places where a line is measured, and how many of them there are at most."""
_SHARES = np.linspace(-1.0, 1.0, 33)
"""Places across a line, of the farthest on either side."""
_BESIDE = 3.0
"""Pixels beyond the edges of a line that are looked at."""
_NOTHING = 0.1
"""Share of a line's own level below which it is over; what comes then is another."""
_USUAL = 90.0
"""Percentile of the highest probabilities across a line that is its level: where a thin line runs
between pixels, none of them tells it whole."""


def widths_of(
    lines: Sequence[Drawn], guesses: NDArray[np.float64], probability: Probability
) -> NDArray[np.float64]:
    """The mean width (n,) in pixels of each line; the guess where a line is too short to tell.

    Near its ends and nodes, where others meet it, a line is not looked at.
    """
    found = guesses.copy()
    parts = [_places(line, 0.75 * width + 2.0) for line, width in zip(lines, guesses.tolist())]
    owner = np.repeat(np.arange(len(lines)), [len(places) for places, _ in parts])
    if not owner.size:
        return found
    places, aside = (np.concatenate(each) for each in zip(*parts))
    reach = (0.75 * guesses + _BESIDE)[owner]
    profiles = np.zeros((len(places), len(_SHARES)), np.float16)
    for rows, top, pixels in around(probability, places[:, 1], int(reach.max()) + 2):
        offsets = reach[rows, None] * _SHARES
        here = places[rows, None] + aside[rows, None] * offsets[..., None]
        profiles[rows] = seen(pixels, here - [0.5, top + 0.5])
    measured = _measured(profiles, owner, len(lines)) * (reach * (_SHARES[1] - _SHARES[0]))
    counts = np.bincount(owner, minlength=len(lines))
    known = counts > 0
    found[known] = np.bincount(owner, measured, len(lines))[known] / counts[known]
    return found


def _places(line: Drawn, apart: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (n, 2) along a line, `apart` from all of its nodes, and unit vectors across it."""
    points = line.line
    rows = np.arange(2, len(points) - 2, max(_EVERY, len(points) // _MOST))
    near = np.abs(rows[:, None] - np.array(line.stops)).min(axis=1, initial=len(points))
    rows = rows[near >= apart]
    steps = points[np.minimum(rows + 3, len(points) - 1)] - points[np.maximum(rows - 3, 0)]
    steps /= np.maximum(np.hypot(*steps.T), 1e-9)[:, None]
    return points[rows], steps[:, ::-1] * [1.0, -1.0]


def _measured(
    profiles: NDArray[np.float16], owner: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """How many steps across each profile (n, places) are line; `owner` is the line of each."""
    middle = len(_SHARES) // 2
    peaks = profiles[:, middle - 4 : middle + 5].max(axis=1)
    starts = np.searchsorted(owner, np.arange(count + 1))
    level = np.array(
        [
            np.percentile(peaks[first:last], _USUAL) if last > first else 1.0
            for first, last in zip(starts, starts[1:])
        ]
    )
    least = np.maximum(level, 1e-3).astype(np.float16)
    share = np.minimum(profiles / least[owner, None], np.float16(1.0))
    over = share < _NOTHING
    right = np.logical_or.accumulate(over[:, middle:], axis=1)
    left = np.logical_or.accumulate(over[:, middle::-1], axis=1)[:, ::-1]
    inside = ~np.concatenate([left, right[:, 1:]], axis=1)
    return np.where(inside, share, 0.0).sum(axis=1, dtype=float)
