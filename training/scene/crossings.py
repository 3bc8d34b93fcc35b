# SPDX-License-Identifier: GPL-2.0-or-later
"""Where main ways meet: junctions, roundabouts and overpasses."""

from __future__ import annotations

import numpy as np

from .bend import Bend
from .canvas import ASPHALT, LAND, LAWN, PAVING, ROAD, VEGETATION, WATER, Canvas, Paint
from .plan import Crossing
from .roads import Road, box, disc, furnish, wear
from .style import Colour, Style, mixed, scaled, vary

_RAMP = 45.0  # metres from the highway's edge to where an overpass is level again
_CLEARANCE = 6.0  # metres from highway to deck


def lay_crossing(
    canvas: Canvas, bend: Bend, crossing: Crossing, style: Style, rng: np.random.Generator
) -> None:
    """Draw one crossing over the ways already drawn."""
    centre = bend.ground(np.array([[crossing.a.at, crossing.b.at]]))[0]
    cell = canvas.at(centre)
    if cell is None or canvas.material[cell] not in (ASPHALT, PAVING, LAWN):
        return  # one of the two ends at the water before it gets here
    tarmac = vary(rng, style.asphalt, 0.05)
    radius = max(crossing.a.width, crossing.b.width) / 2 + rng.uniform(8, 13)
    if crossing.form == "over":
        _overpass(canvas, bend, crossing, style, rng)
    elif crossing.form == "round" and not _wet(canvas, disc(centre, radius + 6)):
        _roundabout(canvas, centre, radius, tarmac, style, rng)
    else:
        _junction(canvas, centre, bend.heading(crossing.a.at, crossing.b.at), crossing, tarmac)


def _wet(canvas: Canvas, ring: np.ndarray) -> bool:
    cells = [canvas.at(point) for point in ring]
    return any(cell is not None and canvas.label[cell] == WATER for cell in cells)


def _roundabout(
    canvas: Canvas,
    centre: np.ndarray,
    radius: float,
    tarmac: Colour,
    style: Style,
    rng: np.random.Generator,
) -> None:
    pavement = canvas.patch(disc(centre, radius + 2.2)).within(canvas.label != ROAD)
    canvas.paint(pavement, Paint(style.paving, LAND, PAVING, 0.12))
    canvas.polygon(disc(centre, radius), Paint(tarmac, ROAD, ASPHALT, 0.0))
    island = radius - rng.uniform(7.5, 9.5)
    canvas.polygon(disc(centre, island + 0.8), Paint(scaled(style.paving, 1.1), LAND, PAVING, 0.2))
    canvas.polygon(disc(centre, island), Paint(vary(rng, style.lawn, 0.1), VEGETATION, LAWN, 0.2))
    canvas.polygon(disc(centre, island * 0.45), Paint(style.paving, LAND, PAVING, 0.2))


def _junction(
    canvas: Canvas, centre: np.ndarray, angle: float, crossing: Crossing, tarmac: Colour
) -> None:
    """Clear the medians off a level crossing and mark its zebras."""
    a, b = crossing.a.width, crossing.b.width
    for length, width in ((a + 7, b - 0.6), (a - 0.6, b + 7)):
        canvas.polygon(box(centre, angle, length, width), Paint(tarmac, ROAD, ASPHALT, 0.0))
    stripe = Paint(mixed(tarmac, (225, 225, 220), 0.5))
    for heading, reach, width in ((angle, a, b), (angle + np.pi / 2, b, a)):
        run = np.array([np.cos(heading), np.sin(heading)])
        side = np.array([-run[1], run[0]])
        for across in np.arange(-width / 2 + 1, width / 2 - 0.5, 1.1):
            for out in (-reach / 2 - 2.2, reach / 2 + 2.2):
                spot = centre + run * out + side * across
                canvas.polygon(box(spot, heading, 2.6, 0.35), stripe)


def _overpass(
    canvas: Canvas, bend: Bend, crossing: Crossing, style: Style, rng: np.random.Generator
) -> None:
    """Carry the smaller way over the highway on a deck with parapets and ramps."""
    over_u = crossing.a.kind != "highway"
    upper, lower = (crossing.a, crossing.b) if over_u else (crossing.b, crossing.a)
    reach = lower.width / 2 + _RAMP
    way = upper.way(lower.at - reach, lower.at + reach, constant_u=over_u)
    line = bend.ground(way.points)
    road = Road(way, line, vary(rng, style.asphalt, 0.05), planted=False)
    canvas.ribbon(line, way.width + 2.2, Paint(scaled(style.paving, 1.1), LAND, PAVING, 0.8))
    canvas.ribbon(line, way.width, Paint(road.tarmac, ROAD, ASPHALT, 0.0))
    wear(canvas, road)
    furnish(canvas, road, style, rng)
    _ramp_up(canvas, line, way.width + 2.2, reach)


def _ramp_up(canvas: Canvas, line: np.ndarray, width: float, reach: float) -> None:
    run = np.gradient(line, axis=0)
    side = np.column_stack([-run[:, 1], run[:, 0]]) / np.linalg.norm(run, axis=1)[:, None]
    patch = canvas.patch(np.vstack([line + side * width / 2, (line - side * width / 2)[::-1]]))
    rows, cols = np.nonzero(patch.mask)
    centre, ahead = line[len(line) // 2], line[-1] - line[0]
    ahead = ahead / np.linalg.norm(ahead)
    x = (cols + patch.col_off) / canvas.scale - centre[0]
    y = (rows + patch.row_off) / canvas.scale - centre[1]
    rise = np.clip((reach - np.abs(x * ahead[0] + y * ahead[1])) / (_RAMP - 8), 0, 1) * _CLEARANCE
    canvas.height[patch.window][rows, cols] += rise.astype(np.float32)
