# SPDX-License-Identifier: GPL-2.0-or-later
"""Batches of tiles for one step: a pure function of the tiles, the recipe, the seed, the step."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cutmix import rectangle
from ..data.eurosat import CLASSES, SIDE, Tiles
from .config import Stage, TileAugment


@dataclass(frozen=True)
class TileBatch:
    """images (N, size, size, 3) uint8, shares (N, classes) float32 that sum to 1 each, and the
    numbers (N,) of the tiles."""

    images: NDArray[np.uint8]
    shares: NDArray[np.float32]
    numbers: NDArray[np.intp]


def jittered(rng: np.random.Generator, image: NDArray[np.uint8], how: TileAugment) -> np.ndarray:
    """Another light and another stretch: gain and offset of every band, gamma."""
    gain = rng.normal(1, how.gain) * rng.normal(1, how.gain / 2, 3)
    offset = rng.normal(0, how.offset) + rng.normal(0, how.offset / 2, 3)
    gamma = np.exp(rng.normal(0, how.gamma))
    ramp = np.linspace(0, 1, 256)[:, None] ** gamma * 255
    table = np.clip(ramp * gain + offset, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table[None])


def warped(
    rng: np.random.Generator,
    image: NDArray[np.uint8],
    side: int,
    *,
    zoom: int,
    how: TileAugment,
) -> np.ndarray:
    """A part of `side` tile pixels in one of its eight symmetries, scaled and moved a little.

    (side * zoom, side * zoom, 3). Law: without scale, shift and turn, at zoom 1 and the tile's
    own side, the pixels only change places.
    """
    size = side * zoom
    scale = 2.0 ** rng.uniform(-how.scale_octaves, how.scale_octaves) / zoom
    angle = rng.integers(4) * np.pi / 2 + rng.normal(0, how.turn)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    reach = how.shift + (SIDE - side) / 2
    centre = (SIDE - 1) / 2 + rng.uniform(-reach, reach, 2)
    move = centre - linear @ np.full(2, (size - 1) / 2)
    return cv2.warpAffine(
        image,
        np.column_stack([linear, move]),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


class TileSampler:
    """Draws batches; an epoch sees every tile once, and hard ones more often.

    `batch(step)` depends on the step and `hardness` alone, so that a resumed run sees the same.
    """

    def __init__(self, tiles: Tiles, stage: Stage, *, seed: int) -> None:
        self.tiles, self.stage, self.seed = tiles, stage, seed
        self.hardness: NDArray[np.float32] = np.zeros(len(tiles), np.float32)
        """Chance of each tile to come twice in an epoch, (N,)."""
        self._shares = np.eye(len(CLASSES), dtype=np.float32)[tiles.labels]

    @property
    def steps_an_epoch(self) -> int:
        return max(1, len(self.tiles) // self.stage.batch)

    @property
    def steps(self) -> int:
        """Of the whole stage."""
        return self.steps_an_epoch * self.stage.epochs

    def _chosen(self, step: int) -> NDArray[np.intp]:
        epoch, place = divmod(step, self.steps_an_epoch)
        rng = np.random.default_rng((self.seed, epoch))
        count, size = len(self.tiles), self.stage.batch
        twice = np.flatnonzero(rng.random(count) < self.hardness)
        order = rng.permutation(np.concatenate([np.arange(count), twice]))
        return order[place * size : (place + 1) * size]

    def batch(self, step: int) -> TileBatch:
        """The batch of a step: parts of tiles at first, whole ones later."""
        stage, how = self.stage, self.stage.augment
        rng = np.random.default_rng((self.seed, 1, step))
        side = stage.early_side if step < stage.early_share * self.steps else SIDE
        chosen = self._chosen(step)
        images = np.stack(
            [
                jittered(
                    rng, warped(rng, self.tiles.images[i], side, zoom=stage.zoom, how=how), how
                )
                for i in chosen
            ]
        )
        return _pasted(rng, TileBatch(images, self._shares[chosen], chosen), how.paste_share)


def _pasted(rng: np.random.Generator, batch: TileBatch, share: float) -> TileBatch:
    """A rectangle of the next tile in a share of the tiles."""
    images, shares = batch.images.copy(), batch.shares.copy()
    side = images.shape[1]
    for index in range(len(images)):
        if rng.random() >= share:
            continue
        pasted, other = rectangle(rng, side), (index + 1) % len(images)
        where = pasted.slices()
        images[index][where] = batch.images[other][where]
        part = pasted.pixels / side**2
        shares[index] = (1 - part) * batch.shares[index] + part * batch.shares[other]
    return TileBatch(images, shares, batch.numbers)
