# SPDX-License-Identifier: GPL-2.0-or-later
"""How the straight lines of a plan lie on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bend:
    """Maps plan points (u, v) to the ground (x, y), both metres: a turn and a few long waves."""

    centre: tuple[float, float]
    angle: float
    waves: tuple[tuple[float, float, float, float, float], ...]  # ku, kv, du, dv, phase
    swapped: bool = False  # u and v change places: a block's long side can always be u

    def ground(self, uv: np.ndarray) -> np.ndarray:
        """Return the ground points (n, 2) of plan points (n, 2)."""
        source = np.asarray(uv, np.float64)[:, :: -1 if self.swapped else 1]
        moved = source.copy()
        for ku, kv, du, dv, phase in self.waves:
            moved += np.sin(source @ (ku, kv) + phase)[:, None] * (du, dv)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return moved @ np.array([[cos, sin], [-sin, cos]]) + self.centre

    def heading(self, u: float, v: float) -> float:
        """Return the ground angle of the plan's u axis at a point, radians."""
        a, b = self.ground(np.array([[u - 2, v], [u + 2, v]]))
        return float(np.arctan2(b[1] - a[1], b[0] - a[0]))


def draw_bend(rng: np.random.Generator, extent: tuple[float, float]) -> Bend:
    """Draw a bend, none to strong, about the middle of `extent` (width, height in metres)."""
    strength = float(rng.choice([0.0, 0.15, 0.32], p=[0.25, 0.4, 0.35]))
    waves = []
    for _ in range(3):
        length, course, side = rng.uniform(300, 900), *rng.uniform(0, 2 * np.pi, 2)
        k = 2 * np.pi / length
        swing = strength / k * rng.uniform(0.4, 0.8)
        waves.append(
            (
                k * np.cos(course),
                k * np.sin(course),
                swing * np.cos(side),
                swing * np.sin(side),
                rng.uniform(0, 2 * np.pi),
            )
        )
    return Bend((extent[0] / 2, extent[1] / 2), float(rng.uniform(0, np.pi)), tuple(waves))
