# SPDX-License-Identifier: GPL-2.0-or-later
"""Fills every block with what its district asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .bare import building_site, desert
from .canvas import ROAD
from .estates import flats, mall, towers, works
from .greens import farm, golf, park
from .homes import rows, villas
from .plan import Block
from .rings import rings
from .roads import Road, along, lengths, shifted
from .site import Site

_BUILDERS: dict[str, Callable[[Site, Block], None]] = {
    "villas": villas,
    "rows": rows,
    "rings": rings,
    "flats": flats,
    "towers": towers,
    "works": works,
    "mall": mall,
    "park": park,
    "golf": golf,
    "desert": desert,
    "site": building_site,
    "farm": farm,
}


def fill_block(site: Site, block: Block) -> None:
    """Build the block, its long side along u, if any of it lies on the board."""
    if min(block.size) < 8 or not site.canvas.patch(site.outline(block)).mask.any():
        return
    if block.size[1] > block.size[0]:
        block = block.swapped()
        site = replace(site, bend=replace(site.bend, swapped=True))
    _BUILDERS[block.district.use](site, block)


def line_road(site: Site, road: Road) -> None:
    """Plant a road's verges, and its median if it is green, with rows of trees."""
    rng = site.rng
    if road.way.kind == "lane" and rng.random() < 0.85:
        return
    street = road.way.kind == "street"
    if rng.random() < (0.55 if street else 0.25) * (0.4 + site.style.dryness):
        return
    palm, spacing = bool(rng.random() < 0.4), rng.uniform(7, 14)
    offsets = [side * (road.way.width / 2 + (1.6 if street else 4.0)) for side in (-1, 1)]
    if road.planted and road.median:
        offsets.append(0.0)
    for offset in offsets:
        path = shifted(road.line, offset)
        at = np.arange(rng.uniform(2, 8), lengths(path)[-1] - 2, spacing)
        spots = along(path, at[rng.random(len(at)) < 0.85])
        site.nursery.scatter(_off_road(site, spots), (1.1, 2.3), palm=palm)


def _off_road(site: Site, spots: np.ndarray) -> np.ndarray:
    """Leave out the spots that another road's tarmac covers."""
    pixels = np.round(spots * site.canvas.scale).astype(int)
    inside = ((pixels >= 0) & (pixels < site.canvas.shape[::-1])).all(axis=1)
    spots, pixels = spots[inside], pixels[inside]
    return spots[site.canvas.label[pixels[:, 1], pixels[:, 0]] != ROAD]
