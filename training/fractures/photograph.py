# SPDX-License-Identifier: GPL-2.0-or-later
"""What light, camera and file do to a picture of rock, beyond what sensors.py knows of."""

from __future__ import annotations

import cv2
import numpy as np

from .config import Photograph

_NOISIEST, _FINEST = 25, 92
"""JPEG qualities."""


def photographed(rng: np.random.Generator, image: np.ndarray, how: Photograph) -> np.ndarray:
    """The crop (H, W, 3) uint8 as another photograph might show it."""
    if rng.random() < how.shadow:
        image = _shaded(rng, image)
    if rng.random() < how.even:
        image = _evened(rng, image)
    if rng.random() < how.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if rng.random() < how.cast:
        image = np.clip(image * rng.uniform(0.75, 1.25, 3), 0, 255).astype(np.uint8)
    return image


def compressed(rng: np.random.Generator, image: np.ndarray, how: Photograph) -> np.ndarray:
    """The crop after a JPEG file, for the share of crops that had one."""
    if rng.random() >= how.compressed:
        return image
    quality = int(rng.integers(_NOISIEST, _FINEST))
    file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(file, cv2.IMREAD_COLOR)


def _shaded(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """The shadow of something with corners or of something round, bluish, sharp or soft."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    middle = rng.uniform(0, 1, 2) * (width, height)
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
    reach = rng.uniform(0.2, 1.0) * width * rng.uniform(0.5, 1.0, len(angles))
    corners = middle + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cv2.fillPoly(mask, [np.int32(corners)], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.choice((0.8, 3.0, 15.0)))[..., None]
    dark = rng.uniform(0.35, 0.8) * np.array([0.95, 1.0, 1.06])
    return np.clip(image * (1 - mask * (1 - dark)), 0, 255).astype(np.uint8)


def _evened(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Contrast spread from place to place (CLAHE), as phones do."""
    lightness, green, blue = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2LAB))
    spread = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 3)), tileGridSize=(4, 4))
    return cv2.cvtColor(cv2.merge([spread.apply(lightness), green, blue]), cv2.COLOR_LAB2RGB)
