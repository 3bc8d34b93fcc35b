# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes and branches of drawn networks, exactly; laws of networks drawn by chance."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_networks import CROSS, GRID, LADDER, lines_of, segments_of, turned
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough

from geosift.inference.fracture_numbers.near_pairs import near_pairs
from geosift.inference.fracture_numbers.noding import FractureNetwork, node_lines
from geosift.inference.fracture_numbers.study import study_of

KINDS = {
    "two that cross": (CROSS, (4, 0, 0, 1), 4),
    "a ladder": (LADDER, (4, 0, 6, 0), 11),
    "three across three": (GRID, (12, 0, 0, 9), 24),
    "one line": ([((0, 0), (3, 4), (5, 9))], (2, 0, 0, 0), 1),
    "an end just short of a line": ([((0, 0), (10, 0)), ((5, 0.04), (5, 6))], (3, 0, 1, 0), 3),
    "an end just beyond a line": ([((0, 0), (10, 0)), ((5, -0.04), (5, 6))], (3, 0, 1, 0), 3),
    "an end on a corner": ([((0, 0), (5, 0), (9, 3)), ((5, 0), (5, 6))], (3, 0, 1, 0), 3),
    "too far to abut": ([((0, 0), (10, 0)), ((5, 0.2), (5, 6))], (4, 0, 0, 0), 2),
    "one goes on as another": ([((0, 0), (5, 0)), ((5.03, 0), (9, 1))], (2, 1, 0, 0), 2),
    "three ends in one place": (
        [((0, 0), (5, 0)), ((5, 0), (9, 3)), ((5, 0), (9, -3))], (3, 0, 1, 0), 3,
    ),
    "three lines through one place": (
        [((0, 0), (10, 0)), ((5, -5), (5, 5)), ((0, -5), (10, 5))], (6, 0, 0, 1), 6,
    ),
    "drawn twice": ([((0, 0), (9, 1)), ((0, 0), (9, 1))], (2, 0, 0, 0), 1),
    "drawn twice, the other way": ([((0, 0), (9, 1)), ((9, 1.01), (0, 0.01))], (2, 0, 0, 0), 1),
    "one upon another for a while": ([((0, 0), (10, 0)), ((5, 0), (15, 0))], (2, 2, 0, 0), 3),
    "one along another in the middle": (
        [((0, 0), (10, 0)), ((2, 5), (3, 0), (7, 0), (8, 5))], (4, 0, 2, 0), 5,
    ),
    "a ring": ([((0, 0), (5, 0), (5, 5), (0, 5), (0, 0))], (0, 1, 0, 0), 1),
    "a line that crosses itself": ([((0, 0), (10, 0), (10, 5), (5, 5), (5, -5))], (2, 0, 0, 1), 3),
    "a line that ends on itself": ([((0, 0), (10, 0), (10, 5), (5, 5), (5, 0))], (1, 0, 1, 0), 2),
    "corners that touch": (
        [((0, 5), (5, 0), (10, 5)), ((0, -5), (5, 0), (10, -5))], (4, 0, 0, 1), 4,
    ),
}  # fmt: skip


def counts(network: FractureNetwork) -> tuple[int, ...]:
    return tuple(int((network.kind == kind).sum()) for kind in (1, 2, 3, 4))


@pytest.mark.parametrize("name", KINDS)
def test_drawn_networks_are_counted_exactly(name: str) -> None:
    lines, kinds, branches = KINDS[name]
    network = node_lines(segments_of(lines), snap=0.05)
    assert counts(network) == kinds
    assert len(network.line) == branches


@pytest.mark.parametrize("name", KINDS)
@quick
@given(seed=st.integers(0, 9999), degrees=st.floats(0, 360), far=st.floats(-1e5, 1e5))
def test_nodes_do_not_depend_on_place_order_or_direction(
    name: str, seed: int, degrees: float, far: float
) -> None:
    lines, kinds, branches = KINDS[name]
    random = np.random.default_rng(seed)
    moved = turned([np.asarray(line, float) for line in lines], degrees, (far, -far))
    moved = [moved[index][:: random.choice([1, -1])] for index in random.permutation(len(moved))]
    network = node_lines(segments_of(moved), snap=0.05)
    assert counts(network) == kinds
    assert len(network.line) == branches


@thorough
@given(seed=st.integers(0, 10**6))
def test_crossings_are_those_of_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = random.integers(0, 10**6, (40, 2, 2)).astype(float)
    network = node_lines(segments_of(lines), snap=0.0)
    expected = sum(_cross(one, other) for at, one in enumerate(lines) for other in lines[at + 1 :])
    assert counts(network) == (80, 0, 0, expected)
    assert len(network.line) == 40 + 2 * expected


def _cross(one: np.ndarray, other: np.ndarray) -> bool:
    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        (ax, ay), (bx, by), (cx, cy) = (tuple(map(int, each)) for each in (a, b, c))
        return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@thorough
@given(seed=st.integers(0, 10**6), reach=st.floats(0, 30))
def test_near_segments_are_all_found(seed: int, reach: float) -> None:
    random = np.random.default_rng(seed)
    edges = random.uniform(0, 100, (30, 4))
    edges[:, 2:] = edges[:, :2] + random.normal(0, random.choice([0.1, 3, 60]), (30, 2))
    points = np.tile(random.uniform(0, 100, (20, 2)), 2)
    found = {pair for batch in near_pairs(points, edges, reach=reach) for pair in zip(*batch)}
    along = edges[:, 2:] - edges[:, :2]
    gap = points[:, None, :2] - edges[:, :2]
    share = np.clip((gap * along).sum(-1) / (along**2).sum(-1), 0, 1)
    near = np.hypot(*np.moveaxis(gap - share[..., None] * along, -1, 0)) <= reach
    assert found >= set(zip(*np.nonzero(near)))


def test_counts_follow_sanderson_and_nixon() -> None:
    top = study_of(lines_of(LADDER), snap=0.05).numbers.whole.topology
    assert (top.i, top.y, top.x, top.e) == (4, 6, 0, 0)
    assert (top.lines, top.branches) == (5, 11)
    assert top.per_line == pytest.approx(2 * 6 / 5)
    assert top.per_branch == pytest.approx(18 / 11)
    assert top.branch_kinds == (0, 4, 7)
    assert top.shares == (0.4, 0.6, 0.0)
