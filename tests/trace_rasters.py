# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters of fractures in memory, cut into strips at will."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Drawn:
    """A Probability in memory: (height, width) float32, read `rows` at a time."""

    pixels: np.ndarray
    rows: int = 1_000_000

    @property
    def shape(self) -> tuple[int, int]:
        return self.pixels.shape

    def strips(self) -> Iterator[tuple[int, np.ndarray]]:
        for first in range(0, len(self.pixels), self.rows):
            yield first, self.pixels[first : first + self.rows].astype(np.float32)


def lines(shape: tuple[int, int], *ends: tuple[float, float, float, float, int]) -> np.ndarray:
    """A mask with lines drawn from x, y to x, y, so many pixels wide."""
    mask = np.zeros(shape, np.uint8)
    for x, y, to_x, to_y, width in ends:
        points = (round(x), round(y)), (round(to_x), round(to_y))
        cv2.line(mask, *points, color=1, thickness=width)
    return mask


def clouds(shape: tuple[int, int], *, rough: float, gaps: float = 0.0, seed: int = 0) -> np.ndarray:
    """Noise from 0 to 1 in patches about `rough` pixels wide; a share of it without a value."""
    random = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(random.random(shape), (0, 0), rough).reshape(shape)
    noise -= noise.min()
    pixels = (noise / max(noise.max(), 1e-9)).astype(np.float32)
    pixels[random.random(shape) < gaps] = np.nan
    return pixels
