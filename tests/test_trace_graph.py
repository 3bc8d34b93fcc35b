# SPDX-License-Identifier: GPL-2.0-or-later
"""The graph of fractures: what a walk from pixel to pixel finds, whatever the strips."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from trace_rasters import Drawn, clouds, lines

from geosift.inference.errors import Cancelled
from geosift.inference.runs.telling import telling
from geosift.inference.traces import mask_strips as mask_strips_module
from geosift.inference.traces.graph import Graph, graph_of
from geosift.inference.traces.mask import MaskRules
from geosift.inference.traces.skeleton import find_skeleton

HALF = MaskRules(0.5, 0.5)
Pixel = tuple[int, int]


@pytest.fixture(autouse=True)
def strips_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Low strips are not put together."""
    monkeypatch.setattr(mask_strips_module, "_ROWS_AT_ONCE", 1)


def _graph(pixels: np.ndarray, rows: int = 1_000_000) -> Graph:
    return graph_of(Drawn(pixels, rows), rules=HALF)


def _same(one: Graph, other: Graph) -> None:
    np.testing.assert_array_equal(one.nodes, other.nodes)
    np.testing.assert_array_equal(one.at_border, other.at_border)
    assert [(each.start, each.end) for each in one.branches] == [
        (each.start, each.end) for each in other.branches
    ]
    for ours, theirs in zip(one.branches, other.branches):
        for name in ("points", "widths", "probabilities"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def _around(pixel: Pixel) -> list[Pixel]:
    steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]
    return [(pixel[0] + y, pixel[1] + x) for y, x in steps]


class _Walk:
    """The slow way: one pixel after the other."""

    def __init__(self, pixels: set[Pixel]) -> None:
        self.beside = {each: [to for to in _around(each) if to in pixels] for each in pixels}
        self.knots = {each for each in pixels if self._is_knot(each)}
        self.left = {each for each in pixels if self.beside[each]} - self.knots
        self.lines: Counter = Counter()
        for pixel in sorted(self.left):
            outer = [to for to in self.beside[pixel] if to in self.knots]
            is_end = len(self.beside[pixel]) == 1
            if pixel in self.left and (outer or is_end):
                self._walk(pixel, None if is_end else outer[0])
        self.loops = [self._loop(pixel) for pixel in sorted(self.left)]

    def _is_knot(self, pixel: Pixel) -> bool:
        beside = self.beside[pixel]
        return len(beside) > 2 or (len(beside) == 2 and beside[1] in _around(beside[0]))

    def _middle(self, pixel: Pixel) -> tuple[float, float]:
        """Of all pixels of a knot: x, y."""
        group, edge = {pixel}, [pixel]
        while edge:
            new = [to for to in self.beside[edge.pop()] if to in self.knots and to not in group]
            group.update(new)
            edge += new
        y, x = np.mean(sorted(group), axis=0) + 0.5
        return round(float(x), 6), round(float(y), 6)

    def _walk(self, pixel: Pixel, knot: Pixel | None) -> None:
        points = [] if knot is None else [self._middle(knot)]
        before = knot
        while pixel in self.left:
            self.left.remove(pixel)
            points.append((pixel[1] + 0.5, pixel[0] + 0.5))
            onward = [to for to in self.beside[pixel] if to != before]
            if not onward:
                break
            before, pixel = pixel, onward[0]
            if pixel in self.knots:
                points.append(self._middle(pixel))
        self.lines[min(tuple(points), tuple(points[::-1]))] += 1

    def _loop(self, pixel: Pixel) -> frozenset[Pixel]:
        group, edge = {pixel}, [pixel]
        while edge:
            new = [to for to in self.beside[edge.pop()] if to not in group]
            group.update(new)
            edge += new
        self.left -= group
        return frozenset(group)


@quick
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 30)), rough=st.floats(0.4, 4),
    seed=st.integers(0, 9999),
)  # fmt: skip
def test_it_is_what_a_walk_finds(shape, rough, seed) -> None:
    mask = (clouds(shape, rough=rough, seed=seed) > 0.5).astype(np.float32)
    skeleton = find_skeleton(Drawn(mask), rules=HALF, tell=lambda done: None)
    graph = Graph.of_skeleton(skeleton)
    walk = _Walk(set(zip(skeleton.rows.tolist(), skeleton.cols.tolist())))
    found: Counter = Counter()
    loops = []
    for branch in graph.branches:
        points = [(round(x, 6), round(y, 6)) for x, y in branch.points.tolist()]
        np.testing.assert_array_equal(
            branch.points[[0, -1]], graph.nodes[[branch.start, branch.end]]
        )
        assert len(branch.widths) == len(branch.probabilities) == len(points) >= 2
        assert (branch.widths >= 1).all() and (branch.probabilities == 1).all()
        if tuple(points) not in walk.lines and tuple(points[::-1]) not in walk.lines:
            loops.append(frozenset((int(y), int(x)) for x, y in points))
            assert points[0] == points[-1] and branch.start == branch.end
            assert (np.abs(np.diff(branch.points, axis=0)).max(axis=1) == 1).all()
        else:
            found[min(tuple(points), tuple(points[::-1]))] += 1
    assert found == walk.lines
    assert set(loops) == {each for each in walk.loops if len(each) > 1}


@quick
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 30)), rough=st.floats(0.4, 5),
    gaps=st.sampled_from([0.0, 0.02]), seed=st.integers(0, 9999), rows=st.integers(1, 30),
    least=st.integers(0, 20), hole=st.integers(0, 6),
)  # fmt: skip
def test_it_is_the_same_whatever_the_strips(shape, rough, gaps, seed, rows, least, hole) -> None:
    pixels = clouds(shape, rough=rough, gaps=gaps, seed=seed)
    rules = MaskRules(0.45, 0.6, least_pixels=least, largest_hole=hole)
    _same(graph_of(Drawn(pixels, rows), rules=rules), graph_of(Drawn(pixels), rules=rules))


@thorough
@given(
    angle=st.floats(0, 180), width=st.integers(1, 9), rows=st.integers(1, 40),
    x=st.floats(90, 110), y=st.floats(90, 110),
)  # fmt: skip
def test_a_line_over_many_strips_is_one_branch(angle, width, rows, x, y) -> None:
    step = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]) * 70
    mask = lines((200, 200), (x - step[0], y - step[1], x + step[0], y + step[1], width))
    graph = _graph(mask, rows)
    longest = max(graph.branches, key=lambda branch: len(branch.points))
    ends = longest.points[[0, -1]] - [x + 0.5, y + 0.5]
    along = np.abs(ends @ step) / 70
    # All but where the thinned end frays into its corners.
    assert (along > 70 - width - 2).all()
    assert not graph.at_border.any()


def test_two_lines_that_cross_make_one_node_and_four_branches() -> None:
    mask = lines((100, 100), (10, 50, 90, 50, 1), (50, 10, 50, 90, 1))
    graph = _graph(mask, 7)
    np.testing.assert_allclose(
        graph.nodes, [[50.5, 10.5], [50.5, 50.5], [10.5, 50.5], [90.5, 50.5], [50.5, 90.5]]
    )
    assert [(each.start, each.end) for each in graph.branches] == [(0, 1), (1, 2), (1, 3), (1, 4)]
    assert [len(each.points) for each in graph.branches] == [40] * 4


def test_a_line_that_abuts_makes_a_node_with_three_branches() -> None:
    mask = lines((60, 60), (5, 30, 55, 30, 3), (30, 30, 30, 5, 3))
    graph = _graph(mask, 4)
    degree = Counter(node for each in graph.branches for node in (each.start, each.end))
    assert sorted(degree.values()) == [1, 1, 1, 3]
    node = graph.nodes[max(degree, key=lambda each: degree[each])]
    assert np.hypot(*(node - 30.5)) < 1.5
    drawn = [mask[10].sum(), mask[:, 45].sum(), mask[:, 15].sum()]
    assert [np.median(each.widths) for each in graph.branches] == drawn


def test_a_ring_is_a_branch_that_comes_back() -> None:
    mask = np.zeros((50, 50), np.float32)
    cv2.circle(mask, (25, 25), 15, 1, 3)
    (branch,) = _graph(mask, 6).branches
    assert (branch.start, branch.end) == (0, 0)
    np.testing.assert_array_equal(branch.points[0], branch.points[-1])
    np.testing.assert_allclose(np.hypot(*(branch.points - 25.5).T), 15, atol=1.2)


@thorough
@given(
    angle=st.floats(0, 360), width=st.floats(1.5, 14), x=st.floats(-8, 8), y=st.floats(-8, 8),
    gap=st.booleans(),
)  # fmt: skip
def test_only_the_end_that_leaves_what_is_seen_is_cut(angle, width, x, y, gap) -> None:
    """Half a line, from near the middle on; what hides the rest is the border, or a round gap."""
    turn = np.radians(angle)
    across, down = np.meshgrid(np.arange(120) - 60 + x, np.arange(120) - 60 + y)
    along = across * np.cos(turn) + down * np.sin(turn)
    aside = across * np.sin(turn) - down * np.cos(turn)
    pixels = ((np.abs(aside) <= width / 2) & (along > -25)).astype(np.float32)
    if gap:
        pixels[np.hypot(across, down) > 40] = np.nan
    graph = _graph(pixels, 17)
    degree = np.bincount(
        [node for each in graph.branches for node in (each.start, each.end)],
        minlength=len(graph.nodes),
    )
    beyond = (graph.nodes - 60) @ [np.cos(turn), np.sin(turn)] > 10
    is_end = degree == 1
    assert (is_end & beyond).any() and (is_end & ~beyond).any()
    np.testing.assert_array_equal(graph.at_border[is_end], beyond[is_end])


def test_probabilities_follow_the_line() -> None:
    pixels = np.zeros((20, 100), np.float32)
    pixels[9] = np.linspace(0.5, 1, 100)
    (branch,) = _graph(pixels, 3).branches
    np.testing.assert_allclose(branch.probabilities, np.linspace(0.5, 1, 100), atol=1e-6)


@pytest.mark.parametrize(
    "pixels", [np.zeros((30, 30)), np.full((30, 30), np.nan), np.eye(30)[:, :1] * 0.9]
)
def test_without_lines_there_is_nothing(pixels) -> None:
    graph = _graph(pixels.astype(np.float32), 7)
    assert graph.nodes.shape == (0, 2) and graph.branches == () and graph.at_border.shape == (0,)
    assert graph.shape == pixels.shape


def test_it_tells_how_far_it_is_and_stops_when_asked() -> None:
    told = []
    drawn = Drawn(lines((200, 50), (5, 5, 40, 190, 3)), 10)
    graph_of(drawn, rules=HALF, tell=told.append)
    assert told == sorted(told) and told[0] == 0 and 0.9 < told[-1] <= 1 and len(told) > 40

    told.clear()
    with pytest.raises(Cancelled):
        graph_of(drawn, rules=HALF, tell=telling(told.append, lambda: len(told) > 20))
