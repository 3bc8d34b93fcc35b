# SPDX-License-Identifier: GPL-2.0-or-later
"""How far it is from pixels to the nearest of some kind: exact, and only where it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_LOOKS_AT_ONCE = 500_000

Indices = NDArray[np.integer]


@lru_cache(maxsize=4)
def _disc(reach: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """(down, right, distance) of all pixels up to `reach` away, nearest first."""
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.int32)
    square = (down * down + right * right).ravel()
    order = np.argsort(square, kind="stable")
    order = order[square[order] <= reach * reach]
    return down.ravel()[order], right.ravel()[order], np.sqrt(square[order]).astype(np.float32)


def nearest(
    kinds: NDArray[np.uint8], rows: Indices, cols: Indices, *, wanted: Sequence[bool], reach: int
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """(distance, down, right) of the nearest pixel of a wanted kind for n pixels of an array.

    `wanted` says it of each kind. A distance is infinite where none is within `reach`. Of several
    the uppermost is taken, of these the leftmost.
    """
    down, right, away = _disc(reach)
    found = np.full(rows.size, -1)
    height, width = kinds.shape
    flat, is_wanted = kinds.reshape(-1), np.array(wanted)
    left, first, chunk = np.arange(rows.size), 0, 16
    while left.size and first < away.size:
        some = slice(first, first + chunk)
        # Beyond the edge the pixel at the edge is looked at: nearer, so it was seen before.
        at = np.clip(rows[left, None] + down[some], 0, height - 1) * width
        at += np.clip(cols[left, None] + right[some], 0, width - 1)
        hits = is_wanted[flat[at]]
        hit = hits.any(axis=1)
        found[left[hit]] = first + hits[hit].argmax(axis=1)
        left = left[~hit]
        first += chunk
        chunk = max(16, min(2 * chunk, _LOOKS_AT_ONCE // max(left.size, 1)))
    distance = np.where(found < 0, np.float32(np.inf), away[found])
    return distance, down[found], right[found]
