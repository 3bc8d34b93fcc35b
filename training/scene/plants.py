# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees, palms, hedges and lawns; crowns are stamped from a few grown once a scene."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import BUILDING, CANOPY, LAWN, VEGETATION, WATER, Canvas, Paint, Patch
from .noise import fractal_noise
from .style import Style, mixed, vary

_GROWN = 48  # pixels across a grown crown


@dataclass(frozen=True)
class Nursery:
    """Plants crowns; each grown one is float32 (48, 48): the dome's height 0..1, and 0 outside.

    `dry` is float32 (rows, cols), mean 0, deviation about 1: where the board's grass lacks water.
    `loose`, bool (rows, cols), is where a crown stands that is no crop of its parcel.
    """

    canvas: Canvas
    style: Style
    rng: np.random.Generator
    leafy: tuple[np.ndarray, ...]
    palms: tuple[np.ndarray, ...]
    dry: np.ndarray
    loose: np.ndarray

    @classmethod
    def grown(cls, canvas: Canvas, style: Style, rng: np.random.Generator) -> Nursery:
        """Return a nursery with crowns of its own."""
        leafy = tuple(_grow_leafy(rng) for _ in range(12))
        palms = tuple(_grow_palm(rng) for _ in range(6))
        dry = fractal_noise(rng, canvas.shape, cell=18 * canvas.scale, octaves=4)
        return cls(canvas, style, rng, leafy, palms, dry, np.zeros(canvas.shape, bool))

    def tree(
        self, centre: np.ndarray, radius: float, *, palm: bool = False, crop: bool = False
    ) -> None:
        """Plant one crown of `radius` metres, unless its foot is on a roof or in water.

        On green ground it is of the thing it stands in until crowns are counted, see `groves`.
        """
        canvas, rng = self.canvas, self.rng
        size = max(round(2 * radius * canvas.scale), 2)
        foot_row, foot_col = int(centre[1] * canvas.scale), int(centre[0] * canvas.scale)
        row, col = foot_row - size // 2, foot_col - size // 2
        if row < 0 or col < 0 or row + size > canvas.shape[0] or col + size > canvas.shape[1]:
            return
        if canvas.label[foot_row, foot_col] in (BUILDING, WATER):
            return
        green = canvas.label[foot_row, foot_col] == VEGETATION
        thing = canvas.things[foot_row, foot_col] if green else 0
        crowns = self.palms if palm else self.leafy
        dome = cv2.resize(
            crowns[rng.integers(len(crowns))], (size, size), interpolation=cv2.INTER_AREA
        )
        patch = Patch(row, col, dome > 0.12)
        canvas.paint(patch, Paint(vary(rng, self.style.leaf, 0.16), VEGETATION, CANOPY))
        canvas.things[patch.window][patch.mask] = thing
        self.loose[patch.window][patch.mask] = not crop
        trunk = 5.0 if palm else min(0.6 * radius, 2.5)
        canvas.height[patch.window][patch.mask] = trunk + radius * 0.9 * dome[patch.mask]

    def scatter(
        self,
        points: np.ndarray,
        radii: tuple[float, float],
        *,
        palm: bool = False,
        crop: bool = False,
    ) -> None:
        """Plant a crown at every point (n, 2); as a `crop` they are of their parcel for ever."""
        for point in points:
            self.tree(point, float(self.rng.uniform(*radii)), palm=palm, crop=crop)

    def lawn(self, patch: Patch, *, care: float) -> None:
        """Sow a lawn on the free part of a patch as one thing."""
        with self.canvas.one_thing():
            self.grass(patch, care=care)

    def grass(self, patch: Patch, *, care: float) -> None:
        """Sow grass on the free part of a patch; the less `care` 0..1, the more of it is dry."""
        patch = patch.within(self.canvas.free)
        green = np.array(vary(self.rng, self.style.lawn, 0.07))
        straw = np.array(mixed(green, self.style.sand, 0.55))
        parched = np.clip(self.dry[patch.window][patch.mask] * 0.5 + 0.55 - care, 0, 1)[:, None]
        self.canvas.paint(patch, Paint(green + (straw - green) * parched, VEGETATION, LAWN))

    def hedge(self, line: np.ndarray, width: float) -> None:
        """Grow a hedge `width` metres wide."""
        self.canvas.stroke(
            line, width, Paint(vary(self.rng, self.style.leaf, 0.08), VEGETATION, CANOPY, 1.5)
        )


def _grow_leafy(rng: np.random.Generator) -> np.ndarray:
    y, x = (np.mgrid[0:_GROWN, 0:_GROWN].astype(np.float32) + 0.5) / (_GROWN / 2) - 1
    bearing = np.arctan2(y, x)
    edge = 0.84 + sum(
        rng.uniform(0, 0.11) / k**0.5 * np.cos(k * bearing + rng.uniform(0, 6))
        for k in (2, 3, 5, 7)
    )
    dome = np.sqrt(np.clip(1 - (np.hypot(x, y) / edge) ** 2, 0, 1))
    clumps = fractal_noise(rng, dome.shape, cell=14, octaves=3)
    return np.where(dome > 0, np.clip(dome + 0.16 * clumps, 0.02, 1.4), 0).astype(np.float32)


def _grow_palm(rng: np.random.Generator) -> np.ndarray:
    y, x = (np.mgrid[0:_GROWN, 0:_GROWN].astype(np.float32) + 0.5) / (_GROWN / 2) - 1
    distance, bearing = np.hypot(x, y), np.arctan2(y, x)
    wave = 0.5 + 0.5 * np.cos(int(rng.integers(8, 12)) * bearing + rng.uniform(0, 6))
    edge = 0.42 + 0.55 * wave**0.8
    return np.clip((1 - distance / edge) + 0.15, 0, 1).astype(np.float32) * (distance < edge)
