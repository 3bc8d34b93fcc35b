# SPDX-License-Identifier: GPL-2.0-or-later
"""Batches of tiles for one step: a pure function of the tiles, the recipe, the seed, the step."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .config import TileAugment
from .data import CLASSES, SIDE, Tiles


@dataclass(frozen=True)
class TileBatch:
    """images (N, size, size, 3) uint8, shares (N, classes) float32 that sum to 1, tile numbers."""

    images: NDArray[np.uint8]
    shares: NDArray[np.float32]


def jittered(rng: np.random.Generator, image: NDArray[np.uint8], how: TileAugment) -> np.ndarray:
    """Another light and another stretch: gain and offset of every band, gamma."""
    gain = rng.normal(1, how.gain) * rng.normal(1, how.gain / 2, 3)
    offset = rng.normal(0, how.offset) + rng.normal(0, how.offset / 2, 3)
    gamma = np.exp(rng.normal(0, how.gamma))
    ramp = np.linspace(0, 1, 256)[:, None] ** gamma * 255
    table = np.clip(ramp * gain + offset, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table[None])


def warped(
    rng: np.random.Generator, image: NDArray[np.uint8], size: int, how: TileAugment
) -> np.ndarray:
    """One of the eight symmetries, scaled and moved a little, as (size, size, 3).

    Law: without scale, shift and turn, and at the tile's own size, the pixels only change places.
    """
    scale = SIDE / size * 2.0 ** rng.uniform(-how.scale_octaves, how.scale_octaves)
    angle = rng.integers(4) * np.pi / 2 + rng.normal(0, how.turn)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    centre = (SIDE - 1) / 2 + rng.uniform(-how.shift, how.shift, 2)
    move = centre - linear @ np.full(2, (size - 1) / 2)
    return cv2.warpAffine(
        image,
        np.column_stack([linear, move]),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


class TileSampler:
    """Draws batches; an epoch sees every tile once, hard ones more often.

    `shares` (N, classes) says what each tile shows: one class, or a teacher's opinion of it.
    `hardness` (N,) is how much a tile's weight is raised above 1; empty at first.
    """

    def __init__(
        self, tiles: Tiles, shares: NDArray[np.float32], how: TileAugment, *, batch: int, seed: int
    ) -> None:
        self.tiles, self.shares, self.how = tiles, shares, how
        self.size, self.seed = batch, seed
        self.hardness: NDArray[np.float64] = np.zeros(0)

    @property
    def steps_an_epoch(self) -> int:
        return len(self.tiles) // self.size

    def _chosen(self, step: int) -> NDArray[np.intp]:
        epoch, place = divmod(step, self.steps_an_epoch)
        rng = np.random.default_rng((self.seed, epoch))
        count = len(self.tiles)
        order = rng.permutation(count)
        if self.hardness.size:
            extra = rng.random(count) < self.hardness
            order = rng.permutation(np.concatenate([order, np.flatnonzero(extra)]))
        return order[place * self.size : (place + 1) * self.size]

    def batch(self, step: int, *, side: int = SIDE) -> TileBatch:
        """The batch of a step, at `side` pixels."""
        rng = np.random.default_rng((self.seed, 1, step))
        chosen = self._chosen(step)
        images = np.stack(
            [jittered(rng, warped(rng, self.tiles.images[i], side, self.how), self.how)
             for i in chosen]
        )  # fmt: skip
        return _pasted(rng, TileBatch(images, self.shares[chosen]), self.how.paste_share)


def _pasted(rng: np.random.Generator, batch: TileBatch, share: float) -> TileBatch:
    """A rectangle of the next tile in a share of the tiles (CutMix, Yun et al. 2019)."""
    images, shares = batch.images.copy(), batch.shares.copy()
    side = images.shape[1]
    for index in range(len(images)):
        if rng.random() >= share:
            continue
        height, width = rng.integers(side // 4, 3 * side // 4, 2)
        top, left = rng.integers(0, side - height), rng.integers(0, side - width)
        other = (index + 1) % len(images)
        where = slice(top, top + height), slice(left, left + width)
        images[index][where] = batch.images[other][where]
        part = height * width / side**2
        shares[index] = (1 - part) * batch.shares[index] + part * batch.shares[other]
    return TileBatch(images, shares)


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """(N,) class numbers as (N, classes) shares."""
    return np.eye(len(CLASSES), dtype=np.float32)[labels]
