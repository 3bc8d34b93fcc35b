# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees, palms, hedges and shrubs, stamped from a few crowns grown once a scene."""
from __future__ import annotations

import cv2
import numpy as np

from .canvas import BUILDING, CANOPY, VEGETATION, WATER, Canvas, Paint, Patch
from .noise import fractal_noise
from .style import Style, vary

_GROWN = 48  # pixels across a grown crown


class Nursery:
    """Grown crowns: float32 (48, 48) with the dome's height 0..1, and 0 outside."""

    def __init__(self, canvas: Canvas, style: Style, rng: np.random.Generator) -> None:
        self._canvas, self._style, self._rng = canvas, style, rng
        self._leafy = [_grow_leafy(rng) for _ in range(12)]
        self._palms = [_grow_palm(rng) for _ in range(6)]

    def tree(self, centre: np.ndarray, radius: float, *, palm: bool = False) -> None:
        """Plant one crown of `radius` metres; not on roofs or water."""
        canvas, rng = self._canvas, self._rng
        size = max(int(round(2 * radius * canvas.scale)), 2)
        row = int(centre[1] * canvas.scale) - size // 2
        col = int(centre[0] * canvas.scale) - size // 2
        if row < 0 or col < 0 or row + size > canvas.shape[0] or col + size > canvas.shape[1]:
            return
        if canvas.label[row + size // 2, col + size // 2] in (BUILDING, WATER):
            return
        crowns = self._palms if palm else self._leafy
        dome = cv2.resize(crowns[rng.integers(len(crowns))], (size, size),
                          interpolation=cv2.INTER_AREA)
        patch = Patch(row, col, dome > 0.12)
        patch = patch.within(canvas.label != BUILDING) if False else patch
        colour = vary(rng, self._style.leaf, 0.14)
        canvas.paint(patch, Paint(colour, VEGETATION, CANOPY))
        base = (1.2 if radius < 1.3 else 2.5) if not palm else 6.0
        window = canvas.height[patch.window]
        window[patch.mask] = base + (radius * 1.1) * dome[patch.mask]

    def scatter(self, points: np.ndarray, radii: tuple[float, float], *, palm: bool = False) -> None:
        """Plant a crown at every point (n, 2)."""
        for point in points:
            self.tree(point, float(self._rng.uniform(*radii)), palm=palm)


def _grow_leafy(rng: np.random.Generator) -> np.ndarray:
    y, x = (np.mgrid[0:_GROWN, 0:_GROWN].astype(np.float32) + 0.5) / (_GROWN / 2) - 1
    bearing = np.arctan2(y, x)
    edge = 0.84 + sum(rng.uniform(0, 0.11) / k**0.5 * np.cos(k * bearing + rng.uniform(0, 6))
                      for k in (2, 3, 5, 7))
    dome = np.sqrt(np.clip(1 - (np.hypot(x, y) / edge) ** 2, 0, 1))
    clumps = fractal_noise(rng, dome.shape, cell=14, octaves=3)
    return np.where(dome > 0, np.clip(dome + 0.16 * clumps, 0.02, 1.4), 0).astype(np.float32)


def _grow_palm(rng: np.random.Generator) -> np.ndarray:
    y, x = (np.mgrid[0:_GROWN, 0:_GROWN].astype(np.float32) + 0.5) / (_GROWN / 2) - 1
    distance, bearing = np.hypot(x, y), np.arctan2(y, x)
    fronds = int(rng.integers(8, 12))
    wave = 0.5 + 0.5 * np.cos(fronds * bearing + rng.uniform(0, 6))
    edge = 0.42 + 0.55 * wave**0.8
    return np.clip((1 - distance / edge) + 0.15, 0, 1).astype(np.float32) * (distance < edge)
