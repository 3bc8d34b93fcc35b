# SPDX-License-Identifier: GPL-2.0-or-later
"""Roads: pavement, tarmac, median, lane marks and cars."""
from __future__ import annotations

import numpy as np

from .canvas import ASPHALT, LAND, LAWN, METAL, PAVING, ROAD, VEGETATION, Canvas, Paint
from .plan import Bend, Way
from .style import Style, vary

_CARS = ((232, 232, 230), (236, 236, 234), (200, 202, 204), (60, 60, 64), (34, 34, 38),
         (150, 40, 34), (206, 190, 150), (214, 150, 60), (70, 84, 120))


def shifted(line: np.ndarray, offset: float) -> np.ndarray:
    """Return the line (n, 2) moved sideways by `offset` metres."""
    run = np.gradient(line, axis=0)
    run /= np.maximum(np.linalg.norm(run, axis=1, keepdims=True), 1e-9)
    return line + np.column_stack([-run[:, 1], run[:, 0]]) * offset


def lay_roads(
    canvas: Canvas, bend: Bend, ways: tuple[Way, ...], shore: np.ndarray, style: Style,
    rng: np.random.Generator,
) -> list[tuple[Way, np.ndarray]]:
    """Draw every way; streets end at the shore, mains bridge it. Return the ground lines drawn."""
    lines: list[tuple[Way, np.ndarray]] = []
    for way in ways:
        ground = bend.ground(way.points)
        runs = [ground] if way.main else _dry_runs(canvas, ground, shore)
        lines.extend((way, run) for run in runs)
    ordered = sorted(lines, key=lambda pair: pair[0].main)
    for way, line in ordered:
        edge = 3.0 if way.main else 1.6
        canvas.stroke(line, way.width + 2 * edge,
                      Paint(vary(rng, style.paving, 0.04), LAND, PAVING, 0.12))
    for way, line in ordered:
        tone = vary(rng, style.asphalt, 0.06)
        canvas.stroke(line, way.width + 0.5, Paint([c * 1.5 + 30 for c in tone]))
        canvas.stroke(line, way.width, Paint(tone, ROAD, ASPHALT, 0.0))
    for way, line in ordered:
        _mark(canvas, way, line, style, rng)
    canvas.free &= canvas.label != ROAD
    canvas.free &= canvas.material != PAVING
    return ordered


def _dry_runs(canvas: Canvas, line: np.ndarray, shore: np.ndarray) -> list[np.ndarray]:
    pixels = np.round(line * canvas.scale).astype(int)
    rows = np.clip(pixels[:, 1], 0, canvas.shape[0] - 1)
    cols = np.clip(pixels[:, 0], 0, canvas.shape[1] - 1)
    dry = shore[rows, cols] > 9
    cuts = np.flatnonzero(np.diff(dry.astype(np.int8))) + 1
    return [run for run, keep in zip(np.split(line, cuts), np.split(dry, cuts))
            if keep[0] and len(run) > 2]


def _mark(
    canvas: Canvas, way: Way, line: np.ndarray, style: Style, rng: np.random.Generator
) -> None:
    """Paint lane lines; wide mains get a planted or paved median."""
    white = Paint([c * 0.45 + 112 for c in style.asphalt])
    half = way.width / 2
    if way.lanes == 2:
        _dashes(canvas, line, 0.0, white)
        return
    planted = rng.random() < 0.6 - 0.3 * style.dryness
    median = Paint(vary(rng, style.lawn, 0.1), VEGETATION, LAWN, 0.1) if planted else Paint(
        vary(rng, style.paving, 0.05), LAND, PAVING, 0.1)
    canvas.stroke(line, 2.9, Paint([c * 0.9 for c in style.paving], LAND, PAVING, 0.12))
    canvas.stroke(line, 2.1, median)
    lane = (half - 1.8) / (way.lanes / 2)
    for side in (-1, 1):
        canvas.stroke(shifted(line, side * (half - 0.5)), 0.15, white)
        for index in range(1, way.lanes // 2):
            _dashes(canvas, line, side * (1.8 + index * lane), white)


def _dashes(canvas: Canvas, line: np.ndarray, offset: float, paint: Paint) -> None:
    path = shifted(line, offset)
    reach = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    for start in np.arange(0, reach[-1] - 3, 9.0):
        at = np.array([start, start + 3.0])
        dash = np.column_stack([np.interp(at, reach, path[:, 0]), np.interp(at, reach, path[:, 1])])
        canvas.stroke(dash, 0.2, paint)


def park_car(
    canvas: Canvas, centre: np.ndarray, angle: float, rng: np.random.Generator
) -> None:
    """Draw one car; the class under it stays."""
    length, width = rng.uniform(4.0, 5.2), rng.uniform(1.75, 2.0)
    colour = vary(rng, _CARS[rng.integers(len(_CARS))], 0.05)
    canvas.polygon(box(centre, angle, length, width), Paint(colour, None, METAL, 1.3))
    glass = np.asarray(centre) + np.array([np.cos(angle), np.sin(angle)]) * length * 0.16
    canvas.polygon(box(glass, angle, 0.7, width * 0.85), Paint((40, 44, 50), None, METAL, 1.4))


def box(centre: np.ndarray, angle: float, length: float, width: float) -> np.ndarray:
    """Return the corners (4, 2) of a turned rectangle."""
    along = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    side = np.array([-np.sin(angle), np.cos(angle)]) * width / 2
    return np.asarray(centre) + np.array([along + side, along - side, -along - side, side - along])


def drive_cars(
    canvas: Canvas, lines: list[tuple[Way, np.ndarray]], rng: np.random.Generator
) -> None:
    """Put traffic on the lanes and parked cars along the kerbs."""
    for way, line in lines:
        lane = 3.4 if way.main else way.width / 4 + 0.9
        gap = rng.uniform(18, 60) if way.main else rng.uniform(25, 90)
        reach = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        for lane_index in range(way.lanes):
            side = lane_index - (way.lanes - 1) / 2
            offset = side * lane + np.sign(side) * (1.3 if way.lanes > 2 else 0)
            path = shifted(line, offset)
            at = np.cumsum(rng.exponential(gap, int(reach[-1] / gap) + 1) + 7)
            _row_of_cars(canvas, path, reach, at[at < reach[-1] - 4], side < 0, rng)


def _row_of_cars(
    canvas: Canvas, path: np.ndarray, reach: np.ndarray, at: np.ndarray, backwards: bool,
    rng: np.random.Generator,
) -> None:
    for where in at:
        x, x2 = np.interp([where, where + 1], reach, path[:, 0])
        y, y2 = np.interp([where, where + 1], reach, path[:, 1])
        row, col = int(y * canvas.scale), int(x * canvas.scale)
        if 0 <= row < canvas.shape[0] and 0 <= col < canvas.shape[1] and (
                canvas.label[row, col] == ROAD):
            angle = float(np.arctan2(y2 - y, x2 - x)) + (np.pi if backwards else 0.0)
            park_car(canvas, np.array([x, y]), angle, rng)
