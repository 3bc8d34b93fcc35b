# SPDX-License-Identifier: GPL-2.0-or-later
"""Pixels in the order in which one walks along lines, all lines at a time.

Whoever walks along a line and turns round at its ends comes by each pixel twice, once each way, and
is back where they began: so the steps of all walkers are the cycles of one permutation. A step is
a pixel and the side on which it is left: 2 * pixel + side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from ..vector.cycles import cycles
from .neighbours import NOBODY

Sides = NDArray[np.int32]
"""(n, 2) the pixels on either side of each, or NOBODY; the walk turns round there."""


@dataclass(frozen=True)
class Paths:
    """Lines, one behind the other; p of them."""

    pixels: NDArray[np.int64]
    start: NDArray[np.int64]
    """(p + 1,) where in the pixels each begins."""
    first_step: NDArray[np.int64]
    """(p,) the step with which its walk sets out: tells on which side its first pixel's end is."""
    last_step: NDArray[np.int64]
    """(p,) the step that leads beyond its last pixel."""
    is_loop: NDArray[np.bool_]


def follow(sides: Sides, rank: NDArray[np.int32], tell: Tell) -> Paths:
    """The lines that pixels make, each once.

    Of the two ends a line begins at the one whose step has the lower `rank` (2 n,), that of the
    step back over the end; a loop begins at its first pixel, on that pixel's first side.
    """
    following, turns = _steps(sides)
    head, position = cycles(following, tell)
    del following  # as large as all that is to come
    begin = _beginnings(head, turns, rank)
    line = np.full(head.size, NOBODY, np.int32)
    line[head[begin]] = np.arange(begin.size)
    line = line[head]  # of each step: its line, or NOBODY where the line is walked the other way
    walked = np.flatnonzero(line != NOBODY)
    line = line[walked]
    length = np.bincount(line, minlength=begin.size).astype(np.int32)
    gone = (position[walked] - position[begin][line]) % length[line]
    is_loop = ~turns[begin ^ 1]
    # The second half of a walk is the way back; round a loop there is none.
    there = is_loop[line] | (2 * gone < length[line])
    walked, line, gone = walked[there], line[there], gone[there]
    walked = walked[np.lexsort((gone, line))]
    start = np.append(0, np.cumsum(np.bincount(line, minlength=begin.size)))
    return Paths(walked >> 1, start, begin, walked[start[1:] - 1], is_loop)


def _steps(sides: Sides) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """What follows each step; and whether the walk turns round after it."""
    count = len(sides)
    target = sides.reshape(-1)
    step = np.arange(2 * count, dtype=np.int32)
    turns = target == NOBODY
    on = np.flatnonzero(~turns)
    came_from_first = sides[target[on], 0] == on >> 1
    following = step ^ 1
    following[on] = 2 * target[on] + came_from_first
    return following, turns


def _beginnings(
    head: NDArray[np.int32], turns: NDArray[np.bool_], rank: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The first step of each line, in the order of the ranks of their ends; then of each loop."""
    ends = np.flatnonzero(turns)
    ends = ends[np.lexsort((ends, rank[ends]))]
    _, chosen = np.unique(head[ends], return_index=True)
    lines = ends[np.sort(chosen)] ^ 1
    in_loop = np.ones(head.size, np.bool_)
    in_loop[head[ends]] = False
    steps = np.flatnonzero(in_loop[head])
    _, chosen = np.unique(head[steps], return_index=True)
    least = steps[chosen]  # of each of the two ways round
    return np.concatenate([lines, np.sort(least[least % 2 == 0])])
