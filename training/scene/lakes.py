# SPDX-License-Identifier: GPL-2.0-or-later
"""Rivers, lakes and ponds of a temperate country: every body of a tone of its own, and its bank."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import GRASS, LAND, SOIL, STILL, VEGETATION, WATER, Canvas
from .noise import fractal_noise, smooth_noise
from .season import Season
from .style import scaled
from .water import ripples, shore_distance


def lakes_distance(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return float32 (rows, cols): metres to the nearest shore, negative in the water."""
    shore = np.full(canvas.shape, 1e4, np.float32)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.2, 0.55, 0.25]))):
        np.minimum(shore, shore_distance(canvas, rng), out=shore)
    for _ in range(int(rng.poisson(1.6))):
        np.minimum(shore, _pond(canvas, rng), out=shore)
    return shore


def _pond(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return the rough distance to the edge of one pond with a wavy shore, metres."""
    centre = rng.uniform(0, 1, 2) * canvas.extent
    y, x = np.mgrid[0 : canvas.shape[0] : 4, 0 : canvas.shape[1] : 4].astype(np.float32)
    x, y = x / canvas.scale - centre[0], y / canvas.scale - centre[1]
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(0.45, 1.0)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    bearing = np.arctan2(across, along)
    waves = sum(
        rng.uniform(0, 0.28) / k * np.cos(k * bearing + rng.uniform(0, 6)) for k in (1, 2, 3, 5)
    )
    edge = rng.uniform(7, 32) * (1 + waves)
    field = np.hypot(along * stretch, across) - edge
    return cv2.resize(field.astype(np.float32), canvas.shape[::-1])


def lay_lakes(canvas: Canvas, shore: np.ndarray, season: Season, rng: np.random.Generator) -> None:
    """Fill the water, and give its bank reeds, mud, or grass down to the edge."""
    wet = shore < 0
    if not wet.any():
        return
    if rng.random() < 0.4:
        _marsh(canvas, shore, season, rng)
    _bank(canvas, shore, season, rng)
    _, body = cv2.connectedComponents(wet.astype(np.uint8))
    tones = np.array(season.waters)[np.arange(int(body.max()) + 1) % len(season.waters)]
    deep = tones[body[wet]]
    shallow = deep * 1.15 + np.array((12.0, 14.0, 8.0)) * rng.uniform(0, 1.2)
    depth = np.clip(-shore[wet] / rng.uniform(1, 9), 0, 1)[:, None]
    murk = fractal_noise(rng, canvas.shape, cell=110 * canvas.scale, octaves=3)[wet][:, None]
    colour = (shallow + (deep - shallow) * depth) * (1 + rng.uniform(0.0, 0.05) * murk)
    colour += float(rng.choice([0.2, 0.8, 2.5])) * ripples(canvas, rng)[wet][:, None]
    if rng.random() < 0.3:
        colour += _glint(canvas, rng)[wet][:, None]
    canvas.colour[wet] = np.clip(colour, 0, 255)
    with canvas.one_thing():
        canvas.mark(wet, WATER)
    canvas.material[wet] = STILL
    canvas.height[wet] = -0.8
    _reeds(canvas, shore, season, rng)
    canvas.free &= shore >= 1.0


def _glint(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return the sun's glitter, RGB steps 0..: a soft sheen with sparks of waves in it."""
    sheen = np.clip(fractal_noise(rng, canvas.shape, cell=150 * canvas.scale, octaves=2), 0, 2)
    sparks = np.clip(smooth_noise(rng, canvas.shape, max(0.8 * canvas.scale, 1.0)) - 0.8, 0, 3)
    return sheen * (np.float32(rng.uniform(5, 45)) + np.float32(rng.uniform(0, 50)) * sparks)


def _bank(canvas: Canvas, shore: np.ndarray, season: Season, rng: np.random.Generator) -> None:
    """Leave a strip of mud or sand where the water stood higher, wider here than there."""
    if rng.random() < 0.35:
        return
    width = rng.uniform(0.5, 5.0) * (
        0.6 + 0.9 * fractal_noise(rng, canvas.shape, cell=40 * canvas.scale, octaves=3)
    )
    strip = (shore >= 0) & (shore < width)
    wetness = 0.75 + 0.3 * np.clip(shore[strip] / 2.5, 0, 1)[:, None]
    canvas.colour[strip] = np.clip(np.array(season.soils[-1]) * wetness, 0, 255)
    canvas.mark(strip, LAND)
    canvas.material[strip] = SOIL
    canvas.height[strip] = 0.0


def _marsh(canvas: Canvas, shore: np.ndarray, season: Season, rng: np.random.Generator) -> None:
    """Lay a wetland round the water: sedge and dark wet hollows, smooth, with no crown in it."""
    patches = fractal_noise(rng, canvas.shape, cell=60 * canvas.scale, octaves=5, gain=0.6)
    where = (shore >= 0) & (shore < rng.uniform(8, 45) * (0.7 + 0.6 * patches))
    grass, water = np.array(season.grass[0]), np.array(season.waters[0])
    wet = np.clip(0.45 + 0.25 * patches[where] + rng.normal(0, 0.12), 0.1, 0.75)[:, None]
    tufts = fractal_noise(rng, canvas.shape, cell=9 * canvas.scale, octaves=4)[where][:, None]
    tone = (grass * 0.8 + (water * 0.6 + grass * 0.3 - grass * 0.8) * wet) * (1 + 0.07 * tufts)
    canvas.colour[where] = np.clip(tone, 0, 255)
    canvas.material[where] = GRASS


def _reeds(canvas: Canvas, shore: np.ndarray, season: Season, rng: np.random.Generator) -> None:
    """Grow reeds in patches on both sides of the shoreline."""
    if rng.random() < 0.4:
        return
    patches = fractal_noise(rng, canvas.shape, cell=35 * canvas.scale, octaves=5)
    reach = rng.uniform(1.5, 9.0) * (patches + rng.uniform(-0.4, 0.6))
    where = (shore < 1.4 * reach) & (shore > -0.8 * reach)
    tone = fractal_noise(rng, canvas.shape, cell=3 * canvas.scale, octaves=5, gain=0.8)[where]
    green = np.array(scaled(season.grass[-1], rng.uniform(0.7, 1.0)))
    canvas.colour[where] = np.clip(green * (1 + 0.10 * tone[:, None]), 0, 255)
    canvas.mark(where, VEGETATION)
    canvas.material[where] = GRASS
    canvas.height[where] = np.clip(1.1 + 0.05 * tone, 0.3, 2)
