# SPDX-License-Identifier: GPL-2.0-or-later
"""Crops of land cover for one step: a pure function of the scenes, recipe, seed and step."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Protocol

import cv2
import numpy as np

from ...inference.raster.window import Window
from ..cutmix import rectangle
from ..rules import need, share
from ..sensors import Augment, seen_by_one
from ..warp import at_half_size, warp_matrix, warped
from .labelled_scene import Scene
from .land_cover import CLASSES, IGNORE

HARD_CELL = 64
"""Side of the cells, in pixels, over which wrong pixels are counted."""


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    `class_centred` is the share of crops centred on a pixel of a class drawn evenly, `hard_share`
    that of crops centred where the network errs, `paste_share` that of crops which have a
    rectangle of another one pasted in (Yun et al. 2019, CutMix).
    """

    crops: int
    crop: int
    generated_share: float
    generated_scenes: int
    field_share: float
    class_centred: float
    hard_share: float
    paste_share: float

    def __post_init__(self) -> None:
        need(self.crops >= 1, "batch.crops", self.crops, "1 or more")
        need(self.crop >= 32 and self.crop % 32 == 0, "batch.crop", self.crop, "a multiple of 32")
        share("batch.generated_share", self.generated_share)
        share("batch.field_share", self.field_share)
        for name in ("class_centred", "hard_share", "paste_share"):
            share(f"batch.{name}", getattr(self, name))
        need(
            self.class_centred + self.hard_share <= 1,
            "batch.class_centred + batch.hard_share",
            self.class_centred + self.hard_share,
            "1 or less",
        )
        need(
            self.generated_scenes >= 0, "batch.generated_scenes", self.generated_scenes, "0 or more"
        )


class CropRecipe(Protocol):
    """What a recipe says of crops."""

    @property
    def seed(self) -> int: ...
    @property
    def resolution_m(self) -> float: ...
    @property
    def batch(self) -> Batch: ...
    @property
    def augment(self) -> Augment: ...


class Sampler:
    """Draws crops; `batch(step)` depends on the step and `hardness` alone, so that a resumed run
    sees the same."""

    def __init__(
        self,
        scenes: list[Scene],
        generated: list[Scene],
        config: CropRecipe,
        fields: list[Scene] | None = None,
    ) -> None:
        self.scenes, self.generated, self.config = scenes, generated, config
        self.fields = fields or []
        areas = np.array([np.sqrt(scene.truth.size) for scene in scenes])
        self.chance = areas / areas.sum()
        self.places = [self._class_places(scene) for scene in scenes]
        self.hardness: list[np.ndarray] = []
        """Share of wrong pixels in cells of HARD_CELL pixels, one array a scene; empty at first."""

    @staticmethod
    def _class_places(scene: Scene, grid: int = 8) -> list[np.ndarray]:
        coarse = scene.truth[::grid, ::grid]
        return [np.argwhere(coarse == index) * grid for index in range(len(CLASSES))]

    def _centre(self, rng: np.random.Generator, index: int) -> tuple[float, float]:
        batch, choice = self.config.batch, rng.random()
        if self.hardness and choice > 1 - batch.hard_share:
            return self._hard_place(rng, self.hardness[index])
        if choice < batch.class_centred:
            places = self.places[index][rng.integers(len(CLASSES))]
            if len(places):
                row, col = places[rng.integers(len(places))]
                zoom = self.scenes[index].resolution_m / self.config.resolution_m
                spread = batch.crop / 3 / zoom
                return col + rng.uniform(-spread, spread), row + rng.uniform(-spread, spread)
        height, width = self.scenes[index].truth.shape
        return rng.uniform(0, width), rng.uniform(0, height)

    @staticmethod
    def _hard_place(rng: np.random.Generator, hardness: np.ndarray) -> tuple[float, float]:
        """A place (x, y) drawn in proportion to how often the network errs there."""
        chance = hardness.ravel() / hardness.sum() if hardness.any() else None
        row, col = divmod(int(rng.choice(hardness.size, p=chance)), hardness.shape[1])
        across, down = rng.uniform(0, HARD_CELL, 2)
        return col * HARD_CELL + across, row * HARD_CELL + down

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

    def _anywhere(
        self, rng: np.random.Generator, scenes: list[Scene]
    ) -> tuple[Scene, tuple[float, float]]:
        """A scene and a place (x, y) in it, away from its edges where it is larger than a crop."""
        scene = scenes[rng.integers(len(scenes))]
        reach = self.config.batch.crop / 2 * self.config.resolution_m / scene.resolution_m
        height, width = scene.truth.shape
        row, col = (
            rng.uniform(min(reach, side / 2), max(side - reach, side / 2))
            for side in (height, width)
        )
        return scene, (col, row)

    def _cut(
        self, rng: np.random.Generator, scene: Scene, centre: tuple[float, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        size, inverse = self.config.batch.crop, cv2.WARP_INVERSE_MAP
        zoom = scene.resolution_m / self.config.resolution_m
        matrix = warp_matrix(rng, centre, size, self.config.augment, zoom=zoom)
        image = warped(scene.image, matrix, size)
        truth = cv2.warpAffine(
            scene.truth,
            at_half_size(matrix),
            (size // 2, size // 2),
            flags=cv2.INTER_NEAREST | inverse,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=IGNORE,
        )
        return seen_by_one(rng, image, self.config.augment.sensors), truth

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """images (N, crop, crop, 3) uint8, truths (N, crop/2, crop/2) uint8."""
        rng = np.random.default_rng((self.config.seed, step))
        pairs = [self.crop(rng) for _ in range(self.config.batch.crops)]
        images, truths = (np.stack(part) for part in zip(*pairs))
        _paste(rng, images, truths, self.config.batch.paste_share)
        return images, truths


def _paste(rng: np.random.Generator, images: np.ndarray, truths: np.ndarray, share: float) -> None:
    """Paste a rectangle of the next crop into a share of the crops, in place."""
    sources = images.copy(), truths.copy()
    side = truths.shape[1]
    for index in range(len(truths)):
        if rng.random() >= share:
            continue
        coarse, other = rectangle(rng, side), (index + 1) % len(truths)
        fine = Window(*(2 * edge for edge in astuple(coarse)))
        for target, source, where in ((images, sources[0], fine), (truths, sources[1], coarse)):
            target[index][where.slices()] = source[other][where.slices()]
