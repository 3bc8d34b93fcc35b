# SPDX-License-Identifier: GPL-2.0-or-later
"""The character of one scene: climate, colours, sun and camera, all drawn from its seed."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

_SANDS = ((190, 182, 174), (206, 197, 190), (176, 168, 166), (196, 178, 150), (214, 208, 206))
_WATERS = ((14, 20, 18), (20, 62, 38), (24, 44, 30), (30, 74, 84), (40, 48, 34), (18, 34, 52))
_ROOFS = (
    (226, 222, 214), (238, 236, 232), (206, 202, 196), (178, 174, 172), (196, 196, 212),
    (216, 204, 184), (150, 148, 150), (188, 170, 150), (246, 242, 232), (160, 162, 184),
)
_TILES = ((196, 108, 62), (170, 92, 66), (150, 104, 84), (206, 132, 80), (112, 96, 92))


@dataclass(frozen=True)
class Style:
    """Colours are RGB 0..255, angles radians, `dryness` 0 (green town) .. 1 (desert town)."""

    dryness: float
    sand: Colour
    asphalt: Colour
    paving: Colour
    leaf: Colour
    lawn: Colour
    water: Colour
    roofs: tuple[Colour, ...]
    tiles: tuple[Colour, ...]
    tiled_share: float
    sun_azimuth: float
    sun_slope: float
    shadow: Colour


def draw_style(rng: np.random.Generator) -> Style:
    """Draw a style; neighbouring seeds differ widely."""
    dryness = float(rng.uniform(0.0, 1.0))
    roofs = [_near(rng, _ROOFS[i], 8) for i in rng.permutation(len(_ROOFS))[:6]]
    tiles = [_near(rng, _TILES[i], 10) for i in rng.permutation(len(_TILES))[:2]]
    dark = float(rng.uniform(46, 92))
    return Style(
        dryness=dryness,
        sand=_near(rng, _SANDS[rng.integers(len(_SANDS))], 8),
        asphalt=_near(rng, (dark * 1.03, dark * 0.98, dark), 3),
        paving=_near(rng, (172, 166, 160), 14),
        leaf=_near(rng, (54 + 16 * dryness, 66 + 10 * dryness, 42 + 12 * dryness), 8),
        lawn=_near(rng, (84 + 34 * dryness, 104 + 16 * dryness, 62 + 22 * dryness), 10),
        water=_near(rng, _WATERS[rng.integers(len(_WATERS))], 6),
        roofs=tuple(roofs),
        tiles=tuple(tiles),
        tiled_share=float(rng.choice([0.05, 0.15, 0.5, 0.85], p=[0.4, 0.3, 0.2, 0.1])),
        sun_azimuth=float(rng.uniform(0, 2 * np.pi)),
        sun_slope=float(rng.uniform(0.9, 2.2)),
        shadow=_near(rng, (0.26, 0.28, 0.36), 0.04),
    )


def _near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """Return `colour` moved mostly in brightness, a little in hue."""
    moved = np.asarray(colour) + rng.normal(0, spread) + rng.normal(0, spread / 4, 3)
    return tuple(float(c) for c in np.maximum(moved, 0))


def vary(rng: np.random.Generator, colour: Colour, share: float) -> Colour:
    """Return `colour` with its brightness changed by about `share`."""
    factor = 1 + rng.normal(0, share)
    tint = 1 + rng.normal(0, share / 5, 3)
    return tuple(float(min(max(c * factor * t, 0), 255)) for c, t in zip(colour, tint))
