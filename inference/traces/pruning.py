# SPDX-License-Identifier: GPL-2.0-or-later
"""What thinning adds to a graph and nobody would draw: spurs, and the eyes of small holes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .draft import Arm, Draft, length_of, near

BY_WIDTH = 1.25
"""A spur reaches half a width from the line's middle to its edge; bulges make it a bit longer."""
_EYE = 2.0
"""How much longer than a spur each side of an eye may be."""


def prune(draft: Draft, spur: float) -> None:
    """Remove spurs and eyes until there are none: those below `spur` pixels, or no longer than the
    line they leave is wide. Of each node's spurs the shortest goes first, and two arms stay.
    """
    _until_none(
        draft, lambda node: _without_spur(draft, node, spur) or _without_eye(draft, node, spur)
    )


def remove_eyes(draft: Draft, spur: float) -> None:
    """Remove eyes alone: two ends that pass one another are each carried on to the other's line."""
    _until_none(draft, lambda node: _without_eye(draft, node, spur))


def _until_none(draft: Draft, without: Callable[[int], set[int]]) -> None:
    """Look at all nodes, and again at those that `without` says are worth it."""
    waiting = set(range(len(draft.nodes)))
    while waiting:
        changed: set[int] = set()
        for node in sorted(waiting):
            changed |= without(node)
        waiting = changed


def _without_spur(draft: Draft, node: int, spur: float) -> set[int]:
    """Remove one; returns the nodes where something else may have become one."""
    arms = draft.arms(node)
    if len(arms) < 3:
        return set()
    found = [
        (length, arm)
        for arm in arms
        if draft.degree(draft.node_of(arm.other)) == 1
        and (length := _length(draft, arm)) < _limit(draft, arm, arms, spur)
    ]
    if not found:
        return set()
    draft.remove(min(found, key=lambda each: (each[0], each[1].branch))[1].branch)
    return _settled(draft, node)


def _without_eye(draft: Draft, node: int, spur: float) -> set[int]:
    """Remove a small loop, or the less probable of two short branches between the same nodes."""
    arms = draft.arms(node)
    if len(arms) < 3:
        return set()
    short = [arm for arm in arms if _length(draft, arm) < _EYE * _limit(draft, arm, arms, spur)]
    by_far_end: dict[int, Arm] = {}
    for arm in short:
        far = draft.node_of(arm.other)
        first = by_far_end.setdefault(far, arm)
        if far == node:
            draft.remove(arm.branch)
            return _settled(draft, node)
        if first != arm:
            weaker = min(first, arm, key=lambda each: _mean_probability(draft, each))
            draft.remove(weaker.branch)
            return _settled(draft, node) | _settled(draft, far)
    return set()


def _settled(draft: Draft, node: int) -> set[int]:
    """Dissolve the node where it joins just two branches; what is worth another look."""
    arms = draft.arms(node)
    around = {draft.node_of(arm.other) for arm in arms}
    if draft.dissolve(node):
        return around
    return around | {node}


def _limit(draft: Draft, arm: Arm, arms: Iterable[Arm], spur: float) -> float:
    """How long a spur may be there: the width of the widest line it could leave counts."""
    widths = [
        near(draft.branches[each.branch].widths, each.end)
        for each in arms
        if each.branch != arm.branch
    ]
    return max(spur, BY_WIDTH * max(widths, default=0.0))


def _length(draft: Draft, arm: Arm) -> float:
    return length_of(draft.branches[arm.branch].points)


def _mean_probability(draft: Draft, arm: Arm) -> float:
    return float(draft.branches[arm.branch].probabilities.mean())


def dissolve_all(draft: Draft) -> None:
    """No node is left that only two branches meet at, save on a line closed in itself."""
    for node in range(len(draft.nodes)):
        draft.dissolve(node)


def remove_short(draft: Draft, least: float) -> None:
    """Lines that nothing else meets, below `least` pixels."""
    for number, branch in list(draft.branches.items()):
        alone = all(draft.degree(node) == 1 for node in (branch.start, branch.end))
        if alone and length_of(branch.points) < least:
            draft.remove(number)
