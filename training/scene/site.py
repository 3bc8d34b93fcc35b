# SPDX-License-Identifier: GPL-2.0-or-later
"""What the builders of all blocks share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .bend import Bend
from .buildings import Building, build, footprint, placed
from .canvas import LAND, PAVING, Canvas, Paint
from .plan import Block
from .plants import Nursery
from .roads import box
from .style import Colour, Style, vary


@dataclass(frozen=True)
class Site:
    """The board, the plan's bend, and the hands at work."""

    canvas: Canvas
    bend: Bend
    style: Style
    nursery: Nursery
    rng: np.random.Generator

    def with_rng(self, rng: np.random.Generator) -> Site:
        """Return the site with dice of its own: what is built here moves nothing elsewhere."""
        return replace(self, rng=rng, nursery=replace(self.nursery, rng=rng))

    def outline(self, block: Block, inset: float = 0.0) -> np.ndarray:
        """Return the ground outline of a block, its edges bent with the plan."""
        t = np.linspace(0, 1, 9)[:-1, None]
        low, high = (block.u0 + inset, block.v0 + inset), (block.u1 - inset, block.v1 - inset)
        ring = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
        sides = [a + (b - a) * t for a, b in zip(ring, np.roll(ring, -1, axis=0))]
        return self.bend.ground(np.vstack(sides))

    def spot(self, block: Block, u: float, v: float) -> tuple[np.ndarray, float]:
        """Return the ground point and heading at shares 0..1 of the block's sides."""
        at = block.part(u, v, u, v)
        return self.bend.ground(np.array([[at.u0, at.v0]]))[0], self.bend.heading(at.u0, at.v0)

    def cover(self, outline: np.ndarray, paint: Paint) -> None:
        """Paint the part of an outline that is free to build on."""
        self.canvas.paint(self.canvas.patch(outline).within(self.canvas.free), paint)

    def pave(self, outline: np.ndarray, colour: Colour, spread: float = 0.05) -> None:
        """Pave the free part of an outline: one thing."""
        with self.canvas.one_thing():
            self.cover(outline, Paint(vary(self.rng, colour, spread), LAND, PAVING, 0.0))

    def points(self, block: Block, count: float, inset: float = 2.0) -> np.ndarray:
        """Return about `count` random ground points (n, 2) in a block."""
        low = np.array([block.u0 + inset, block.v0 + inset])
        high = np.maximum(np.array([block.u1 - inset, block.v1 - inset]), low + 0.1)
        number = int(self.rng.poisson(max(count, 0)))
        return self.bend.ground(self.rng.uniform(low, high, (number, 2)))

    def clumps(self, block: Block, count: float) -> np.ndarray:
        """Return about `count` free ground points (n, 2) that gather in clumps."""
        seeds = self.points(block, max(count / 7, 1), 4.0)
        number = int(self.rng.poisson(max(count, 0))) if len(seeds) else 0
        around = seeds[self.rng.integers(max(len(seeds), 1), size=number)]
        points = around + self.rng.normal(0, 6.0, (number, 2))
        return points[[self.canvas.open_at(point) for point in points]]

    def ring(self, block: Block, spacing: float, inset: float) -> np.ndarray:
        """Return ground points (n, 2) `spacing` metres apart along a block's edge."""
        u0, v0, u1, v1 = block.u0 + inset, block.v0 + inset, block.u1 - inset, block.v1 - inset
        us, vs = np.arange(u0, u1, spacing), np.arange(v0, v1, spacing)
        edges = [(us, v0), (us, v1), (u0, vs), (u1, vs)]
        points = [np.column_stack(np.broadcast_arrays(u, v)) for u, v in edges]
        return self.bend.ground(np.vstack(points) + self.rng.normal(0, 0.3, (1, 2)))

    def roof_colour(self, block: Block, *, tiled: bool = False) -> Colour:
        """Return a colour of the district's roofs."""
        palette = self.style.tiles if tiled else block.district.roofs
        return vary(self.rng, palette[self.rng.integers(len(palette))], 0.05)

    def clutter(self, block: Block, per_piece: float) -> None:
        """Break up open ground: slabs of other tones, kerbs, parked cars, planters."""
        for spot in self.points(block, block.area / per_piece, 1.0):
            if not self.canvas.open_at(spot):
                continue
            angle = self.bend.angle + self.rng.choice([0, np.pi / 2])
            length, width = self.rng.gamma(2.0, (2.2, 0.8)) + 0.4
            piece = self.canvas.patch(box(spot, angle, length, width))
            if self.canvas.fits(piece):
                tone = self.canvas.colour[self.canvas.at(spot)] * self.rng.uniform(0.88, 1.10)
                self.canvas.paint(
                    piece, Paint(tone, None, None, self.rng.choice([0.0, 0.0, 0.0, 0.35]))
                )

    def simple(
        self,
        block: Block,
        *,
        share: tuple[float, float],
        height: float,
        shapes: tuple[str, ...],
        roof: str,
    ) -> bool:
        """Build one volume over `share` (along u, v) of a block."""
        centre, angle = self.spot(block, 0.5, 0.5)
        length, depth = np.array(block.size) * share
        shape = placed(footprint(self.rng, length, depth, shapes), centre, angle)
        part = Building(shape, angle, height, roof, self.roof_colour(block, tiled=roof == "hip"))
        return build(self.canvas, [part], self.style, self.rng)
