# SPDX-License-Identifier: GPL-2.0-or-later
"""Green ground: parks, golf, sports and farms."""

from __future__ import annotations

import numpy as np

from .canvas import LAND, LAWN, PAVING, SAND, SEA, VEGETATION, WATER, Paint, Patch
from .noise import fractal_noise
from .plan import Block
from .roads import box, disc
from .site import Site
from .style import mixed, scaled, vary


def park(site: Site, block: Block) -> None:
    """Lawns, winding paths, groves, and now and then a pitch or courts."""
    rng, lush = site.rng, block.district.lush
    site.nursery.lawn(site.canvas.patch(site.outline(block, 0.8)), care=0.35 + 0.55 * lush)
    path = Paint(vary(rng, scaled(site.style.paving, 1.08), 0.05), LAND, PAVING)
    for _ in range(int(rng.integers(2, 6))):
        _path(site, block, path, rng.uniform(1.5, 3.0))
    if rng.random() < 0.5:
        _pitch(site, block.part(*rng.uniform(0.08, 0.3, 2), *rng.uniform(0.65, 0.9, 2)))
    if rng.random() < 0.5:
        _courts(site, block)
    _groves(site, block, per_tree=rng.uniform(45, 160))
    border = site.ring(block, 5.0, 2.0)
    site.nursery.scatter(border[rng.random(len(border)) < 0.7], (1.5, 2.8))


def golf(site: Site, block: Block) -> None:
    """Fairways and rough with ragged edges, bunkers and a pond."""
    rng, canvas = site.rng, site.canvas
    patch = canvas.patch(site.outline(block, 1.0)).within(canvas.free)
    shape = fractal_noise(rng, patch.mask.shape, cell=70 * canvas.scale, octaves=4, gain=0.4)
    rough = Patch(patch.row_off, patch.col_off, patch.mask & (shape > -0.7))
    fairway = Patch(patch.row_off, patch.col_off, patch.mask & (shape > 0.15))
    with canvas.one_thing():
        site.nursery.grass(rough, care=0.35)
        mown = Paint(vary(rng, scaled(site.style.lawn, 1.12), 0.05), VEGETATION, LAWN)
        canvas.paint(fairway, mown)
    for spot in site.points(block, block.area / 2500, 10):
        _blob(site, spot, rng.uniform(3, 8), Paint(vary(rng, (222, 216, 204), 0.04), LAND, SAND))
    for spot in site.points(block, block.area / 16000, 20):
        _blob(site, spot, rng.uniform(8, 24), Paint(site.style.water, WATER, SEA, -0.5))
    _groves(site, block, per_tree=rng.uniform(120, 300))


def farm(site: Site, block: Block) -> None:
    """A palm grove, or fields in strips."""
    rng = site.rng
    if rng.random() < 0.5:
        if rng.random() < 0.6:
            site.nursery.lawn(site.canvas.patch(site.outline(block, 1.0)), care=0.2)
        pitch = rng.uniform(5.5, 8.5)
        us = np.arange(block.u0 + 4, block.u1 - 3, pitch)
        vs = np.arange(block.v0 + 4, block.v1 - 3, pitch)
        grid = np.stack(np.meshgrid(us, vs), axis=-1).reshape(-1, 2)
        grid = grid[rng.random(len(grid)) < 0.93] + rng.normal(0, 0.35, (1, 2))
        site.nursery.scatter(site.bend.ground(grid), (1.8, 2.8), palm=True, crop=True)
        return
    strips = int(rng.integers(3, 7))
    for strip in range(strips):
        field = block.part(strip / strips, 0, (strip + 1) / strips, 1)
        outline = site.outline(field, 0.8)
        if rng.random() < 0.7:
            site.nursery.lawn(site.canvas.patch(outline), care=rng.uniform(0.2, 1.0))
        else:
            soil = mixed(site.style.sand, (96, 78, 64), rng.uniform(0.2, 0.7))
            with site.canvas.one_thing():
                site.cover(outline, Paint(soil, LAND, SAND))
        _furrows(site, field)
    site.nursery.scatter(site.points(block, 8), (1.5, 3.5))


def _path(site: Site, block: Block, paint: Paint, width: float) -> None:
    t = np.linspace(0, 1, 24)
    a, b = site.rng.uniform(0, 1, (2, 2))
    side = int(site.rng.integers(2))
    a[side], b[side] = 0.02, 0.98
    swing = np.sin(t * np.pi * site.rng.uniform(1, 3))[:, None] * site.rng.normal(0, 0.09, 2)
    share = np.clip(a + (b - a) * t[:, None] + swing * np.sin(np.pi * t)[:, None], 0.02, 0.98)
    points = np.array([block.u0, block.v0]) + share * block.size
    line = site.bend.ground(points)
    cell = site.canvas.patch(site.outline(block))
    kept = [
        site.canvas.free[row, col]
        for col, row in np.clip(
            np.round(line * site.canvas.scale).astype(int), 0, np.array(site.canvas.shape[::-1]) - 1
        )
    ]
    if cell.mask.any() and all(kept):
        site.canvas.stroke(line, width, paint)


def _groves(site: Site, block: Block, *, per_tree: float) -> None:
    site.nursery.scatter(site.clumps(block, block.area / per_tree), (1.3, 4.2))


def _blob(site: Site, spot: np.ndarray, radius: float, paint: Paint) -> None:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = radius * (
        1
        + sum(
            site.rng.uniform(0, 0.22) * np.cos(k * turn + site.rng.uniform(0, 6)) for k in (2, 3, 4)
        )
    )
    ring = spot + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
    patch = site.canvas.patch(ring)
    if site.canvas.fits(patch):
        with site.canvas.one_thing():
            site.canvas.paint(patch, paint)
        if paint.label == WATER:
            site.canvas.reserve(patch)


def _pitch(site: Site, block: Block) -> None:
    """A football pitch with mown stripes and white lines."""
    canvas = site.canvas
    centre, angle = site.spot(block, 0.5, 0.5)
    length = float(np.clip(max(block.size) * 0.9, 30, 100))
    width = length * 0.62
    turn = angle if block.size[0] > block.size[1] else angle + np.pi / 2
    ground = canvas.patch(box(centre, turn, length + 8, width + 8))
    if not canvas.fits(ground):
        return
    run = np.array([np.cos(turn), np.sin(turn)])
    with canvas.one_thing():
        for stripe in range(12):
            spot = centre + run * ((stripe + 0.5) / 12 - 0.5) * length
            tone = scaled((94, 114, 74), 1.06 if stripe % 2 else 0.94)
            canvas.polygon(box(spot, turn, length / 12 + 0.3, width), Paint(tone, VEGETATION, LAWN))
    white = Paint((214, 218, 208))
    field = box(centre, turn, length - 3, width - 3)
    canvas.stroke(np.vstack([field, field[:1]]), 0.25, white)
    canvas.stroke(
        np.vstack([disc(centre, width * 0.14), disc(centre, width * 0.14)[:1]]), 0.25, white
    )
    canvas.stroke(box(centre, turn, 0.01, width - 3)[[0, 1]], 0.25, white)
    canvas.reserve(ground)


def _courts(site: Site, block: Block) -> None:
    """Tennis courts: painted hard ground."""
    rng, canvas = site.rng, site.canvas
    tone = vary(rng, ((150, 84, 66), (72, 98, 130), (84, 116, 92))[rng.integers(3)], 0.06)
    for index in range(int(rng.integers(1, 4))):
        spot, angle = site.spot(block, 0.12 + 0.19 * 100 / max(block.size[0], 100) * index, 0.12)
        patch = canvas.patch(box(spot, angle, 17, 34))
        if not canvas.fits(patch):
            continue
        with canvas.one_thing():
            canvas.paint(patch, Paint(scaled(tone, 0.8), LAND, PAVING))
            canvas.polygon(box(spot, angle, 10.9, 23.8), Paint(tone, LAND, PAVING))
        court = box(spot, angle, 10.9, 23.8)
        canvas.stroke(np.vstack([court, court[:1]]), 0.2, Paint((216, 216, 212)))
        canvas.reserve(patch)


def _furrows(site: Site, field: Block) -> None:
    patch = site.canvas.patch(site.outline(field, 0.8)).within(site.canvas.free)
    rows, cols = np.nonzero(patch.mask)
    angle = site.bend.heading(field.u0, field.v0) + np.pi / 2
    run = -(cols * np.sin(angle) - rows * np.cos(angle)) / site.canvas.scale
    tone = 1 + 0.07 * np.sin(run * 2 * np.pi / site.rng.uniform(1.6, 3.2))
    window = site.canvas.colour[patch.window]
    window[rows, cols] = np.clip(window[rows, cols] * tone[:, None], 0, 255)
