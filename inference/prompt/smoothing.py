# SPDX-License-Identifier: GPL-2.0-or-later
"""Softer outlines: corners are cut off, wherever nothing else lies in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..vector.outlines import batches, ranges, repeated
from .rings import Rings, side

LONGEST_CUT = 4.0
"""Pixels cut from either side of a corner, at most: long straight edges stay where they are."""
_SHARE = 0.25
_PAIRS_AT_ONCE = 500_000


def smoothed(polygons: tuple[Rings, ...], rounds: int) -> tuple[Rings, ...]:
    """Chaikin's corner cutting (Chaikin 1974), `rounds` times.

    A corner stays where any other point of any ring lies in what would be cut. Law: rings that
    neither crossed nor touched do not do so afterwards, since whatever enters the triangle of a
    corner over the cut would have to turn in it.
    """
    for _ in range(rounds):
        points, following, sizes = _joined(polygons)
        cut = _cut(points, following)
        polygons = _parted(cut, polygons, sizes)
    return polygons


def _joined(
    polygons: tuple[Rings, ...],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """All points, the index of the point after each in its ring, and the points of each ring."""
    rings = [ring for polygon in polygons for ring in polygon]
    sizes = np.array([len(ring) for ring in rings])
    starts = np.cumsum(sizes) - sizes
    following = np.arange(1, sizes.sum() + 1)
    following[starts + sizes - 1] = starts
    return np.concatenate(rings), following, sizes


def _cut(points: NDArray[np.float64], following: NDArray[np.int64]) -> NDArray[np.float64]:
    """(points, 2, 2): where each corner is entered and left; twice itself where it stays."""
    before = np.empty_like(following)
    before[following] = np.arange(following.size)
    ends = np.stack([_towards(points, points[side]) for side in (before, following)], axis=1)
    stays = _occupied(points, ends)
    ends[stays] = points[stays, None]
    return ends


def _towards(corners: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    away = others - corners
    length = np.hypot(*away.T)
    share = np.minimum(_SHARE, LONGEST_CUT / np.maximum(length, 1e-9))
    return corners + share[:, None] * away


def _occupied(points: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of each corner: whether another point lies in its triangle, or on the edge of it."""
    triangles = np.concatenate([ends, points[:, None]], axis=1)
    low, high = triangles.min(axis=1), triangles.max(axis=1)
    order = np.argsort(points[:, 0], kind="stable")
    xs = points[order, 0]
    first = np.searchsorted(xs, low[:, 0], "left")
    count = np.searchsorted(xs, high[:, 0], "right") - first
    found = np.zeros(len(points), np.bool_)
    for some in batches(count, _PAIRS_AT_ONCE):
        corner = repeated(some, count[some])
        other = order[ranges(first[some], count[some])]
        y = points[other, 1]
        near = (corner != other) & (y >= low[corner, 1]) & (y <= high[corner, 1])
        corner, other = corner[near], other[near]
        found[corner[_inside(points[other], triangles[corner])]] = True
    return found


def _inside(points: NDArray[np.float64], triangles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (n, 2) lie in triangles (n, 3, 2), edges included."""
    sides = np.stack([side(triangles[:, i], triangles[:, i - 1], points) for i in range(3)])
    return (sides >= 0).all(axis=0) | (sides <= 0).all(axis=0)


def _parted(
    cut: NDArray[np.float64], polygons: tuple[Rings, ...], sizes: NDArray[np.int64]
) -> tuple[Rings, ...]:
    """The new points as rings again, a corner that stays being one point."""
    rings = iter(np.split(cut, np.cumsum(sizes)[:-1]))
    return tuple(tuple(_open(next(rings)) for _ in polygon) for polygon in polygons)


def _open(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.ones((len(pairs), 2), np.bool_)
    kept[:, 1] = (pairs[:, 0] != pairs[:, 1]).any(axis=1)
    return pairs[kept]
