# SPDX-License-Identifier: GPL-2.0-or-later
"""The outlines of all regions of a class raster, held in a few flat arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_REPEATED_AT_ONCE = 2_000_000

Ring = NDArray[np.int32]
"""(points, 2) pixel corners as (column, row), first point repeated at the end."""


@dataclass(frozen=True)
class Region:
    """Connected pixels of one class: outer ring first (clockwise on screen), then its holes."""

    class_id: int
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class Outlines(Sequence[Region]):
    """Regions as a sequence; the rings of all of them lie one behind the other in flat arrays.

    Rings are open here: their first point is not repeated. Outer rings turn clockwise on screen,
    holes the other way, so a region is always on the right of its outline.
    """

    points: NDArray[np.int32]
    """(points, 2) pixel corners as (column, row)."""
    meets: NDArray[np.bool_]
    """Of each point: whether three or more borders meet there."""
    turns: NDArray[np.bool_]
    """Of each point: whether the outline turns there; where not, only its neighbours change."""
    ring_start: NDArray[np.int64]
    """(rings + 1,) where in the points each ring starts; at last, the number of points."""
    region_start: NDArray[np.int64]
    """(regions + 1,) at which ring each region starts; at last, the number of rings."""
    class_ids: NDArray[np.int64]
    """(regions,) class of each region."""

    @classmethod
    def of_region(cls, rings: Sequence[NDArray[np.integer]]) -> Outlines:
        """One region of class 0 alone, by its closed rings of pixel corners, outer one first."""
        points = np.concatenate([ring[:-1] for ring in rings]).astype(np.int32)
        _, place, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
        return cls(
            points=points,
            meets=count[place.ravel()] > 1,
            turns=np.ones(len(points), np.bool_),
            ring_start=np.cumsum([0, *(len(ring) - 1 for ring in rings)]),
            region_start=np.array([0, len(rings)]),
            class_ids=np.zeros(1, np.int64),
        )

    def __len__(self) -> int:
        return self.class_ids.size

    def __getitem__(self, index: int) -> Region:  # type: ignore[override]  # no slices
        if not -len(self) <= index < len(self):
            raise IndexError(f"There are {len(self)} regions, there is no region {index}.")
        index %= len(self)
        rings = range(self.region_start[index], self.region_start[index + 1])
        return Region(int(self.class_ids[index]), tuple(self._ring(ring) for ring in rings))

    def __iter__(self) -> Iterator[Region]:
        return (self[index] for index in range(len(self)))

    def _ring(self, index: int) -> Ring:
        span = slice(self.ring_start[index], self.ring_start[index + 1])
        points = self.points[span][self.turns[span]]
        return np.concatenate([points, points[:1]])

    @property
    def before(self) -> NDArray[np.int64]:
        """Of each point: the index of the point before it in its ring."""
        before = np.arange(-1, len(self.points) - 1)
        before[self.ring_start[:-1]] = self.ring_start[1:] - 1
        return before

    @property
    def region_of_ring(self) -> NDArray[np.int64]:
        return repeated(np.arange(len(self)), np.diff(self.region_start))


def repeated(values: NDArray[np.generic], count: NDArray[np.int64]) -> NDArray[np.generic]:
    """np.repeat in pieces: numpy keeps Python's lock while it repeats, a window would freeze."""
    pieces = np.flatnonzero(np.diff(np.cumsum(count + 1) // _REPEATED_AT_ONCE)) + 1
    parts = zip(np.split(values, pieces), np.split(count, pieces))
    return np.concatenate([np.repeat(*part) for part in parts])


def ranges(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """start[0], start[0] + 1, ... (length[0] numbers), start[1], ... as one array."""
    ends = np.cumsum(length)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total) + repeated(start - (ends - length), length)


def batches(count: NDArray[np.int64], at_once: int) -> Iterator[NDArray[np.int64]]:
    """Indices of the counts above 0, in batches that sum up to about `at_once`."""
    index = np.flatnonzero(count > 0)
    if index.size:
        batch = np.cumsum(count[index]) // at_once
        yield from np.split(index, np.flatnonzero(np.diff(batch)) + 1)
