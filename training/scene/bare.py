# SPDX-License-Identifier: GPL-2.0-or-later
"""Ground without a town on it: desert, and building sites."""

from __future__ import annotations

import numpy as np

from .canvas import LAND, METAL, SAND, Paint
from .cars import park_lorry
from .ground import scrape, shade_ground
from .plan import Block
from .roads import box, disc
from .site import Site
from .style import scaled, vary

_GOODS = ((120, 116, 112), (186, 182, 178), (140, 120, 104))


def desert(site: Site, block: Block) -> None:
    """Nothing yet, but shrubs in clumps, and here and there a levelled plot."""
    rng, canvas = site.rng, site.canvas
    if rng.random() < 0.35:
        plot = canvas.patch(site.outline(block, rng.uniform(0, 6)))
        scrape(canvas, plot, vary(rng, site.style.sand, 0.06))
    count = block.area / 350 * rng.uniform(0.05, 1.6) * (1.25 - site.style.dryness)
    site.nursery.scatter(site.clumps(block, count), (0.5, 1.8))


def building_site(site: Site, block: Block) -> None:
    """Levelled plots, a pit, heaps, goods, lorries and their tracks."""
    rng, canvas = site.rng, site.canvas
    for plot in (block.part(u, v, u + 0.5, v + 0.5) for u in (0.0, 0.5) for v in (0.0, 0.5)):
        patch = canvas.patch(site.outline(plot, rng.uniform(1, 6)))
        scrape(canvas, patch, vary(rng, site.style.sand, 0.08))
        if rng.random() < 0.3:
            _pit(site, plot)
    for _ in range(int(rng.integers(3, 9))):
        ends = site.bend.ground(rng.uniform((block.u0, block.v0), (block.u1, block.v1), (2, 2)))
        shade_ground(canvas, ends, rng.uniform(2.5, 4.5), rng.uniform(0.90, 1.08))
    for spot in site.clumps(block, block.area / 110):
        _goods(site, spot)
    for spot in site.clumps(block, block.area / 2200):
        _heap(site, spot, rng.uniform(1.2, 4.2))
    for spot in site.points(block, 3, 6):
        if canvas.open_at(spot):
            park_lorry(canvas, spot, rng.uniform(0, np.pi), rng)


def _pit(site: Site, plot: Block) -> None:
    """Dig for a foundation, and lay its first footings."""
    rng = site.rng
    low = rng.uniform(0.1, 0.4, 2)
    pit = plot.part(*low, *(low + rng.uniform(0.3, 0.55, 2)))
    site.cover(site.outline(pit), Paint(scaled(site.style.sand, 0.88), LAND, SAND, -2.0))
    footing = Paint(vary(rng, (176, 174, 170), 0.08), LAND, SAND, -1.6)
    for share in np.arange(0.1, 0.95, rng.uniform(0.14, 0.3)):
        for strip in (
            pit.part(share, 0.08, share + 0.025, 0.92),
            pit.part(0.08, share, 0.92, share + 0.03),
        ):
            site.cover(site.outline(strip), footing)


def _goods(site: Site, spot: np.ndarray) -> None:
    rng, canvas = site.rng, site.canvas
    length, width = rng.gamma(2.0, (0.9, 0.4)) + 0.4
    patch = canvas.patch(box(spot, rng.normal(site.bend.angle, 0.2), length, width))
    if canvas.fits(patch):
        tone = vary(rng, _GOODS[rng.integers(len(_GOODS))], 0.15)
        canvas.paint(patch, Paint(tone, LAND, METAL, rng.uniform(0.1, 0.7)))


def _heap(site: Site, spot: np.ndarray, radius: float) -> None:
    """Tip a cone of sand."""
    canvas = site.canvas
    patch = canvas.patch(disc(spot, radius)).within(canvas.free)
    rows, cols = np.nonzero(patch.mask)
    x = (cols + patch.col_off) / canvas.scale - spot[0]
    y = (rows + patch.row_off) / canvas.scale - spot[1]
    canvas.height[patch.window][rows, cols] += 0.55 * np.clip(radius - np.hypot(x, y), 0, None)
    view = canvas.colour[patch.window]
    view[rows, cols] = np.clip(view[rows, cols] * site.rng.uniform(0.85, 1.05), 0, 255)
