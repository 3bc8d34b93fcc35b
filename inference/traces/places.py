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
        parts = []
        for number, branch in draft.branches.items():
            squares = _number((branch.points // reach).astype(np.int64))
            index = np.flatnonzero(np.isin(squares, wanted))
            if index.size:
                parts.append((squares[index], number, index, branch))
        squares = np.concatenate([part[0] for part in parts] or [np.zeros(0, np.int64)])
        order = np.argsort(squares, kind="stable")
        return cls(reach, squares[order], _gathered(parts, order))

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


def _gathered(parts: list, order: NDArray[np.int64]) -> Found:
    if not parts:
        none = np.zeros(0)
        return Found(np.zeros((0, 2)), none, none.astype(np.int64), none.astype(np.int64))
    return Found(
        np.concatenate([branch.points[index] for _, _, index, branch in parts])[order],
        np.concatenate([branch.widths[index] for _, _, index, branch in parts])[order],
        np.concatenate([np.full(index.size, number) for _, number, index, _ in parts])[order],
        np.concatenate([index for _, _, index, _ in parts])[order],
    )
