# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a pixel of a mask, by its eight neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""(down, right) of the neighbours clockwise from the one above: bit i of a pixel's code is i."""

Table = NDArray[np.bool_]
"""(256,) by code."""


def _bits() -> list[NDArray[np.bool_]]:
    codes = np.arange(256)
    return [(codes >> bit) & 1 == 1 for bit in range(8)]


def _thinning_tables() -> tuple[Table, Table]:
    """Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1."""
    n, ne, e, se, s, sw, w, nw = _bits()
    pairs = ((n, ne, e), (e, se, s), (s, sw, w), (w, nw, n))
    parts = sum((~side & (corner | after)).astype(int) for side, corner, after in pairs)
    one = sum((a | b).astype(int) for a, b in ((nw, n), (ne, e), (se, s), (sw, w)))
    other = sum((a | b).astype(int) for a, b in ((n, ne), (e, se), (s, sw), (w, nw)))
    fewer = np.minimum(one, other)
    edge = (parts == 1) & (fewer >= 2) & (fewer <= 3)
    return edge & ~((s | sw | ~nw) & w), edge & ~((n | ne | ~se) & e)


def _corner_tables() -> tuple[Table, ...]:
    """A step of a staircase: two neighbours at a right angle, nothing on the far side.

    The two neighbours touch with a corner, so the line holds without the pixel; and no two such
    pixels of one orientation need each other, so all may go at once.
    """
    n, _, e, se, s, sw, w, nw = _bits()
    ne = _bits()[1]
    ways = ((n, e, s, w, sw), (e, s, w, n, nw), (s, w, n, e, ne), (w, n, e, s, se))
    return tuple(a & b & ~c & ~d & ~far for a, b, c, d, far in ways)


THINNING = _thinning_tables()
"""Whether a pixel goes, in the first and the second half of each pass."""
CORNERS = _corner_tables()
"""Whether a pixel goes, for each of four orientations in turn."""
EACH_CODE_COUNT = sum(bit.astype(np.uint8) for bit in _bits())
"""(256,) neighbours of a pixel."""
