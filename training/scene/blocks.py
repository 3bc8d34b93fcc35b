# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in a block: villas, flats, towers, works, parks, fields, or nothing yet."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .buildings import build, footprint, placed
from .canvas import ASPHALT, LAND, LAWN, PAVING, SAND, SEA, VEGETATION, WATER, Canvas, Paint
from .plan import Bend, Block
from .plants import Nursery
from .roads import box, park_car
from .style import Style, vary


@dataclass
class Site:
    """What the builders share."""

    canvas: Canvas
    bend: Bend
    style: Style
    nursery: Nursery
    rng: np.random.Generator

    def corners(self, u0: float, v0: float, u1: float, v1: float) -> np.ndarray:
        """Return the ground outline of a plan rectangle, its edges bent with the plan."""
        t = np.linspace(0, 1, 9)[:-1, None]
        ring = np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)], float)
        sides = [a + (b - a) * t for a, b in zip(ring, np.roll(ring, -1, axis=0))]
        return self.bend.ground(np.vstack(sides))

    def spot(self, u: float, v: float) -> tuple[np.ndarray, float]:
        """Return the ground point and heading of a plan point."""
        return self.bend.ground(np.array([[u, v]]))[0], self.bend.heading(u, v)

    def cover(self, outline: np.ndarray, paint: Paint) -> None:
        """Paint the part of an outline that is free to build on."""
        self.canvas.paint(self.canvas.patch(outline).within(self.canvas.free), paint)

    def points(self, block: Block, count: int, inset: float = 2.0) -> np.ndarray:
        """Return random ground points (count, 2) in a block."""
        low = np.array([block.u0 + inset, block.v0 + inset])
        high = np.maximum(np.array([block.u1 - inset, block.v1 - inset]), low + 0.1)
        return self.bend.ground(self.rng.uniform(low, high, (count, 2)))


def fill_block(site: Site, block: Block) -> None:
    """Build whatever the block's district asks for."""
    {"villas": _villas, "flats": _flats, "towers": _towers, "works": _works, "park": _park,
     "desert": _desert, "farm": _farm}[block.use](site, block)


def _villas(site: Site, block: Block) -> None:
    length, depth = block.size
    rng = site.rng
    plot = rng.uniform(17, 27)
    count = max(int(length / plot), 1)
    rows = 2 if depth > 38 else 1
    for row in range(rows):
        for column in range(count):
            u0 = block.u0 + column * length / count
            v0 = block.v0 + row * depth / rows
            _plot(site, Block(u0, v0, u0 + length / count, v0 + depth / rows, "villas"))


def _plot(site: Site, plot: Block) -> None:
    rng, style = site.rng, site.style
    outline = site.corners(plot.u0 + 0.2, plot.v0 + 0.2, plot.u1 - 0.2, plot.v1 - 0.2)
    kind = rng.random()
    if kind < 0.07:
        return
    if kind < 0.45 + 0.2 * style.dryness:
        site.cover(outline, Paint(vary(rng, style.paving, 0.10), LAND, PAVING))
    else:
        site.cover(outline, Paint(vary(rng, style.lawn, 0.12), VEGETATION, LAWN))
    _wall(site, outline)
    length, depth = plot.size
    size = np.array([length, depth]) * rng.uniform(0.5, 0.72, 2)
    centre, angle = site.spot(plot.u0 + length * rng.uniform(0.46, 0.54),
                              plot.v0 + depth * rng.uniform(0.44, 0.56))
    shape = placed(footprint(rng, size[0], size[1], ("rectangle", "l", "t", "step", "step")),
                   centre, angle)
    roof = "hip" if rng.random() < style.tiled_share else "flat"
    build(site.canvas, shape, angle=angle, height=rng.uniform(6, 9.5), roof=roof, style=style,
          rng=rng)
    if rng.random() < 0.25:
        pool, turn = site.spot(plot.u0 + length * rng.choice([0.12, 0.88]),
                               plot.v0 + depth * rng.uniform(0.3, 0.7))
        patch = site.canvas.patch(box(pool, turn, 3.5, 7))
        if site.canvas.fits(patch):
            site.canvas.paint(patch, Paint((70, 150, 170), WATER, SEA, -0.3))
            site.canvas.reserve(patch)
    green = int(rng.poisson(2 + 4 * (1 - style.dryness)))
    site.nursery.scatter(site.points(plot, green, 1.0), (0.8, 3.0), palm=rng.random() < 0.3)


def _wall(site: Site, outline: np.ndarray) -> None:
    ring = np.vstack([outline, outline[:1]])
    if site.canvas.fits(site.canvas.patch(outline)):
        site.canvas.stroke(ring, 0.3, Paint(vary(site.rng, (206, 200, 192), 0.05), LAND, PAVING, 2.0))


def _flats(site: Site, block: Block) -> None:
    rng, style = site.rng, site.style
    site.cover(site.corners(block.u0, block.v0, block.u1, block.v1),
               Paint(vary(rng, style.paving, 0.08), LAND, PAVING))
    _slabs(site, block, (26, 44), (9, 22), ("rectangle", "l", "u", "t", "step"))
    site.nursery.scatter(site.points(block, int(20 * (1.3 - style.dryness))), (1.2, 3.2))


def _towers(site: Site, block: Block) -> None:
    rng, style = site.rng, site.style
    site.cover(site.corners(block.u0, block.v0, block.u1, block.v1),
               Paint(vary(rng, style.paving, 0.08), LAND, PAVING))
    _slabs(site, block, (34, 52), (25, 70), ("rectangle", "t", "step"))
    _car_park(site, block)
    site.nursery.scatter(site.points(block, 16), (1.2, 2.4), palm=True)


def _works(site: Site, block: Block) -> None:
    rng, style = site.rng, site.style
    site.cover(site.corners(block.u0, block.v0, block.u1, block.v1),
               Paint(vary(rng, [0.5 * a + 0.5 * b for a, b in zip(style.sand, style.paving)], 0.08),
                     LAND, SAND))
    _slabs(site, block, (40, 62), (7, 12), ("rectangle", "rectangle", "l"), roof="sheet")
    _car_park(site, block)


def _slabs(
    site: Site, block: Block, grain: tuple[float, float], heights: tuple[float, float],
    shapes: tuple[str, ...], roof: str = "flat",
) -> None:
    """Place one building in every cell of a loose grid."""
    rng = site.rng
    length, depth = block.size
    columns = max(int(length / rng.uniform(*grain)), 1)
    rows = max(int(depth / rng.uniform(*grain)), 1)
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.12:
                continue
            centre, angle = site.spot(block.u0 + (column + 0.5) * length / columns,
                                      block.v0 + (row + 0.5) * depth / rows)
            size = np.array([length / columns, depth / rows]) * rng.uniform(0.5, 0.8, 2)
            shape = placed(footprint(rng, *size, shapes), centre, angle)
            build(site.canvas, shape, angle=angle, height=rng.uniform(*heights), roof=roof,
                  style=site.style, rng=rng)


def _car_park(site: Site, block: Block) -> None:
    rng = site.rng
    u, v = rng.uniform(block.u0 + 15, block.u1 - 15), rng.uniform(block.v0 + 10, block.v1 - 10)
    for row in range(3):
        for column in range(10):
            centre, angle = site.spot(u + column * 2.7, v + row * 7.0)
            bay = site.canvas.patch(box(centre, angle, 2.7, 6.8))
            if not site.canvas.fits(bay):
                continue
            site.canvas.paint(bay, Paint([c * 1.25 for c in site.style.asphalt], LAND, ASPHALT))
            if rng.random() < 0.7:
                park_car(site.canvas, centre, angle + np.pi / 2, rng)


def _park(site: Site, block: Block) -> None:
    rng, style = site.rng, site.style
    site.cover(site.corners(block.u0 + 1, block.v0 + 1, block.u1 - 1, block.v1 - 1),
               Paint(style.lawn, VEGETATION, LAWN))
    area = block.size[0] * block.size[1]
    site.nursery.scatter(site.points(block, int(area / 130)), (1.6, 4.6))


def _desert(site: Site, block: Block) -> None:
    area = block.size[0] * block.size[1]
    count = int(area / 900 * site.rng.uniform(0.2, 2.5) * (1.2 - site.style.dryness))
    site.nursery.scatter(site.points(block, count), (0.6, 1.6))


def _farm(site: Site, block: Block) -> None:
    rng, style = site.rng, site.style
    if rng.random() < 0.5:
        site.cover(site.corners(block.u0 + 1, block.v0 + 1, block.u1 - 1, block.v1 - 1),
                   Paint(vary(rng, style.lawn, 0.15), VEGETATION, LAWN))
    pitch = rng.uniform(6, 9)
    for u in np.arange(block.u0 + 4, block.u1 - 3, pitch):
        for v in np.arange(block.v0 + 4, block.v1 - 3, pitch):
            site.nursery.scatter(site.bend.ground(np.array([[u, v]]) + rng.normal(0, 0.4, 2)),
                                 (1.9, 2.8), palm=True)
