# SPDX-License-Identifier: GPL-2.0-or-later
"""Textures beyond plain noise: drawn out along a direction, along a line, in patches, in steps."""

from __future__ import annotations

import cv2
import numpy as np


def clouds(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    cell: float,
    octaves: int,
    gain: float = 0.55,
) -> np.ndarray:
    """Return float32 (h, w) noise, mean 0, deviation about 1: octaves from `cell` pixels down.

    Every octave is white noise on a grid finer than its features, blurred: unlike noise on a grid
    as coarse as they are it has no rows and columns, which slanting light would bring out.
    """
    total = np.zeros((2, 2), np.float32)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        size = cell / 2**octave
        if size < 1.0:
            break
        fine = max(size / 2.5, 1.0)
        rows, cols = (max(round(side / fine), 3) for side in shape)
        total = _enlarged(total, (cols, rows))
        grid = rng.standard_normal((rows, cols), dtype=np.float32)
        blur = 0.42 * size / fine  # deviation of the blur in grid points
        grid = cv2.GaussianBlur(grid, (0, 0), blur, borderType=cv2.BORDER_REFLECT_101)
        total += np.float32(weight * max(2 * np.pi**0.5 * blur, 1.0)) * grid
        power += weight**2
        weight *= gain
    return _enlarged(total, shape[::-1]) * np.float32(1.0 / max(power, 1e-6) ** 0.5)


def grains(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> np.ndarray:
    """Return float32 (h, w) noise, mean 0, deviation about 1, of features `cell` pixels wide."""
    return clouds(rng, shape, cell=cell, octaves=1)


def _enlarged(grid: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the grid at another size without creases along its rows and columns."""
    if grid.shape[::-1] == size:
        return grid
    times = max(size[0] / grid.shape[1], 1.0)
    big = cv2.resize(grid, size, interpolation=cv2.INTER_LINEAR)
    return cv2.blur(big, (2 * int(times) - 1 + 2 * (times < 3),) * 2)


def streaks(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    angle: float,
    cell: float,
    stretch: float,
    octaves: int = 4,
) -> np.ndarray:
    """Return float32 (h, w) noise whose features are `cell` wide and `stretch` times as long.

    `angle` is the direction of the long side, radians from the picture's x axis.
    """
    side = int(np.hypot(*shape)) + 2
    small = clouds(rng, (side, max(int(side / stretch), 4)), cell=cell, octaves=octaves)
    centre = ((small.shape[1] - 1) / 2, (side - 1) / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    middle = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    inverse = np.array([[cos / stretch, sin / stretch, 0.0], [-sin, cos, 0.0]])
    inverse[:, 2] = np.array(centre) - inverse[:, :2] @ np.array(middle)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        small, inverse, shape[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )


def along(rng: np.random.Generator, count: int, cell: float, octaves: int = 3) -> np.ndarray:
    """Return float32 (count,) noise, mean 0, deviation about 1, of features `cell` samples long."""
    total, power = np.zeros(count), 0.0
    for octave in range(octaves):
        size = max(cell / 2**octave, 1.0)
        knots = rng.standard_normal(int(count / size) + 3)
        at = np.arange(count) / size + rng.random()
        whole = at.astype(int)
        part = at - whole
        part = part * part * (3 - 2 * part)
        total += 0.6**octave * (knots[whole] * (1 - part) + knots[whole + 1] * part)
        power += 0.36**octave
    return (total * (1.3 / power**0.5)).astype(np.float32)


def ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 0 below `low`, 1 above `high`, a smooth step between."""
    part = np.clip((values - low) / (high - low), 0.0, 1.0)
    return part * part * (3 - 2 * part)


def patches(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    cell: float,
    share: float,
    edge: float,
    octaves: int = 5,
) -> np.ndarray:
    """Return float32 (h, w) in 0..1: patches covering about `share`, their borders `edge` soft."""
    noise = clouds(rng, shape, cell=cell, octaves=octaves, gain=0.6)
    level = float(np.quantile(noise[::4, ::4], 1.0 - share))
    return ramp(noise, level - edge, level + edge)


def terraces(noise: np.ndarray, step: float, sharpness: float) -> np.ndarray:
    """Return the noise as steps `step` high with scarps; `sharpness` 0 keeps it, 1 is a cliff."""
    scaled = noise / np.float32(step)
    whole = np.floor(scaled)
    part = scaled - whole
    width = 1.0 - 0.96 * sharpness
    return (whole + np.clip((part - 0.5) / width + 0.5, 0.0, 1.0)) * np.float32(step)
