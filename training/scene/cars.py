# SPDX-License-Identifier: GPL-2.0-or-later
"""Cars and lorries; the class under them stays."""

from __future__ import annotations

import numpy as np

from .canvas import METAL, ROAD, Canvas, Paint
from .roads import Road, along, box, lengths, shifted
from .style import vary

_COLOURS = (
    (236, 236, 234),
    (200, 202, 204),
    (128, 130, 134),
    (52, 52, 56),
    (32, 32, 36),
    (140, 44, 38),
    (196, 182, 150),
    (206, 152, 70),
    (66, 78, 108),
)
_ODDS = (0.46, 0.17, 0.11, 0.11, 0.08, 0.02, 0.03, 0.01, 0.01)


def park_car(canvas: Canvas, centre: np.ndarray, angle: float, rng: np.random.Generator) -> None:
    """Draw one car."""
    length, width = rng.uniform(3.9, 5.0), rng.uniform(1.7, 2.0)
    colour = vary(rng, _COLOURS[rng.choice(len(_COLOURS), p=_ODDS)], 0.05)
    canvas.polygon(box(centre, angle, length, width), Paint(colour, None, METAL, 1.3))
    glass = np.asarray(centre) + np.array([np.cos(angle), np.sin(angle)]) * length * 0.16
    canvas.polygon(box(glass, angle, 0.6, width * 0.8), Paint((46, 50, 56), None, METAL, 1.4))


def park_lorry(canvas: Canvas, centre: np.ndarray, angle: float, rng: np.random.Generator) -> None:
    """Draw one lorry or bus."""
    colour = vary(rng, (222, 220, 216) if rng.random() < 0.7 else (150, 140, 120), 0.1)
    canvas.polygon(box(centre, angle, rng.uniform(8, 13), 2.5), Paint(colour, None, METAL, 3.2))


def drive_cars(canvas: Canvas, roads: list[Road], rng: np.random.Generator) -> None:
    """Put traffic on the lanes, denser on mains, and cars along the kerbs of streets."""
    for road in roads:
        street = road.way.kind == "street"
        gap = rng.uniform(14, 60) if street else rng.uniform(22, 110)
        if road.way.kind == "lane":
            gap = rng.uniform(120, 900)
        lane = (road.way.width - road.median) / road.way.lanes
        for index in range(road.way.lanes):
            side = index - (road.way.lanes - 1) / 2
            kerb = np.sign(side) * 0.9 if street else 0.0
            path = shifted(road.line, side * lane + np.sign(side) * road.median / 2 + kerb)
            at = np.cumsum(rng.exponential(gap, int(lengths(path)[-1] / gap) + 1) + 7)
            _queue(canvas, path, at[at < lengths(path)[-1] - 8], side < 0, rng)


def _queue(
    canvas: Canvas, path: np.ndarray, at: np.ndarray, backwards: bool, rng: np.random.Generator
) -> None:
    for spot, ahead in zip(along(path, at), along(path, at + 1)):
        row, col = int(spot[1] * canvas.scale), int(spot[0] * canvas.scale)
        if not (0 <= row < canvas.shape[0] and 0 <= col < canvas.shape[1]):
            continue
        if canvas.label[row, col] != ROAD or canvas.height[row, col] > 0.5:
            continue
        angle = float(np.arctan2(*(ahead - spot)[::-1])) + (np.pi if backwards else 0.0)
        (park_lorry if rng.random() < 0.04 else park_car)(canvas, spot, angle, rng)
