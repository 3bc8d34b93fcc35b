# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches to be compared in one step: a pure function of pictures, recipe, seed and step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..data.eurosat import SIDE, Tiles
from ..data.labelled_scene import Scene
from ..data.land_cover import CLASSES
from ..sensors import Augment, seen_by_one
from ..warp import warp_matrix, warped
from .config import PATCH, FeatureConfig
from .grounds import Ground

COARSE = 8
"""Pixels between the places where the cover of a patch is known."""
_MOSTLY = 0.6
"""Share of a patch that is of the land cover it stands for."""
_TRIALS = 30


@dataclass(frozen=True)
class Family:
    """Patches (N, 64, 64, 3) uint8 that are compared with each other; those of one group (N,)
    belong together.
    """

    images: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True)
class PatchBatch:
    """What a step compares: labelled tiles, neighbours, and patches of labelled land cover."""

    tiles: Family
    neighbours: Family
    cover: Family


class PatchSampler:
    """Draws patches; `batch(step)` depends on the step alone, so that a resumed run sees the
    same.
    """

    def __init__(
        self,
        tiles: Tiles,
        grounds: list[list[Ground]],
        scenes: list[Scene],
        config: FeatureConfig,
    ) -> None:
        self.tiles, self.grounds, self.scenes, self.config = tiles, grounds, scenes, config
        self._of_class = [np.flatnonzero(tiles.labels == each) for each in np.unique(tiles.labels)]
        self._covered = [_covered(scene) for scene in scenes]

    def batch(self, step: int) -> PatchBatch:
        """The patches of a step."""
        rng = np.random.default_rng((self.config.seed, step))
        families = (self._tiles(rng), self._neighbours(rng), self._cover(rng))
        return PatchBatch(*map(_family, families))

    def _tiles(self, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
        """EuroSAT's, as many of each class."""
        count, middle = self.config.patches.tiles_a_class, (SIDE / 2, SIDE / 2)
        for group, numbers in enumerate(self._of_class):
            for number in rng.choice(numbers, count, replace=len(numbers) < count):
                yield _seen(rng, self.tiles.images[number], middle, self.config.tile_augment), group

    def _neighbours(self, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
        """Two patches side by side, each seen by a sensor and on a day of its own."""
        how, group = self.config.patches, 0
        for _ in range(how.pictures):
            source = self.grounds[rng.integers(len(self.grounds))]
            image = source[rng.integers(len(source))].image
            for place in _places(rng, image, count=how.pairs, far=how.far * PATCH):
                aside = place + rng.uniform(-how.near, how.near, 2) * PATCH
                for centre in (place, aside):
                    yield _seen(rng, image, tuple(centre), self.config.augment), group
                group += 1

    def _cover(self, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
        """Patches that are mostly of one land cover, of any of the tiles."""
        for group in range(len(CLASSES)):
            rich = [index for index, found in enumerate(self._covered) if len(found[group])]
            for _ in range(self.config.patches.cover_a_class if rich else 0):
                index = rich[rng.integers(len(rich))]
                places = self._covered[index][group]
                row, col = places[rng.integers(len(places))]
                image, centre = self.scenes[index].image, (float(col), float(row))
                yield _seen(rng, image, centre, self.config.augment), group


def _family(patches: Iterator[tuple[np.ndarray, int]]) -> Family:
    drawn = list(patches)
    images = np.empty((len(drawn), PATCH, PATCH, 3), np.uint8)
    for index, (image, _) in enumerate(drawn):
        images[index] = image
    return Family(images, np.array([group for _, group in drawn], np.int64))


def _seen(
    rng: np.random.Generator, image: np.ndarray, centre: tuple[float, float], how: Augment
) -> np.ndarray:
    """The patch around a place (x, y), turned and scaled, as some sensor might see it."""
    patch = warped(image, warp_matrix(rng, centre, PATCH, how), PATCH)
    return seen_by_one(rng, patch, how.sensors)


def _places(
    rng: np.random.Generator, image: np.ndarray, *, count: int, far: float
) -> list[np.ndarray]:
    """Up to `count` places (x, y), no two nearer than `far` pixels, none where nothing is seen."""
    height, width = image.shape[:2]
    low = np.minimum((PATCH / 2, PATCH / 2), (width / 2, height / 2))
    high = np.maximum((width - PATCH / 2, height - PATCH / 2), low + 1e-3)
    found: list[np.ndarray] = []
    for _ in range(_TRIALS):
        place = rng.uniform(low, high)
        col, row = place.astype(int)
        if image[row, col].any() and all(np.hypot(*(place - each)) >= far for each in found):
            found.append(place)
        if len(found) == count:
            break
    return found


def _covered(scene: Scene) -> list[np.ndarray]:
    """For each land cover, the places (n, 2) row, col around which a patch is mostly of it."""
    found = []
    for index in range(len(CLASSES)):
        here = (scene.truth == index).astype(np.float32)
        share = cv2.boxFilter(here, -1, (PATCH, PATCH))[::COARSE, ::COARSE]
        found.append(np.argwhere(share >= _MOSTLY) * COARSE)
    return found
