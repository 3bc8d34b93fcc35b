# SPDX-License-Identifier: GPL-2.0-or-later
"""What pictures look like, patch by patch, so that strangers among them can be told."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

PATCH = 64
"""Side of a patch in the network's pixels."""


def patch_features(image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Features of every whole patch of (H, W, 3) uint8 RGB, each (rows * columns,) float32.

    brightness and contrast: mean and standard deviation of grey (ITU-R BT.601), 0..255;
    sharpness: mean absolute Laplacian of grey; saturation: mean of largest minus least band;
    greenness: mean of 2 green - red - blue (excess green, Woebbecke et al. 1995).
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    bands = image.astype(np.float32)
    spread = bands.max(axis=-1) - bands.min(axis=-1)
    green = 2 * bands[..., 1] - bands[..., 0] - bands[..., 2]
    return {
        "brightness": _patches(grey).mean(axis=1),
        "contrast": _patches(grey).std(axis=1),
        "sharpness": _patches(edges).mean(axis=1),
        "saturation": _patches(spread).mean(axis=1),
        "greenness": _patches(green).mean(axis=1),
    }


def _patches(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) -> (patches, PATCH * PATCH), what is cut by an edge left out."""
    rows, cols = (side // PATCH for side in plane.shape)
    cut = plane[: rows * PATCH, : cols * PATCH].reshape(rows, PATCH, cols, PATCH)
    return cut.transpose(0, 2, 1, 3).reshape(rows * cols, PATCH * PATCH)
