# SPDX-License-Identifier: GPL-2.0-or-later
"""What is read, computed and answered where: every wanted pixel once, from scores around it."""

from __future__ import annotations

import math
from dataclasses import replace

import networks
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from rasterio.crs import CRS

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import InputError
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.inference.tiles import plan as plan_module
from geosift.inference.tiles.plan import make_plan, window_of_extent

UTM = CRS.from_epsg(32633)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("network")
    return networks.smooth(folder, stride=4, multiple=32, tile=256, halo=40, ring=8, fade=20)


def _frame(height: int, width: int, *, pixel: float = 1.0) -> Frame:
    return Frame(height, width, Affine(pixel, 0, 5e5, 0, -pixel, 5.8e6), UTM)


@st.composite
def requests(draw: st.DrawFn) -> dict:
    """A raster, the network's picture of it, and what part of which grid is wanted."""
    height, width = draw(st.integers(1, 3000)), draw(st.integers(1, 5000))
    down, across = draw(st.floats(0.2, 4.0)), draw(st.floats(0.2, 4.0))
    same = draw(st.booleans())
    network = (height, width) if same else (
        max(1, round(height * down)), max(1, round(width * across))
    )  # fmt: skip
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    bottom = draw(st.integers(top + 1, height))
    right = draw(st.integers(left + 1, width))
    frame = _frame(height, width)
    xs, ys = frame.transform * (np.array([left, right]), np.array([top, bottom]))
    extent = (xs[0], ys[1], xs[1], ys[0])
    return {
        "native": frame,
        "network_shape": network,
        "grid": draw(st.sampled_from(["input", "network"])),
        "extent": extent if draw(st.booleans()) else None,
        "overlap": draw(st.sampled_from([None, 0, 7, 64, 100])),
        "block_width": draw(st.sampled_from([512, 1024, 8192])),
    }


def _made(card: ModelCard, request: dict, monkeypatch: pytest.MonkeyPatch):
    options = dict(request)
    monkeypatch.setattr(plan_module, "BLOCK_WIDTH", options.pop("block_width"))
    return make_plan(options.pop("native"), card, **options)


@quick
@given(requests())
def test_blocks_are_the_wanted_window(card: ModelCard, request: dict) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plan = _made(card, request, patch)
        blocks = list(plan.blocks())
    assert blocks[0].answer.col_off == plan.wanted.col_off
    assert blocks[-1].answer.col_end == plan.wanted.col_end
    for before, after in zip(blocks, blocks[1:]):
        assert before.answer.col_end == after.answer.col_off
    for block in blocks:
        assert block.answer.row_off == plan.wanted.row_off
        assert block.answer.height == plan.wanted.height
        assert block.answer.width <= max(request["block_width"], 512)


@quick
@given(requests())
def test_contexts_hold_what_answers_are_made_of(card: ModelCard, request: dict) -> None:
    """A halo around the answer, aligned with the stride, inside the raster."""
    with pytest.MonkeyPatch.context() as patch:
        plan = _made(card, request, patch)
        blocks = list(plan.blocks())
    network, whole = plan.network, plan.whole
    for block in blocks:
        context, answer = block.context, block.answer
        assert context.intersection(network.window) == context
        assert context.row_off % card.stride_multiple == 0
        assert context.col_off % card.stride_multiple == 0
        down, across = network.height / whole.height, network.width / whole.width
        for first, last, start, stop, size in (
            (answer.row_off * down, answer.row_end * down,
             context.row_off, context.row_end, network.height),
            (answer.col_off * across, answer.col_end * across,
             context.col_off, context.col_end, network.width),
        ):  # fmt: skip
            assert start <= max(first - plan.blend.halo, 0)
            assert stop >= min(last + plan.blend.halo, size) - 1e-6


@quick
@given(requests())
def test_an_answer_pixel_takes_the_scores_at_its_own_place(card: ModelCard, request: dict) -> None:
    """Centre of answer pixel i, in raster pixels, is the centre of the score coordinate it asks."""
    with pytest.MonkeyPatch.context() as patch:
        plan = _made(card, request, patch)
        blocks = list(plan.blocks())
        axes = [plan.axes(block) for block in blocks]
    for block, (rows, cols) in zip(blocks, axes):
        for axis, offset, context, size, network in (
            (rows, block.answer.row_off, block.context.row_off,
             plan.whole.height, plan.network.height),
            (cols, block.answer.col_off, block.context.col_off,
             plan.whole.width, plan.network.width),
        ):  # fmt: skip
            for pixel in (0, 1, 17):
                share = (offset + pixel + 0.5) / size
                score = axis.coordinate(pixel)
                place = (context + (score + 0.5) * plan.stride) / network
                assert place == pytest.approx(share, rel=1e-9, abs=1e-9)


@quick
@given(requests())
def test_tiles_cover_each_context(card: ModelCard, request: dict) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plan = _made(card, request, patch)
        grids = [(block, plan.grid(block)) for block in plan.blocks()]
    for block, grid in grids:
        assert (grid.height, grid.width) == (block.context.height, block.context.width)
        assert grid[0].window.row_off == grid[0].window.col_off == 0
        last = grid[len(grid) - 1].window
        assert (last.row_end, last.col_end) == (grid.height, grid.width)
        assert grid.tile_height <= card.tile
        assert grid.tile_width <= card.tile


def test_without_an_extent_all_is_wanted(card: ModelCard) -> None:
    frame = _frame(300, 400)
    plan = make_plan(frame, card, network_shape=(150, 200), grid="input", extent=None, overlap=None)
    assert plan.answer == frame
    plan = make_plan(
        frame, card, network_shape=(150, 200), grid="network", extent=None, overlap=None
    )
    assert plan.answer == frame.resampled(150, 200)


@quick
@given(
    st.integers(0, 299), st.integers(0, 399), st.integers(1, 300), st.integers(1, 400),
    st.sampled_from([1.0, 0.3, 1 / 3, 2.5e-5]), st.floats(-1e6, 1e6),
)  # fmt: skip
def test_an_extent_copied_from_pixels_gives_those_pixels(
    top, left, height, width, pixel, x
) -> None:
    height, width = min(height, 300 - top), min(width, 400 - left)
    x *= min(pixel * 4, 1)
    frame = Frame(300, 400, Affine(pixel, 0, x, 0, -pixel, -x / 3), UTM)
    xmin, ymax = frame.transform * (left, top)
    xmax, ymin = frame.transform * (left + width, top + height)
    expected = Window(top, left, height, width)
    assert window_of_extent(frame, (xmin, ymin, xmax, ymax)) == expected


def test_an_extent_takes_every_pixel_it_touches() -> None:
    frame = _frame(100, 100)
    assert window_of_extent(frame, (500000.9, 5799997.9, 500002.1, 5799999.1)) == Window(0, 0, 3, 3)


def test_an_extent_of_a_turned_raster_is_the_box_around_it() -> None:
    turned = Affine.translation(0, 0) * Affine.rotation(45) * Affine.scale(1, -1)
    frame = Frame(100, 100, turned, UTM)
    window = window_of_extent(frame, (40, 0, 60, 20))
    for x in (40, 60):
        for y in (0, 20):
            col, row = ~turned * (x, y)
            inside_rows = window.row_off <= max(row, 0) <= window.row_end
            assert inside_rows
            assert window.col_off <= col <= window.col_end


def test_an_extent_without_georeference_counts_rows_downwards() -> None:
    frame = Frame(100, 200, None, None)
    assert window_of_extent(frame, (20, -50, 30, -10)) == Window(10, 20, 40, 10)


def test_an_extent_partly_outside_is_cut() -> None:
    frame = _frame(100, 100)
    found = window_of_extent(frame, (499_000, 5_799_950, 500_010, 5_900_000))
    assert found == Window(0, 0, 50, 10)


@pytest.mark.parametrize(
    "extent",
    [
        (0, 0, 1, 1),
        (500_100, 5_799_900, 500_200, 5_800_000),
        (500_010, 5_799_990, 500_010, 5_799_995),
        (math.nan, 0, 1, 1),
        (-math.inf, -math.inf, math.inf, math.inf),
    ],
    ids=["elsewhere", "touching", "without area", "no number", "endless"],
)
def test_an_extent_that_holds_no_pixel_is_refused(extent) -> None:
    with pytest.raises(InputError, match="does not meet the raster"):
        window_of_extent(_frame(100, 100), extent)


def test_an_overlap_larger_than_a_tile_is_refused(card: ModelCard) -> None:
    arguments = {"network_shape": (300, 300), "grid": "input", "extent": None}
    with pytest.raises(InputError, match=r"give at most 112\."):
        make_plan(_frame(300, 300), card, overlap=113, **arguments)
    assert make_plan(_frame(300, 300), card, overlap=112, **arguments).blend.halo == 112


def test_wide_rasters_are_cut_into_blocks_of_bounded_width(
    card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = {"grid": "input", "extent": None, "overlap": None}
    most = plan_module.BLOCK_WIDTH + 2 * 40 + 64
    frame = _frame(10, 100_000)
    plan = make_plan(frame, card, network_shape=(10, 100_000), **arguments)
    assert max(block.context.width for block in plan.blocks()) <= most
    finer = make_plan(frame, card, network_shape=(40, 400_000), **arguments)
    assert max(block.context.width for block in finer.blocks()) <= most
    assert replace(plan, stride=2).answer == frame
