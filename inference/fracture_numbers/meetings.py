# SPDX-License-Identifier: GPL-2.0-or-later
"""Where lines meet: segments that cross, and line ends that lie on another line, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .near_pairs import Pairs, near_pairs
from .segments import Segments, cross

_ROUNDING = 1e-9
"""Of a length, within which points are the same."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Meetings:
    """Places (n, 2), each on two lines (n, 2), so far along each of them (n, 2)."""

    place: Floats
    line: Whole
    arc: Floats


def crossings(segments: Segments) -> Meetings:
    """Every point that two segments share, of different lines or of one that crosses itself."""
    found = [_crossed(segments, *pair) for pair in near_pairs(segments.edges, segments.edges)]
    found = [each for each in found if len(each.place)]
    if not found:
        return Meetings(np.zeros((0, 2)), np.zeros((0, 2), np.int64), np.zeros((0, 2)))
    return _joined(found)


def _crossed(segments: Segments, one: Whole, other: Whole) -> Meetings:
    neighbours = (segments.line[one] == segments.line[other]) & (other == one + 1)
    chosen = (one < other) & ~neighbours
    one, other = one[chosen], other[chosen]
    a, b = segments.start[one], segments.start[other]
    along, across = segments.end[one] - a, segments.end[other] - b
    turn = cross(along, across)
    sizes = segments.length[one] * segments.length[other]
    slanting = np.abs(turn) > 1e-9 * sizes
    safe = np.where(slanting, turn, 1.0)
    s, t = cross(b - a, across) / safe, cross(b - a, along) / safe
    hit = slanting & _within(s, segments.length[one]) & _within(t, segments.length[other])
    met = _meetings(segments, (one[hit], other[hit]), s[hit], t[hit])
    level = ~slanting & _boxes_meet(a, along, b, across)
    return _joined([met, *_alongside(segments, (one[level], other[level]))])


def _boxes_meet(a: Floats, along: Floats, b: Floats, across: Floats) -> NDArray[np.bool_]:
    low = np.maximum(np.minimum(a, a + along), np.minimum(b, b + across))
    high = np.minimum(np.maximum(a, a + along), np.maximum(b, b + across))
    return (low <= high + _ROUNDING * (np.abs(along) + np.abs(across)).sum(axis=1)[:, None]).all(1)


def _alongside(segments: Segments, pair: Pairs) -> list[Meetings]:
    """Parallel segments that lie on one another meet where either of them begins or ends."""
    found = []
    for here, there in (pair, pair[::-1]):
        for end in (0.0, 1.0):
            share = np.full(len(here), end)
            point = segments.at(here, share)
            on, apart = nearest_on(segments, there, point)
            hit = apart <= _ROUNDING * (segments.length[here] + segments.length[there])
            found.append(_meetings(segments, (here[hit], there[hit]), share[hit], on[hit]))
    return found


def _meetings(segments: Segments, pair: Pairs, s: Floats, t: Floats) -> Meetings:
    one, other = pair
    s, t = np.clip(s, 0, 1), np.clip(t, 0, 1)
    arcs = [
        segments.arc[which] + at * segments.length[which] for which, at in ((one, s), (other, t))
    ]
    lines = np.stack([segments.line[one], segments.line[other]], axis=1)
    return Meetings(segments.at(one, s), lines, np.stack(arcs, axis=1))


def end_touches(segments: Segments, *, reach: float) -> Meetings:
    """Of each line end: the nearest point of every other line within `reach`.

    Also of its own line, where that comes back. The place is on the line that is touched; the
    first of `line` and `arc` is the one that ends.
    """
    ends = segments.ends.reshape(-1, 2)
    looked = np.concatenate([ends, ends], axis=1)
    near = [_touched(segments, ends, *pair, reach) for pair in
            near_pairs(looked, segments.edges, reach=reach)]  # fmt: skip
    if not near:
        return Meetings(np.zeros((0, 2)), np.zeros((0, 2), np.int64), np.zeros((0, 2)))
    end, which, share, apart = (np.concatenate(each) for each in zip(*near))
    order = np.lexsort((apart, segments.line[which], end))
    keys = np.stack([end, segments.line[which]])[:, order]
    new = np.concatenate([[True], (keys[:, 1:] != keys[:, :-1]).any(axis=0)]) if len(end) else []
    best = order[np.asarray(new, bool)]
    end, which, share = end[best], which[best], share[best]
    line, last = np.divmod(end, 2)
    arcs = [last * segments.line_length[line], segments.arc[which] + share * segments.length[which]]
    lines = np.stack([line, segments.line[which]], axis=1)
    return Meetings(segments.at(which, share), lines, np.stack(arcs, axis=1))


def _touched(
    segments: Segments, ends: Floats, end: Whole, which: Whole, reach: float
) -> tuple[Whole, Whole, Floats, Floats]:
    share, apart = nearest_on(segments, which, ends[end])
    line, last = np.divmod(end, 2)
    own = segments.line[which] == line
    gone = np.abs(segments.arc[which] + share * segments.length[which]
                  - last * segments.line_length[line])  # fmt: skip
    hit = (apart <= reach) & ~(own & (gone <= 4.0 * reach))
    return end[hit], which[hit], share[hit], apart[hit]


def nearest_on(segments: Segments, which: Whole, points: Floats) -> tuple[Floats, Floats]:
    """Where on segments `which` (k,) points (k, 2) are nearest, 0..1, and how far away."""
    along = segments.end[which] - segments.start[which]
    share = ((points - segments.start[which]) * along).sum(axis=1) / (along**2).sum(axis=1)
    share = np.clip(share, 0.0, 1.0)
    return share, np.hypot(*(segments.at(which, share) - points).T)


def _within(share: Floats, length: Floats) -> NDArray[np.bool_]:
    return (share >= -_ROUNDING) & (share <= 1 + _ROUNDING)


def _joined(parts: list[Meetings]) -> Meetings:
    return Meetings(
        np.concatenate([each.place for each in parts]),
        np.concatenate([each.line for each in parts]),
        np.concatenate([each.arc for each in parts]),
    )
