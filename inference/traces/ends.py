# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a line ends, between the pixels: as far as its probability reaches, were it all as high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .probability import Probability
from .sampling import around, seen

_REACH = 5.0
"""Pixels before and behind a tip that are looked at."""
_STEP = 0.5
_ALONG = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
_ACROSS = np.array([-0.25, 0.0, 0.25])
"""Shares of the width, beside the line's middle."""
_PLATEAU = _ALONG <= -3.0
"""What is surely still the line."""
_NOTHING = 0.1
"""Share of the plateau below which the line is over; what comes then is another."""
_MOST = 2.0
"""Pixels by which a tip may be moved."""


@dataclass(frozen=True)
class Tips:
    """Ends of lines: places (n, 2) x, y in pixels, unit vectors (n, 2) outwards, widths (n,)."""

    places: NDArray[np.float64]
    headings: NDArray[np.float64]
    widths: NDArray[np.float64]


def shifts(probability: Probability, tips: Tips) -> NDArray[np.float64]:
    """By how many pixels (n,) each line goes on beyond its tip; below 0 where it ends before."""
    found = np.zeros(len(tips.places))
    if not len(found):
        return found
    aside = tips.headings[:, ::-1] * [1.0, -1.0]
    margin = int(_REACH + tips.widths.max()) + 2
    for rows, top, pixels in around(probability, tips.places[:, 1], margin):
        places = (
            tips.places[rows, None, None]
            + tips.headings[rows, None, None] * _ALONG[:, None, None]
            + (aside * tips.widths[:, None])[rows, None, None] * _ACROSS[:, None]
        )
        found[rows] = _shift(seen(pixels, places - [0.5, top + 0.5]).mean(axis=2))
    return np.clip(found, -_MOST, _MOST)


def _shift(profile: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, along) to (n,)"""
    level = profile[:, _PLATEAU].mean(axis=1, keepdims=True)
    share = np.minimum(profile / np.maximum(level, 1e-6), 1.0)
    over = np.logical_or.accumulate((share < _NOTHING) & (_ALONG > 0), axis=1)
    reach = (share * ~over).sum(axis=1) * _STEP
    return np.where(level[:, 0] > 0, reach - _REACH - _STEP / 2.0, 0.0).astype(float)
