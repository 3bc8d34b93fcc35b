# SPDX-License-Identifier: GPL-2.0-or-later
"""Bare ground: sand, crusts, wheel tracks, scraped plots and litter."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import LAND, SAND, Canvas, Patch
from .noise import fractal_noise, smooth_noise
from .style import Colour, Style


def lay_sand(canvas: Canvas, style: Style, rng: np.random.Generator) -> None:
    """Cover the board with bare ground: tone patches, salt crusts and damp hollows."""
    shape, scale = canvas.shape, canvas.scale
    tone = fractal_noise(rng, shape, cell=80 * scale, octaves=7, gain=0.68)
    salt = _patches(fractal_noise(rng, shape, cell=60 * scale, octaves=7, gain=0.66), 0.9, 2.2)
    damp = _patches(fractal_noise(rng, shape, cell=45 * scale, octaves=6, gain=0.66), 1.0, 2.5)
    warm = fractal_noise(rng, shape, cell=90 * scale, octaves=3)
    strength = rng.uniform(0.08, 0.26, 2)
    value = 1 + 0.05 * tone + np.float32(strength[0]) * salt - np.float32(strength[1]) * damp
    for band, sign in enumerate((1.0, 0.2, -1.2)):
        layer = np.float32(style.sand[band]) * value * (1 + np.float32(0.016 * sign) * warm)
        canvas.colour[..., band] = np.clip(layer, 0, 255)
    swell = fractal_noise(rng, shape, cell=28 * scale, octaves=6, gain=0.55)
    canvas.height += np.float32(rng.uniform(0.08, 0.4)) * swell


def _patches(noise: np.ndarray, threshold: float, sharp: float) -> np.ndarray:
    """Return 0..1 where noise exceeds a threshold, with edges as ragged as the noise."""
    return np.clip((noise - np.float32(threshold)) * np.float32(sharp), 0, 1)


def lay_tracks(canvas: Canvas, rng: np.random.Generator) -> None:
    """Drive wheel tracks and dirt roads over the bare ground, and strew it with litter."""
    width, height = canvas.extent
    hectares = width * height / 10000
    for _ in range(int(rng.poisson(hectares * 2.4)) + 1):
        course = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.10, 36))
        step = np.column_stack([np.cos(course), np.sin(course)]) * 6
        path = rng.uniform(-0.1, 1.1, 2) * (width, height) + np.cumsum(step, axis=0)
        side = np.column_stack([-step[:, 1], step[:, 0]]) / 6
        shade = float(rng.choice([rng.uniform(0.84, 0.95), rng.uniform(1.04, 1.14)]))
        if rng.random() < 0.3:
            shade_ground(canvas, path, rng.uniform(3.5, 6), 1 + (shade - 1) * 0.6)
        for offset in (-0.9, 0.9):
            shade_ground(canvas, path + side * offset, 0.5, shade)
    _litter(canvas, rng, int(hectares * rng.uniform(60, 420)))


def shade_ground(canvas: Canvas, path: np.ndarray, width: float, factor: float) -> None:
    """Brighten or darken the ground along a line of `width` metres."""
    low = np.clip(np.floor((path.min(axis=0) - width) * canvas.scale), 0, None).astype(int)
    high = np.ceil((path.max(axis=0) + width) * canvas.scale).astype(int)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    mask = np.zeros(canvas.label[window].shape, np.uint8)
    if not mask.size:
        return
    points = np.round((path * canvas.scale - low) * 16).astype(np.int32)
    cv2.polylines(mask, [points], False, 1, max(int(width * canvas.scale), 1), shift=4)
    where = (mask > 0) & (canvas.label[window] == LAND)
    view = canvas.colour[window]
    view[where] = np.clip(view[where] * factor, 0, 255)


def _litter(canvas: Canvas, rng: np.random.Generator, count: int) -> None:
    """Strew stones, boards and bags of one to a few sub-pixels, in drifts."""
    rows = rng.integers(0, canvas.shape[0] - 3, count)
    cols = rng.integers(0, canvas.shape[1] - 3, count)
    drift = smooth_noise(rng, canvas.shape, 50 * canvas.scale)[rows, cols]
    keep = drift > rng.normal(0.4, 0.5, count)
    tones = np.where(
        rng.random(count) < 0.6, rng.uniform(0.55, 0.85, count), rng.uniform(1.1, 1.4, count)
    )
    spans = rng.integers(1, 4, (count, 2))
    for row, col, tone, (tall, wide) in zip(rows[keep], cols[keep], tones[keep], spans[keep]):
        view = canvas.colour[row : row + tall, col : col + wide]
        view[...] = np.clip(view * tone, 0, 255)


def scrape(canvas: Canvas, patch: Patch, colour: Colour) -> None:
    """Level a plot: the ground keeps half its pattern and takes half of `colour`."""
    patch = patch.within(canvas.free)
    window = canvas.colour[patch.window]
    window[patch.mask] = np.clip(0.45 * window[patch.mask] + 0.55 * np.asarray(colour), 0, 255)
    canvas.material[patch.window][patch.mask] = SAND
