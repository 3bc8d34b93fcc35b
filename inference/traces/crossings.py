# SPDX-License-Identifier: GPL-2.0-or-later
"""Crossings that thinning has taken apart into two junctions, put together again."""

from __future__ import annotations

import numpy as np

from .draft import Arm, Draft, Ray, length_of, near
from .pairing import STRAIGHT, Pair, best_pairs

_REACH = 1.3
"""By how much two lines may run as one for longer than their edges touch."""
_SHARPEST = 12.0
"""Degrees: lines that cross at less run side by side."""
_SLACK = 2.0
"""Pixels that one pixel's chance adds to that, and to how far two ends of a line lie aside."""


def merge_crossings(draft: Draft) -> None:
    """Wherever a short branch joins two nodes whose other arms pair straight across it."""
    waiting = sorted(draft.branches, key=lambda each: length_of(draft.branches[each].points))
    for number in waiting:
        if number in draft.branches:
            _merge(draft, number)


def _merge(draft: Draft, number: int) -> None:
    branch = draft.branches[number]
    ends = (branch.start, branch.end)
    if ends[0] == ends[1] or min(draft.degree(node) for node in ends) < 3:
        return
    sides = [[arm for arm in draft.arms(node) if arm.branch != number] for node in ends]
    if {arm.branch for arm in sides[0]} & {arm.branch for arm in sides[1]}:
        return
    length = length_of(branch.points)
    width = max(near(draft.branches[arm.branch].widths, arm.end) for side in sides for arm in side)
    if length > _longest(width, _SHARPEST):
        return
    rays = {arm: draft.ray(arm) for side in sides for arm in side}
    pairs = best_pairs(rays, STRAIGHT)
    if (
        _is_crossing(pairs, rays, sides)
        and length <= _longest(width, _angle(pairs, rays))
        and all(_in_line(pair, rays, width) for pair in pairs)
    ):
        _contract(draft, number)


def _longest(width: float, angle: float) -> float:
    """How long two lines that cross at an angle (degrees) run as one."""
    apart = np.tan(np.radians(max(angle, _SHARPEST)) / 2.0)
    return float(_REACH * (width + 1.0) / apart + _SLACK)


def _is_crossing(pairs: list[Pair], rays: dict[Arm, Ray], sides: list[list[Arm]]) -> bool:
    """Whether every arm goes on, and at least two lines change sides."""
    across = [pair for pair in pairs if (pair[0] in sides[0]) != (pair[1] in sides[0])]
    return 2 * len(pairs) == len(rays) and len(across) >= 2


def _angle(pairs: list[Pair], rays: dict[Arm, Ray]) -> float:
    """Degrees 0..90 between the two lines that cross most sharply."""
    ways = [rays[a].heading - rays[b].heading for a, b in pairs]
    ways = [way / np.hypot(*way) for way in ways]
    cosines = [abs(float(a @ b)) for i, a in enumerate(ways) for b in ways[i + 1 :]]
    return float(np.degrees(np.arccos(min(max(cosines), 1.0))))


def _in_line(pair: Pair, rays: dict[Arm, Ray], width: float) -> bool:
    """Whether both arms are pieces of one line, and not of two that lie beside one another."""
    first, second = (rays[arm] for arm in pair)
    aside = min(first.aside(second.place), second.aside(first.place))
    return aside <= width + _SLACK


def _contract(draft: Draft, number: int) -> None:
    """Let the arms of both nodes meet in the middle of the branch between them."""
    branch = draft.branches[number]
    middle = draft.new_node(branch.points.mean(axis=0))
    draft.remove(number)
    for node in (branch.start, branch.end):
        while arms := draft.arms(node):  # a loop has two there, and another number once one moved
            draft.move(arms[0], middle)
