# SPDX-License-Identifier: GPL-2.0-or-later
"""A square cut out of a picture, turned and scaled as a matrix says."""

from __future__ import annotations

import cv2
import numpy as np


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
