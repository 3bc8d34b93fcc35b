# SPDX-License-Identifier: GPL-2.0-or-later
"""Where people live on the ground: villas in gardens, and terraces."""

from __future__ import annotations

import numpy as np

from .buildings import Building, build, placed
from .canvas import LAND, PAVING, SEA, WATER, Paint
from .cars import park_car
from .plan import Block
from .roads import box
from .site import Site
from .style import scaled, vary


def villas(site: Site, block: Block) -> None:
    """Two rows of walled plots, back to back."""
    for plot, street in block.gardens():
        _plot(site, plot, street)


def _plot(site: Site, plot: Block, street: float) -> None:
    """One plot; `street` tells which v edge (0 or 1) faces the street."""
    rng, district = site.rng, plot.district
    if rng.random() < 0.05:
        return
    outline = site.outline(plot, 0.3)
    site.pave(outline, district.ground, 0.06)
    _garden(site, plot, street)
    centre, angle = site.spot(plot, rng.uniform(0.47, 0.53), 0.5 + (street - 0.5) * 0.06)
    house(site, plot, centre, angle)
    _wall(site, outline)
    length, depth = plot.size
    if rng.random() < 0.6:
        spot, turn = site.spot(plot, float(rng.choice([0.16, 0.84])), street * 0.84 + 0.08)
        _park_at_home(site, spot, turn)
    site.nursery.scatter(
        site.points(plot, 1 + 7 * district.lush * length * depth / 400, 1.0),
        (0.6, 2.6),
        palm=bool(rng.random() < 0.3),
    )
    if rng.random() < district.lush:
        back = site.ring(plot, 2.2, 0.9)
        site.nursery.scatter(back[rng.random(len(back)) < 0.45], (0.7, 1.5))


def _park_at_home(site: Site, spot: np.ndarray, turn: float) -> None:
    if site.canvas.open_at(spot):
        park_car(site.canvas, spot, turn + np.pi / 2, site.rng)


def _garden(site: Site, plot: Block, street: float) -> None:
    rng, lush = site.rng, plot.district.lush
    for side in (0.0, 1.0):
        if rng.random() < lush:
            near = plot.part(0.03, 0.03 + 0.72 * side, 0.97, 0.25 + 0.72 * side)
            if side == street:
                near = near.part(0.0, 0.0, 0.6, 1.0)
            patch = site.canvas.patch(site.outline(near))
            site.nursery.lawn(patch, care=0.4 + 0.5 * lush)
    if rng.random() < 0.22 and plot.size[1] > 18:
        spot, turn = site.spot(plot, rng.uniform(0.3, 0.7), 0.87 - 0.74 * street)
        _pool(site, spot, turn)


def _pool(site: Site, spot: np.ndarray, turn: float) -> None:
    rng, canvas = site.rng, site.canvas
    length, width = rng.uniform(5, 8), rng.uniform(2.6, 3.8)
    patch = canvas.patch(box(spot, turn, length, width))
    if canvas.fits(patch):
        site.pave(box(spot, turn, length + 1.6, width + 1.6), scaled(site.style.paving, 1.2))
        with canvas.one_thing():
            canvas.paint(patch, Paint(vary(rng, (74, 142, 160), 0.1), WATER, SEA, -0.3))
        canvas.reserve(patch)


def house(site: Site, plot: Block, centre: np.ndarray, angle: float) -> None:
    """A body and up to three wings of other heights."""
    rng, tiled = site.rng, plot.district.tiled
    length, depth = np.array(plot.size) * rng.uniform((0.58, 0.48), (0.80, 0.62))
    colour = site.roof_colour(plot, tiled=tiled)
    parts = []
    body = rng.uniform(0.55, 0.8, 2) * (length, depth)
    boxes = [((0.0, 0.0), body, rng.uniform(6.5, 9.0))]
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.3, 0.6, 2) * (length, depth)
        reach = (np.array([length, depth]) - size) / 2
        boxes.append(
            (
                rng.uniform(-1, 1, 2).round() * reach * rng.uniform(0.7, 1, 2),
                size,
                rng.uniform(3.4, 8.0),
            )
        )
    for offset, size, height in boxes:
        corners = box(np.zeros(2), 0.0, *size) + offset
        roof = "hip" if tiled and rng.random() < 0.85 else "flat"
        parts.append(
            Building(placed(corners, centre, angle), angle, height, roof, vary(rng, colour, 0.03))
        )
    build(site.canvas, parts, site.style, rng)


def _wall(site: Site, outline: np.ndarray) -> None:
    ring = np.vstack([outline, outline[:1]])
    rows, cols = (np.round(ring * site.canvas.scale).astype(int)[:, ::-1]).T
    inside = (
        (rows >= 0) & (cols >= 0) & (rows < site.canvas.shape[0]) & (cols < site.canvas.shape[1])
    )
    if inside.all() and site.canvas.free[rows, cols].all():
        colour = vary(site.rng, (196, 191, 184), 0.05)
        site.canvas.stroke(ring, 0.3, Paint(colour, LAND, PAVING, 2.0))


def rows(site: Site, block: Block) -> None:
    """Terraces: long attached houses with yards behind and parking before."""
    district = block.district
    site.pave(site.outline(block), district.ground)
    length, depth = block.size
    units = max(int(length / (0.5 * district.plot)), 2)
    lines = 2 if depth > 30 else 1
    height = site.rng.uniform(6, 8)
    for line in range(lines):
        strip = block.part(0, line / lines, 1, (line + 1) / lines)
        for first in range(0, units, 8):
            group = strip.part(first / units, 0, min(first + 7, units) / units, 1)
            _terrace(site, group, min(7, units - first), height, back_high=line == 0)
            gap = strip.part(min(first + 7, units) / units, 0, min(first + 8, units) / units, 1)
            site.nursery.scatter(site.points(gap, 7 * district.lush, 0.5), (1, 2.4))


def _terrace(site: Site, group: Block, units: int, height: float, *, back_high: bool) -> None:
    """Attached houses; their yards lie towards high v when `back_high`, else towards low v."""
    rng, district = site.rng, group.district
    parts, tone = [], site.roof_colour(group, tiled=district.tiled)
    for unit in range(units):
        house = group.part(unit / units, 0, (unit + 1) / units, 1)
        low, high = (
            (0.26 + 0.05 * (unit % 2), 0.68) if back_high else (0.32, 0.74 - 0.05 * (unit % 2))
        )
        body = house.part(0.0, low, 1.0, high)
        centre, angle = site.spot(body, 0.5, 0.5)
        parts.append(
            Building(
                box(centre, angle, body.size[0] * 1.01, body.size[1]),
                angle,
                height + rng.uniform(-0.5, 0.5),
                "hip" if district.tiled else "flat",
                vary(rng, tone, 0.05),
            )
        )
        if district.tiled and rng.random() < 0.5:
            parts.append(
                Building(
                    box(centre, angle, 2.5, body.size[1] * 1.25), angle, height - 0.5, "hip", tone
                )
            )
        yard = house.part(0, 0.70, 1, 0.99) if back_high else house.part(0, 0.01, 1, 0.30)
        if rng.random() < district.lush:
            site.nursery.lawn(site.canvas.patch(site.outline(yard, 0.3)), care=0.7)
        if rng.random() < 0.6:
            _park_at_home(site, *site.spot(house, 0.5, 0.12 if back_high else 0.88))
        site.nursery.scatter(site.points(yard, 2.5 * district.lush, 0.5), (0.6, 1.8))
    standing = [part for part in parts if site.canvas.fits(site.canvas.patch(part.outline))]
    build(site.canvas, standing, site.style, rng)
