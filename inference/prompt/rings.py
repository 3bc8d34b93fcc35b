# SPDX-License-Identifier: GPL-2.0-or-later
"""Rings of pixel positions, and polygons made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""(points, 2) as (column, row), open: the first point is not repeated at the end."""
Rings = tuple[Ring, ...]
"""One polygon: the outer ring, clockwise on screen, then its holes, the other way round."""


def signed_area(ring: Ring) -> float:
    """Pixels in a ring, above 0 where it turns clockwise on screen."""
    x, y = (ring - ring[0]).T  # near the origin: products of large numbers would lose digits
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def area(polygon: Rings) -> float:
    """Pixels in a polygon, its holes left out."""
    return sum(signed_area(ring) for ring in polygon)


def perimeter(polygon: Rings) -> float:
    """Pixels along all its rings."""
    return sum(float(np.hypot(*(np.roll(ring, -1, axis=0) - ring).T).sum()) for ring in polygon)


def closed(ring: Ring) -> Ring:
    """The same with its first point repeated at the end."""
    return np.concatenate([ring, ring[:1]])


def holds(polygon: Rings, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (n, 2) lie inside; on an edge, either may come out."""
    x, y = np.asarray(points, float).T[..., None]
    crossed = np.zeros(len(points), np.int64)
    for ring in polygon:
        (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
        spans = (y0 <= y) != (y1 <= y)
        rise = np.where(y0 == y1, 1.0, y1 - y0)
        crossed += (spans & (x0 + (y - y0) * (x1 - x0) / rise > x)).sum(axis=1)
    return crossed % 2 == 1


def overlap(one: Rings, other: Rings) -> bool:
    """Whether two polygons have a point in common, be it of their outlines."""
    apart = one[0].max(axis=0) < other[0].min(axis=0)
    if (apart | (other[0].max(axis=0) < one[0].min(axis=0))).any():
        return False
    inside = holds(one, other[0][:1])[0] or holds(other, one[0][:1])[0]
    return bool(inside) or _meet(one, other)


def _meet(one: Rings, other: Rings) -> bool:
    """Whether any edge of one polygon crosses or touches one of the other."""
    a, b = (each[:, None] for each in _edges(one))
    c, d = (each[None] for each in _edges(other))
    boxes = (np.minimum(a, b) <= np.maximum(c, d)) & (np.minimum(c, d) <= np.maximum(a, b))
    sides = side(a, b, c) * side(a, b, d) <= 0
    return bool((boxes.all(axis=2) & sides & (side(c, d, a) * side(c, d, b) <= 0)).any())


def _edges(polygon: Rings) -> tuple[Ring, Ring]:
    following = [np.roll(ring, -1, axis=0) for ring in polygon]
    return np.concatenate(polygon), np.concatenate(following)


def side(
    start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Above 0 where the point is on the right of who walks from start to end, 0 on the line."""
    along, away = end - start, point - start
    return along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0]
