# SPDX-License-Identifier: GPL-2.0-or-later
"""The blocks that joints cut the rock into: each lies, weathers and breaks in its own way."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .looks import Look
from .noise import clouds


@dataclass(frozen=True)
class Blocks:
    """Which block each pixel is of, and how much blocks differ from one another."""

    areas: np.ndarray  # (h, w) int32, from 0
    count: int
    unlike: float  # 0: all alike; 1: as unlike as blocks get

    def vary(self, rng: np.random.Generator, deviation: float) -> np.ndarray:
        """Return a factor (h, w) float32 that differs from block to block, 1 in the middle."""
        factors = np.exp(rng.normal(0.0, deviation * self.unlike, self.count))
        return factors.astype(np.float32)[self.areas]

    def raise_and_lean(self, rng: np.random.Generator) -> np.ndarray:
        """Return heights (h, w) float32, pixels: blocks set forward or back, and tilted."""
        shape = self.areas.shape
        rise = rng.normal(0.0, 3.5 * self.unlike, self.count).astype(np.float32)
        lean = rng.normal(0.0, 0.13 * self.unlike, (2, self.count)).astype(np.float32)
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        near = np.float32(0.3) * clouds(rng, shape, cell=shape[0] / 2, octaves=2)
        return (
            rise[self.areas] * (1 + near)
            + lean[0][self.areas] * (x - shape[1] / 2)
            + lean[1][self.areas] * (y - shape[0] / 2)
        )


def part_blocks(looks: tuple[Look, ...], shape: tuple[int, int], unlike: float) -> Blocks:
    """Find the blocks between joints; veins and dykes hold the rock together."""
    free = np.ones(shape, np.uint8)
    for look in looks:
        if look.kind not in ("vein", "dyke"):
            course = [np.round(look.joint.points).astype(np.int32)]
            cv2.polylines(free, course, isClosed=False, color=0, thickness=2)
    _, areas = cv2.distanceTransformWithLabels(
        1 - free, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_CCOMP
    )
    return Blocks(areas, int(areas.max()) + 1, unlike)
