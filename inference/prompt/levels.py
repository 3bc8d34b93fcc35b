# SPDX-License-Identifier: GPL-2.0-or-later
"""From how far away an object is looked at: every level has pixels twice as large as the last.

Level 0 is the resolution the user works at; negative levels are finer. An object is best seen
where it fills about half of the decoder's window: near enough for its outline, far enough for what
is around it.
"""

from __future__ import annotations

import math

from .planes import SIDE, STRIDE

LARGEST_SIDE = 160
"""Pixels along the longer side of an object, at the level it is looked at from."""
FINEST, COARSEST = -2, 6


def level_for(side: float, largest: float = LARGEST_SIDE) -> int:
    """The level for an object of that longer side in pixels of level 0: `largest` or less there."""
    wanted = math.ceil(math.log2(max(side, 1e-6) / largest))
    return min(max(wanted, FINEST), COARSEST)


def window_start(centre: float, size: int) -> int:
    """Where a window of SIDE pixels around `centre` begins on an axis of `size`, on whole cells."""
    return start_on(centre, size, side=SIDE, step=STRIDE)


def start_on(centre: float, size: int, *, side: int, step: int) -> int:
    """Where a window around `centre` begins on an axis of `size` pixels: a multiple of `step`.

    Inside the axis, up to a cell, where that is long enough, else at 0.
    """
    start = round((centre - side / 2) / step) * step
    last = max(0, -(-(size - side) // STRIDE) * STRIDE)
    return min(max(start, 0), last)
