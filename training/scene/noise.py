# SPDX-License-Identifier: GPL-2.0-or-later
"""Random textures made by enlarging small grids of random numbers."""

from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> np.ndarray:
    """Return float32 (h, w) noise, mean 0, deviation about 1, of features `cell` pixels wide."""
    height, width = shape
    if cell <= 1.0:
        return rng.standard_normal(shape, dtype=np.float32)
    rows, cols = int(height / cell) + 4, int(width / cell) + 4
    grid = rng.standard_normal((rows, cols), dtype=np.float32)
    big = cv2.resize(grid, (int(cols * cell), int(rows * cell)), interpolation=cv2.INTER_CUBIC)
    top, left = int(rng.integers(int(cell) + 1)), int(rng.integers(int(cell) + 1))
    return big[top : top + height, left : left + width]


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    cell: float,
    octaves: int,
    gain: float = 0.55,
) -> np.ndarray:
    """Return float32 (h, w) noise, mean 0, deviation about 1: octaves from `cell` pixels down.

    Coarse to fine: every octave is added to the enlarged sum of the coarser ones, so that all of
    them together cost little more than the finest.
    """
    total = np.zeros((1, 1), np.float32)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        size = cell / 2**octave
        if size < 1.0:
            break
        rows, cols = (max(round(side / size), 2) for side in shape)
        total = cv2.resize(total, (cols, rows), interpolation=cv2.INTER_CUBIC)
        total += np.float32(weight) * rng.standard_normal((rows, cols), dtype=np.float32)
        power += weight**2
        weight *= gain
    total = cv2.resize(total, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return total * np.float32(1.25 / max(power, 1e-6) ** 0.5)
