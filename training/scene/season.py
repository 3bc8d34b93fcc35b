# SPDX-License-Identifier: GPL-2.0-or-later
"""What the time of year does to a temperate country: the tones of its plants, soils and light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .style import Colour, Style, mixed, vary

# Tones as aerial pictures of temperate country show them, in full sun: RGB 0..255.
_BROAD = {
    "summer": ((92, 114, 82), (80, 104, 74), (104, 122, 90), (74, 98, 70), (90, 114, 74)),
    "autumn": ((122, 112, 74), (138, 108, 70), (100, 110, 72), (142, 126, 78), (92, 106, 72)),
    "leafless": ((130, 118, 108), (120, 111, 100), (138, 127, 115), (112, 104, 98)),
    "dry": ((102, 114, 82), (112, 118, 88), (92, 106, 76)),
}
_GRASS = {
    "summer": ((110, 136, 92), (98, 126, 84), (122, 136, 98), (128, 146, 100), (92, 130, 82)),
    "autumn": ((124, 134, 94), (138, 138, 100), (110, 126, 86)),
    "leafless": ((152, 142, 112), (140, 136, 104), (128, 132, 96), (162, 150, 120)),
    "dry": ((176, 162, 120), (164, 152, 112), (150, 146, 106), (184, 166, 126)),
}
_CROPS = {
    "summer": (
        (81, 108, 81),
        (90, 121, 87),
        (103, 134, 98),
        (70, 90, 70),
        (62, 84, 64),
        (76, 122, 82),
        (122, 146, 94),
    ),
    "autumn": ((142, 156, 88), (160, 158, 94), (112, 122, 82), (90, 116, 82), (128, 126, 84)),
    "leafless": ((98, 128, 84), (86, 118, 80), (112, 130, 90)),
    "dry": ((88, 114, 82), (104, 126, 88), (132, 142, 92), (74, 96, 72)),
}
_GROWING = {"summer": 0.8, "autumn": 0.5, "leafless": 0.3, "dry": 0.5}
_NEEDLE = ((62, 82, 64), (54, 74, 60), (70, 88, 66))
_SOILS = (
    (201, 189, 164),
    (151, 130, 101),
    (161, 155, 142),
    (174, 148, 118),
    (134, 116, 98),
    (104, 90, 80),
    (84, 72, 66),
    (182, 140, 108),
)
_STRAW = ((196, 178, 136), (184, 168, 126), (170, 152, 116))
_WATERS = (
    (30, 36, 44),
    (48, 46, 48),
    (22, 28, 28),
    (14, 17, 18),
    (38, 50, 40),
    (92, 120, 84),
    (74, 90, 64),
    (98, 112, 74),
    (112, 118, 90),
    (78, 76, 62),
    (68, 58, 54),
    (34, 52, 70),
    (58, 78, 74),
    (104, 98, 80),
)
_ROOFS = (
    (150, 146, 142),
    (118, 112, 108),
    (96, 92, 92),
    (172, 166, 158),
    (132, 116, 102),
    (206, 204, 200),
    (140, 98, 84),
    (110, 120, 132),
)
_TILES = (
    (158, 92, 72),
    (146, 104, 84),
    (112, 94, 84),
    (98, 94, 94),
    (128, 122, 118),
    (172, 116, 88),
    (84, 78, 78),
)
_TARMACS = (72.0, 98.0, 128.0, 158.0, 190.0)
SEASONS = tuple(_BROAD)


@dataclass(frozen=True)
class Season:
    """Tones are RGB 0..255; `growing` is the share of fields in crop; `bare` 0..1 of the leaves
    are off the broadleaf trees; `waters` is one tone for every body of water that may come.
    """

    name: str
    broad: tuple[Colour, ...]
    needle: tuple[Colour, ...]
    grass: tuple[Colour, ...]
    crops: tuple[Colour, ...]
    soils: tuple[Colour, ...]
    straw: tuple[Colour, ...]
    waters: tuple[Colour, ...]
    growing: float
    bare: float


def draw_season(rng: np.random.Generator) -> Season:
    """Draw a season; every second one is summer, when most pictures are taken."""
    name = str(rng.choice(SEASONS, p=[0.52, 0.16, 0.16, 0.16]))
    cast = 1 + rng.normal(0, 0.02, 3)
    some = {
        key: tuple(
            vary(rng, np.array(tones[index]) * cast, 0.05)
            for index in rng.permutation(len(tones))[:count]
        )
        for key, tones, count in (
            ("broad", _BROAD[name], 3),
            ("needle", _NEEDLE, 2),
            ("grass", _GRASS[name], 3),
            ("crops", _CROPS[name], 4),
            ("soils", _SOILS, 3),
            ("straw", _STRAW, 2),
            ("waters", _WATERS, 5),
        )
    }
    bare = float(rng.uniform(0.7, 1.0)) if name == "leafless" else 0.0
    return Season(name=name, growing=_GROWING[name], bare=bare, **some)


def temperate_style(rng: np.random.Generator, season: Season) -> Style:
    """Draw the style of a temperate scene: its roofs, roads, light and haze."""
    tone = _TARMACS[rng.integers(len(_TARMACS))] * rng.uniform(0.9, 1.1)
    tilt, course = float(rng.choice([0.0, 0.08, 0.2])), rng.uniform(0, 2 * np.pi)
    shade = rng.uniform(0.34, 0.56)
    hazy = rng.random() < 0.35
    return Style(
        dryness=0.15,
        sand=mixed(season.soils[0], (176, 171, 160), 0.65),
        asphalt=vary(rng, (tone, tone * 0.99, tone * 0.96), 0.03),
        paving=vary(rng, (172, 166, 152), 0.08),
        leaf=season.broad[0],
        lawn=season.grass[0],
        water=season.waters[0],
        roofs=tuple(vary(rng, _ROOFS[i], 0.06) for i in rng.permutation(len(_ROOFS))[:5]),
        tiles=tuple(vary(rng, _TILES[i], 0.06) for i in rng.permutation(len(_TILES))[:4]),
        tiled_share=0.8,
        sun_azimuth=float(rng.uniform(0, 2 * np.pi)),
        sun_slope=float(rng.uniform(0.75, 2.0)),
        shadow=vary(rng, (shade * 0.97, shade, shade * 1.1), 0.03),
        lean=(tilt * float(np.cos(course)), tilt * float(np.sin(course))),
        haze=float(rng.uniform(0.08, 0.3)) if hazy else float(rng.uniform(0.03, 0.13)),
        air=vary(rng, (172, 186, 190), 0.06),
    )
