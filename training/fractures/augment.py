# SPDX-License-Identifier: GPL-2.0-or-later
"""Crops for one step: a pure function of the scenes, the recipe, the seed and the step number."""

from __future__ import annotations

import cv2
import numpy as np

from ..sensors import seen_by_one
from ..warp import at_half_size, warp_matrix, warped
from .config import FractureConfig
from .faces import Face
from .photograph import compressed, photographed

IGNORE = 255
_SOME, _MUCH = 0.10, 0.30
"""Shares of a cell of 2x2 pixels: below the first there is no fracture, from the second on there
is one; in between, at its rims and where it is too thin to be seen, nobody needs to know."""


class Sampler:
    """Draws crops; `batch(step)` depends on the step alone, so that a resumed run sees the same."""

    def __init__(self, scenes: list[Face], config: FractureConfig) -> None:
        self.scenes, self.config = scenes, config

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """images (N, crop, crop, 3) uint8, truths (N, crop/2, crop/2) uint8: 1, 0 or IGNORE."""
        rng = np.random.default_rng((self.config.seed, step))
        pairs = [self._crop(rng) for _ in range(self.config.batch.crops)]
        return tuple(np.stack(part) for part in zip(*pairs))

    def _crop(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        image, cover = self._cut(rng)
        if rng.random() < self.config.batch.halves_share:
            image, cover = _halves(rng, (image, cover), self._cut(rng))
        image = photographed(rng, image, self.config.photograph)
        image = seen_by_one(rng, image, self.config.augment.sensors)
        return compressed(rng, image, self.config.photograph), labels(cover)

    def _cut(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A turned and scaled square of a scene, and the share of fracture (crop/2, crop/2)."""
        scene, size = self.scenes[rng.integers(len(self.scenes))], self.config.batch.crop
        height, width = scene.truth.shape
        centre = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height
        matrix = warp_matrix(rng, centre, size, self.config.augment)
        return warped(scene.image, matrix, size), cells(scene.truth, matrix, size)


def cells(truth: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Share 0..255 (size/2, size/2) of every 2x2 pixels of a crop that is fracture."""
    return warped(truth * np.uint8(255), at_half_size(matrix), size // 2)


def labels(cover: np.ndarray) -> np.ndarray:
    """1, 0 or IGNORE of shares 0..255."""
    truth = np.uint8(cover >= _MUCH * 255)
    truth[(cover >= _SOME * 255) & (cover < _MUCH * 255)] = IGNORE
    return truth


def _halves(
    rng: np.random.Generator,
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Two crops on both sides of a soft straight seam: what changes gently is no fracture."""
    size = one[0].shape[0]
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.25) * size
    across = np.arange(size) - size / 2
    side = np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None] - away
    soft = np.clip(0.5 + side / rng.uniform(6, 60), 0, 1)[..., None]
    image = (one[0] * (1 - soft) + other[0] * soft).astype(np.uint8)
    here = cv2.resize(soft, (size // 2, size // 2), interpolation=cv2.INTER_AREA)
    cover = np.where(here < 0.5, one[1], other[1])
    return image, cover
