# SPDX-License-Identifier: GPL-2.0-or-later
"""Oriented boxes as four corners: made, clipped and measured, many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .found import Boxes, Corners

_SIDES = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
"""Of a box of 1 x 1 around the origin, clockwise on screen."""


def quads(
    centres: NDArray[np.float64], sizes: NDArray[np.float64], angles: NDArray[np.float64]
) -> Corners:
    """Centres (n, 2) as (x, y), sizes (n, 2) as (width, height), angles (n,) in radians.

    The width lies along the angle, which turns clockwise on screen, from the x axis.
    """
    local = _SIDES * sizes[:, None, :]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x = local[..., 0] * cos - local[..., 1] * sin
    y = local[..., 0] * sin + local[..., 1] * cos
    return np.stack([x, y], axis=-1) + centres[:, None, :]


def around(corners: Corners) -> Boxes:
    """The boxes, with sides along the axes, that hold polygons (n, points, 2)."""
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def areas(polygons: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels in polygons (n, points, 2) that turn clockwise on screen."""
    local = polygons - polygons[:, :1]  # products of large numbers would lose digits
    x, y = local[..., 0], local[..., 1]
    return (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2


def common(polygons: NDArray[np.float64], others: Corners) -> NDArray[np.float64]:
    """What is inside of convex polygons (n, points, 2) and quads (n, 4, 2), pair by pair.

    (n, points + 4, 2), with repeated points; without area where nothing is.
    Sutherland and Hodgman 1974, all pairs at once.
    """
    for side in range(4):
        polygons = _clipped(polygons, others[:, side], others[:, (side + 1) % 4])
    return polygons


def within(polygons: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """The parts of convex polygons (n, points, 2) inside a window: (n, points + 4, 2)."""
    left, top, right, bottom = window.col_off, window.row_off, window.col_end, window.row_end
    frame = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    return common(polygons, np.broadcast_to(frame, (len(polygons), 4, 2)))


def _clipped(
    polygons: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of each polygon what is on the right of who walks from start to end, with a point more."""
    count, points, _ = polygons.shape
    along, away = (end - start)[:, None], polygons - start[:, None]
    side = along[..., 0] * away[..., 1] - along[..., 1] * away[..., 0]
    following, side_then = np.roll(polygons, -1, axis=1), np.roll(side, -1, axis=1)
    crosses = (side >= 0) != (side_then >= 0)
    share = side / np.where(crosses, side - side_then, 1.0)
    crossing = polygons + share[..., None] * (following - polygons)
    made = np.stack([polygons, crossing], axis=2).reshape(count, 2 * points, 2)
    counts = np.stack([side >= 0, crosses], axis=2).reshape(count, 2 * points)
    # Those that count come first, in their order; the last of them fills up what is left.
    order = np.argsort(~counts, axis=1, kind="stable")[:, : points + 1]
    last = np.maximum(counts.sum(axis=1) - 1, 0)[:, None]
    order = np.take_along_axis(order, np.minimum(np.arange(points + 1), last), axis=1)
    return np.take_along_axis(made, order[..., None], axis=1)
