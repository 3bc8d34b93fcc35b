# SPDX-License-Identifier: GPL-2.0-or-later
"""The fixed lattice of blocks that dense features are kept in, and what is encoded together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window

SIDE = 256
"""Pixels along a block; a multiple of every network's total stride."""
LARGEST = (3, 5)
"""Rows and columns of blocks that are encoded at once: what a worker needs memory for."""
SMALLEST = (1, 1)
"""The same where memory is limited."""

Place = tuple[int, int]
"""Row and column of a block."""


def blocks_under(window: Window) -> list[Place]:
    """The blocks a window meets, the nearest to its middle first."""
    rows = range(window.row_off // SIDE, -(-window.row_end // SIDE))
    cols = range(window.col_off // SIDE, -(-window.col_end // SIDE))
    middle = (
        (window.row_off + window.row_end) / 2 / SIDE - 0.5,
        (window.col_off + window.col_end) / 2 / SIDE - 0.5,
    )
    places = [(row, col) for row in rows for col in cols]
    return sorted(places, key=lambda at: (at[0] - middle[0]) ** 2 + (at[1] - middle[1]) ** 2)


def window_of(place: Place, whole: Window) -> Window:
    """The pixels of a block that lie on the raster."""
    block = Window(place[0] * SIDE, place[1] * SIDE, SIDE, SIDE)
    common = block.intersection(whole)
    if common is None:
        raise ValueError(f"block {place} does not lie on {whole}")
    return common


def groups(places: Sequence[Place], most: Place = LARGEST) -> list[tuple[Place, ...]]:
    """The same blocks in rectangles of `most` rows and columns, in the order in which the first of
    each comes.

    What lies in one is encoded at once: the rim around it is seen twice.
    """
    rank = {place: number for number, place in enumerate(places)}
    left, found = set(places), []
    for place in sorted(places):
        if place in left:
            found.append(_rectangle(place, left, most))
            left.difference_update(found[-1])
    return sorted(found, key=lambda group: min(rank[each] for each in group))


def _rectangle(corner: Place, left: Collection[Place], most: Place) -> tuple[Place, ...]:
    """As far to the right, and then as far down, as blocks are left."""
    row, col = corner
    across = range(col, col + _grown(most[1], lambda n: (row, col + n) in left))
    tall = _grown(most[0], lambda n: all((row + n, each) in left for each in across))
    return tuple((each, other) for each in range(row, row + tall) for other in across)


def _grown(most: int, fits: Callable[[int], bool]) -> int:
    """How many in a row fit, from the one that does."""
    return next((count for count in range(1, most) if not fits(count)), most)


def cells_valid(valid: NDArray[np.bool_], stride: int) -> NDArray[np.bool_]:
    """Which cells of `stride` x `stride` pixels are at least half with a value, (rows, columns).

    A cell at the edge counts the pixels it has.
    """
    height, width = valid.shape
    tall, wide = -(-height // stride), -(-width // stride)
    padded = np.zeros((tall * stride, wide * stride), np.int32)
    padded[:height, :width] = valid
    there = np.zeros_like(padded)
    there[:height, :width] = 1
    count, most = (_summed(each, stride) for each in (padded, there))
    return 2 * count >= most


def _summed(pixels: NDArray[np.int32], stride: int) -> NDArray[np.int32]:
    height, width = pixels.shape
    return pixels.reshape(height // stride, stride, width // stride, stride).sum(axis=(1, 3))
