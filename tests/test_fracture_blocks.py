# SPDX-License-Identifier: GPL-2.0-or-later
"""Blocks of drawn networks, exactly; all of them together are what is enclosed."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from drawn_networks import CROSS, GRID, LADDER, area, box, by_chance, lines_of, segments_of
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough

from geosift.inference.fracture_numbers.blocks import blocks_in, blocks_of, turned
from geosift.inference.fracture_numbers.clipping import clipped
from geosift.inference.fracture_numbers.noding import node_lines
from geosift.inference.fracture_numbers.segments import Segments
from geosift.inference.fracture_numbers.study import study_of

SQUARE = ((2, 2), (4, 2), (4, 4), (2, 4), (2, 2))
AROUND = ((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))

DRAWN = {
    "two that cross": (CROSS, []),
    "three across three": (GRID, [9.0] * 4),
    "a ladder": (LADDER, [8.0, 8.0]),
    "a ring": ([AROUND], [100.0]),
    "a ring in a ring": ([AROUND, SQUARE], [4.0, 96.0]),
    "a ring that a line crosses": ([AROUND, ((5, -3), (5, 13))], [50.0, 50.0]),
    "a ring with a line that leads nowhere": ([AROUND, ((0, 5), (5, 5), (5, 8))], [100.0]),
    "rings that share a side": (
        [AROUND, ((10, 0), (20, 0), (20, 10), (10, 10))], [100.0, 100.0],
    ),
    "rings joined by a line": (
        [SQUARE, ((6, 2), (8, 2), (8, 4), (6, 4), (6, 2)), ((4, 3), (6, 3))], [4.0, 4.0],
    ),
    "a line that crosses itself": ([((0, 0), (10, 0), (10, 5), (5, 5), (5, -5))], [25.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_blocks_of_drawn_networks(name: str) -> None:
    lines, areas = DRAWN[name]
    found = blocks_of(node_lines(segments_of(lines), snap=0.05))
    assert sorted(block.area for block in found) == pytest.approx(sorted(areas))
    assert not any(block.at_edge for block in found)
    for block in found:
        assert all((ring[0] == ring[-1]).all() for ring in block.rings)


def test_the_edge_closes_blocks_and_is_told() -> None:
    numbers = study_of(lines_of(GRID), areas=(area(box(0, 0, 10, 10)),)).numbers
    blocks = numbers.whole.blocks
    assert (blocks.count, blocks.edge_count) == (4, 12)
    assert blocks.total == pytest.approx(36)
    assert blocks.total + blocks.edge_total == pytest.approx(100)
    assert (blocks.mean, blocks.median, blocks.largest) == pytest.approx((9, 9, 9))
    assert numbers.blocks == 4


def test_what_lies_in_a_hole_of_the_area_is_no_block() -> None:
    rings = turned((box(0, 0, 10, 10), box(3, 3, 7, 7)))
    outline = Segments.of_rings(rings)
    pieces = clipped(segments_of([((5, -1), (5, 11)), ((-1, 5), (11, 5))]), outline)
    found = blocks_in(pieces, outline, snap=0.01)
    assert [block.at_edge for block in found] == [True] * 4
    assert [block.area for block in found] == pytest.approx([21.0] * 4)


def test_an_island_inside_the_area_is_whole() -> None:
    found = study_of(lines_of([SQUARE]), areas=(area(AROUND_BOX),)).numbers.whole.blocks
    assert (found.count, found.total, found.edge_count) == (1, 4.0, 1)
    assert found.edge_total == pytest.approx(96)


AROUND_BOX = box(0, 0, 10, 10)


@thorough
@given(seed=st.integers(0, 10**6))
def test_blocks_fill_the_area(seed: int) -> None:
    rings = turned((box(5, 5, 95, 95), box(40, 40, 55, 60)))
    outline = Segments.of_rings(rings)
    pieces = clipped(segments_of(by_chance(seed, count=90)), outline)
    found = blocks_in(pieces, outline, snap=1e-4)
    assert sum(block.area for block in found) == pytest.approx(90**2 - 300, rel=1e-4)
    assert all(block.area > 0 for block in found)


@thorough
@given(seed=st.integers(0, 10**6))
def test_faces_follow_eulers_formula(seed: int) -> None:
    """Nodes - branches + faces = 1 + parts, with the face around all of it."""
    network = node_lines(segments_of(by_chance(seed, count=120)), snap=0.01)
    graph = networkx.MultiGraph()
    graph.add_nodes_from(range(len(network.nodes)))
    graph.add_edges_from(network.nodes_of.tolist())
    parts = networkx.number_connected_components(graph)
    expected = len(network.line) - len(network.nodes) + parts
    assert len(blocks_of(network)) == expected


def test_no_block_is_no_figure() -> None:
    blocks = study_of(lines_of(CROSS)).numbers.whole.blocks
    assert (blocks.count, blocks.mean, blocks.edge_count) == (0, None, 0)
    assert np.isclose(blocks.total, 0)
