# SPDX-License-Identifier: GPL-2.0-or-later
"""For every pixel near a joint: which point of which joint is nearest, and how far to which side.

One distance transform with labels serves all joints of a picture; the distance to the joint's
own tangent then makes it exact to a fraction of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Near:
    """The pixels close to a course (flat indices) and how they lie to it."""

    pixels: np.ndarray  # (m,) flat index in the picture
    sample: np.ndarray  # (m,) row of the points given
    offset: np.ndarray  # (m,) float32 pixels, positive to the left of the course
    distance: np.ndarray  # (m,) float32 pixels, past the ends round the end


def near(points: np.ndarray, ways: np.ndarray, shape: tuple[int, int], reach: float) -> Near:
    """Find the pixels within `reach` of points (n, 2), a pixel apart, with unit ways (n, 2)."""
    height, width = shape
    x, y = np.round(points).astype(int).T
    inside = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
    if len(inside) == 0:
        empty = np.zeros(0, np.int64)
        return Near(empty, empty, empty.astype(np.float32), empty.astype(np.float32))
    free = np.ones(shape, np.uint8)
    free[y[inside], x[inside]] = 0
    rough, labels = cv2.distanceTransformWithLabels(
        free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(labels.max()) + 1, np.int64)
    table[labels[y[inside], x[inside]]] = inside
    pixels = np.flatnonzero(rough.ravel() <= reach)
    sample = table[labels.ravel()[pixels]]
    dx = (pixels % width - points[sample, 0]).astype(np.float32)
    dy = (pixels // width - points[sample, 1]).astype(np.float32)
    way = ways[sample].astype(np.float32)
    offset = dx * way[:, 1] - dy * way[:, 0]
    past = np.maximum(np.abs(dx * way[:, 0] + dy * way[:, 1]) - 0.8, 0.0)
    return Near(pixels, sample, offset, np.sqrt(offset**2 + past**2))


def ways_of(points: np.ndarray) -> np.ndarray:
    """Return the unit direction (n, 2) of a course at each of its points (n, 2)."""
    smooth = cv2.blur(np.ascontiguousarray(points, np.float32), (1, 5))
    way = np.gradient(smooth, axis=0)
    return way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
