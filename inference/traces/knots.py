# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pixels of middle lines are ends, which belong together where lines meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..vector.joined import least_joined
from .neighbours import NOBODY
from .thinning_rules import AROUND, EACH_CODE_COUNT


@dataclass(frozen=True)
class Knots:
    """Of n pixels: how many neighbours each has, and of which group of pixels it is a part."""

    degree: NDArray[np.uint8]
    group: NDArray[np.int64]
    """(n,) the first pixel of the group where lines meet; the pixel itself where none do."""
    in_knot: NDArray[np.bool_]


def find_knots(around: NDArray[np.int32]) -> Knots:
    """Pixels with three neighbours or more are one knot where they touch.

    So is a pixel between two that touch, for it is no way round anything.
    """
    there = around != NOBODY
    code = np.zeros(around.shape[1], np.uint8)
    for bit in range(8):
        code |= there[bit].view(np.uint8) << np.uint8(bit)
    degree = EACH_CODE_COUNT[code]
    in_knot = (degree > 2) | _BETWEEN_TOUCHING[code]
    one, other = [], []
    for each in around[:4]:
        pixel = np.flatnonzero(in_knot & (each != NOBODY))
        pixel = pixel[in_knot[each[pixel]]]
        one.append(pixel)
        other.append(each[pixel].astype(np.int64))
    group = least_joined(in_knot.size, np.concatenate(one), np.concatenate(other))
    return Knots(degree, group, in_knot)


def _between_touching() -> NDArray[np.bool_]:
    """(256,) by code: two neighbours that are neighbours of one another."""
    found = np.zeros(256, np.bool_)
    for one, (down, right) in enumerate(AROUND):
        for other, (below, beside) in enumerate(AROUND[:one]):
            touch = max(abs(down - below), abs(right - beside)) == 1
            found[(1 << one) | (1 << other)] = touch
    return found


_BETWEEN_TOUCHING = _between_touching()
