# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines on the plane as straight segments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Segments:
    """Every straight piece of many lines, line after line; arrays (n,) unless said otherwise.

    `start` and `end` (n, 2) are x, y of the plane, `line` the line of each, `first` (lines + 1,)
    the segment each line begins with.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    line: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, points: NDArray[np.float64], starts: NDArray[np.int64]) -> Segments:
        """Of lines behind one another: `points` (n, 2), `starts` (lines + 1,)."""
        line = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        inner = np.flatnonzero(line[:-1] == line[1:])
        first = starts - np.arange(starts.size)
        return cls(points[inner], points[inner + 1], line[inner], first)

    @classmethod
    def of_rings(cls, rings: tuple[NDArray[np.float64], ...]) -> Segments:
        """Of closed rings (n, 2), each a line of its own."""
        return cls.of(np.concatenate(rings), np.cumsum([0, *map(len, rings)]))

    def __len__(self) -> int:
        return len(self.line)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.first.size - 1

    @cached_property
    def length(self) -> NDArray[np.float64]:
        return np.hypot(*(self.end - self.start).T)

    @cached_property
    def arc(self) -> NDArray[np.float64]:
        """How far along its line each segment begins."""
        before = np.concatenate([[0.0], np.cumsum(self.length)])
        return before[:-1] - before[self.first[:-1]][self.line]

    @cached_property
    def line_length(self) -> NDArray[np.float64]:
        """(lines,)"""
        return np.bincount(self.line, self.length, self.lines)

    @property
    def edges(self) -> NDArray[np.float64]:
        """(n, 4): x, y of the start, x, y of the end."""
        return np.concatenate([self.start, self.end], axis=1)

    @property
    def ends(self) -> NDArray[np.float64]:
        """(lines, 2, 2): first and last point of each line."""
        return np.stack([self.start[self.first[:-1]], self.end[self.first[1:] - 1]], axis=1)

    def at(self, which: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """(k, 2) points on segments `which`, 0 at the start and 1 at the end."""
        return self.start[which] + share[:, None] * (self.end - self.start)[which]


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(...) of vectors (..., 2), above 0 where `b` lies to the left of `a`."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
