# SPDX-License-Identifier: GPL-2.0-or-later
"""Crops for one step: a pure function of the scenes, the recipe, the seed and the step number."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .config import Augment, LandcoverConfig
from .landcover_data import CLASSES, IGNORE, Scene, generated_scenes, load_fields, load_tile


def warp_matrix(
    rng: np.random.Generator, centre: tuple[float, float], crop: int, settings: Augment
) -> np.ndarray:
    """2x3 matrix from crop pixels to scene pixels: scale, turn, mirror about `centre` (x, y)."""
    scale = 2.0 ** rng.uniform(-settings.scale_octaves, settings.scale_octaves)
    angle = rng.integers(4) * np.pi / 2
    if rng.random() < settings.rotate_share:
        angle = rng.uniform(0, 2 * np.pi)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    shift = np.asarray(centre) - linear @ np.array([crop / 2, crop / 2])
    return np.column_stack([linear, shift])


def change_colours(rng: np.random.Generator, image: np.ndarray, strength: float) -> np.ndarray:
    """Gain, offset, gamma per band, saturation and blur: other sensors, other light."""
    if strength == 0:
        return image
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
    if rng.random() < 0.2 * strength:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2))
    return image


class Sampler:
    """Draws crops; `batch(step)` depends on the step alone, so a resumed run sees the same."""

    def __init__(
        self,
        scenes: list[Scene],
        generated: list[Scene],
        config: LandcoverConfig,
        fields: list[Scene] | None = None,
    ) -> None:
        self.scenes, self.generated, self.config = scenes, generated, config
        self.fields = fields or []
        areas = np.array([np.sqrt(scene.truth.size) for scene in scenes])
        self.chance = areas / areas.sum()
        self.places = [self._class_places(scene) for scene in scenes]

    @staticmethod
    def _class_places(scene: Scene, grid: int = 8) -> list[np.ndarray]:
        coarse = scene.truth[::grid, ::grid]
        return [np.argwhere(coarse == index) * grid for index in range(len(CLASSES))]

    def _centre(self, rng: np.random.Generator, index: int) -> tuple[float, float]:
        if rng.random() < self.config.batch.class_centred:
            places = self.places[index][rng.integers(len(CLASSES))]
            if len(places):
                row, col = places[rng.integers(len(places))]
                spread = self.config.batch.crop / 3
                return col + rng.uniform(-spread, spread), row + rng.uniform(-spread, spread)
        height, width = self.scenes[index].truth.shape
        return rng.uniform(0, width), rng.uniform(0, height)

    def crop(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """image (crop, crop, 3) uint8 and truth (crop/2, crop/2) uint8 at the output stride."""
        share, choice = self.config.batch.generated_share, rng.random()
        if self.generated and choice < share:
            scene, centre = self._anywhere(rng, self.generated)
        elif self.fields and choice < share + self.config.batch.field_share:
            scene, centre = self._anywhere(rng, self.fields)
        else:
            index = int(rng.choice(len(self.scenes), p=self.chance))
            scene, centre = self.scenes[index], self._centre(rng, index)
        return self._cut(rng, scene, centre)

    @staticmethod
    def _anywhere(
        rng: np.random.Generator, scenes: list[Scene]
    ) -> tuple[Scene, tuple[float, float]]:
        scene = scenes[rng.integers(len(scenes))]
        height, width = scene.truth.shape
        return scene, (rng.uniform(0, width), rng.uniform(0, height))

    def _cut(
        self, rng: np.random.Generator, scene: Scene, centre: tuple[float, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        size, inverse = self.config.batch.crop, cv2.WARP_INVERSE_MAP
        matrix = warp_matrix(rng, centre, size, self.config.augment)
        image = cv2.warpAffine(
            scene.image,
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR | inverse,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        # A stride-2 pixel lies between two pixels of the crop: (2x + 0.5).
        half = matrix @ np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
        truth = cv2.warpAffine(
            scene.truth,
            half,
            (size // 2, size // 2),
            flags=cv2.INTER_NEAREST | inverse,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=IGNORE,
        )
        return change_colours(rng, image, self.config.augment.colour), truth

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """images (N, crop, crop, 3) uint8, truths (N, crop/2, crop/2) uint8."""
        rng = np.random.default_rng((self.config.seed, step))
        pairs = [self.crop(rng) for _ in range(self.config.batch.crops)]
        return np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])


def training_sampler(config: LandcoverConfig, data: Path) -> Sampler:
    """Crops of the training tiles and fields under `data` and of the generated scenes."""
    scenes = [load_tile(data, tile) for tile in config.train_tiles]
    generated = generated_scenes(
        config.batch.generated_scenes, seed=config.seed, resolution_m=config.resolution_m
    )
    fields = load_fields(data, held_out=False) if config.batch.field_share > 0 else []
    return Sampler(scenes, generated, config, fields)
