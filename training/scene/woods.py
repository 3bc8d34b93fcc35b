# SPDX-License-Identifier: GPL-2.0-or-later
"""Woods: closed canopies of crowns that shade each other, broadleaf and conifer, in stands."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import BUILDING, VEGETATION, WATER, WOODS, Canvas
from .noise import fractal_noise
from .season import Season


@dataclass(frozen=True)
class Stand:
    """Where every tree could stand: float32 `reach` (rows, cols) is the metres to the nearest stem,
    int32 `stem` (rows, cols) its number, and `rows`, `cols` (n,) say where stem n is.
    """

    reach: np.ndarray
    stem: np.ndarray
    rows: np.ndarray
    cols: np.ndarray


def grow_woods(
    canvas: Canvas, wooded: np.ndarray, season: Season, rng: np.random.Generator
) -> None:
    """Plant every stem that stands in the boolean `wooded` (rows, cols), roads and roofs spared."""
    spacing = float(rng.uniform(5.0, 10.0))
    stand = _stems(canvas, spacing, rng)
    far = cv2.distanceTransform((canvas.label != BUILDING).astype(np.uint8), cv2.DIST_L2, 3)
    at = (stand.rows, stand.cols)
    planted = wooded[at] & canvas.free[at] & (far[at] > 1.5 * canvas.scale)
    planted &= canvas.label[at] != WATER
    planted &= rng.random(len(planted)) < rng.uniform(0.93, 1.0)
    if planted.any():
        _paint(canvas, stand, planted, spacing, season, rng)


def _stems(canvas: Canvas, spacing: float, rng: np.random.Generator) -> Stand:
    """Scatter stems about `spacing` metres apart and find every sub-pixel's nearest one."""
    step = spacing * canvas.scale
    grid_rows, grid_cols = (np.arange(0.5, side / step + 1) for side in canvas.shape)
    grid = np.stack(np.meshgrid(grid_rows, grid_cols, indexing="ij"), -1).reshape(-1, 2)
    spots = ((grid + rng.uniform(-0.45, 0.45, grid.shape)) * step).astype(int)
    spots = spots[(spots < canvas.shape).all(axis=1)]
    empty = np.ones(canvas.shape, np.uint8)
    empty[spots[:, 0], spots[:, 1]] = 0
    reach, stem = cv2.distanceTransformWithLabels(
        empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, cols = np.nonzero(empty == 0)
    number = np.zeros(int(stem.max()) + 1, np.int32)
    number[stem[rows, cols]] = np.arange(len(rows))
    warp_x, warp_y = _warp(canvas, 0.12 * step, rng)
    reach = cv2.remap(reach, warp_x, warp_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    bent = cv2.remap(
        stem.astype(np.float32), warp_x, warp_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT
    )
    return Stand(reach / np.float32(canvas.scale), number[bent.astype(np.int32)], rows, cols)


def _warp(canvas: Canvas, swing: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return where to look instead of each sub-pixel, so that crowns are not round."""
    rows, cols = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    cell = max(3.5 * canvas.scale, 2.0)
    bend = [
        np.float32(swing) * fractal_noise(rng, canvas.shape, cell=cell, octaves=2) for _ in range(2)
    ]
    return cols + bend[0], rows + bend[1]


def _paint(
    canvas: Canvas,
    stand: Stand,
    planted: np.ndarray,
    spacing: float,
    season: Season,
    rng: np.random.Generator,
) -> None:
    """Colour the crowns of the planted stems and raise them; between them lies deep shade."""
    count = len(planted)
    needle = _conifers(canvas, stand, rng)
    radius = (spacing * rng.uniform(0.55, 1.05, count) * np.where(needle, 0.85, 1.0)).astype("f4")
    here = planted[stand.stem] & (canvas.label != BUILDING)
    rows, cols = np.nonzero(here & (stand.reach < radius[stand.stem]))
    stem = stand.stem[rows, cols]
    share = stand.reach[rows, cols] / radius[stem]
    dome = np.where(needle[stem], 1.25 * (1 - share), np.sqrt(np.clip(1 - share * share, 0, 1)))
    full = np.where(needle, 1.0, 1 - 0.65 * season.bare).astype("f4")
    tall = (rng.uniform(7, 15) + rng.normal(0, rng.uniform(0.9, 1.9), count)).clip(4).astype(
        "f4"
    ) * full
    bulge = rng.uniform(0.7, 1.1)
    clumps = fractal_noise(rng, canvas.shape, cell=2.6 * canvas.scale, octaves=4, gain=0.6)
    clumps = clumps[rows, cols]
    crown = tall[stem] + bulge * dome * radius[stem] * full[stem] + 0.4 * full[stem] * clumps
    tone = (
        _tones(count, needle, season, rng)[stem]
        * rng.uniform(0.76, 1.04)
        * (0.76 + 0.26 * dome)[:, None]
    )
    ground = canvas.colour[rows, cols].astype(np.float32)
    seen = np.where(needle[stem], 0.0, 0.4 * season.bare)[:, None]
    canvas.colour[rows, cols] = np.clip(tone * (1 - seen) + ground * seen, 0, 255)
    canvas.height[rows, cols] = crown
    canvas.mark((rows, cols), VEGETATION)
    canvas.material[rows, cols] = WOODS


def _conifers(canvas: Canvas, stand: Stand, rng: np.random.Generator) -> np.ndarray:
    """Tell which stems are conifers: none, some stands, or most of the wood."""
    share = float(rng.choice([-9.0, -1.2, 0.0, 1.5], p=[0.35, 0.25, 0.2, 0.2]))
    stands = fractal_noise(rng, canvas.shape, cell=70 * canvas.scale, octaves=3)
    mingled = rng.normal(0, 0.35, len(stand.rows))
    return stands[stand.rows, stand.cols] + mingled < share


def _tones(count: int, needle: np.ndarray, season: Season, rng: np.random.Generator) -> np.ndarray:
    """Return a tone float32 (count, 3) for every stem."""
    leaf = np.array(season.broad)[rng.integers(len(season.broad), size=count)]
    main = np.array(season.broad[0])
    leaf = main + (leaf - main) * rng.uniform(0, 1)
    dark = np.array(season.needle)[rng.integers(len(season.needle), size=count)]
    tone = np.where(needle[:, None], dark, leaf)
    return (tone * (1 + rng.normal(0, rng.uniform(0.04, 0.09), (count, 1)))).astype(np.float32)
