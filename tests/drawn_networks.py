# SPDX-License-Identifier: GPL-2.0-or-later
"""Fracture lines drawn by hand or by chance, for the tests of what is counted on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.sampling import SamplingArea
from geosift.inference.fracture_numbers.segments import Segments

Line = Sequence[tuple[float, float]]

CROSS: tuple[Line, ...] = (((0, 5), (10, 5)), ((5, 0), (5, 10)))
"""Two lines that cross: four free ends, one crossing."""
LADDER: tuple[Line, ...] = (
    *(((0, 0), (10, 0)), ((0, 4), (10, 4))),
    *((((x, 0), (x, 4))) for x in (2, 4, 6)),
)
"""Two rails and three rungs that abut on both: 4 I, 6 Y, 2 blocks of 8."""
GRID: tuple[Line, ...] = (
    *(((0, y), (10, y)) for y in (2, 5, 8)),
    *(((x, 0), (x, 10)) for x in (2, 5, 8)),
)
"""Three lines across three: 12 I, 9 X, 4 blocks of 9."""


def segments_of(lines: Sequence[Line]) -> Segments:
    parts = [np.asarray(line, float) for line in lines]
    return Segments.of(np.concatenate(parts), np.cumsum([0, *map(len, parts)]))


def lines_of(lines: Sequence[Line], **more: object) -> FractureLines:
    return FractureLines.of([np.asarray(line, float) for line in lines], crs=None, **more)


def box(left: float, low: float, right: float, top: float) -> np.ndarray:
    """A closed ring."""
    return np.array([(left, low), (right, low), (right, top), (left, top), (left, low)], float)


def area(ring: np.ndarray, *holes: np.ndarray, name: str = "area") -> SamplingArea:
    return SamplingArea(name, ((ring, *holes),))


def by_chance(
    seed: int, *, count: int = 60, points: int = 6, size: float = 100.0
) -> list[np.ndarray]:
    """Crooked lines in a square, by a power law of lengths, in two directions."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        length = min((random.pareto(1.6) + 1) * size / 25, size)
        turn = np.radians(random.choice([30, 110]) + random.normal(0, 8))
        along = np.linspace(-length / 2, length / 2, points)
        wobble = np.cumsum(random.normal(0, length / 200, (points, 2)), axis=0)
        straight = np.stack([np.sin(turn) * along, np.cos(turn) * along], axis=1)
        made.append(random.uniform(0, size, 2) + straight + wobble)
    return made


def turned(lines: Sequence[np.ndarray], degrees: float, shift: tuple[float, float]) -> list:
    """The same lines turned to the left and moved."""
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return [line @ matrix.T + shift for line in lines]
