# SPDX-License-Identifier: GPL-2.0-or-later
"""From corners to outlines: every border is walked once on each side, all of them at a time.

A leg is the border from one corner to the next with a walker on it who has one region on the right
hand. Four blocks of legs go right, down, left and up; a leg and its twin, the same border the other
way, are half the number of legs apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..runs.telling import Tell, part
from .corners import DOWN, FALLING, LEFT, RIGHT, RISING, UP, Corners
from .cycles import cycles
from .outlines import Outlines, batches, ranges, repeated

_EAST, _SOUTH, _WEST, _NORTH = range(4)
_NONE = -1
_LEGS_AT_ONCE = 2_000_000

Touches = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Pairs of legs, one array for each side."""


@dataclass(frozen=True)
class Legs:
    """All legs, by number."""

    start: NDArray[np.int32]
    """The corner each leg leaves."""
    following: NDArray[np.int32]
    """The next leg of the same outline."""
    level_count: int
    """Legs in the blocks right and left; the others have the rest."""

    @property
    def half(self) -> int:
        return self.start.size // 2

    @classmethod
    def between(cls, corners: Corners, tell: Tell) -> tuple[Legs, Touches]:
        """Legs that turn right wherever a border goes there, so as to stay with their pixel; and
        where they could turn left instead.

        Along a row of corners borders begin and end in turns, so the sorted beginnings and the
        sorted ends belong together one to one; and so along a column.
        """
        tell(0.0)
        by_col = np.argsort(corners.col, kind="stable").astype(np.int32)
        tell(0.4)
        left = np.flatnonzero(corners.leaving(RIGHT)).astype(np.int32)
        right = np.flatnonzero(corners.leaving(LEFT)).astype(np.int32)
        top = by_col[np.take(corners.leaving(DOWN), by_col)]
        bottom = by_col[np.take(corners.leaving(UP), by_col)]
        starts, ends = (left, top, right, bottom), (right, bottom, left, top)
        leaving = np.full((4, corners.count), _NONE, np.int32)
        number = 0
        for way, corner in enumerate(starts):
            leaving[way][corner] = np.arange(number, number + corner.size, dtype=np.int32)
            number += corner.size
        following = []
        for way, corner in enumerate(ends):
            tell(0.6 + 0.1 * way)
            following.append(_next(leaving, way, corner))
        legs = cls(np.concatenate(starts), np.concatenate(following), left.size)
        return legs, legs._touches(corners, leaving)

    def _touches(self, corners: Corners, leaving: NDArray[np.int32]) -> Touches:
        """Where two pixels of one class touch with a corner only: the two legs that come by."""
        found = []
        for diagonal, first, second in ((FALLING, _NORTH, _SOUTH), (RISING, _WEST, _EAST)):
            touch = np.flatnonzero(corners.leaving(diagonal))
            found.append(tuple(self._twin(leaving[way][touch]) for way in (first, second)))
        return tuple(np.concatenate(legs) for legs in zip(*found))

    def parted(self, touches: Touches, outline: NDArray[np.int32]) -> Legs:
        """Legs whose outlines never touch themselves, `outline` being the outline of each leg.

        Where a region touches itself with a corner, its outline comes by twice. It turns left
        there instead, and falls into two: an outer ring and a hole, or two holes, that touch.
        """
        following = self.following.copy()
        one, other = touches
        same = np.take(outline, one) == np.take(outline, other)
        one, other = one[same], other[same]
        following[one], following[other] = following[other], following[one]
        return Legs(self.start, following, self.level_count)

    def _twin(self, leg: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.where(leg < self.half, leg + self.half, leg - self.half)

    def goes_level(self, leg: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.where(leg < self.half, leg, leg - self.half) < self.level_count

    def upright_at(
        self, corners: Corners, col: NDArray[np.int32], row: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """The legs that go up along the left side of the given pixels."""
        tops = self.start[self.level_count : self.half]
        stride = int(corners.row[-1]) + 1
        keys = np.take(corners.col, tops).astype(np.int64) * stride + np.take(corners.row, tops)
        found = np.searchsorted(keys, col.astype(np.int64) * stride + row, "right") - 1
        return self.half + self.level_count + found


def _next(leaving: NDArray[np.int32], way: int, corner: NDArray[np.int32]) -> NDArray[np.int32]:
    """What leaves the corner to the right of who comes this way, else straight on, else left."""
    right, straight, left = (np.take(leaving[(way + turn) % 4], corner) for turn in (1, 0, 3))
    return np.where(right != _NONE, right, np.where(straight != _NONE, straight, left))


@dataclass(frozen=True)
class Rings:
    """The legs in the order of their rings, each ring from its upper left corner on."""

    legs: NDArray[np.int32]
    start: NDArray[np.int64]
    """(rings + 1,) where in the legs each ring starts; at last, the number of legs."""
    of_leg: NDArray[np.int32]
    """Of each leg, by number: its ring."""

    @classmethod
    def of(cls, legs: Legs, tell: Tell) -> Rings:
        head, position = cycles(legs.following, part(tell, 0.0, 0.6))
        tell(0.6)
        of_leg = np.cumsum(head == np.arange(head.size, dtype=np.int32), dtype=np.int32) - 1
        of_leg = np.take(of_leg, head)
        last = np.flatnonzero(legs.following == head)
        length = np.empty(last.size, np.int64)
        length[of_leg[last]] = position[last] + 1
        start = np.concatenate([[0], np.cumsum(length)])
        position += np.take(start.astype(np.int32), of_leg)
        ordered = head  # its place in memory is free
        ordered[position] = np.arange(head.size, dtype=np.int32)
        _begin_upper_left(ordered, start, legs, part(tell, 0.7, 1.0))
        return cls(ordered, start, of_leg)


def _begin_upper_left(
    ordered: NDArray[np.int32], start: NDArray[np.int64], legs: Legs, tell: Tell
) -> None:
    """Turn each ring, in place, so that it begins at its first corner; some rings at a time."""
    length = np.diff(start)
    for rings in batches(length, _LEGS_AT_ONCE):
        begin, count = start[rings[0]], length[rings]
        tell(begin / ordered.size)
        span = slice(begin, begin + count.sum())
        inner = np.cumsum(count) - count
        corner = np.take(legs.start, ordered[span])
        first = np.flatnonzero(corner == repeated(np.minimum.reduceat(corner, inner), count))
        place = np.arange(corner.size) + repeated(first - inner, count)
        place -= np.where(place >= repeated(inner + count, count), repeated(count, count), 0)
        ordered[span] = np.take(ordered[span], place)


def trace(corners: Corners, tell: Tell) -> Outlines:
    """The outlines of all regions but nodata, in raster order of their upper left corners.

    Pixels that share a side connect. Law: the same polygons as
    `rasterio.features.shapes(connectivity=4)` makes.
    """
    if corners.count == 0:
        return _outlines_of_nothing()
    legs, touches = Legs.between(corners, part(tell, 0.0, 0.15))
    outline, _ = cycles(legs.following, part(tell, 0.15, 0.4))
    legs = legs.parted(touches, outline)
    del outline  # as large as the legs
    rings = Rings.of(legs, part(tell, 0.4, 0.85))
    tell(0.85)
    corner = legs.start[rings.legs[rings.start[:-1]]]
    is_outer = legs.goes_level(rings.legs[rings.start[:-1]])
    class_ids = np.where(is_outer, corners.below[corner], corners.above[corner])
    region = _regions_of_rings(corners, legs, rings, corner, is_outer, class_ids)
    kept = np.flatnonzero(class_ids != NODATA_CLASS)
    kept = kept[np.lexsort((corner[kept], ~is_outer[kept], corner[region[kept]]))]
    region_start = np.append(np.flatnonzero(is_outer[kept]), kept.size)
    tell(0.9)
    class_ids = class_ids[kept[region_start[:-1]]]
    return _outlines(corners, legs, rings, kept, region_start, class_ids, part(tell, 0.9, 1.0))


def _regions_of_rings(
    corners: Corners,
    legs: Legs,
    rings: Rings,
    corner: NDArray[np.int32],
    is_outer: NDArray[np.bool_],
    class_ids: NDArray[np.generic],
) -> NDArray[np.int64]:
    """Of each ring: the outer ring of its region.

    Above the upper left corner of a hole lies a pixel of the region. The run of pixels it stands
    in begins at another ring of that region, farther up; so on, until the outer ring is met.
    """
    region = np.arange(is_outer.size)
    holes = np.flatnonzero(~is_outer & (class_ids != NODATA_CLASS))
    at = corner[holes]
    region[holes] = rings.of_leg[
        legs.upright_at(corners, corners.run[at], corners.row[at] - np.int32(1))
    ]
    while not is_outer[region[holes]].all():
        region[holes] = region[region[holes]]
    return region


def _outlines(
    corners: Corners,
    legs: Legs,
    rings: Rings,
    kept: NDArray[np.int64],
    region_start: NDArray[np.int64],
    class_ids: NDArray[np.generic],
    tell: Tell,
) -> Outlines:
    """The kept rings, some at a time."""
    length = np.diff(rings.start)[kept]
    ring_start = np.concatenate([[0], np.cumsum(length)])
    count = int(ring_start[-1])
    points = np.empty((count, 2), np.int32)
    meets, turns = np.empty(count, np.bool_), np.empty(count, np.bool_)
    crossings = corners.meets
    for some in batches(length, _LEGS_AT_ONCE):
        first, end = ring_start[some[0]], ring_start[some[-1] + 1]
        tell(first / count)
        walk = np.take(rings.legs, ranges(rings.start[kept[some]], length[some]))
        corner, level = np.take(legs.start, walk), legs.goes_level(walk)
        before = np.roll(level, 1)
        before[ring_start[some] - first] = level[ring_start[some + 1] - first - 1]
        points[first:end, 0] = np.take(corners.col, corner)
        points[first:end, 1] = np.take(corners.row, corner)
        meets[first:end] = np.take(crossings, corner)
        turns[first:end] = level != before
    return Outlines(points, meets, turns, ring_start, region_start, class_ids.astype(np.int64))


def _outlines_of_nothing() -> Outlines:
    return Outlines(
        points=np.zeros((0, 2), np.int32),
        meets=np.zeros(0, np.bool_),
        turns=np.zeros(0, np.bool_),
        ring_start=np.zeros(1, np.int64),
        region_start=np.zeros(1, np.int64),
        class_ids=np.zeros(0, np.int64),
    )
