# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields: crop in rows, ploughed soil and stubble, meadows, each with its tracks and patches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import CROP, GRASS, LAND, SOIL, VEGETATION, Canvas, Paint, Patch
from .noise import fractal_noise
from .season import Season
from .style import Colour, mixed, scaled, vary


@dataclass(frozen=True)
class Country:
    """What all fields of a scene share: float32 noises (rows, cols), mean 0, deviation about 1."""

    canvas: Canvas
    season: Season
    swell: np.ndarray  # wet hollows and dry knolls, some 60 m wide
    mottle: np.ndarray  # tufts, some 6 m wide
    valley: np.ndarray  # where rain runs off, smooth over 100 m

    @classmethod
    def of(cls, canvas: Canvas, season: Season, rng: np.random.Generator) -> Country:
        """Return a country with relief of its own."""
        swell = fractal_noise(rng, canvas.shape, cell=75 * canvas.scale, octaves=5, gain=0.6)
        mottle = fractal_noise(rng, canvas.shape, cell=7 * canvas.scale, octaves=3, gain=0.7)
        valley = fractal_noise(rng, canvas.shape, cell=110 * canvas.scale, octaves=2)
        return cls(canvas, season, swell, mottle, valley)

    def paint(self, patch: Patch, tone: np.ndarray, paint: Paint) -> None:
        """Paint the patch in a tone float32 (h, w, 3) of its own shape."""
        window = self.canvas.colour[patch.window]
        window[patch.mask] = np.clip(tone[patch.mask], 0, 255)
        self.canvas.paint(patch, paint)


def lay_meadow(country: Country, patch: Patch, rng: np.random.Generator, *, rough: float) -> None:
    """Grow grass: two tones in patches, mottled as much as `rough` 0..1 says."""
    season, window = country.season, patch.window
    grass = season.grass
    one = np.array(vary(rng, grass[rng.integers(len(grass))], 0.06))
    other = np.array(mixed(grass[rng.integers(len(grass))], season.straw[0], rng.uniform(0, 0.5)))
    blend = country.swell[window] * rng.uniform(-0.5, 0.5) + 0.3 * rough * country.mottle[window]
    share = np.clip(blend + rng.uniform(0.1, 0.5), 0, 1)[..., None]
    tone = one + (other - one) * share
    tone *= 1 + (0.015 + 0.05 * rough) * country.mottle[window][..., None]
    country.paint(patch, tone, Paint(None, VEGETATION, GRASS, 0.0))


def lay_field(country: Country, patch: Patch, heading: float, rng: np.random.Generator) -> None:
    """Till a field along `heading` (radians): crop, bare soil, stubble, or a mown meadow."""
    if not patch.mask.any():
        return
    season = country.season
    draw = rng.random()
    if draw < season.growing * 0.8:
        crop = season.crops[rng.integers(len(season.crops))]
        other = mixed(crop, season.soils[0], rng.uniform(0, 0.22))
        _till(country, patch, heading, rng, (crop, other, 0.02), Paint(None, VEGETATION, CROP, 0.4))
        if rng.random() < 0.6:
            _tramlines(country, patch, heading, rng, scaled(crop, rng.uniform(0.86, 1.2)))
    elif draw < season.growing:
        lay_meadow(country, patch, rng, rough=0.3)
        _shade(country, patch, _bouts(country, patch, heading, rng, rng.uniform(6, 14)), 0.05)
    else:
        bare = season.soils if rng.random() < 0.6 else season.straw
        soil = vary(rng, bare[rng.integers(len(bare))], 0.06)
        other = scaled(soil, rng.uniform(0.72, 1.12))
        _till(country, patch, heading, rng, (soil, other, 0.035), Paint(None, LAND, SOIL, 0.0))
    if rng.random() < 0.15:
        _waterway(country, patch, rng)


def _till(
    country: Country,
    patch: Patch,
    heading: float,
    rng: np.random.Generator,
    tones: tuple[Colour, Colour, float],
    paint: Paint,
) -> None:
    """Lay two tones after the swell of the ground, and over them the bouts of the machine."""
    one, other, depth = np.array(tones[0]), np.array(tones[1]), tones[2]
    swell = country.swell[patch.window]
    share = np.clip(rng.uniform(0.1, 0.7) * (swell + rng.normal(0, 0.6)), 0, 1)[..., None]
    tone = vary(rng, one, 0.05) + (other - one) * share
    tone = tone * (1 + rng.uniform(0.0, 0.03) * swell[..., None])
    country.paint(patch, tone, paint)
    _shade(country, patch, _bouts(country, patch, heading, rng, rng.uniform(4, 18)), depth)
    if rng.random() < 0.6:
        _shade(country, patch, _bouts(country, patch, heading, rng, rng.uniform(0.9, 2.5)), depth)


def _across(country: Country, patch: Patch, heading: float, swing: float) -> np.ndarray:
    """Return metres across the rows float32 (h, w), the rows bent by `swing` metres of swell."""
    rows, cols = (np.arange(n, dtype=np.float32) / country.canvas.scale for n in patch.mask.shape)
    turn = np.float32(np.cos(heading)) * rows[:, None] - np.float32(np.sin(heading)) * cols
    return turn + np.float32(swing) * country.swell[patch.window]


def _bouts(
    country: Country, patch: Patch, heading: float, rng: np.random.Generator, width: float
) -> np.ndarray:
    """Return a stripe pattern float32 (h, w) about -1..1, a stripe `width` metres wide."""
    swing = float(rng.choice([0.0, 0.0, 4.0]))
    across = _across(country, patch, heading, swing) / width
    uneven = rng.normal(0, 0.6, 4096).astype(np.float32)
    stripe = uneven[np.floor(across).astype(np.int32) % len(uneven)]
    return 0.6 * np.sin(np.float32(np.pi) * across) + stripe


def _shade(country: Country, patch: Patch, pattern: np.ndarray, depth: float) -> None:
    """Brighten and darken the patch by `depth` times the pattern (h, w)."""
    window = country.canvas.colour[patch.window]
    lit = window[patch.mask] * (1 + np.float32(depth) * pattern[patch.mask])[:, None]
    window[patch.mask] = np.clip(lit, 0, 255)


def _tramlines(
    country: Country, patch: Patch, heading: float, rng: np.random.Generator, tone: Colour
) -> None:
    """Leave the sprayer's two wheel tracks every 18 to 36 metres, and a headland round the edge."""
    across = _across(country, patch, heading, 0.0) % rng.uniform(18, 36)
    wheels = (np.abs(across - 3.0) < 0.3) | (np.abs(across - 4.9) < 0.3)
    country.canvas.paint(Patch(patch.row_off, patch.col_off, patch.mask & wheels), Paint(tone))
    inside = cv2.distanceTransform(patch.mask.view(np.uint8), cv2.DIST_L2, 3)
    turn = patch.mask & (inside < rng.uniform(8, 20) * country.canvas.scale)
    _shade(country, Patch(patch.row_off, patch.col_off, turn), turn, rng.uniform(-0.06, 0.06))


def _waterway(country: Country, patch: Patch, rng: np.random.Generator) -> None:
    """Leave a winding strip of grass where rain runs off."""
    window = patch.window
    course = np.abs(country.valley[window] + 0.06 * country.mottle[window] - rng.normal(0, 0.4))
    strip = patch.mask & (course < rng.uniform(0.06, 0.16))
    lay_meadow(country, Patch(patch.row_off, patch.col_off, strip), rng, rough=0.4)
