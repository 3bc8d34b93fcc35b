# SPDX-License-Identifier: GPL-2.0-or-later
"""What simplified arcs must not do: cross, touch, or pass a fixed point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arcs import Arcs
from .outlines import batches, ranges, repeated

_CELL = 8
"""Pixels along a side of the grid in which lines look for each other."""
_ROW = 1 << 32
_PAIRS_AT_ONCE = 1_000_000

Points = NDArray[np.int64]


def lines_in_the_way(
    arcs: Arcs,
    kept: NDArray[np.bool_],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    tolerance: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last point of the lines that need more of the points left out.

    `kept` says which points of the arcs remain. Asked before, all was well but between the points
    `first` and `last`. Law: where no line is in the way, rings are simple, and a fixed point is in
    the same polygon as before; so polygons are as valid as they were.
    """
    lines = _Lines.of(arcs, kept)
    fresh = np.zeros(len(arcs.points), np.bool_)
    fresh[ranges(first, last - first)] = True
    active = fresh[lines.first]
    bad = np.zeros(active.size, np.bool_)
    for one, other in _near_lines(lines, active):
        hit = _meet(lines, one, other)
        bad[one[hit]] = bad[other[hit]] = True
    for line, fixed in _near_fixed_points(lines, arcs, active, tolerance):
        bad[line[_passed(lines, arcs, line, fixed)]] = True
    bad &= lines.is_new
    return lines.first[bad], lines.last[bad]


@dataclass(frozen=True)
class _Lines:
    """The straight lines of simplified arcs, from one kept point to the next."""

    first: NDArray[np.int64]
    """Of each line: its start, as an index into the points of the arcs."""
    last: NDArray[np.int64]
    start: Points
    end: Points
    arc: NDArray[np.int64]

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Where points were left out."""
        return self.last - self.first > 1

    @classmethod
    def of(cls, arcs: Arcs, kept: NDArray[np.bool_]) -> _Lines:
        index = np.flatnonzero(kept)
        arc = arcs.of_point[index]
        within = arc[1:] == arc[:-1]
        first, last = index[:-1][within], index[1:][within]
        start, end = (np.take(arcs.points, i, axis=0).astype(np.int64) for i in (first, last))
        return cls(first, last, start, end, arc[:-1][within])

    def cells(
        self, line: NDArray[np.int64], margin: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lines and the cells of a grid they may come within `margin` of, a pair each."""
        start, end = self.start[line], self.end[line]
        pieces = np.abs(end - start).max(axis=1) // _CELL + 1
        owner = repeated(np.arange(line.size), pieces)
        step = (ranges(np.zeros(line.size, np.int64), pieces) / pieces[owner])[:, None]
        along = (end - start)[owner]
        one, other = (
            start[owner] + along * step,
            start[owner] + along * (step + 1 / pieces[owner][:, None]),
        )
        margin += 1e-6
        low = np.floor((np.minimum(one, other) - margin) / _CELL).astype(np.int64)
        size = np.floor((np.maximum(one, other) + margin) / _CELL).astype(np.int64) - low + 1
        count = size.prod(axis=1)
        each = repeated(np.arange(owner.size), count)
        down, across = np.divmod(ranges(np.zeros(count.size, np.int64), count), size[each, 0])
        return line[owner[each]], _cell(low[each, 0] + across, low[each, 1] + down)


def _cell(col: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    return row * _ROW + col


def _near_lines(
    lines: _Lines, active: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of lines in one cell, at least one of them active and one new."""
    line, cell = lines.cells(np.arange(lines.arc.size), 0.0)
    order = np.lexsort((~active[line], cell))
    line, cell = line[order], cell[order]
    end = np.searchsorted(cell, cell, "right")
    behind = np.where(active[line], end - np.arange(line.size) - 1, 0)
    for some in batches(behind, _PAIRS_AT_ONCE):
        one = repeated(line[some], behind[some])
        other = line[ranges(some + 1, behind[some])]
        wanted = lines.is_new[one] | lines.is_new[other]
        yield one[wanted], other[wanted]


def _near_fixed_points(
    lines: _Lines, arcs: Arcs, active: NDArray[np.bool_], tolerance: float
) -> Iterator[tuple[NDArray[np.int64], Points]]:
    """Pairs of an active new line and an end of an arc about as near as the tolerance."""
    places = np.concatenate([arcs.start[:-1], arcs.start[1:] - 1])
    col, row = np.take(arcs.points, places, axis=0).astype(np.int64).T
    ends = np.stack(np.divmod(np.unique(_cell(col, row)), _ROW)[::-1], axis=1)
    home = _cell(*(ends // _CELL).T)
    order = np.argsort(home, kind="stable")
    ends, home = ends[order], home[order]
    line, cell = lines.cells(np.flatnonzero(lines.is_new & active), tolerance)
    begin = np.searchsorted(home, cell, "left")
    count = np.searchsorted(home, cell, "right") - begin
    for some in batches(count, _PAIRS_AT_ONCE):
        yield repeated(line[some], count[some]), ends[ranges(begin[some], count[some])]


def _side(start: Points, end: Points, point: Points) -> NDArray[np.int64]:
    """Above 0 where the point is on the right of who walks from start to end, 0 on the line."""
    along, away = end - start, point - start
    return along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]


def _meet(lines: _Lines, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether pairs of lines have a point in common that is not an end of both."""
    a, b, c, d = lines.start[one], lines.end[one], lines.start[other], lines.end[other]
    boxes = (np.minimum(a, b) <= np.maximum(c, d)) & (np.minimum(c, d) <= np.maximum(a, b))
    near = np.flatnonzero(boxes.all(axis=1) & (one != other))
    a, b, c, d = a[near], b[near], c[near], d[near]
    c_side, d_side = np.sign(_side(a, b, c)), np.sign(_side(a, b, d))
    a_side, b_side = np.sign(_side(c, d, a)), np.sign(_side(c, d, b))
    crossing = (c_side * d_side <= 0) & (a_side * b_side <= 0)
    swap = (a == d).all(axis=1) | (b == d).all(axis=1)
    c, d = np.where(swap[:, None], d, c), np.where(swap[:, None], c, d)
    turn = (b == c).all(axis=1)
    a, b = np.where(turn[:, None], b, a), np.where(turn[:, None], a, b)
    joined = (a == c).all(axis=1)
    same_way = ((b - a) * (d - c)).sum(axis=1) > 0
    overlapping = (c_side == 0) & (d_side == 0) & same_way
    hit = np.zeros(one.size, np.bool_)
    hit[near] = np.where(joined, overlapping, crossing)
    return hit


def _passed(lines: _Lines, arcs: Arcs, line: NDArray[np.int64], fixed: Points) -> NDArray[np.bool_]:
    """Whether the fixed points lie between the lines and the points left out for them.

    The rays to the right of them cross what was left out and the line together an odd number of
    times.
    """
    start, end = lines.start[line], lines.end[line]
    col, row = fixed.T
    length = lines.last[line] - lines.first[line]
    step = ranges(lines.first[line], length)
    tops, bottoms = np.take(arcs.points, step, axis=0), np.take(arcs.points, step + 1, axis=0)
    across = (tops[:, 1] <= repeated(row, length)) != (bottoms[:, 1] <= repeated(row, length))
    right = across & (tops[:, 0] > repeated(col, length))
    begin = np.cumsum(length) - length
    crossed = np.add.reduceat(right.astype(np.int64), begin) if line.size else np.zeros(0, np.int64)
    spans = (start[:, 1] <= row) != (end[:, 1] <= row)
    beyond = _side(start, end, fixed) * np.sign(end[:, 1] - start[:, 1]) > 0
    own = (start == fixed).all(axis=1) | (end == fixed).all(axis=1)
    return ((crossed + (spans & beyond)) % 2 == 1) & ~own
