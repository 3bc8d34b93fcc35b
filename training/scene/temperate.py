# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws a temperate scene: meadows, water, roads, parcels, homes, and woods over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .blocks import fill_block, line_road
from .canvas import LAND, SOIL, Canvas, Paint, Patch
from .cars import drive_cars
from .cottages import cottages, farmstead, greenhouses, hamlet
from .country import draw_country
from .fields import Country, lay_field, lay_meadow
from .groves import number_groves
from .lakes import lakes_distance, lay_lakes
from .noise import fractal_noise
from .plan import Block
from .plants import Nursery
from .roads import lay_roads, open_roads
from .season import draw_season, temperate_style
from .site import Site
from .style import Style, vary
from .woods import grow_woods

Dice = Callable[[str], np.random.Generator]
_HOMES = {
    "villas": cottages,
    "hamlet": hamlet,
    "farmstead": farmstead,
    "greenhouses": greenhouses,
}


def draw_temperate(canvas: Canvas, dice: Dice) -> Style:
    """Draw on an empty board with the dice of each topic; return the style that was drawn."""
    season = draw_season(dice("season"))
    style = temperate_style(dice("style"), season)
    fields, lakes, woods, homes = (dice(key) for key in ("fields", "lakes", "woods", "homes"))
    country = Country.of(canvas, season, fields)
    lay_meadow(country, Patch(0, 0, np.ones(canvas.shape, bool)), fields, rough=0.7)
    canvas.height += np.float32(fields.uniform(0.05, 0.25)) * country.swell
    shore = lakes_distance(canvas, lakes)
    lay_lakes(canvas, shore, season, lakes)
    plan = draw_country(dice("country"), canvas.extent, style)
    roads = lay_roads(canvas, plan, shore, style, dice("roads"))
    open_roads(canvas)
    site = Site(canvas, plan.bend, style, Nursery.grown(canvas, style, dice("plants")), homes)
    wooded = _riparian(canvas, shore, woods)
    for block in plan.blocks:
        _fill(site, country, block, wooded, fields)
    drive_cars(canvas, roads, homes)
    grow_woods(canvas, wooded, season, woods)
    for road in roads:
        line_road(site, road)
    number_groves(canvas, site.nursery.loose)
    return style


def _riparian(canvas: Canvas, shore: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return where trees line the water and where woods keep no boundary: bool (rows, cols)."""
    patches = fractal_noise(rng, canvas.shape, cell=90 * canvas.scale, octaves=6, gain=0.6)
    belt = shore < rng.uniform(0, 26) * (patches + rng.uniform(-0.6, 1.2))
    free = patches > rng.choice([0.3, 1.1, 9.0], p=[0.25, 0.35, 0.4])
    return belt | free


def _fill(
    site: Site, country: Country, block: Block, wooded: np.ndarray, rng: np.random.Generator
) -> None:
    """Use a block as its district says, if any of it lies on the board."""
    canvas, use = site.canvas, block.district.use
    patch = canvas.patch(site.outline(block))
    if min(block.size) < 8 or not patch.mask.any():
        return
    if use == "wood":
        wooded[patch.window] |= patch.mask
        return
    if use in ("field", "meadow", "orchard"):
        _farm(site, country, block, wooded, rng)
        if rng.random() < 0.5:
            _edge(site, block, wooded, rng)
        return
    wooded[patch.window] &= ~patch.mask
    if use in _HOMES:
        if block.size[1] > block.size[0]:
            block, site = block.swapped(), replace(site, bend=replace(site.bend, swapped=True))
        _HOMES[use](site, block)
    else:
        fill_block(site, block)


def _farm(
    site: Site, country: Country, block: Block, wooded: np.ndarray, rng: np.random.Generator
) -> None:
    """Till, mow or plant a parcel; most fields are cleared of the woods' outliers."""
    canvas, use = site.canvas, block.district.use
    ground = canvas.patch(site.outline(block, rng.uniform(0.0, 1.5))).within(canvas.free)
    middle = block.part(0.5, 0.5, 0.5, 0.5)
    heading = site.bend.heading(middle.u0, middle.v0) + float(rng.choice([0.0, np.pi / 2]))
    if use == "field":
        wild = wooded[ground.window] & ground.mask & (rng.random() < 0.3)
        tilled = Patch(ground.row_off, ground.col_off, ground.mask & ~wild)
        with canvas.one_thing():
            lay_field(country, tilled, heading, rng)
        wooded[ground.window] &= wild | ~ground.mask
        return
    with canvas.one_thing():
        lay_meadow(country, ground, rng, rough=float(rng.uniform(0.1, 1.0)))
    if use == "meadow":
        site.nursery.scatter(site.clumps(block, block.area / rng.uniform(200, 4000)), (0.8, 4.0))
        return
    wooded[ground.window] &= ~ground.mask
    pitch, radius = rng.uniform(4.5, 9.0), rng.uniform(1.4, 3.2)
    us = np.arange(block.u0 + 4, block.u1 - 3, pitch)
    vs = np.arange(block.v0 + 4, block.v1 - 3, pitch * rng.uniform(0.6, 1.0))
    grid = np.stack(np.meshgrid(us, vs), axis=-1).reshape(-1, 2)
    grid = grid[rng.random(len(grid)) < 0.94]
    site.nursery.scatter(site.bend.ground(grid), (0.8 * radius, 1.1 * radius), crop=True)


def _edge(site: Site, block: Block, wooded: np.ndarray, rng: np.random.Generator) -> None:
    """Let a line of trees grow, or an earthen track run, along one side of a parcel."""
    side, track = int(rng.integers(4)), rng.random() < 0.3
    wide, tall = (3.0 if track else 4.0) * rng.uniform(0.7, 1.7) / np.array(block.size)
    shares = ((0, 0, wide, 1), (1 - wide, 0, 1, 1), (0, 0, 1, tall), (0, 1 - tall, 1, 1))
    patch = site.canvas.patch(site.outline(block.part(*shares[side])))
    if track:
        site.canvas.paint(
            patch.within(site.canvas.free), Paint(vary(rng, site.style.sand, 0.08), LAND, SOIL)
        )
    wooded[patch.window] |= patch.mask & (not track)
