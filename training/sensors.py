# SPDX-License-Identifier: GPL-2.0-or-later
"""Other eyes and other days: what a sensor, its light, its air and the season do to a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .rules import need, share


@dataclass(frozen=True)
class Sensor:
    """One kind of picture: how often, and how far it differs from those at hand.

    `colour` scales the shifts of gain, offset, gamma and saturation; `haze`, `season` and `blur`
    are shares of crops; `noise` is the largest standard deviation of grain, in 0..255 units.
    """

    name: str
    share: float
    colour: float
    haze: float
    season: float
    blur: float
    noise: float

    def __post_init__(self) -> None:
        for name in ("share", "haze", "season", "blur"):
            share(f"sensor {self.name}: {name}", getattr(self, name))
        need(0 <= self.colour <= 2, f"sensor {self.name}: colour", self.colour, "0 to 2")
        need(0 <= self.noise <= 50, f"sensor {self.name}: noise", self.noise, "0 to 50")


@dataclass(frozen=True)
class Augment:
    """How far crops are changed; the shares of the sensors add up to 1."""

    scale_octaves: float
    rotate_share: float
    sensors: tuple[Sensor, ...]

    def __post_init__(self) -> None:
        need(0 <= self.scale_octaves <= 2, "augment.scale_octaves", self.scale_octaves, "0 to 2")
        share("augment.rotate_share", self.rotate_share)
        total = sum(sensor.share for sensor in self.sensors)
        need(abs(total - 1) < 1e-6, "the sum of the sensors' shares", total, "1")


def seen_by_one(
    rng: np.random.Generator, image: np.ndarray, sensors: Sequence[Sensor]
) -> np.ndarray:
    """The picture as one of the sensors might have seen it, each as often as its share says."""
    sensor = sensors[rng.choice(len(sensors), p=[each.share for each in sensors])]
    return seen_by(rng, image, sensor)


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
