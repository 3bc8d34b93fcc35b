# SPDX-License-Identifier: GPL-2.0-or-later
"""Roads: pavement, tarmac, medians, lane marks, crossings and bridges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import (
    ASPHALT,
    LAND,
    LAWN,
    PAVING,
    ROAD,
    SAND,
    VEGETATION,
    Canvas,
    Paint,
)
from .plan import Plan, Way
from .style import Colour, Style, mixed, scaled, vary

_RANK = {"lane": -1, "street": 0, "avenue": 1, "highway": 2}
_LONGEST_BRIDGE = 150.0  # metres of water an avenue crosses; it ends at wider water


@dataclass(frozen=True)
class Road:
    """A way as drawn: its ground line (n, 2), its tarmac, and whether the median is planted."""

    way: Way
    line: np.ndarray
    tarmac: Colour
    planted: bool

    @property
    def median(self) -> float:
        """Width of the median in metres, 0 without one."""
        return {"lane": 0.0, "street": 0.0, "avenue": 2.6, "highway": 5.0}[self.way.kind] * (
            self.way.lanes > 2
        )


def shifted(line: np.ndarray, offset: float) -> np.ndarray:
    """Return the line (n, 2) moved sideways by `offset` metres."""
    run = np.gradient(line, axis=0)
    run /= np.maximum(np.linalg.norm(run, axis=1, keepdims=True), 1e-9)
    return line + np.column_stack([-run[:, 1], run[:, 0]]) * offset


def along(line: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the points (n, 2) at `at` metres from the line's start."""
    reach = lengths(line)
    return np.column_stack([np.interp(at, reach, line[:, 0]), np.interp(at, reach, line[:, 1])])


def lengths(line: np.ndarray) -> np.ndarray:
    """Return the metres from the line's start to each of its points."""
    return np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def box(centre: np.ndarray, angle: float, length: float, width: float) -> np.ndarray:
    """Return the corners (4, 2) of a turned rectangle."""
    run = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    side = np.array([-np.sin(angle), np.cos(angle)]) * width / 2
    return np.asarray(centre) + np.array([run + side, run - side, -run - side, side - run])


def disc(centre: np.ndarray, radius: float) -> np.ndarray:
    """Return a ring (48, 2) around `centre`."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.asarray(centre) + np.column_stack([np.cos(turn), np.sin(turn)]) * radius


def lay_roads(
    canvas: Canvas, plan: Plan, shore: np.ndarray, style: Style, rng: np.random.Generator
) -> list[Road]:
    """Draw every way; streets end at the shore, mains bridge it."""
    roads: list[Road] = []
    highways = [way for way in plan.ways if way.kind == "highway"]
    service = [
        Way(shifted(way.points, side * (way.width / 2 + 10.5)), 6.4, 2, "street")
        for way in highways
        for side in (-1, 1)
    ]
    for way in sorted((*plan.ways, *service), key=lambda way: _RANK[way.kind]):
        ground = plan.bend.ground(way.points)
        tarmac = vary(rng, way.surface or style.asphalt, 0.07)
        planted = bool(rng.random() < 0.8 - 0.5 * style.dryness)
        runs = (
            [ground]
            if way.kind == "highway"
            else _dry_runs(canvas, ground, shore, 0.0 if way.kind == "street" else _LONGEST_BRIDGE)
        )
        roads.extend(Road(way, run, tarmac, planted) for run in runs)
    for road in reversed(roads):  # a highway's verge lies under the streets that meet it
        _foundation(canvas, road, style, rng)
    for road in roads:
        canvas.stroke(road.line, road.way.width + 0.6, Paint(mixed(road.tarmac, (190,) * 3, 0.45)))
        canvas.stroke(road.line, road.way.width, Paint(road.tarmac, ROAD, ASPHALT, 0.0))
    for road in roads:
        wear(canvas, road)
        furnish(canvas, road, style, rng)
    return roads


def open_roads(canvas: Canvas) -> None:
    """Finish the roads once their crossings are laid: nothing may be built on them."""
    canvas.free &= (canvas.label != ROAD) & (canvas.material != PAVING)


def _dry_runs(canvas: Canvas, line: np.ndarray, shore: np.ndarray, span: float) -> list[np.ndarray]:
    """Cut a line where it meets water, unless a bridge of `span` metres will do."""
    pixels = np.round(line * canvas.scale).astype(int)
    rows = np.clip(pixels[:, 1], 0, canvas.shape[0] - 1)
    cols = np.clip(pixels[:, 0], 0, canvas.shape[1] - 1)
    dry = shore[rows, cols] > 9
    cuts = np.flatnonzero(np.diff(dry.astype(np.int8))) + 1
    reach = lengths(line)
    for start, end in zip(cuts, cuts[1:]):
        if not dry[start] and reach[end] - reach[start - 1] < span:
            dry[start:end] = True
    cuts = np.flatnonzero(np.diff(dry.astype(np.int8))) + 1
    return [
        run
        for run, keep in zip(np.split(line, cuts), np.split(dry, cuts))
        if keep[0] and len(run) > 2
    ]


def _foundation(canvas: Canvas, road: Road, style: Style, rng: np.random.Generator) -> None:
    """Draw verge and pavement under the tarmac."""
    kind, width = road.way.kind, road.way.width
    if kind == "lane":
        return
    if kind == "highway":
        canvas.stroke(road.line, width + 28, Paint(vary(rng, style.sand, 0.05), LAND, SAND))
    edge = {"street": float(rng.choice([0.9, 1.5, 2.0])), "avenue": 2.6, "highway": 1.2}[kind]
    canvas.stroke(
        road.line, width + 2 * edge, Paint(vary(rng, style.paving, 0.05), LAND, PAVING, 0.12)
    )


def wear(canvas: Canvas, road: Road) -> None:
    """Darken the wheel paths of every lane a little."""
    lane = (road.way.width - road.median) / road.way.lanes
    for index in range(road.way.lanes):
        side = index - (road.way.lanes - 1) / 2
        path = shifted(road.line, side * lane + np.sign(side) * road.median / 2)
        canvas.stroke(path, lane * 0.42, Paint(scaled(road.tarmac, 0.93)))


def furnish(canvas: Canvas, road: Road, style: Style, rng: np.random.Generator) -> None:
    """Paint lane lines and build the median."""
    white = Paint(mixed(road.tarmac, (225, 225, 220), 0.42))
    half, lanes = road.way.width / 2, road.way.lanes
    if lanes == 2:
        if road.way.kind == "avenue" or rng.random() < 0.3:
            _dashes(canvas, road.line, 0.0, white)
        return
    filling = (
        Paint(vary(rng, style.lawn, 0.1), VEGETATION, LAWN, 0.1)
        if road.planted
        else (Paint(vary(rng, style.paving, 0.06), LAND, PAVING, 0.1))
    )
    canvas.stroke(road.line, road.median, Paint(scaled(style.paving, 0.95), LAND, PAVING, 0.12))
    canvas.stroke(road.line, road.median - 0.8, filling)
    lane = (half - road.median / 2) / (lanes / 2)
    for side in (-1, 1):
        canvas.stroke(shifted(road.line, side * (half - 0.4)), 0.15, white)
        for index in range(1, lanes // 2):
            _dashes(canvas, road.line, side * (road.median / 2 + index * lane), white)


def _dashes(canvas: Canvas, line: np.ndarray, offset: float, paint: Paint) -> None:
    path = shifted(line, offset)
    starts = np.arange(0, max(lengths(path)[-1] - 3, 0), 9.0)
    for start, end in zip(along(path, starts), along(path, starts + 3.0)):
        canvas.stroke(np.array([start, end]), 0.2, paint)
