# SPDX-License-Identifier: GPL-2.0-or-later
"""Big buildings on shared ground: flats, towers, works and malls, with their car parks."""

from __future__ import annotations

import numpy as np

from .buildings import Building, build, footprint, placed
from .canvas import ASPHALT, BUILDING, LAND, METAL, ROAD, SAND, Paint
from .cars import park_car, park_lorry
from .plan import Block
from .roads import box
from .site import Site
from .style import mixed, scaled, vary


def flats(site: Site, block: Block) -> None:
    """Blocks of flats around courts of lawn and paving."""
    rng, lush = site.rng, block.district.lush
    site.pave(site.outline(block), block.district.ground)
    site.clutter(block, 110)
    for cell in _cells(site, block, (26, 42)):
        if rng.random() < 0.15:
            car_park(site, cell)
            continue
        site.simple(
            cell,
            share=tuple(rng.uniform(0.55, 0.85, 2)),
            height=rng.uniform(9, 20),
            shapes=("rectangle", "l", "u", "t", "step"),
            roof="flat",
        )
        if rng.random() < lush:
            court = cell.part(*rng.uniform(0, 0.3, 2), *rng.uniform(0.7, 1, 2))
            site.nursery.lawn(site.canvas.patch(site.outline(court)), care=0.7)
    site.nursery.scatter(site.points(block, block.area / 260 * (0.2 + lush)), (1.0, 2.8))
    border = site.ring(block, 6.5, 1.2)
    site.nursery.scatter(border[rng.random(len(border)) < 0.3 + 0.6 * lush], (1.2, 2.2))


def towers(site: Site, block: Block) -> None:
    """A podium with a tower or two on every plot, and parking between."""
    rng = site.rng
    site.pave(site.outline(block), block.district.ground)
    site.clutter(block, 110)
    for _ in range(int(rng.poisson(4 * block.district.lush))):
        low = rng.uniform(0.02, 0.7, 2)
        court = block.part(*low, *(low + rng.uniform(0.08, 0.3, 2)))
        site.nursery.lawn(site.canvas.patch(site.outline(court)), care=0.8)
    for cell in _cells(site, block, (38, 58)):
        if rng.random() < 0.25:
            car_park(site, cell)
            continue
        centre, angle = site.spot(cell, 0.5, 0.5)
        size = np.array(cell.size) * rng.uniform(0.6, 0.85, 2)
        colour = site.roof_colour(cell)
        podium = Building(
            placed(footprint(rng, *size, ("rectangle", "step")), centre, angle),
            angle,
            rng.uniform(6, 12),
            "flat",
            colour,
        )
        core = footprint(rng, *(size * rng.uniform(0.4, 0.6, 2)), ("rectangle", "t", "step", "u"))
        shaft = Building(
            placed(core, centre, angle), angle, rng.uniform(24, 62), "flat", vary(rng, colour, 0.08)
        )
        build(site.canvas, [podium, shaft], site.style, rng)
    _green_edges(site, block)


def works(site: Site, block: Block) -> None:
    """Sheds with sheet roofs in dusty yards."""
    rng = site.rng
    yard = mixed(site.style.sand, site.style.paving, rng.uniform(0.2, 0.8))
    with site.canvas.one_thing():
        site.cover(site.outline(block), Paint(vary(rng, scaled(yard, 0.92), 0.06), LAND, SAND))
    site.clutter(block, 80)
    for cell in _cells(site, block, (26, 60)):
        if rng.random() < 0.2:
            _yard(site, cell)
            continue
        site.simple(
            cell,
            share=tuple(rng.uniform(0.7, 0.92, 2)),
            height=rng.uniform(5, 10),
            shapes=("rectangle", "rectangle", "l"),
            roof="sheet" if rng.random() < 0.8 else "flat",
        )


def mall(site: Site, block: Block) -> None:
    """One very large building of several volumes, and the car park it needs."""
    rng = site.rng
    site.pave(site.outline(block), block.district.ground)
    share = rng.uniform(0.45, 0.6)
    house, lot = block.part(0.04, 0.06, share, 0.94), block.part(share + 0.04, 0.06, 0.97, 0.94)
    centre, angle = site.spot(house, 0.5, 0.5)
    size = np.array(house.size)
    colour = site.roof_colour(house)
    parts = [
        Building(
            placed(footprint(rng, *size, ("l", "step", "t")), centre, angle),
            angle,
            rng.uniform(8, 13),
            "flat",
            colour,
        )
    ]
    for _ in range(int(rng.integers(2, 6))):
        wing = rng.uniform(0.15, 0.4, 2) * size
        offset = rng.uniform(-0.24, 0.24, 2) * size
        parts.append(
            Building(
                placed(box(offset, 0, *wing), centre, angle),
                angle,
                rng.uniform(13, 19),
                str(rng.choice(["flat", "sheet"])),
                vary(rng, colour, 0.08),
            )
        )
    build(site.canvas, parts, site.style, rng)
    car_park(site, lot)
    _green_edges(site, block)


def car_park(site: Site, block: Block) -> None:
    """Rows of bays with aisles; tarmac counts as Road. Some rows have shade roofs."""
    rng, canvas = site.rng, site.canvas
    outline = site.outline(block, 1.5)
    if not canvas.fits(canvas.patch(outline)):
        return
    tarmac = vary(rng, scaled(site.style.asphalt, 1.15), 0.08)
    with canvas.one_thing():
        canvas.polygon(outline, Paint(tarmac, ROAD, ASPHALT, 0.0))
    length, depth = block.size
    shaded, planted, full = rng.random() < 0.3, rng.random() < 0.5, rng.uniform(0.3, 0.95)
    for v in np.arange(4.5, depth - 3.5, 8.2):
        row = int(v / 8.2)
        for u in np.arange(3.5, length - 3.0, 2.6):
            spot, angle = site.spot(block, u / length, v / depth)
            line = box(spot - 1.3 * np.array([np.cos(angle), np.sin(angle)]), angle, 0.15, 4.8)
            canvas.polygon(line, Paint(mixed(tarmac, (220, 220, 216), 0.45)))
            if rng.random() < full:
                park_car(canvas, spot, angle + np.pi / 2, rng)
        if shaded and row % 2:
            centre, angle = site.spot(block, 0.5, v / depth)
            sheet = Paint(vary(rng, (206, 202, 194), 0.05), BUILDING, METAL, 3.0)
            with canvas.one_thing():
                canvas.polygon(box(centre, angle, length - 8, 5.2), sheet)
        elif planted:
            us = np.arange(5, length - 4, 8.5) / length
            spots = np.array([site.spot(block, u, (v + 2.7) / depth)[0] for u in us]).reshape(-1, 2)
            site.nursery.scatter(spots, (1.0, 1.9))
    canvas.reserve(canvas.patch(outline))


def _yard(site: Site, cell: Block) -> None:
    """Stacks of goods in rows, and lorries."""
    rng = site.rng
    goods = [vary(rng, tone, 0.15) for tone in ((150, 140, 128), (96, 92, 92), (176, 170, 160))]
    for v in np.arange(0.12, 0.9, rng.uniform(0.1, 0.2)):
        for u in np.arange(0.1, 0.9, rng.uniform(0.06, 0.16)):
            spot, angle = site.spot(cell, u, v)
            patch = site.canvas.patch(box(spot, angle, *rng.uniform(1.5, 4.5, 2)))
            if rng.random() < 0.6 and site.canvas.fits(patch):
                site.canvas.paint(
                    patch,
                    Paint(
                        vary(rng, goods[rng.integers(3)], 0.1), None, METAL, rng.uniform(0.8, 2.5)
                    ),
                )
    for spot in site.points(cell, 2.0, 4.0):
        if site.canvas.open_at(spot):
            park_lorry(site.canvas, spot, rng.uniform(0, np.pi), rng)


def _cells(site: Site, block: Block, grain: tuple[float, float]) -> list[Block]:
    """Cut a block into a loose grid of building plots."""
    length, depth = block.size
    columns = max(round(length / site.rng.uniform(*grain)), 1)
    rows = max(round(depth / site.rng.uniform(*grain)), 1)
    return [
        block.part(c / columns, r / rows, (c + 1) / columns, (r + 1) / rows)
        for r in range(rows)
        for c in range(columns)
    ]


def _green_edges(site: Site, block: Block) -> None:
    rng, lush = site.rng, block.district.lush
    border = site.ring(block, 7.0, 1.6)
    palm = bool(rng.random() < 0.6)
    site.nursery.scatter(border[rng.random(len(border)) < 0.4 + 0.5 * lush], (1.2, 2.2), palm=palm)
    site.nursery.scatter(site.points(block, block.area / 700 * lush), (1.0, 2.4), palm=palm)
