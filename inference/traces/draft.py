# SPDX-License-Identifier: GPL-2.0-or-later
"""A graph that is being mended: branches come, go, are cut in two and joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import Branch, Graph

_ASIDE = np.array([1.0, 0.0])
SEEN_AHEAD = 15.0
"""Pixels of a branch that tell where it is heading: fewer are at the mercy of single pixels."""


@dataclass(frozen=True)
class Arm:
    """One end of a branch, as the node sees it: the branch's number, and which end (0 or 1)."""

    branch: int
    end: int

    @property
    def other(self) -> Arm:
        """The far end of the same branch."""
        return Arm(self.branch, 1 - self.end)


@dataclass(frozen=True)
class Ray:
    """Where an arm leaves its node for: a place on it, and the unit vector away from the node."""

    place: NDArray[np.float64]
    heading: NDArray[np.float64]

    def turn(self, other: Ray) -> float:
        """Degrees by which the way from one arm into the other bends; 0 is straight on."""
        cosine = float(-(self.heading * other.heading).sum())
        return float(np.degrees(np.arccos(min(max(cosine, -1.0), 1.0))))

    def aside(self, point: NDArray[np.float64]) -> float:
        """How far a point lies beside the line of this arm, in pixels."""
        across, down = point - self.place
        return abs(float(across * self.heading[1] - down * self.heading[0]))


class Draft:
    """Nodes and branches by number; a number is never used again."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: list[NDArray[np.float64]] = list(np.asarray(graph.nodes, float))
        self.at_border: list[bool] = graph.at_border.tolist()
        self.shape = graph.shape
        self.branches: dict[int, Branch] = {}
        self._arms: list[list[Arm]] = [[] for _ in self.nodes]
        self._rays: dict[Arm, Ray] = {}
        self._cut: dict[int, tuple[int, int]] = {}
        self._next = 0
        for branch in graph.branches:
            self.add(branch)

    def graph(self) -> Graph:
        """What it has become, without the nodes that nothing leads to."""
        used = [index for index, arms in enumerate(self._arms) if arms]
        places = {old: new for new, old in enumerate(used)}
        nodes = np.array([self.nodes[index] for index in used], float).reshape(-1, 2)
        branches = tuple(
            Branch(
                places[each.start], places[each.end], each.points, each.widths, each.probabilities
            )
            for each in self.branches.values()
        )
        at_border = np.array([self.at_border[index] for index in used], np.bool_)
        return Graph(nodes, at_border, branches, self.shape)

    def add(self, branch: Branch) -> int:
        """Its number."""
        number, self._next = self._next, self._next + 1
        self.branches[number] = branch
        self._arms[branch.start].append(Arm(number, 0))
        self._arms[branch.end].append(Arm(number, 1))
        return number

    def remove(self, number: int) -> None:
        """Take a branch away; its nodes stay, with fewer arms."""
        branch = self.branches.pop(number)
        for node in {branch.start, branch.end}:
            self._arms[node] = [arm for arm in self._arms[node] if arm.branch != number]
        for end in (0, 1):
            self._rays.pop(Arm(number, end), None)

    def arms(self, node: int) -> tuple[Arm, ...]:
        """The ends of branches that meet there; a loop has two of them."""
        return tuple(self._arms[node])

    def degree(self, node: int) -> int:
        return len(self._arms[node])

    def node_of(self, arm: Arm) -> int:
        branch = self.branches[arm.branch]
        return branch.end if arm.end else branch.start

    def free_ends(self) -> Iterator[Arm]:
        """The arms nothing else meets."""
        return (arms[0] for arms in self._arms if len(arms) == 1)

    def ray(self, arm: Arm) -> Ray:
        """Where an arm heads for, judged by some of its length and not by its last pixel."""
        if arm not in self._rays:
            branch = self.branches[arm.branch]
            self._rays[arm] = ray_of(outward(branch.points, arm.end), near(branch.widths, arm.end))
        return self._rays[arm]

    def new_node(self, place: NDArray[np.float64]) -> int:
        """Its index."""
        self.nodes.append(np.asarray(place, float))
        self.at_border.append(False)
        self._arms.append([])
        return len(self.nodes) - 1

    def node_at(self, number: int, index: int) -> int:
        """The node at one of a branch's points, which is cut in two there unless it ends there.

        A branch that has been cut before may still be called by its number.
        """
        while number in self._cut:
            first, length = self._cut[number]
            beyond = index >= length
            number, index = first + beyond, index - (length - 1 if beyond else 0)
        branch = self.branches[number]
        if index in (0, len(branch.points) - 1):
            return branch.end if index else branch.start
        self.remove(number)
        node = self.new_node(branch.points[index])
        first = self.add(_piece(branch, 0, index + 1, branch.start, node))
        self.add(_piece(branch, index, len(branch.points), node, branch.end))
        self._cut[number] = first, index + 1
        return node

    def move(self, arm: Arm, node: int) -> None:
        """Let an arm end at another node, by a straight step from where it ended."""
        branch = self.branches[arm.branch]
        self.remove(arm.branch)
        points, widths, shares = branch.points, branch.widths, branch.probabilities
        row = len(points) if arm.end else 0
        at = -1 if arm.end else 0
        self.add(
            Branch(
                branch.start if arm.end else node,
                node if arm.end else branch.end,
                np.insert(points, row, self.nodes[node], axis=0),
                np.insert(widths, row, widths[at]),
                np.insert(shares, row, shares[at]),
            )
        )

    def dissolve(self, node: int) -> bool:
        """Make one branch of the two that meet there, where just two do; says whether it did."""
        arms = self._arms[node]
        if len(arms) != 2 or arms[0].branch == arms[1].branch:
            return False
        before, after = (self._led(arm) for arm in arms)
        first, second = (self.branches[arm.branch] for arm in arms)
        start, end = self.node_of(arms[0].other), self.node_of(arms[1].other)
        self.remove(arms[0].branch)
        self.remove(arms[1].branch)
        parts = zip(_columns(first), _columns(second))
        joined = (np.concatenate([a[before], b[after][::-1][1:]]) for a, b in parts)
        self.add(Branch(start, end, *joined))
        return True

    def _led(self, arm: Arm) -> slice:
        """All points of a branch in the order that leads to this arm."""
        return slice(None) if arm.end else slice(None, None, -1)


def _columns(branch: Branch) -> tuple[NDArray[np.float64], ...]:
    return branch.points, branch.widths, branch.probabilities


def _piece(branch: Branch, first: int, last: int, start: int, end: int) -> Branch:
    return Branch(start, end, *(each[first:last] for each in _columns(branch)))


def outward(points: NDArray[np.float64], end: int) -> NDArray[np.float64]:
    """The points of a branch beginning at one of its ends."""
    return points[::-1] if end else points


def near(values: NDArray[np.float64], end: int) -> float:
    """What is usual near one end of a branch: the middle one of its next pixels' values."""
    some = sorted(outward(values, end)[: int(SEEN_AHEAD)].tolist())
    return float(some[len(some) // 2])


def length_of(points: NDArray[np.float64]) -> float:
    """Pixels along the points."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def ray_of(points: NDArray[np.float64], width: float) -> Ray:
    """The line that fits the next pixels best; those within a width of the node are bent
    towards it by thinning, and do not count where there are others.
    """
    away = np.hypot(*(points - points[0]).T)
    skip = min(width + 1.0, float(away.max()) / 3.0)
    stop = np.argmax(away > skip + SEEN_AHEAD) or len(points)
    some = points[:stop][away[:stop] >= skip]
    if len(some) < 2:
        some = points[:2] if len(points) > 1 else np.concatenate([points, points + _ASIDE])
    middle = some.sum(axis=0) / len(some)
    across, down = (some - middle).T
    turn = 0.5 * np.arctan2(2.0 * (across @ down), across @ across - down @ down)
    heading = np.array([np.cos(turn), np.sin(turn)])
    if heading @ (some[-1] - some[0]) < 0:
        heading = -heading
    return Ray(middle, heading)
