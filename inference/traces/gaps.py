# SPDX-License-Identifier: GPL-2.0-or-later
"""Gaps in lines, closed: free ends that face one another, and ends that stop short of a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draft import Arm, Draft, length_of, near
from .graph import Branch
from .places import Places

_TURN = 30.0
"""Degrees by which a line may bend over a gap."""
_SLANT = np.tan(np.radians(14.0))
"""How far the other side may lie beside the way an end points, a pixel of distance."""
_SLACK = 1.5
"""Pixels more: those of the raster itself."""
_ON_THE_WAY = 0.75
"""A step of pixels that is crossed has one nearer than this to the line that crosses it."""


@dataclass(frozen=True)
class Tip:
    """A free end: its place (x, y), the unit vector it points along, half the line's width, and how
    long the branch is that ends there.
    """

    arm: Arm
    node: int
    place: NDArray[np.float64]
    heading: NDArray[np.float64]
    reach: float
    length: float

    def aside(self, place: NDArray[np.float64]) -> float:
        """Pixels a place lies beside the way the end points; infinite behind it."""
        across, down = place - self.place
        ahead = float(across * self.heading[0] + down * self.heading[1])
        beside = abs(float(across * self.heading[1] - down * self.heading[0]))
        return beside if ahead > 0 and beside <= _SLANT * ahead + _SLACK else np.inf


def close_gaps(draft: Draft, gap: float, snap: float) -> None:
    """Join ends with at most `gap` pixels of nothing between them, and carry on ends that point at
    a line at most `snap` pixels before them; both count from the edges of the lines.
    """
    tips = tuple(_tips(draft))
    if not tips:
        return
    reach = max(gap, snap) + 2.0 * max(tip.reach for tip in tips) + _widest(draft) / 2.0
    near_tips = Places.around(draft, [tip.place for tip in tips], reach)
    pairs = list(_facing(tips, gap))
    joined = {tip.node for pair in pairs for tip in pair}
    ways = [_way(draft, near_tips, a, b) for a, b in pairs]
    for tip in tips:
        met = None if tip.node in joined else _met(near_tips, tip, snap)
        if met is not None:
            ways.append([tip.node, draft.node_at(*met)])
    for way in ways:
        for start, end in zip(way, way[1:]):
            if start != end:
                _bridge(draft, start, end)
    for tip in tips:
        draft.dissolve(tip.node)


def _tips(draft: Draft) -> Iterator[Tip]:
    """The free ends of branches long enough to point anywhere."""
    for arm in draft.free_ends():
        branch = draft.branches[arm.branch]
        width, length = near(branch.widths, arm.end), length_of(branch.points)
        if length < max(width, 3.0):
            continue
        node = draft.node_of(arm)
        yield Tip(arm, node, draft.nodes[node], -draft.ray(arm).heading, width / 2.0, length)


def _widest(draft: Draft) -> float:
    return max(float(branch.widths.max()) for branch in draft.branches.values())


def _facing(tips: tuple[Tip, ...], gap: float) -> Iterator[tuple[Tip, Tip]]:
    """Pairs of ends that look at each other, the best first, each end once."""
    free = set(range(len(tips)))
    for _, a, b in sorted(_candidates(tips, gap)):
        if a in free and b in free:
            free -= {a, b}
            yield tips[a], tips[b]


def _candidates(tips: tuple[Tip, ...], gap: float) -> Iterator[tuple[float, int, int]]:
    """(cost, index, index) of ends that could be joined."""
    places = np.array([tip.place for tip in tips])
    reach = np.array([tip.reach for tip in tips])
    cell = gap + 2.0 * float(reach.max()) + 1.0
    cells: dict[tuple[int, int], list[int]] = {}
    for index, (col, row) in enumerate((places // cell).astype(int).tolist()):
        cells.setdefault((col, row), []).append(index)
    for (col, row), here in cells.items():
        around = [
            each
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
            for each in cells.get((col + across, row + down), ())
        ]
        for a in here:
            for b in around:
                if a < b and (cost := _cost(tips[a], tips[b], gap)) is not None:
                    yield cost, a, b


def _cost(a: Tip, b: Tip, gap: float) -> float | None:
    """How far and how crooked the way between two ends is; None where there is none, or where it is
    longer than one of the lines it would join.
    """
    distance = float(np.hypot(*(b.place - a.place)))
    between = distance - a.reach - b.reach
    if between > min(gap, a.length, b.length) or a.arm.branch == b.arm.branch:
        return None
    if -float(a.heading @ b.heading) < np.cos(np.radians(_TURN)):
        return None
    aside = a.aside(b.place) + b.aside(a.place)
    return distance + aside if np.isfinite(aside) else None


def _way(draft: Draft, places: Places, a: Tip, b: Tip) -> list[int]:
    """The nodes from one end to the other; what is crossed on the way gets one."""
    step = b.place - a.place
    length = float(np.hypot(*step))
    found = places.near(a.place, length)
    heading, away = step / max(length, 1e-9), found.points - a.place
    ahead, beside = away @ heading, np.abs(away @ _across(heading))
    between = (ahead > 0.5) & (ahead < length - 0.5) & (beside <= _ON_THE_WAY)
    between &= (found.branches != a.arm.branch) & (found.branches != b.arm.branch)
    crossed: dict[int, tuple[float, float, int]] = {}
    for row in np.flatnonzero(between).tolist():
        here = (float(beside[row]), float(ahead[row]), int(found.indices[row]))
        number = int(found.branches[row])
        crossed[number] = min(crossed.get(number, here), here)
    middle = sorted((ahead, number, index) for number, (_, ahead, index) in crossed.items())
    return [a.node, *(draft.node_at(number, index) for _, number, index in middle), b.node]


def _across(heading: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same vector, a quarter turn on."""
    return heading[::-1] * [1.0, -1.0]


def _met(places: Places, tip: Tip, snap: float) -> tuple[int, int] | None:
    """The branch, and which of its points, that an end would run into within `snap` pixels."""
    found = places.near(tip.place, places.reach)
    step = found.points - tip.place
    ahead, beside = step @ tip.heading, np.abs(step @ _across(tip.heading))
    distance = np.hypot(*step.T)
    met = (ahead > 0) & (beside <= _SLANT * ahead + _SLACK) & (found.branches != tip.arm.branch)
    met &= distance - tip.reach - found.widths / 2.0 <= min(snap, tip.length)
    if not met.any():
        return None
    row = int(np.argmin(np.where(met, distance + beside, np.inf)))
    return int(found.branches[row]), int(found.indices[row])


def _bridge(draft: Draft, start: int, end: int) -> None:
    """A straight branch: as wide as what it joins, and half as probable."""
    ends = [draft.nodes[start], draft.nodes[end]]
    count = max(2, round(float(np.hypot(*(ends[1] - ends[0])))) + 1)
    share = np.linspace(0.0, 1.0, count)[:, None]
    arm = draft.arms(start)[0]
    branch = draft.branches[arm.branch]
    draft.add(
        Branch(
            start,
            end,
            ends[0] + share * (ends[1] - ends[0]),
            np.full(count, near(branch.widths, arm.end)),
            np.full(count, near(branch.probabilities, arm.end) / 2.0),
        )
    )
