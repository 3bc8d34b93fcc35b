# SPDX-License-Identifier: GPL-2.0-or-later
"""A square cut out of a picture, turned and scaled: by which matrix, and how."""

from __future__ import annotations

import cv2
import numpy as np

from .sensors import Augment


def warped(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """The square (size, size, 3) that `matrix` (crop to scene) cuts, averaged where it shrinks."""
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if shrink > 1.3:
        centre = matrix @ np.array([size / 2, size / 2, 1])
        reach = int(shrink * size) + 8
        low = np.maximum(0, centre - reach).astype(int)
        image = image[low[1] : low[1] + 2 * reach, low[0] : low[0] + 2 * reach]
        if not image.size:
            return np.zeros((size, size, 3), np.uint8)
        image = cv2.GaussianBlur(image, (0, 0), 0.5 * np.sqrt(shrink**2 - 1))
        matrix = matrix - np.array([[0, 0, low[0]], [0, 0, low[1]]])
    return cv2.warpAffine(
        image,
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def warp_matrix(
    rng: np.random.Generator,
    centre: tuple[float, float],
    crop: int,
    settings: Augment,
    *,
    zoom: float = 1.0,
) -> np.ndarray:
    """2x3 matrix from crop pixels to scene pixels: scale, turn, mirror about `centre` (x, y).

    `zoom` is crop pixels a scene pixel becomes before the scale is changed.
    """
    scale = 2.0 ** rng.uniform(-settings.scale_octaves, settings.scale_octaves) / zoom
    linear = turned(rng, settings.rotate_share) * scale
    shift = np.asarray(centre) - linear @ np.array([crop / 2, crop / 2])
    return np.column_stack([linear, shift])


def turned(rng: np.random.Generator, rotate_share: float) -> np.ndarray:
    """A turn by quarters, or freely in that share of the cases, and a mirror: a 2x2 matrix."""
    angle = rng.integers(4) * np.pi / 2
    if rng.random() < rotate_share:
        angle = rng.uniform(0, 2 * np.pi)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos * mirror, -sin], [sin * mirror, cos]])


def at_half_size(matrix: np.ndarray) -> np.ndarray:
    """The matrix of a crop with half as many pixels a side.

    One of them lies between two pixels of the crop: at 2x + 0.5.
    """
    return matrix @ np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
