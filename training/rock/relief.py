# SPDX-License-Identifier: GPL-2.0-or-later
"""The surface of the rock before it is jointed: bulges, broken facets, scarps of flakes, pits."""

from __future__ import annotations

import cv2
import numpy as np

from .blocks import Blocks
from .noise import clouds, grains, ramp, streaks, terraces
from .setting import Setting


def draw_relief(rng: np.random.Generator, setting: Setting, blocks: Blocks) -> np.ndarray:
    """Return the heights (h, w) float32 in pixels, towards the viewer."""
    shape = (setting.size, setting.size)
    large = setting.size * rng.uniform(0.2, 0.6)
    height = setting.bulge * 0.3 * large * clouds(rng, shape, cell=large, octaves=3)
    cell = rng.uniform(15, 70)
    height += setting.rough * _hackle(rng, setting, cell) * blocks.vary(rng, 0.7)
    if rng.random() < 0.35:
        height += setting.rough * _hackle(rng, setting, rng.uniform(15, 70)) * _places(rng, shape)
    if rng.random() < 0.6:
        height += _scarps(rng, shape, setting)
    if rng.random() < 0.25:
        height += _striae(rng, shape) * _places(rng, shape)
    if rng.random() < 0.3:
        height += _facets(rng, shape)
    height += blocks.raise_and_lean(rng)
    if rng.random() < 0.3:
        height += _pits(rng, shape)
    fine = setting.rough * rng.uniform(0.2, 0.9)
    height += fine * grains(rng, shape, max(setting.grain * 1.3, 1.5)) * 0.7
    height += fine * 0.3 * grains(rng, shape, 1.0)
    return height.astype(np.float32)


def _hackle(rng: np.random.Generator, setting: Setting, cell: float) -> np.ndarray:
    """Return the broken surface: round, ridged or drawn out along the layers, ribbed."""
    shape = (setting.size, setting.size)
    kind = rng.choice(
        ["round", "ridged", "layered", "ribbed", "faceted"], p=[0.25, 0.2, 0.2, 0.2, 0.15]
    )
    if kind in ("layered", "ribbed"):
        ribbed = kind == "ribbed"
        noise = streaks(
            rng,
            shape,
            angle=rng.uniform(0, np.pi) if ribbed else setting.layering + rng.normal(0, 0.05),
            cell=cell * 0.5,
            stretch=rng.uniform(2, 7),
            octaves=5,
        )
        if ribbed:
            noise = terraces(noise, rng.uniform(0.4, 1.0), rng.uniform(0.5, 0.95))
        height = 0.12 * cell * noise
    else:
        gain = rng.uniform(0.45, 0.7)
        noise = clouds(rng, shape, cell=cell, octaves=6, gain=gain)
        if kind == "ridged":
            noise = 1.3 * np.abs(noise)
        if kind == "faceted":
            noise = terraces(noise, rng.uniform(0.5, 1.2), rng.uniform(0.3, 0.8))
        height = 0.18 * cell * noise
    where = 0.25 + 1.1 * ramp(clouds(rng, shape, cell=setting.size / 3, octaves=3), -1, 1)
    return height * where


def _striae(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return fine long parallel grooves and ribs, as on slip planes and plumose fractures."""
    cell = rng.uniform(3, 14)
    angle = rng.uniform(0, np.pi)
    stretch = rng.uniform(8, 35)
    noise = streaks(rng, shape, angle=angle, cell=cell, stretch=stretch, octaves=2)
    return rng.uniform(0.05, 0.25) * cell * np.minimum(noise, rng.uniform(0.0, 1.5))


def _places(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return 0..1: some parts of the picture and not others, with a ragged sharp border."""
    noise = clouds(rng, shape, cell=shape[0] * rng.uniform(0.2, 0.7), octaves=6)
    return ramp(noise, 0.0, rng.uniform(0.05, 0.6))


def _facets(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return a many-sided convex form: its ridges part light from dark and are no fractures."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x += 6.0 * clouds(rng, shape, cell=60.0, octaves=4)
    slope = rng.uniform(0.1, 0.6)
    lowest = np.full(shape, 1e6, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        cx, cy = rng.uniform(0, shape[0], 2)
        gx, gy = rng.normal(0, slope, 2)
        np.minimum(lowest, gx * (x - cx) + gy * (y - cy), out=lowest)
    return cv2.GaussianBlur(lowest, (0, 0), rng.uniform(4.0, 12.0))


def _scarps(rng: np.random.Generator, shape: tuple[int, int], setting: Setting) -> np.ndarray:
    """Return the curved edges where flakes broke off: they look like fractures and are none."""
    cell = shape[0] * rng.uniform(0.06, 0.35)
    noise = clouds(rng, shape, cell=cell, octaves=7, gain=rng.uniform(0.45, 0.65))
    steps = terraces(noise, rng.uniform(0.8, 2.5), rng.uniform(0.75, 0.98)) - noise
    where = ramp(clouds(rng, shape, cell=shape[0] / 4, octaves=3), 0.0, 0.9)
    return rng.uniform(0.8, 4.0) * (0.4 + setting.rough) * steps * where


def _pits(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return small hollows, as of weathered grains and fossils."""
    noise = grains(rng, shape, rng.uniform(3, 14))
    where = ramp(grains(rng, shape, 120.0), -0.5, 1.0)
    return -rng.uniform(1.0, 4.0) * ramp(noise, 1.6, 2.4) * where
