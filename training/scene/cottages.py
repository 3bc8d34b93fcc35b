# SPDX-License-Identifier: GPL-2.0-or-later
"""Homes under pitched roofs: houses in gardens along a street, hamlets, farmsteads."""

from __future__ import annotations

import numpy as np

from .buildings import Building, build
from .canvas import LAND, ROAD, SAND, SOIL, Paint
from .cars import park_car, park_lorry
from .plan import Block
from .roads import box, disc
from .site import Site
from .style import Colour, vary

_SHEDS = ((214, 214, 212), (178, 182, 184), (146, 68, 58), (120, 126, 128), (96, 120, 108))


def cottages(site: Site, block: Block) -> None:
    """Two rows of gardens back to back, a house near each one's street."""
    for plot, street in block.gardens():
        _plot(site, plot, street)


def _plot(site: Site, plot: Block, street: float) -> None:
    """One garden; `street` tells which v edge (0 or 1) faces the street."""
    rng, lush = site.rng, plot.district.lush
    patch = site.canvas.patch(site.outline(plot, 0.2))
    # No thing: nobody sees where one garden ends and the next begins.
    site.nursery.grass(patch, care=0.4 + 0.5 * lush * rng.random())
    if rng.random() < 0.04:
        return
    back = 1 - 2 * street
    drive = 0.12 if rng.random() < 0.5 else 0.88
    strip = plot.part(drive - 0.08, 0, drive + 0.08, 1).part(0, street, 1, 0.5)
    site.pave(site.outline(strip), site.style.paving, 0.06)
    centre, angle = site.spot(
        plot, rng.uniform(0.42, 0.58), street + back * rng.uniform(0.36, 0.44)
    )
    pitched_house(site, centre, angle, (plot.size[0] * 0.62, plot.size[1] * 0.42), plot)
    if rng.random() < 0.5:
        _shed(site, *site.spot(plot, rng.uniform(0.2, 0.8), street + back * rng.uniform(0.75, 0.9)))
    if rng.random() < 0.6:
        spot, turn = site.spot(plot, drive, street + back * 0.2)
        if site.canvas.open_at(spot):
            park_car(site.canvas, spot, turn + np.pi / 2, rng)
    trees = plot.area / 160 * lush * rng.uniform(0.2, 1.6)
    site.nursery.scatter(site.points(plot, trees, 1.0), (1.2, 4.8))
    if rng.random() < 0.45 * lush:
        edge = site.ring(plot, 1.6, 0.5)
        site.nursery.scatter(edge[rng.random(len(edge)) < 0.6], (0.7, 1.3))


def pitched_house(
    site: Site, centre: np.ndarray, angle: float, room: tuple[float, float], plot: Block
) -> None:
    """A body under a ridge or hips, and often a wing or a garage across it; `room` in metres."""
    rng = site.rng
    length = float(np.clip(room[0] * rng.uniform(0.7, 1.0), 7, 20))
    depth = float(np.clip(room[1] * rng.uniform(0.6, 1.0), 6, 10.5))
    eaves, roof = rng.uniform(2.8, 6.0), str(rng.choice(["gable", "hip"], p=[0.65, 0.35]))
    colour = site.roof_colour(plot, tiled=plot.district.tiled)
    parts = [Building(box(centre, angle, length, depth), angle, eaves, roof, colour)]
    if rng.random() < 0.65:
        run = np.array([np.cos(angle), np.sin(angle)])
        side = np.array([-run[1], run[0]])
        wing = (
            centre + run * length * rng.uniform(-0.3, 0.3) + side * depth * rng.choice((-0.4, 0.4))
        )
        outline = box(wing, angle, length * rng.uniform(0.3, 0.5), depth * rng.uniform(0.7, 1.1))
        tone = vary(rng, colour, 0.03)
        parts.append(Building(outline, angle, eaves * rng.uniform(0.7, 0.98), roof, tone))
    build(site.canvas, parts, site.style, rng)


def _shed(site: Site, spot: np.ndarray, angle: float) -> None:
    rng = site.rng
    outline = box(spot, angle, rng.uniform(2.4, 6), rng.uniform(2.2, 4.5))
    colour = vary(rng, _SHEDS[rng.integers(len(_SHEDS))], 0.08)
    build(site.canvas, [Building(outline, angle, 2.3, "gable", colour)], site.style, rng)


def hamlet(site: Site, block: Block) -> None:
    """A handful of houses standing as they like, gardens and fruit trees between them."""
    rng = site.rng
    site.nursery.lawn(site.canvas.patch(site.outline(block, 1.0)), care=0.6)
    for spot in site.points(block, block.area / 1300, 9):
        angle = site.bend.angle + rng.normal(0, 0.3) + rng.choice((0, np.pi / 2))
        site.pave(box(spot, angle, rng.uniform(12, 22), rng.uniform(10, 18)), site.style.sand)
        pitched_house(site, spot, angle, (17, 12), block)
        if rng.random() < 0.5:
            _shed(site, spot + rng.normal(0, 11, 2), angle)
    site.nursery.scatter(site.points(block, block.area / 170, 1.0), (1.5, 4.8))


def farmstead(site: Site, block: Block) -> None:
    """A yard of gravel or concrete with barns, silos, a house and a windbreak."""
    rng = site.rng
    share = np.minimum(np.array([95.0, 75.0]) / block.size, 0.9)
    low = rng.uniform(0, 1, 2) * (1 - share)
    yard = block.part(*low, *(low + share))
    tone = vary(rng, (186, 178, 160), 0.1)
    site.nursery.lawn(site.canvas.patch(site.outline(yard)), care=0.6)
    with site.canvas.one_thing():
        site.cover(site.outline(yard.part(0.12, 0.15, 0.88, 0.85)), Paint(tone, LAND, SAND, 0.0))
    _drive(site, block, yard, tone)
    for spot in site.points(yard.part(0.1, 0.1, 0.9, 0.9), 5, 6):
        _barn(site, spot, site.bend.heading(yard.u0, yard.v0) + rng.choice((0, np.pi / 2)))
    for spot in site.points(yard, 3, 8):
        _silo(site, spot)
    spot, angle = site.spot(yard, rng.uniform(0.15, 0.85), 0.12)
    pitched_house(site, spot, angle, (16, 11), yard)
    for spot in site.points(yard, 4, 4):
        if site.canvas.open_at(spot):
            park_lorry(site.canvas, spot, rng.uniform(0, np.pi), rng)
    edge = site.ring(yard, 6.0, 1.0)
    site.nursery.scatter(edge[rng.random(len(edge)) < rng.uniform(0.2, 0.8)], (2.5, 5.0))


def _drive(site: Site, block: Block, yard: Block, tone: Colour) -> None:
    """Lead a gravel drive from the block's edge into the yard."""
    u, v = yard.u0 + yard.size[0] / 2, yard.v0 + 0.3 * yard.size[1]
    start, end = site.bend.ground(np.array([[u, block.v0 - 8], [u, v]]))
    angle = float(np.arctan2(*(end - start)[::-1]))
    length = float(np.hypot(*(end - start)))
    site.cover(box((start + end) / 2, angle, length, 4.0), Paint(tone, ROAD, SAND, 0.0))


def _barn(site: Site, spot: np.ndarray, angle: float) -> None:
    rng = site.rng
    outline = box(spot, angle, rng.uniform(12, 42), rng.uniform(8, 18))
    colour = _roof_of_sheet(site)
    roof = "gable" if rng.random() < 0.7 else "sheet"
    build(
        site.canvas, [Building(outline, angle, rng.uniform(3.5, 6), roof, colour)], site.style, rng
    )


def _roof_of_sheet(site: Site) -> Colour:
    return vary(site.rng, _SHEDS[site.rng.integers(len(_SHEDS))], 0.06)


def _silo(site: Site, spot: np.ndarray) -> None:
    rng = site.rng
    outline = disc(spot, rng.uniform(2.2, 6))
    colour = vary(rng, (206, 206, 204), 0.05)
    build(site.canvas, [Building(outline, 0.0, rng.uniform(6, 14), "hip", colour)], site.style, rng)


def greenhouses(site: Site, block: Block) -> None:
    """Long houses of glass or plastic in rows, with soil and lanes between them."""
    rng = site.rng
    with site.canvas.one_thing():
        site.cover(site.outline(block, 1), Paint(vary(rng, site.style.sand, 0.06), LAND, SOIL, 0.0))
    glass = vary(rng, ((188, 200, 198), (226, 228, 226), (150, 168, 164))[rng.integers(3)], 0.05)
    width, gap = rng.uniform(8, 16), rng.uniform(1.5, 5)
    for v in np.arange(block.v0 + 4, block.v1 - width - 2, width + gap):
        for u0, u1 in ((0.04, 0.48), (0.53, 0.96)):
            low, high = block.u0 + u0 * block.size[0], block.u0 + u1 * block.size[0]
            middle = site.bend.ground(np.array([[(low + high) / 2, v + width / 2]]))[0]
            angle = site.bend.heading((low + high) / 2, v + width / 2)
            outline = box(middle, angle, high - low, width)
            roof = Building(outline, angle, 3.0, "gable", vary(rng, glass, 0.04))
            build(site.canvas, [roof], site.style, rng)
