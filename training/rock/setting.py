# SPDX-License-Identifier: GPL-2.0-or-later
"""What a picture is of: the kind of view, the rock, how rough it is; drawn before all else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VIEWS = ("face", "slab", "hand", "land")
VIEW_WEIGHTS = (0.74, 0.13, 0.07, 0.06)


@dataclass(frozen=True)
class Rock:
    """One kind of rock: its colours (sRGB 0..255) and how strongly each texture shows."""

    name: str
    colours: tuple[tuple[int, int, int], ...]
    grain: float  # contrast of single grains
    speckle: float  # share of dark minerals
    banding: float  # contrast of layers
    foliation: float  # contrast of fine parallel texture
    rough: float  # of its broken surface


ROCKS = (
    Rock(
        "sandstone", ((186, 165, 138), (160, 138, 112), (168, 158, 146)), 0.09, 0.02, 0.25, 0, 0.6
    ),
    Rock("grey sandstone", ((150, 146, 140), (128, 126, 124)), 0.1, 0.03, 0.15, 0.05, 0.6),
    Rock("red sandstone", ((160, 112, 90), (146, 100, 84)), 0.09, 0.02, 0.4, 0, 0.6),
    Rock("granite", ((178, 170, 162), (184, 158, 144), (160, 160, 160)), 0.16, 0.16, 0.0, 0, 0.7),
    Rock("diorite", ((128, 130, 128), (110, 114, 112)), 0.2, 0.3, 0.0, 0, 0.7),
    Rock("limestone", ((192, 188, 178), (170, 170, 166)), 0.05, 0.01, 0.2, 0, 0.5),
    Rock("basalt", ((92, 90, 88), (74, 74, 76)), 0.07, 0.03, 0.0, 0, 0.8),
    Rock("gneiss", ((164, 158, 150), (140, 136, 132)), 0.12, 0.1, 0.8, 0.3, 0.6),
    Rock("schist", ((136, 134, 124), (118, 118, 112)), 0.1, 0.05, 0.3, 0.6, 0.9),
    Rock("slate", ((104, 108, 114), (88, 94, 98)), 0.04, 0.0, 0.2, 0.3, 0.5),
    Rock("quartzite", ((200, 192, 182), (186, 176, 172)), 0.06, 0.01, 0.2, 0.05, 0.6),
    Rock("mudstone", ((142, 128, 112), (120, 108, 98)), 0.04, 0.0, 0.5, 0.1, 0.5),
)


@dataclass(frozen=True)
class Setting:
    """The choices that the whole picture shares."""

    view: str
    rock: Rock
    size: int
    grain: float  # pixels, size of a grain
    rough: float  # slope of the small relief
    bulge: float  # slope of the large relief
    layering: float  # radians, direction of bedding and foliation
    fall: float  # radians, direction in which water runs down


def draw_setting(rng: np.random.Generator, size: int) -> Setting:
    """Draw what the picture is of."""
    view = VIEWS[int(rng.choice(len(VIEWS), p=VIEW_WEIGHTS))]
    rock = ROCKS[int(rng.integers(len(ROCKS)))]
    tight = {"face": 1.0, "slab": 0.7, "hand": 0.35, "land": 0.5}[view]
    upright = view == "face" and rng.random() < 0.85
    fall = np.pi / 2 + rng.normal(0, 0.12) if upright else rng.uniform(0, 2 * np.pi)
    level = rng.normal(0, 0.2) if rng.random() < 0.5 else rng.uniform(0, np.pi)
    return Setting(
        view,
        rock,
        size,
        float(np.exp(rng.normal(0.5, 0.5))),
        float(rock.rough * tight * np.exp(rng.normal(-0.6, 0.55))),
        float(tight * np.exp(rng.normal(-1.5, 0.75))),
        float(level),
        float(fall),
    )
