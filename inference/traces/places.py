# SPDX-License-Identifier: GPL-2.0-or-later
"""The points of branches near some places, looked up by squares of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draft import Draft

_ROWS = np.int64(1) << 32
"""Squares of one column have numbers of their own."""


@dataclass(frozen=True)
class Found:
    """Points (n, 2), the line's width there, and which point of which branch each is."""

    points: NDArray[np.float64]
    widths: NDArray[np.float64]
    branches: NDArray[np.int64]
    indices: NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """All points within `reach` of the places that were asked for, sorted by square."""

    reach: float
    squares: NDArray[np.int64]
    all: Found

    @classmethod
    def around(cls, draft: Draft, places: Sequence[NDArray[np.float64]], reach: float) -> Places:
        """Only what is near is kept: a raster has millions of points, and few free ends."""
        corners = (np.array(places, float) // reach).astype(np.int64)
        wanted = np.unique(
            np.concatenate(
                [
                    _number(corners + np.array([across, down]))
                    for across in (-1, 0, 1)
                    for down in (-1, 0, 1)
                ]
            )
        )
        numbers, branches = list(draft.branches), list(draft.branches.values())
        sizes = np.array([len(branch.points) for branch in branches])
        points = np.concatenate([branch.points for branch in branches])
        squares = _number((points // reach).astype(np.int64))
        kept = np.flatnonzero(np.isin(squares, wanted))
        order = kept[np.argsort(squares[kept], kind="stable")]
        found = Found(
            points[order],
            np.concatenate([branch.widths for branch in branches])[order],
            np.repeat(numbers, sizes)[order],
            (np.arange(len(points)) - np.repeat(np.cumsum(sizes) - sizes, sizes))[order],
        )
        return cls(reach, squares[order], found)

    def near(self, place: NDArray[np.float64], reach: float) -> Found:
        """Those within `reach`, which is at most that of all, around one of the places."""
        corner = (place // self.reach).astype(np.int64)
        ranges = []
        for across in (-1, 0, 1):
            for down in (-1, 0, 1):
                square = _number(corner + np.array([across, down]))
                ranges.append(np.arange(*np.searchsorted(self.squares, [square, square + 1])))
        rows = np.concatenate(ranges)
        rows = rows[np.hypot(*(self.all.points[rows] - place).T) <= reach]
        found = self.all
        return Found(
            found.points[rows], found.widths[rows], found.branches[rows], found.indices[rows]
        )


def _number(corners: NDArray[np.int64]) -> NDArray[np.int64]:
    return corners[..., 0] * _ROWS + corners[..., 1]
