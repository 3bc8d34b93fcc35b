# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tile shows of objects, and which pieces that two tiles show are one object's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .found import Boxes, Found, clipped
from .overlaps import overlaps

MOST_ALIKE = 0.5
"""Pieces that agree by more than this where both tiles saw are one object, whatever overlap of two
objects the network's own suppression would let stand."""
_INSIDE = 0.5
"""Of a piece that was cut off: more than this inside of another tile's, it is a part of that. The
other tile saw the place as well, and found nothing else there that would agree better."""
JOINED, UNDECIDED, FIRST, SECOND, OUSTS, OUSTED = range(6)
"""Of two pieces of one object: both miss a part the other has; either will do; the first, or the
second, has seen more of it; so, too, but it says that it is of another class."""
_NO_MATCH = -1


@dataclass(frozen=True, eq=False)
class Seen:
    """The objects one tile shows, in pixels of the whole grid.

    `cut` says of each whether it touches an edge of the tile beyond which there is more raster.
    """

    window: Window
    found: Found
    cut: NDArray[np.bool_]

    @classmethod
    def of(cls, window: Window, found: Found, *, raster: Window, tolerance: float) -> Seen:
        """An object within `tolerance` pixels of such an edge touches it."""
        inner = np.array(
            [
                window.col_off > raster.col_off,
                window.row_off > raster.row_off,
                window.col_end < raster.col_end,
                window.row_end < raster.row_end,
            ]
        )
        beyond = np.array([[-1, -1, 1, 1]]) * (found.boxes - _edges(window))
        return cls(window, found, (inner & (beyond >= -tolerance)).any(axis=1))


@dataclass(frozen=True)
class Match:
    """Piece `i` of one tile and `j` of another are of one object; `verdict` says what to do."""

    i: int
    j: int
    verdict: int


def matches(one: Seen, other: Seen, *, iou: float) -> Iterator[Match]:
    """Pieces that are one object: of a class, and alike where both tiles saw.

    Compared is only what lies in the common part of the tiles. So an object that one tile shows
    whole and the other cut off matches, as do the two ends of one that neither shows whole. What
    was cut off may pass for another class; that of the tile which saw more counts.
    """
    common = one.window.intersection(other.window)
    if common is None or not len(one.found) or not len(other.found):
        return
    pairs = _near(one.found, other.found, common)
    if not pairs[0].size:
        return
    verdicts = _verdicts(one, other, pairs, common, iou)
    for k in np.flatnonzero(verdicts != _NO_MATCH):
        yield Match(int(pairs[0][k]), int(pairs[1][k]), int(verdicts[k]))


_Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def _verdicts(
    one: Seen, other: Seen, pairs: _Pairs, common: Window, iou: float
) -> NDArray[np.intp]:
    """Of each pair, _NO_MATCH where they are two objects."""
    found = overlaps(one.found, other.found, pairs, common)
    alike = found.iou > min(iou, MOST_ALIKE)
    same = one.found.class_ids[pairs[0]] == other.found.class_ids[pairs[1]]
    in_other = ~alike & one.cut[pairs[0]] & (found.both > _INSIDE * _sizes(one, pairs[0]))
    in_one = ~alike & other.cut[pairs[1]] & (found.both > _INSIDE * _sizes(other, pairs[1]))
    more = _who_saw_more(one, other, pairs)
    ousts = ~same & alike & (more == FIRST) & other.cut[pairs[1]]
    ousted = ~same & alike & (more == SECOND) & one.cut[pairs[0]]
    return np.select(
        [ousts, ousted, ~same, alike, in_other, in_one],
        [OUSTS, OUSTED, _NO_MATCH, more, SECOND, FIRST],
        _NO_MATCH,
    )


def _near(one: Found, other: Found, common: Window) -> _Pairs:
    """Pairs whose boxes meet in a window."""
    first, second = _in(one.boxes, common), _in(other.boxes, common)
    a, b = one.boxes[first][:, None], other.boxes[second][None]
    meet = (a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:])
    i, j = np.nonzero(meet.all(axis=2))
    return first[i], second[j]


def _in(boxes: Boxes, window: Window) -> NDArray[np.intp]:
    part = clipped(boxes, window)
    return np.flatnonzero((part[:, 2:] > part[:, :2]).all(axis=1))


def _sizes(seen: Seen, which: NDArray[np.intp]) -> NDArray[np.float64]:
    """Pixels of whole pieces."""
    return overlaps(seen.found, seen.found, (which, which)).both


def _who_saw_more(one: Seen, other: Seen, pairs: _Pairs) -> NDArray[np.intp]:
    """Who has seen what the other tile could not: a piece reaches beyond the other's tile."""
    first = _reaches_beyond(one.found.boxes[pairs[0]], other.window)
    second = _reaches_beyond(other.found.boxes[pairs[1]], one.window)
    return np.select([first & second, first, second], [JOINED, FIRST, SECOND], UNDECIDED)


def _reaches_beyond(boxes: Boxes, window: Window) -> NDArray[np.bool_]:
    edges = _edges(window)
    return (boxes[:, :2] < edges[:2]).any(axis=1) | (boxes[:, 2:] > edges[2:]).any(axis=1)


def _edges(window: Window) -> NDArray[np.float64]:
    return np.array([window.col_off, window.row_off, window.col_end, window.row_end], float)
