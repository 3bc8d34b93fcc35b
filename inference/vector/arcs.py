# SPDX-License-Identifier: GPL-2.0-or-later
"""Outlines cut where borders meet, so that two neighbours have each piece of border in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .outlines import Outlines, ranges, repeated


@dataclass(frozen=True)
class Arcs:
    """Every piece of border once, and how the rings are put together from them.

    Both ends of an arc are fixed points: where three or more borders meet, or, in a ring with
    fewer than two such points, a point and the one farthest from it.
    """

    points: NDArray[np.int32]
    """(points, 2) pixel corners as (column, row) of all arcs, one behind the other."""
    start: NDArray[np.int64]
    """(arcs + 1,) where in the points each arc starts; at last, the number of points."""
    used: NDArray[np.int64]
    """The arcs of all rings in their order."""
    backwards: NDArray[np.bool_]
    """Of each used arc: whether its ring walks it from its end."""
    ring_start: NDArray[np.int64]
    """(rings + 1,) where in the used arcs each ring starts; at last, their number."""

    @property
    def count(self) -> int:
        return self.start.size - 1

    @property
    def of_point(self) -> NDArray[np.int64]:
        return repeated(np.arange(self.count), np.diff(self.start))

    @classmethod
    def of(cls, found: Outlines) -> Arcs:
        """Cut outlines; both sides of a border cut it at the same points and find the same arc."""
        key = found.points[:, 1].astype(np.int64) * (int(found.points[:, 0].max()) + 1)
        key += found.points[:, 0]
        walk, start, stop, ring = _pieces(found, _cuts(found, key))
        backwards = np.take(key, walk[start]) > np.take(key, walk[stop])
        one = walk[np.where(backwards, stop, start)]
        two = walk[np.where(backwards, stop - 1, start + 1)]
        name = key[one] * 9 + _way(found.points[one], found.points[two])
        _, example, used = np.unique(name, return_index=True, return_inverse=True)
        length = (stop - start + 1)[example]
        steps = ranges(np.zeros(length.size, np.int64), length)
        turned = repeated(backwards[example], length)
        place = repeated(np.where(backwards, stop, start)[example], length)
        place = np.where(turned, place - steps, place + steps)
        return cls(
            points=np.take(found.points, walk[place], axis=0),
            start=np.concatenate([[0], np.cumsum(length)]),
            used=used,
            backwards=backwards,
            ring_start=np.searchsorted(ring, np.arange(found.ring_start.size)),
        )

    def assembled(self, kept: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Points of all rings, and where each ring starts, made of the kept points of the arcs."""
        index = np.flatnonzero(kept)
        bounds = np.searchsorted(index, self.start)
        first, last = bounds[self.used], bounds[self.used + 1] - 1
        length = last - first
        steps = ranges(np.zeros(length.size, np.int64), length)
        turned = repeated(self.backwards, length)
        place = np.where(turned, repeated(last, length) - steps, repeated(first, length) + steps)
        ends = np.concatenate([[0], np.cumsum(length)])
        return np.take(self.points, index[place], axis=0), ends[self.ring_start]


def _cuts(found: Outlines, key: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of each point: whether an arc ends there; at least at two points of every ring."""
    cut = found.meets.copy()
    meets = np.add.reduceat(cut.astype(np.int64), found.ring_start[:-1])
    cut[found.ring_start[:-1][meets == 0]] = True
    lone = np.flatnonzero(meets <= 1)
    if lone.size == 0:
        return cut
    base = np.flatnonzero(cut)[np.searchsorted(np.flatnonzero(cut), found.ring_start[lone])]
    length = np.diff(found.ring_start)[lone]
    index = ranges(found.ring_start[lone], length)
    begin = np.cumsum(length) - length
    away = found.points[index].astype(np.int64) - np.repeat(found.points[base], length, axis=0)
    distance = (away**2).sum(axis=1)
    farthest = distance == repeated(np.maximum.reduceat(distance, begin), length)
    rank = np.where(farthest, key[index], np.iinfo(np.int64).max)
    cut[index[rank == repeated(np.minimum.reduceat(rank, begin), length)]] = True
    return cut


def _pieces(
    found: Outlines, cut: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """All rings as walks (indices of points) from a cut round to it, and of each piece between
    cuts: start and stop in the walks, and its ring.
    """
    length = np.diff(found.ring_start)
    cuts = np.flatnonzero(cut)
    walk = ranges(cuts[np.searchsorted(cuts, found.ring_start[:-1])], length + 1)
    over = walk >= repeated(found.ring_start[1:], length + 1)
    walk -= np.where(over, repeated(length, length + 1), 0)
    ends = np.flatnonzero(cut[walk])
    ring = repeated(np.arange(length.size), length + 1)[ends]
    inside = ring[1:] == ring[:-1]
    return walk, ends[:-1][inside], ends[1:][inside], ring[1:][inside]


def _way(start: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int64]:
    """0 to 8 for the quarter or the axis a line goes to."""
    across, down = (np.sign(end - start).astype(np.int64) + 1).T
    return down * 3 + across
