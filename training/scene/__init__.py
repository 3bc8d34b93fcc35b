# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated aerial scenes with exact truth: towns and country, drawn with numpy and OpenCV only."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from .blocks import fill_block, line_road
from .camera import expose, truth_of
from .canvas import Canvas
from .cars import drive_cars
from .crossings import lay_crossing
from .ground import lay_sand, lay_tracks
from .groves import number_groves
from .plan import draw_plan
from .plants import Nursery
from .roads import lay_roads, open_roads
from .site import Site
from .style import Style, draw_style
from .temperate import Dice, draw_temperate
from .things import things_of
from .water import lay_water, shore_distance

__all__ = ["CLIMATES", "FIRST_SAMPLE_SEED", "Drawn", "generate"]

FIRST_SAMPLE_SEED = 1_000_000
_FACTOR = 2  # sub-pixels along a pixel's side
_DESERT_TOPICS = ("style", "ground", "plan", "roads", "plants", "camera", "blocks", "verges")
# A topic's place here is part of its seed: new ones go to the end.
_TOPICS = (*_DESERT_TOPICS, "season", "country", "fields", "lakes", "woods", "homes")
_MARGIN = 24  # pixels drawn around the scene so that shadows and crowns reach in


class Drawn(NamedTuple):
    """image uint8 (h, w, 3) RGB, truth uint8 (h, w) classes, things uint16 (h, w) numbers."""

    image: np.ndarray
    truth: np.ndarray
    things: np.ndarray


def generate(
    seed: int,
    *,
    size: int | tuple[int, int] = 512,
    resolution_m: float = 0.5,
    climate: str = "desert",
) -> Drawn:
    """Return a scene: its image, and the class and the thing at every pixel.

    `size` is the side or (height, width) in pixels, `resolution_m` the metres a pixel covers,
    `climate` one of CLIMATES: a desert town, or woods, fields, lakes and homes of a temperate one.
    Truth: 0 Building, 1 Land (bare and paved), 2 Road, 3 Vegetation, 4 Water; 255 is never used.
    The truth is what is seen from above: a crown over a road is Vegetation, a car on a road is
    Road, shadow changes nothing. Things: 1, 2, ... for every single one that is seen in one piece,
    a house, a field, a pool, a car park, a wood; 0 is open ground, roads and what is smaller than
    things.LEAST_PX. The same seed gives the same scene. Seeds from
    FIRST_SAMPLE_SEED on are kept for samples and tests: training uses smaller ones only.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < 1 or not 0.1 <= resolution_m <= 5:
        raise ValueError(
            f"A scene needs a size of at least 1 x 1 pixels and 0.1 to 5 metres a pixel; "
            f"asked for {height} x {width} at {resolution_m}. Change size or resolution_m."
        )
    if climate not in CLIMATES:
        raise ValueError(
            f"A scene's climate is one of {', '.join(CLIMATES)}; asked for {climate!r}. "
            f"Change climate."
        )
    shape = tuple((side + 2 * _MARGIN) * _FACTOR for side in (height, width))
    canvas = Canvas(shape, _FACTOR / resolution_m)
    style = CLIMATES[climate](canvas, partial(_dice, seed))
    frame = {"factor": _FACTOR, "margin": _MARGIN, "size": (height, width)}
    image, truth = expose(canvas, style, _dice(seed, "camera"), **frame), truth_of(canvas, **frame)
    return Drawn(image, truth, things_of(canvas, truth, factor=_FACTOR, margin=_MARGIN))


def _dice(seed: int, topic: str, *index: int) -> np.random.Generator:
    return np.random.default_rng((seed, _TOPICS.index(topic), *index))


def _draw_desert(canvas: Canvas, dice: Dice) -> Style:
    style = draw_style(dice("style"))
    ground, road = dice("ground"), dice("roads")
    lay_sand(canvas, style, ground)
    lay_tracks(canvas, ground)
    shore = shore_distance(canvas, ground)
    lay_water(canvas, shore, style, ground)
    plan = draw_plan(dice("plan"), canvas.extent, style)
    roads = lay_roads(canvas, plan, shore, style, road)
    for crossing in plan.crossings:
        lay_crossing(canvas, plan.bend, crossing, style, road)
    open_roads(canvas)
    plants = dice("plants")
    site = Site(canvas, plan.bend, style, Nursery.grown(canvas, style, plants), plants)
    for index, block in enumerate(plan.blocks):
        fill_block(site.with_rng(dice("blocks", index)), block)
    drive_cars(canvas, roads, road)
    for index, way in enumerate(roads):
        line_road(site.with_rng(dice("verges", index)), way)
    number_groves(canvas, site.nursery.loose)
    return style


CLIMATES = {"desert": _draw_desert, "temperate": draw_temperate}
