# SPDX-License-Identifier: GPL-2.0-or-later
"""Blending overlapping tiles gives what a whole-raster float64 accumulator gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.tiles.blend import Blender, axis_weights, fade_in
from geosift.inference.tiles.grid import Span, spans


@st.composite
def axes(draw: st.DrawFn) -> tuple[tuple[Span, ...], int, int]:
    """Spans of one axis with a ring and a fade that fit into their overlap."""
    multiple = draw(st.integers(1, 8))
    tile = multiple * draw(st.integers(1, 12))
    halo = draw(st.integers(0, max((tile - multiple) // 2, 0)))
    cut = spans(draw(st.integers(1, 130)), tile=tile, halo=halo, multiple=multiple)
    ring = draw(st.integers(0, halo))
    return cut, ring, draw(st.integers(0, 2 * (halo - ring)))


@st.composite
def planes(draw: st.DrawFn) -> tuple[tuple[Span, ...], tuple[Span, ...], int, int]:
    """Rows and columns of tiles, and the ring and fade both take."""
    rows, row_ring, row_fade = draw(axes())
    cols, col_ring, col_fade = draw(axes())
    return rows, cols, min(row_ring, col_ring), min(row_fade, col_fade)


def _blended(rows, cols, ring, fade, tiles: dict[tuple[int, int], np.ndarray]) -> np.ndarray:
    """What the blender hands out, stacked; missing tiles have no scores."""
    channels = next(iter(tiles.values())).shape[0] if tiles else 1
    blender = Blender(rows, cols, channels=channels, ring=ring, fade=fade)
    strips = []
    for row in range(len(rows)):
        for col in range(len(cols)):
            scores = tiles.get((row, col))
            blender.add(row, col, None if scores is None else scores.copy())
        strips.append(blender.take(row).copy())
    return np.concatenate(strips, axis=1)


def _accumulated(rows, cols, ring, fade, tiles: dict[tuple[int, int], np.ndarray]) -> np.ndarray:
    """The weighted mean over the whole plane, weights of the tiles that came or not."""
    row_weights, col_weights = _plain_weights(rows, ring, fade), _plain_weights(cols, ring, fade)
    channels = next(iter(tiles.values())).shape[0]
    total = np.zeros((channels, rows[-1].stop, cols[-1].stop))
    weight = np.zeros(total.shape[1:])
    for r, row in enumerate(rows):
        for c, col in enumerate(cols):
            here = slice(row.start, row.stop), slice(col.start, col.stop)
            outer = np.outer(row_weights[r], col_weights[c])
            weight[here] += outer
            if (r, c) in tiles:
                total[(slice(None), *here)] += outer * tiles[r, c].astype(np.float64)
    return total / weight


def _plain_weights(cut: tuple[Span, ...], ring: int, fade: int) -> list[np.ndarray]:
    end, found = cut[-1].stop, []
    for span in cut:
        values = np.ones(span.length)
        rise = fade_in(span.length, ring=ring, fade=fade)
        values *= rise if span.start > 0 else 1.0
        values *= rise[::-1] if span.stop < end else 1.0
        found.append(values)
    return found


def _tiles(rows, cols, make) -> dict[tuple[int, int], np.ndarray]:
    return {
        (r, c): make(row.length, col.length).astype(np.float32)
        for r, row in enumerate(rows)
        for c, col in enumerate(cols)
    }


@quick
@given(axes())
def test_weights_sum_to_one_everywhere(axis) -> None:
    cut, ring, fade = axis
    total = np.zeros(cut[-1].stop)
    for weights in axis_weights(cut, ring=ring, fade=fade):
        total[weights.support.start : weights.support.stop] += weights.values
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


@quick
@given(axes())
def test_the_outermost_ring_counts_only_at_the_border_of_the_raster(axis) -> None:
    cut, ring, fade = axis
    for span, weights in zip(cut, axis_weights(cut, ring=ring, fade=fade)):
        inner_left = ring if span.start > 0 else 0
        inner_right = ring if span.stop < cut[-1].stop else 0
        assert weights.support.start >= span.start + inner_left
        assert weights.support.stop <= span.stop - inner_right
        if not inner_left:
            assert weights.support.start == span.start
        if not inner_right:
            assert weights.support.stop == span.stop


@quick
@given(st.integers(1, 200), st.integers(0, 40), st.integers(0, 60))
def test_a_fade_rises_from_nothing_to_one(length: int, ring: int, fade: int) -> None:
    values = fade_in(length, ring=ring, fade=fade)
    assert (values[:ring] == 0).all()
    assert (np.diff(values) >= 0).all()
    assert (values[ring + fade :] == 1).all()
    assert (values[ring:] > 0).all()


@quick
@given(planes(), st.floats(-1e3, 1e3, width=32))
def test_blending_a_constant_gives_the_constant(plane, value: float) -> None:
    rows, cols, ring, fade = plane
    tiles = _tiles(rows, cols, lambda height, width: np.full((2, height, width), value))
    blended = _blended(rows, cols, ring, fade, tiles)
    assert blended.shape == (2, rows[-1].stop, cols[-1].stop)
    np.testing.assert_allclose(blended, value, rtol=1e-6, atol=1e-6)


@quick
@given(planes(), st.integers(0, 2**32 - 1))
def test_streamed_is_the_whole_raster_accumulator(plane, seed: int) -> None:
    rows, cols, ring, fade = plane
    random = np.random.default_rng(seed)
    tiles = _tiles(rows, cols, lambda height, width: random.normal(size=(3, height, width)))
    blended = _blended(rows, cols, ring, fade, tiles)
    expected = _accumulated(rows, cols, ring, fade, tiles)
    np.testing.assert_allclose(blended, expected, atol=2e-6)


@quick
@given(planes(), st.integers(0, 2**32 - 1))
def test_tiles_that_never_came_count_as_zero(plane, seed: int) -> None:
    rows, cols, ring, fade = plane
    random = np.random.default_rng(seed)
    tiles = _tiles(rows, cols, lambda height, width: random.normal(size=(1, height, width)))
    came = {place: tile for place, tile in tiles.items() if random.random() < 0.5}
    blended = _blended(rows, cols, ring, fade, came)
    zeros = {place: came.get(place, np.zeros_like(tile)) for place, tile in tiles.items()}
    np.testing.assert_allclose(blended, _accumulated(rows, cols, ring, fade, zeros), atol=2e-6)


def test_garbage_in_the_ring_changes_nothing() -> None:
    """What a tile says where it saw padding instead of image must never reach the answer."""
    cut = spans(200, tile=64, halo=16, multiple=4)
    random = np.random.default_rng(5)
    scene = random.normal(size=(2, 200, 200)).astype(np.float32)
    tiles = {}
    for r, row in enumerate(cut):
        for c, col in enumerate(cut):
            tile = scene[:, row.start : row.stop, col.start : col.stop].copy()
            seen = np.zeros(tile.shape[1:], bool)
            seen[
                8 if row.start else 0 : row.length - (8 if row.stop < 200 else 0),
                8 if col.start else 0 : col.length - (8 if col.stop < 200 else 0),
            ] = True
            tile[:, ~seen] = 1e30
            tiles[r, c] = tile
    np.testing.assert_allclose(_blended(cut, cut, 8, 12, tiles), scene, rtol=1e-5, atol=1e-5)


def test_memory_is_one_row_of_tiles() -> None:
    """Nothing grows with the height: the strips handed out are never taller than a tile."""
    rows, cols = spans(5000, tile=64, halo=8, multiple=1), spans(100, tile=64, halo=8, multiple=1)
    blender = Blender(rows, cols, channels=1, ring=2, fade=8)
    taken = 0
    for row in range(len(rows)):
        for col in range(len(cols)):
            blender.add(row, col, np.ones((1, rows[row].length, cols[col].length), np.float32))
        strip = blender.take(row)
        assert strip.shape[1] <= 64
        taken += strip.shape[1]
    assert taken == 5000


def test_an_overlap_that_leaves_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap is too small"):
        axis_weights((Span(0, 50), Span(40, 90)), ring=6, fade=0)
