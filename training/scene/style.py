# SPDX-License-Identifier: GPL-2.0-or-later
"""The character of one scene: climate, colours, sun and camera, all drawn from its seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

_SANDS = (
    (176, 172, 172),
    (192, 188, 186),
    (166, 164, 168),
    (186, 172, 152),
    (204, 200, 198),
    (180, 170, 160),
)
_WATERS = (
    (10, 13, 14),
    (16, 44, 28),
    (20, 32, 24),
    (22, 54, 60),
    (34, 40, 30),
    (14, 26, 40),
    (12, 16, 14),
)
_ROOFS = (
    (214, 210, 204),
    (232, 230, 226),
    (196, 192, 186),
    (170, 168, 168),
    (176, 178, 196),
    (206, 194, 176),
    (138, 136, 138),
    (180, 164, 146),
    (240, 238, 232),
    (148, 150, 168),
)
_TILES = ((168, 110, 84), (152, 98, 78), (140, 108, 94), (180, 130, 98), (112, 100, 97))


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
    sun_azimuth: float  # towards the sun, from x to y (down)
    sun_slope: float  # metres a shadow's ray rises per metre
    shadow: Colour  # share of light left in shadow, per band
    lean: tuple[float, float]  # metres a roof is displaced per metre of height, x and y
    haze: float = 0.0  # share 0..1 of the light that comes from the air
    air: Colour = (180.0, 188.0, 192.0)


def draw_style(rng: np.random.Generator) -> Style:
    """Draw a style; neighbouring seeds differ widely."""
    dryness = float(rng.uniform(0.0, 1.0))
    roofs = [_near(rng, _ROOFS[i], 8) for i in rng.permutation(len(_ROOFS))[:6]]
    tiles = [_near(rng, _TILES[i], 8) for i in rng.permutation(len(_TILES))[:2]]
    dark = float(rng.uniform(48, 84))
    tilt, course = float(rng.choice([0.0, 0.12, 0.28])), rng.uniform(0, 2 * np.pi)
    return Style(
        dryness=dryness,
        sand=_near(rng, _SANDS[rng.integers(len(_SANDS))], 7),
        asphalt=_near(rng, (dark * 1.03, dark * 0.97, dark * 0.98), 2),
        paving=_near(rng, (152, 148, 147), 10),
        leaf=_near(rng, (70 + 12 * dryness, 82 + 8 * dryness, 54 + 12 * dryness), 6),
        lawn=_near(rng, (84 + 28 * dryness, 98 + 14 * dryness, 62 + 20 * dryness), 8),
        water=_near(rng, _WATERS[rng.integers(len(_WATERS))], 4),
        roofs=tuple(roofs),
        tiles=tuple(tiles),
        tiled_share=float(rng.choice([0.05, 0.15, 0.5, 0.85], p=[0.4, 0.3, 0.2, 0.1])),
        sun_azimuth=float(rng.uniform(0, 2 * np.pi)),
        sun_slope=float(rng.uniform(0.9, 2.2)),
        shadow=_near(rng, (0.25, 0.26, 0.31), 0.035),
        lean=(tilt * float(np.cos(course)), tilt * float(np.sin(course))),
    )


def _near(rng: np.random.Generator, colour: Sequence[float], spread: float) -> Colour:
    """Return `colour` moved mostly in brightness, a little in hue."""
    moved = np.asarray(colour) + rng.normal(0, spread) + rng.normal(0, spread / 9, 3)
    return tuple(float(c) for c in np.maximum(moved, 0))


def vary(rng: np.random.Generator, colour: Sequence[float], share: float) -> Colour:
    """Return `colour` with its brightness changed by about `share`."""
    factor = 1 + rng.normal(0, share)
    tint = 1 + rng.normal(0, share / 9, 3)
    return tuple(float(min(max(c * factor * t, 0), 255)) for c, t in zip(colour, tint))


def scaled(colour: Sequence[float], factor: float) -> Colour:
    """Return `colour` made brighter or darker."""
    return tuple(float(min(max(c * factor, 0), 255)) for c in colour)


def mixed(one: Sequence[float], other: Sequence[float], share: float) -> Colour:
    """Return the colour `share` of the way from `one` to `other`."""
    return tuple(float(a + (b - a) * share) for a, b in zip(one, other))
