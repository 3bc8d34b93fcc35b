# SPDX-License-Identifier: GPL-2.0-or-later
"""Random textures made by enlarging small grids of random numbers."""
from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> np.ndarray:
    """Return float32 (h, w) noise of mean 0 and deviation about 1 whose features span `cell` pixels."""
    height, width = shape
    if cell <= 1.0:
        return rng.standard_normal(shape, dtype=np.float32)
    rows, cols = int(height / cell) + 4, int(width / cell) + 4
    grid = rng.standard_normal((rows, cols), dtype=np.float32)
    big = cv2.resize(grid, (int(cols * cell), int(rows * cell)), interpolation=cv2.INTER_CUBIC)
    top, left = int(rng.integers(int(cell) + 1)), int(rng.integers(int(cell) + 1))
    return big[top : top + height, left : left + width]


def fractal_noise(
    rng: np.random.Generator, shape: tuple[int, int], *, cell: float, octaves: int, gain: float = 0.55
) -> np.ndarray:
    """Return float32 (h, w) noise of mean 0 and deviation about 1: octaves from `cell` pixels down."""
    total = np.zeros(shape, np.float32)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        size = cell / 2**octave
        if size < 1.0:
            break
        total += np.float32(weight) * smooth_noise(rng, shape, size)
        power += weight**2
        weight *= gain
    return total / np.float32(max(power, 1e-6) ** 0.5 * 0.8)
