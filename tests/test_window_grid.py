# SPDX-License-Identifier: GPL-2.0-or-later
"""Windows, and the laws of cutting a raster into overlapping tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.raster.window import Window
from geosift.inference.tiles.grid import Span, TileGrid, fitting_tile, spans

offsets = st.integers(-500, 500)
sides = st.integers(1, 400)
windows = st.builds(Window, offsets, offsets, sides, sides)


@st.composite
def cuts(draw: st.DrawFn) -> dict[str, int]:
    """Arguments of `spans` that leave a tile something of its own."""
    multiple = draw(st.integers(1, 32))
    tile = multiple * draw(st.integers(1, 12))
    halo = draw(st.integers(0, max((tile - multiple) // 2, 0)))
    return {
        "length": draw(st.integers(1, 1500)),
        "tile": tile,
        "halo": halo,
        "multiple": multiple,
    }


@quick
@given(windows, windows)
def test_intersection_is_what_both_hold(a: Window, b: Window) -> None:
    rows = set(range(a.row_off, a.row_end)) & set(range(b.row_off, b.row_end))
    cols = set(range(a.col_off, a.col_end)) & set(range(b.col_off, b.col_end))
    common = a.intersection(b)
    if not rows or not cols:
        assert common is None
        return
    assert common == b.intersection(a)
    assert set(range(common.row_off, common.row_end)) == rows
    assert set(range(common.col_off, common.col_end)) == cols
    assert common.pixels == len(rows) * len(cols)


@quick
@given(windows, st.integers(0, 50))
def test_padding_grows_all_four_sides(window: Window, pixels: int) -> None:
    padded = window.padded(pixels)
    assert padded.intersection(window) == window
    inner = window.relative_to(padded)
    assert (inner.row_off, inner.col_off) == (pixels, pixels)
    assert padded.height - inner.row_end == padded.width - inner.col_end == pixels


@quick
@given(windows, st.integers(1, 9))
def test_a_coarser_window_is_the_same_ground(window: Window, factor: int) -> None:
    fine = Window(*(factor * side for side in (window.row_off, window.col_off)),
                  window.height * factor, window.width * factor)  # fmt: skip
    assert fine.shrunk(factor) == window


def test_a_window_off_the_coarser_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie on a grid of 4"):
        Window(0, 0, 8, 6).shrunk(4)


@pytest.mark.parametrize(("height", "width"), [(0, 3), (3, 0), (-1, 1)])
def test_a_window_holds_a_pixel(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        Window(0, 0, height, width)


def test_slices_cut_an_array_where_the_window_lies() -> None:
    pixels = np.arange(60).reshape(6, 10)
    assert (pixels[Window(2, 3, 3, 4).slices()] == pixels[2:5, 3:7]).all()


@quick
@given(cuts())
def test_spans_keep_their_laws(cut: dict[str, int]) -> None:
    """Cover all, lie inside, start aligned, overlap by twice the halo, equal when filled up."""
    found = spans(**cut)
    length, tile, halo, multiple = cut.values()
    assert found[0].start == 0
    assert found[-1].stop == length
    for before, after in zip(found, found[1:]):
        assert after.start > before.start
        assert before.stop - after.start >= 2 * halo
        assert before.stop <= length
    assert all(span.start % multiple == 0 for span in found)
    if len(found) > 1:
        assert {-(-span.length // multiple) * multiple for span in found} == {tile}


@quick
@given(cuts())
def test_a_fitting_tile_is_no_larger_and_makes_no_more_tiles(cut: dict[str, int]) -> None:
    fitted = fitting_tile(**cut)
    assert fitted <= cut["tile"]
    assert fitted % cut["multiple"] == 0
    tiles = len(spans(**{**cut, "tile": fitted}))
    assert tiles <= len(spans(**cut))


@quick
@given(cuts())
def test_a_fitting_tile_computes_no_more(cut: dict[str, int]) -> None:
    def computed(tile: int) -> int:
        return sum(span.length for span in spans(**{**cut, "tile": tile}))

    assert computed(fitting_tile(**cut)) <= computed(cut["tile"])


def test_a_tile_without_room_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="larger tile or less overlap"):
        spans(1000, tile=128, halo=64, multiple=32)


@quick
@given(cuts(), cuts())
def test_grid_covers_every_pixel_and_stays_inside(
    rows: dict[str, int], cols: dict[str, int]
) -> None:
    halo, multiple = rows["halo"], rows["multiple"]
    tile_width = -(-cols["tile"] // multiple) * multiple
    assume(tile_width - 2 * halo >= multiple)
    height, width = rows["length"] % 300 + 1, cols["length"] % 300 + 1
    grid = TileGrid(height, width, rows["tile"], tile_width, halo, multiple)
    whole = Window(0, 0, height, width)
    seen = np.zeros((height, width), np.int32)
    for tile in grid:
        assert tile.window.intersection(whole) == tile.window
        seen[tile.window.slices()] += 1
    assert seen.min() >= 1
    assert seen.sum() == grid.computed_pixels


def test_grid_is_row_major_and_knows_its_length() -> None:
    grid = TileGrid(500, 700, 128, 128, 16, 32)
    tiles = list(grid)
    assert len(tiles) == len(grid) == len(grid.row_spans) * len(grid.col_spans)
    assert [(tile.row, tile.col) for tile in tiles] == sorted((t.row, t.col) for t in tiles)
    assert [grid[index] for index in range(len(grid))] == tiles
    for wrong in (-1, len(grid)):
        with pytest.raises(IndexError):
            grid[wrong]


def test_grid_of_a_huge_raster_is_made_as_it_is_asked_for() -> None:
    grid = TileGrid(3_000_000, 5_000_000, 1280, 1280, 96, 32)
    assert len(grid) > 12_000_000
    last = grid[len(grid) - 1].window
    assert (last.row_end, last.col_end) == (3_000_000, 5_000_000)


@quick
@given(st.integers(0, 200), st.integers(1, 200), st.integers(1, 9))
def test_a_shrunk_span_holds_every_started_pixel(start: int, length: int, factor: int) -> None:
    span = Span(start * factor, start * factor + length).shrunk(factor)
    assert span == Span(start, start + -(-length // factor))
