# SPDX-License-Identifier: GPL-2.0-or-later
"""Smoother outlines without gaps: a border two regions share is simplified once, for both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from .arcs import Arcs
from .crossings import lines_in_the_way
from .outlines import Outlines, batches, ranges

_POINTS_AT_ONCE = 300_000
_ANY = -1.0
"""Less than any distance."""


def simplified(found: Outlines, tolerance: float, tell: Tell = lambda done: None) -> Outlines:
    """Douglas-Peucker on the arcs between the points where three or more borders meet.

    `tolerance` is in pixels. A line that would cross or touch another one, or leave a meeting
    point on its wrong side, gets more of its points back, at last all of them; so polygons stay
    valid and neither overlap nor come apart.
    """
    if len(found) == 0:
        return found
    tell(0.0)
    arcs = Arcs.of(found)
    kept = np.zeros(len(arcs.points), np.bool_)
    kept[arcs.start[:-1]] = kept[arcs.start[1:] - 1] = True
    first, last = arcs.start[:-1], arcs.start[1:] - 1
    least = tolerance
    remaining = 1.0
    while first.size:
        tell(1.0 - remaining)
        _keep_far_points(arcs.points, first, last, kept, least=least, tolerance=tolerance)
        tell(1.0 - remaining * 0.75)
        first, last = lines_in_the_way(arcs, kept, first, last, tolerance)
        least = _ANY
        remaining /= 2.0
    points, ring_start = arcs.assembled(kept)
    tell(1.0)
    everywhere = np.ones(len(points), np.bool_)
    return replace(found, points=points, ring_start=ring_start, turns=everywhere, meets=everywhere)


def _keep_far_points(
    points: NDArray[np.int32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    kept: NDArray[np.bool_],
    *,
    least: float,
    tolerance: float,
) -> None:
    """Keep of each chord the point farthest from it, if farther than `least`; then so on either
    side, if farther than the tolerance. One round does all the chords of one depth.
    """
    while first.size:
        chords = [
            _farthest(points, first[some], last[some])
            for some in batches(last - first - 1, _POINTS_AT_ONCE)
        ]
        if not chords:
            return
        first, last, farthest, distance = (np.concatenate(part) for part in zip(*chords))
        far = distance > least
        first, last, farthest = first[far], last[far], farthest[far]
        kept[farthest] = True
        first, last = np.concatenate([first, farthest]), np.concatenate([farthest, last])
        least = tolerance


def _farthest(
    points: NDArray[np.int32], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The chords again, and for each the first of the inner points farthest off, and how far."""
    inner = last - first - 1
    index = ranges(first + 1, inner)
    distance = _distance(
        np.take(points, index, axis=0),
        np.repeat(np.take(points, first, axis=0), inner, axis=0),
        np.repeat(np.take(points, last, axis=0), inner, axis=0),
    )
    begin = np.cumsum(inner) - inner
    largest = np.maximum.reduceat(distance, begin)
    at_largest = np.flatnonzero(distance == np.repeat(largest, inner))
    return first, last, index[at_largest[np.searchsorted(at_largest, begin)]], largest


def _distance(
    point: NDArray[np.int32], start: NDArray[np.int32], end: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Pixels from points to the segments start-end; arrays (n, 2)."""
    along, away = (end - start).astype(np.float64), (point - start).astype(np.float64)
    share = (along * away).sum(axis=1) / (along**2).sum(axis=1)
    beside = away - np.clip(share, 0.0, 1.0)[:, None] * along
    return np.hypot(beside[:, 0], beside[:, 1])
