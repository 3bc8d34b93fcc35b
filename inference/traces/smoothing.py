# SPDX-License-Identifier: GPL-2.0-or-later
"""From a staircase of pixels to the line that was drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPREAD = 3.0
"""Pixels of the Gaussian a line is smoothed by: a few steps of the staircase."""
TOLERANCE = 0.3
"""Pixels by which a line may lie aside where points are left out."""
_AHEAD = 9
"""Points that tell where an end is heading."""
_YIELDING = 8
"""Points on either side of a node that follow it."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """A line with a point about every pixel (n, 2), and at which of them its nodes are, in order:
    the first, any on the way, the last.
    """

    line: Points
    stops: tuple[int, ...]

    def pulled(self, places: Mapping[int, Points]) -> Drawn:
        """With the nodes (by their position among the stops) at other places; what is near them
        follows, less with every point.
        """
        moved = self.line.copy()
        for stop, place in places.items():
            middle = self.stops[stop]
            rows = np.arange(max(middle - _YIELDING, 0), min(middle + _YIELDING + 1, len(moved)))
            share = 1.0 - np.abs(rows - middle) / (_YIELDING + 1.0)
            moved[rows] += share[:, None] * (place - self.line[middle])
        for stop, place in places.items():
            moved[self.stops[stop]] = place
        return Drawn(moved, self.stops)

    def tip(self, end: int) -> tuple[Points, Points]:
        """The first (0) or the last point (-1), and the unit vector outwards from there."""
        inner = self.line[
            min(_AHEAD, len(self.line) - 1) if end == 0 else -1 - min(_AHEAD, len(self.line) - 1)
        ]
        step = self.line[end] - inner
        return self.line[end], step / max(float(np.hypot(*step)), 1e-9)

    def reaching(self, end: int, shift: float) -> Drawn:
        """With one end so many pixels farther out; at most back to its next point."""
        place, heading = self.tip(end)
        room = float(np.hypot(*(place - self.line[1 if end == 0 else -2])))
        moved = self.line.copy()
        moved[end] = place + heading * max(shift, -0.9 * room)
        return Drawn(moved, self.stops)

    def pieces(self) -> tuple[Points, ...]:
        """The line from node to node, with as few points as show it."""
        pairs = zip(self.stops, self.stops[1:])
        return tuple(thinned(self.line[first : last + 1]) for first, last in pairs)


def drawn(
    points: Points, fixed: Sequence[int], tips: tuple[Points, Points], reach: tuple[float, float]
) -> Drawn:
    """A smooth line instead of the points (n, 2) of pixels; `fixed` are those of nodes on the way.

    Each place becomes that of the straight line that fits the places around it best, so that the
    ends are smoothed like the rest. Each end is carried on straight to its `reach` in pixels beyond
    its tip; 0 for an end that is not free.
    """
    even, stops = _evenly(points, fixed)
    line = _fitted(even)
    before, after = (
        _beyond(line[::step], tip, each)
        for step, tip, each in ((1, tips[0], reach[0]), (-1, tips[1], reach[1]))
    )
    line = np.concatenate([before, line, after])
    inner = (stop + len(before) for stop in stops)
    return Drawn(line, (0, *inner, len(line) - 1))


def trimmed(count: int, width: float, fixed: Sequence[int]) -> tuple[int, int]:
    """Which of `count` points at either end to leave out where it is free: thinning leads the last
    half a width into a corner of the mask. A third of what ends there stays, and every node.
    """
    ends = (fixed[0], count - 1 - fixed[-1]) if fixed else (count - 1, count - 1)
    first, last = (min(int(width / 2.0 + 0.5), end // 3) for end in ends)
    return first, last


def _evenly(points: Points, fixed: Sequence[int]) -> tuple[Points, list[int]]:
    """The same line with a point about every pixel, and where the fixed points are now."""
    away = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    count = max(len(fixed) + 2, round(float(away[-1])) + 1)
    at = np.linspace(0.0, away[-1], count)
    even = np.stack([np.interp(at, away, column) for column in points.T], axis=1)
    step = away[-1] / (count - 1) or 1.0
    stops: list[int] = []
    for place, index in enumerate(fixed):
        least = stops[-1] + 1 if stops else 1
        most = count - 1 - (len(fixed) - place)
        stops.append(min(max(round(float(away[index] / step)), least), most))
    return even, stops


def _fitted(points: Points) -> Points:
    """Local linear regression with Gaussian weights, at all places at once."""
    reach = int(4 * SPREAD)
    offsets = np.arange(-reach, reach + 1, dtype=float)
    weights = np.exp(-0.5 * (offsets / SPREAD) ** 2)
    ones = np.ones((len(points), 1))
    s0, s1, s2 = (_summed(ones, weights * offsets**power) for power in (0, 1, 2))
    t0, t1 = (_summed(points, weights * offsets**power) for power in (0, 1))
    fitted: Points = (s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1)
    return fitted


def _summed(columns: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row the sum of the rows around it, each by its weight; there is nothing beyond."""
    size = (len(kernel) - 1) // 2
    padded = np.pad(columns, ((size, size), (0, 0)))
    full = [np.convolve(column, kernel[::-1], "valid") for column in padded.T]
    return np.stack(full, axis=1)


def _beyond(line: Points, tip: Points, reach: float) -> Points:
    """The point (1, 2) on the way of the first points that lies `reach` beyond `tip`, or none."""
    step = line[0] - line[min(len(line) - 1, int(3 * SPREAD))]
    length = float(np.hypot(*step))
    if reach <= 0 or length == 0:
        return np.zeros((0, 2))
    ahead = float((tip - line[0]) @ step) / length + reach
    return (line[0] + step * (ahead / length))[None] if ahead > 0 else np.zeros((0, 2))


def thinned(line: Points, tolerance: float = TOLERANCE) -> Points:
    """Douglas-Peucker on (n, 2) points; the ends stay where they are."""
    kept = np.zeros(len(line), np.bool_)
    kept[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        away = _distances(line[first + 1 : last], line[first], line[last])
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance:
            middle = first + 1 + farthest
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return line[kept]


def _distances(points: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """From the chord, or from its nearer end where the line goes back beyond it."""
    step = end - start
    square = float(step @ step)
    share = np.clip((points - start) @ step / square, 0.0, 1.0) if square else np.zeros(len(points))
    away: NDArray[np.float64] = np.hypot(*(points - start - np.outer(share, step)).T)
    return away
