# SPDX-License-Identifier: GPL-2.0-or-later
"""The neighbours of pixels that are few in a large raster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .thinning import Positions
from .thinning_rules import AROUND, CORNERS

NOBODY = -1


def neighbours(positions: Positions, stride: int) -> NDArray[np.int32]:
    """(8, n) the index of each neighbour, in the order of AROUND; NOBODY where none is.

    `positions` ascend.
    """
    found = np.full((8, positions.size), NOBODY, np.int32)
    for bit, (down, right) in enumerate(AROUND[:4]):
        there = positions + (down * stride + right)
        at = np.minimum(np.searchsorted(positions, there), positions.size - 1)
        one = np.flatnonzero(positions[at] == there)
        found[bit, one] = at[one]
        found[bit + 4, at[one]] = one
    return found


def codes(around: NDArray[np.int32], there: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(n,) which neighbours are there, as bits; `there` has one more at its end, False."""
    code = np.zeros(around.shape[1], np.uint8)
    for bit in range(8):
        code |= there[around[bit]].view(np.uint8) << np.uint8(bit)
    return code


def without_corners(positions: Positions, stride: int) -> Positions:
    """The lines without the corners of their staircases: each pixel of a line has two neighbours.

    Goes round the four orientations until nothing changes.
    """
    around = neighbours(positions, stride)
    there = np.ones(positions.size + 1, np.bool_)
    there[-1] = False
    quiet, turn = 0, 0
    while quiet < len(CORNERS):
        gone = CORNERS[turn % 4][codes(around, there)] & there[:-1]
        there[:-1] &= ~gone
        quiet = 0 if gone.any() else quiet + 1
        turn += 1
    return positions[there[:-1]]
