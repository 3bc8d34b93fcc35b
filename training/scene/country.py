# SPDX-License-Identifier: GPL-2.0-or-later
"""The plan of a temperate country: roads, parcels between them, villages and suburbs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from .bend import draw_bend
from .plan import Block, District, Main, Plan, cut
from .style import Colour, Style, vary

_GRAVELS = ((206, 199, 182), (192, 180, 156), (198, 195, 188))
_USES = ("field", "meadow", "wood", "orchard", "farmstead", "greenhouses", "hamlet")
_TOWN = ("villas", "rows", "works", "park", "flats", "mall")
_TOWN_ODDS = (0.58, 0.09, 0.12, 0.12, 0.05, 0.04)


def draw_country(rng: np.random.Generator, extent: tuple[float, float], style: Style) -> Plan:
    """Draw a plan covering `extent` (width, height in metres), from deep woods to a suburb."""
    reach = float(np.hypot(*extent)) / 2 + 40
    town = float(rng.choice([0.0, 0.25, 0.9], p=[0.45, 0.25, 0.3]))
    odds = rng.dirichlet((2.2, 1.0, 1.6, 0.25, 0.35, 0.08, 0.3))
    mains = [_mains(rng, reach, town) for _ in range(2)]
    ways = [
        replace(main.way(-reach, reach, constant_u=not side), surface=_surface(rng, style))
        for side, group in enumerate(mains)
        for main in group
    ]
    blocks: list[Block] = []
    for (u0, u1), (v0, v1) in product(*(_gaps(group, reach) for group in mains)):
        built = rng.random() < town
        use = str(rng.choice(_TOWN, p=_TOWN_ODDS)) if built else "field"
        area = Block(u0, v0, u1, v1, _district(rng, style, use))
        if built:
            cut(rng, area, ways, blocks)
        else:
            _parcels(rng, area, blocks, odds, style)
    return Plan(draw_bend(rng, extent), tuple(ways), (), tuple(blocks))


def _mains(rng: np.random.Generator, reach: float, town: float) -> list[Main]:
    mains, at = [], -reach + rng.uniform(0, 400)
    while at < reach:
        lanes = 4 if rng.random() < 0.12 else 2
        width = lanes * 3.4 + rng.uniform(-0.8, 2.0)
        kind = "lane" if rng.random() > town else ("avenue" if lanes > 2 else "street")
        if kind == "lane":
            lanes, width = 2, rng.uniform(4.5, 8.0)
        mains.append(Main(float(at), width, lanes, kind))
        at += rng.uniform(230, 480) if town > 0.5 else rng.uniform(260, 1000)
    return mains


def _surface(rng: np.random.Generator, style: Style) -> Colour:
    """Return what a main road is made of: asphalt as in the streets, gravel or concrete."""
    gravel = _GRAVELS[rng.integers(len(_GRAVELS))]
    return vary(rng, gravel if rng.random() < 0.4 else style.asphalt, 0.06)


def _gaps(mains: list[Main], reach: float) -> list[tuple[float, float]]:
    """Return the spans between main roads, clear of their verges."""
    edges = [(-reach, 0.0), *((main.at, main.width / 2 + 5) for main in mains), (reach, 0.0)]
    return [
        (a + wide_a, b - wide_b)
        for (a, wide_a), (b, wide_b) in zip(edges, edges[1:])
        if b - wide_b - a - wide_a > 12
    ]


def _district(rng: np.random.Generator, style: Style, use: str) -> District:
    picks = rng.permutation(len(style.roofs))[: int(rng.integers(1, 5))]
    return District(
        use=use,
        roofs=tuple(style.roofs[i] for i in picks),
        tiled=bool(rng.random() < style.tiled_share),
        lush=float(rng.uniform(0.3, 1.0)),
        plot=float(rng.uniform(16, 34)),
        ground=style.paving,
    )


def _parcels(
    rng: np.random.Generator,
    area: Block,
    blocks: list[Block],
    odds: np.ndarray,
    style: Style,
) -> None:
    """Split an area in two until its parts are as small as parcels are here."""
    goal = float(np.exp(rng.normal(np.log(18000), 0.8)))
    rest = [area]
    while rest:
        block = rest.pop()
        length, depth = block.size
        if block.area < goal * rng.uniform(0.7, 1.8) or max(length, depth) < 50:
            use = str(rng.choice(_USES, p=odds))
            blocks.append(Block(block.u0, block.v0, block.u1, block.v1, _district(rng, style, use)))
            continue
        at, half = rng.uniform(0.3, 0.7), rng.choice([0.3, 1.2, 2.5]) / max(length, depth)
        if length > depth:
            rest += [block.part(0, 0, at - half, 1), block.part(at + half, 0, 1, 1)]
        else:
            rest += [block.part(0, 0, 1, at - half), block.part(0, at + half, 1, 1)]
