# SPDX-License-Identifier: GPL-2.0-or-later
"""Open ground: parks, golf, sports, farms, desert and building sites."""
from __future__ import annotations

import numpy as np

from .canvas import LAND, LAWN, METAL, PAVING, SAND, SEA, VEGETATION, WATER, Paint, Patch
from .cars import park_lorry
from .ground import scrape, shade_ground
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
    site.nursery.lawn(rough, care=0.35)
    fairway = Patch(patch.row_off, patch.col_off, patch.mask & (shape > 0.15))
    canvas.paint(fairway, Paint(vary(rng, scaled(site.style.lawn, 1.12), 0.05), VEGETATION, LAWN))
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
        site.nursery.scatter(site.bend.ground(grid), (1.8, 2.8), palm=True)
        return
    strips = int(rng.integers(3, 7))
    for strip in range(strips):
        field = block.part(strip / strips, 0, (strip + 1) / strips, 1)
        outline = site.outline(field, 0.8)
        if rng.random() < 0.7:
            site.nursery.lawn(site.canvas.patch(outline), care=rng.uniform(0.2, 1.0))
        else:
            soil = mixed(site.style.sand, (96, 78, 64), rng.uniform(0.2, 0.7))
            site.cover(outline, Paint(soil, LAND, SAND))
        _furrows(site, field)
    site.nursery.scatter(site.points(block, 8), (1.5, 3.5))


def desert(site: Site, block: Block) -> None:
    """Nothing yet, but shrubs along the hollows and someone's wheel tracks."""
    rng = site.rng
    if rng.random() < 0.35:
        scrape(site.canvas, site.canvas.patch(site.outline(block, rng.uniform(0, 6))),
               vary(rng, site.style.sand, 0.06))
    count = block.area / 350 * rng.uniform(0.05, 1.6) * (1.25 - site.style.dryness)
    site.nursery.scatter(_clumped(site, block, count), (0.5, 1.8))


def building_site(site: Site, block: Block) -> None:
    """Levelled plots, a pit, heaps, materials and the first walls."""
    rng, canvas = site.rng, site.canvas
    for row in range(2):
        for column in range(2):
            plot = block.part(column / 2, row / 2, (column + 1) / 2, (row + 1) / 2)
            scrape(canvas, canvas.patch(site.outline(plot, rng.uniform(1, 6))),
                   vary(rng, site.style.sand, 0.10))
    pit = block.part(*rng.uniform(0.1, 0.4, 2), *rng.uniform(0.5, 0.8, 2))
    site.cover(site.outline(pit), Paint(scaled(site.style.sand, 0.78), LAND, SAND, -2.5))
    for spot in _clumped(site, block, block.area / 130):
        patch = canvas.patch(box(spot, rng.normal(site.bend.angle, 0.25),
                                 *rng.gamma(2.0, (1.0, 0.5)) + 0.4))
        if canvas.fits(patch):
            tone = ((120, 116, 112), (186, 182, 178), (140, 120, 104))[rng.integers(3)]
            canvas.paint(patch, Paint(vary(rng, tone, 0.2), LAND, METAL, rng.uniform(0.1, 0.9)))
    for spot in _clumped(site, block, block.area / 1500):
        _heap(site, spot, rng.uniform(1.5, 5))
    for spot in site.points(block, 3, 6):
        if canvas.open_at(spot):
            park_lorry(canvas, spot, rng.uniform(0, np.pi), rng)
    for _ in range(4):
        a, b = site.points(block, 40)[:2] if block.area > 900 else np.zeros((2, 2))
        shade_ground(canvas, np.array([a, b]), 3.0, rng.uniform(0.9, 1.08))


def _heap(site: Site, spot: np.ndarray, radius: float) -> None:
    """Tip a cone of sand."""
    patch = site.canvas.patch(disc(spot, radius)).within(site.canvas.free)
    rows, cols = np.nonzero(patch.mask)
    y = (rows + patch.row_off) / site.canvas.scale - spot[1]
    x = (cols + patch.col_off) / site.canvas.scale - spot[0]
    rise = 0.6 * np.clip(radius - np.hypot(x, y), 0, None)
    site.canvas.height[patch.window][rows, cols] = rise
    view = site.canvas.colour[patch.window]
    view[rows, cols] = np.clip(view[rows, cols] * site.rng.uniform(0.8, 1.05), 0, 255)


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
    kept = [site.canvas.free[row, col] for col, row in np.clip(
        np.round(line * site.canvas.scale).astype(int), 0,
        np.array(site.canvas.shape[::-1]) - 1)]
    if cell.mask.any() and all(kept):
        site.canvas.stroke(line, width, paint)


def _groves(site: Site, block: Block, *, per_tree: float) -> None:
    site.nursery.scatter(_clumped(site, block, block.area / per_tree), (1.3, 4.2))


def _clumped(site: Site, block: Block, count: float) -> np.ndarray:
    """Return ground points that gather in clumps."""
    seeds = site.points(block, max(count / 7, 1), 4.0)
    if not len(seeds):
        return seeds
    number = int(site.rng.poisson(count))
    around = seeds[site.rng.integers(len(seeds), size=number)]
    points = around + site.rng.normal(0, 6.0, (number, 2))
    pixels = np.round(points * site.canvas.scale).astype(int)
    inside = ((pixels >= 0) & (pixels < site.canvas.shape[::-1])).all(axis=1)
    points, pixels = points[inside], pixels[inside]
    return points[site.canvas.free[pixels[:, 1], pixels[:, 0]]]


def _blob(site: Site, spot: np.ndarray, radius: float, paint: Paint) -> None:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = radius * (1 + sum(site.rng.uniform(0, 0.22) * np.cos(k * turn + site.rng.uniform(0, 6))
                              for k in (2, 3, 4)))
    ring = spot + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
    patch = site.canvas.patch(ring)
    if site.canvas.fits(patch):
        site.canvas.paint(patch, paint)
        if paint.label == WATER:
            site.canvas.reserve(patch)


def _pitch(site: Site, block: Block) -> None:
    """A football pitch with mown stripes and white lines."""
    rng, canvas = site.rng, site.canvas
    centre, angle = site.spot(block, 0.5, 0.5)
    length = float(np.clip(max(block.size) * 0.9, 30, 100))
    width = length * 0.62
    turn = angle if block.size[0] > block.size[1] else angle + np.pi / 2
    ground = canvas.patch(box(centre, turn, length + 8, width + 8))
    if not canvas.fits(ground):
        return
    run = np.array([np.cos(turn), np.sin(turn)])
    for stripe in range(12):
        spot = centre + run * ((stripe + 0.5) / 12 - 0.5) * length
        tone = scaled((84, 112, 62), 1.06 if stripe % 2 else 0.94)
        canvas.polygon(box(spot, turn, length / 12 + 0.3, width), Paint(tone, VEGETATION, LAWN))
    white = Paint((214, 218, 208))
    field = box(centre, turn, length - 3, width - 3)
    canvas.stroke(np.vstack([field, field[:1]]), 0.25, white)
    canvas.stroke(np.vstack([disc(centre, width * 0.14), disc(centre, width * 0.14)[:1]]), 0.25, white)
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
