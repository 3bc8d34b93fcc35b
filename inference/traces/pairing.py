# SPDX-License-Identifier: GPL-2.0-or-later
"""Which branches are one trace: those that go on straight where branches meet."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from .draft import Arm, Draft, Ray
from .trace import ABUTTING, CROSSING, FREE

STRAIGHT = 35.0
"""Degrees by which a line may turn at a node and still be the same line."""

Pair = tuple[Arm, Arm]
Chain = list[Arm]
"""A trace: the arm each of its branches is left by, in order."""


def best_pairs(rays: Mapping[Arm, Ray], most: float) -> list[Pair]:
    """Arms that go on into one another, the straightest first; each goes on into one at most."""
    turns = sorted(
        (turn, a.branch, a.end, b.branch, b.end)
        for a, b in combinations(rays, 2)
        if (turn := rays[a].turn(rays[b])) <= most
    )
    free, pairs = set(rays), []
    for _, *ends in turns:
        pair = Arm(*ends[:2]), Arm(*ends[2:])
        if free.issuperset(pair):
            free.difference_update(pair)
            pairs.append(pair)
    return pairs


def chains(draft: Draft, most: float = STRAIGHT) -> list[Chain]:
    """Every branch in exactly one trace."""
    onward = _onward(draft, most)
    left = set(draft.branches)
    found = []
    for number in sorted(draft.branches):
        if number not in left:
            continue
        start = _beginning(Arm(number, 0), onward)
        chain = _followed(start.other, onward)
        left.difference_update(arm.branch for arm in chain)
        found.append(chain)
    return found


def _onward(draft: Draft, most: float) -> dict[Arm, Arm]:
    """From each arm that is arrived by to the one its line goes on by."""
    onward: dict[Arm, Arm] = {}
    for node in range(len(draft.nodes)):
        if draft.degree(node) > 1:
            rays = {arm: draft.ray(arm) for arm in draft.arms(node)}
            for a, b in best_pairs(rays, most if len(rays) > 2 else 180.0):
                onward[a], onward[b] = b, a
    return onward


def _beginning(arm: Arm, onward: Mapping[Arm, Arm]) -> Arm:
    """The first arm of the trace that `arm` begins a branch of, going back; of a ring itself."""
    here = arm
    while here in onward:
        here = onward[here].other
        if here == arm:
            break
    return here


def _followed(arm: Arm, onward: Mapping[Arm, Arm]) -> Chain:
    """All branches from the one that is left by `arm`."""
    chain, first = [arm], arm.other
    while arm in onward and onward[arm] != first:
        arm = onward[arm].other
        chain.append(arm)
    return chain


def kind_of(degree: int) -> str:
    """What a node is called where so many arms meet; a ring, which has two, ends at itself."""
    if degree == 1:
        return FREE
    return ABUTTING if degree <= 3 else CROSSING
