# SPDX-License-Identifier: GPL-2.0-or-later
"""Villas around a ring street with a garden in its middle."""

from __future__ import annotations

import numpy as np

from .canvas import ASPHALT, LAND, LAWN, PAVING, ROAD, VEGETATION, Paint
from .homes import house
from .plan import Block
from .roads import box, disc
from .site import Site
from .style import vary

_STREET = 6.5  # metres


def rings(site: Site, block: Block) -> None:
    """One ring, as large as the block allows, on a common lawn."""
    lush = block.district.lush
    centre, _ = site.spot(block, 0.5, 0.5)
    radius = min(block.size) / 2
    inner = radius * site.rng.uniform(0.40, 0.50)  # the outer edge of the ring street
    site.nursery.lawn(site.canvas.patch(site.outline(block, 1.0)), care=0.3 + 0.6 * lush)
    site.nursery.scatter(site.points(block, block.area / 160 * lush), (1.2, 3.2))
    site.pave(disc(centre, radius * 0.98), block.district.ground)
    _ring_street(site, block, centre, inner)
    _ring_garden(site, centre, inner - _STREET)
    _ring_plots(site, block, centre, inner, radius)


def _ring_street(site: Site, block: Block, centre: np.ndarray, inner: float) -> None:
    """The ring and the way out of it, over the block's short side."""
    way = Paint(vary(site.rng, site.style.asphalt, 0.05), ROAD, ASPHALT, 0.0)
    way_out, _ = site.spot(block, 1.06, 0.5)
    middle, run = (centre + way_out) / 2, way_out - centre
    exit_strip = box(middle, float(np.arctan2(run[1], run[0])), float(np.hypot(*run)), _STREET)
    for shape in (disc(centre, inner), exit_strip):
        site.cover(shape, way)


def _ring_garden(site: Site, centre: np.ndarray, radius: float) -> None:
    grass = Paint(vary(site.rng, site.style.lawn, 0.08), VEGETATION, LAWN, 0.1)
    with site.canvas.one_thing():
        site.cover(disc(centre, radius), grass)
    site.cover(disc(centre, radius * 0.4), Paint(site.style.paving, LAND, PAVING, 0.1))
    turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    spokes = np.column_stack([np.cos(turn), np.sin(turn)])
    site.nursery.scatter(centre + spokes * radius * 0.75, (1.4, 2.4))
    site.canvas.free &= site.canvas.label != ROAD


def _ring_plots(site: Site, block: Block, centre: np.ndarray, inner: float, radius: float) -> None:
    """A house on every wedge, a lawn behind it, a line of trees to the next."""
    rng, lush = site.rng, block.district.lush
    middle = (inner + radius) / 2 + 0.5
    count = max(int(2 * np.pi * middle / (block.district.plot * 0.95)), 3)
    half_width, half_depth = np.pi * middle / count, (radius - inner) / 2
    plot = Block(-half_width, -half_depth, half_width, half_depth, block.district)
    for angle in site.bend.angle + np.arange(count) * 2 * np.pi / count:
        run = np.array([np.cos(angle), np.sin(angle)])
        if rng.random() < lush:
            garden = box(centre + run * (radius - 5), angle, 8.0, half_width * 1.9)
            site.nursery.lawn(site.canvas.patch(garden), care=0.8)
        house(site, plot, centre + run * middle, angle + np.pi / 2)
        fence = np.array([np.cos(angle + np.pi / count), np.sin(angle + np.pi / count)])
        steps = rng.uniform(inner + 2, radius - 1, (int(rng.poisson(2 + 6 * lush)), 1))
        site.nursery.scatter(centre + fence * steps, (0.8, 2.2))
