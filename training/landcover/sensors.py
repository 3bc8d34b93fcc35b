# SPDX-License-Identifier: GPL-2.0-or-later
"""Other eyes and other days: what a sensor, its light, its air and the season do to a picture."""

from __future__ import annotations

import cv2
import numpy as np

from .config import Sensor


def seen_by(rng: np.random.Generator, image: np.ndarray, sensor: Sensor) -> np.ndarray:
    """The picture (H, W, 3) uint8 RGB as `sensor` might have seen it, on a day drawn by `rng`."""
    if rng.random() < sensor.season:
        image = _another_season(rng, image)
    if sensor.colour > 0:
        image = _developed(rng, image, sensor.colour)
    if rng.random() < sensor.haze:
        image = _hazy(rng, image)
    if rng.random() < sensor.blur:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2))
    if sensor.noise > 0:
        grain = rng.normal(0, rng.uniform(0, sensor.noise), image.shape).astype(np.float32)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    return image


def _developed(rng: np.random.Generator, image: np.ndarray, strength: float) -> np.ndarray:
    """Gain, offset, gamma per band, and saturation."""
    ramp = np.linspace(0, 1, 256)
    gain = rng.normal(1, 0.12 * strength) * rng.normal(1, 0.06 * strength, 3)
    offset = rng.normal(0, 0.06 * strength) + rng.normal(0, 0.03 * strength, 3)
    gamma = np.exp(rng.normal(0, 0.22 * strength))
    table = np.clip((ramp[:, None] ** gamma) * gain + offset, 0, 1) * 255
    image = cv2.LUT(image, table.astype(np.uint8)[None])
    if rng.random() < 0.5 * strength:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        keep = rng.uniform(0.4, 1.4)
        image = cv2.addWeighted(image, keep, grey, 1 - keep, 0)
    return image


def _another_season(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Green turned towards straw, autumn or a fresher green; what is not green stays."""
    red, green, blue = (image[..., band].astype(np.float32) for band in range(3))
    greenness = np.clip((2 * green - red - blue) / 40.0, 0, 1)[..., None]
    turned = np.stack([red, green, blue], axis=-1) * rng.uniform((0.85, 0.75, 0.6), (1.6, 1.15, 1))
    mixed = image + greenness * (turned - image)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _hazy(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A bright veil, thicker here than there: light = veil + clear * (picture - veil)."""
    height, width = image.shape[:2]
    coarse = rng.uniform(0, 1, (3, 3)).astype(np.float32)
    thick = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    clear = 1 - rng.uniform(0.1, 0.5) * np.clip(thick, 0, 1)
    veil = rng.uniform(170, 235) + np.array([-8, 0, 10]) * rng.uniform(0, 1)
    return np.clip(veil + clear * (image - veil), 0, 255).astype(np.uint8)
