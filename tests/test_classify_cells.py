# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiles and cells: the laws of their axes, and blending against a painting in float64."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import networks
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import example, given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import hole, noise, write
from oracles import classified, tile_starts
from osgeo import ogr

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.cell_blend import CellBlender
from geosift.inference.classification.cell_plan import CellPlan, TileAxis, make_cell_plan
from geosift.inference.classification.job import ClassifyJob, ClassifyResult
from geosift.inference.classification.run import run_classify
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.inference.tiles.grid import Span

SIDE = 16
lengths = st.integers(1, 90)
steps = st.integers(1, SIDE)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Looks at tiles of 16 pixels."""
    return networks.glimpse(tmp_path_factory.mktemp("network"), side=SIDE)


@quick
@given(lengths, steps)
def test_tiles_cover_an_axis_and_lie_inside(length: int, step: int) -> None:
    axis = TileAxis(length, SIDE, step)
    assert axis.starts.tolist() == tile_starts(length, side=SIDE, step=step)
    covered = np.zeros(length, bool)
    for start, stop in zip(axis.starts, axis.stops):
        assert 0 <= start < stop <= length
        covered[start:stop] = True
    assert covered.all()


@quick
@given(lengths, steps)
def test_the_shares_of_a_tile_are_the_pixels_it_has_in_each_cell(length: int, step: int) -> None:
    axis = TileAxis(length, SIDE, step)
    cell = np.arange(length) // step
    assert axis.cells == cell[-1] + 1
    for tile, (start, stop) in enumerate(zip(axis.starts, axis.stops)):
        expected = np.bincount(cell[start:stop] - start // step, minlength=axis.shares.shape[1])
        np.testing.assert_array_equal(axis.shares[tile], expected)


@quick
@given(lengths, steps, st.data())
def test_the_tiles_over_cells_are_those_that_meet_them(length: int, step: int, data) -> None:
    axis = TileAxis(length, SIDE, step)
    first = data.draw(st.integers(0, axis.cells - 1))
    last = data.draw(st.integers(first + 1, axis.cells))
    found = axis.tiles_over(Span(first, last))
    meets = (axis.starts < min(last * step, length)) & (axis.stops > first * step)
    assert np.flatnonzero(meets).tolist() == list(range(found.start, found.stop))
    edges = axis.edges(Span(first, last))
    assert edges[0] == first * step
    assert edges[-1] == min(last * step, length)


def _plan(height: int, width: int, step: int, wanted: Window | None = None) -> CellPlan:
    rows, cols = TileAxis(height, SIDE, step), TileAxis(width, SIDE, step)
    whole = Window(0, 0, rows.cells, cols.cells)
    return CellPlan(Frame(height, width, None, None), wanted or whole, rows, cols)


@quick
@given(st.integers(1, 70), st.integers(1, 70), steps, st.integers(0, 99))
def test_a_blended_constant_is_the_constant(height, width, step, seed) -> None:
    """Whichever tiles were not seen, wherever any was."""
    plan = _plan(height, width, step)
    blender = CellBlender(plan, plan.wanted, channels=2)
    rng = np.random.default_rng(seed)
    rows, cols = plan.tiles(plan.wanted)
    seen = rng.random((rows.length, cols.length)) < 0.7
    parts = []
    for row in range(rows.length):
        answers = np.tile(np.array([0.25, 0.75], np.float32), (cols.length, 1))
        span, found = blender.add(row, np.where(seen[row][:, None], answers, 9.0), seen[row])
        assert found.shape == (span.length, plan.cols.cells, 2)
        parts.append(found)
    whole = np.concatenate(parts)
    assert whole.shape == (plan.rows.cells, plan.cols.cells, 2)
    where = whole.sum(axis=2) > 0
    np.testing.assert_allclose(whole[where], np.broadcast_to([0.25, 0.75], whole[where].shape),
                               rtol=1e-6)  # fmt: skip
    assert where.all() or not seen.all()


def _run(source: Path, card: ModelCard, folder: Path, **options) -> ClassifyResult:
    standard = {"raster": folder / "out.tif", "cells": folder / "out.gpkg", "probabilities": True}
    return run_classify(ClassifyJob(str(source), card, **{**standard, **options}))


def read_cells(path: Path, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4: left, right, bottom, top) and percent (n, classes) of a layer of cells."""
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    names = [layer.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(7 + classes)][7:]
    boxes, shares = [], []
    for feature in layer:
        boxes.append(feature.GetGeometryRef().GetEnvelope())
        shares.append([feature.GetField(name) for name in names])
    return np.array(boxes).reshape(-1, 4), np.array(shares).reshape(-1, classes)


@thorough
@given(
    height=st.integers(1, 75),
    width=st.integers(1, 75),
    step=steps,
    gaps=st.booleans(),
    rows_read=st.sampled_from([1, 16, 40, 256]),
)
@example(height=64, width=48, step=SIDE, gaps=False, rows_read=32)  # strips end where tiles do
def test_cells_are_those_of_a_painting_in_float64(
    height, width, step, gaps, rows_read, card: ModelCard, tmp_path_factory
) -> None:
    """Classes, probabilities and nodata, whatever the size and the step."""
    folder = tmp_path_factory.mktemp("run")
    pixels = noise(3, height, width, low=1, seed=height * 100 + width)
    valid = (
        hole(height, width) if gaps and min(height, width) > 4 else np.ones((height, width), bool)
    )
    pixels[:, ~valid] = 0
    seen = np.where(valid, pixels, 127).astype(np.uint8)
    expected, answered = classified(card, seen, step, valid)
    with patch("geosift.inference.tiles.sheets.ROWS_READ", rows_read):
        _run(write(folder / "in.tif", pixels, nodata=0), card, folder, step=step)
    with rasterio.open(folder / "out.tif") as dataset:
        classes = dataset.read(1)
    np.testing.assert_array_equal(classes == 255, ~answered)
    boxes, percent = read_cells(folder / "out.gpkg", 4)
    cols = np.rint((boxes[:, 0] - 5e5) / step).astype(int)
    rows = np.rint((5.8e6 - boxes[:, 3]) / step).astype(int)
    assert len(boxes) == answered.sum()
    np.testing.assert_allclose(percent, 100 * expected[rows, cols], atol=0.006)
    top = np.sort(expected, axis=2)
    sure = answered & (top[..., -1] - top[..., -2] > 1e-5)
    np.testing.assert_array_equal(classes[sure], expected.argmax(axis=2)[sure])


@pytest.mark.parametrize("step", [5, 8, 16])
def test_a_wide_raster_is_the_same_in_blocks(step, card, tmp_path, monkeypatch) -> None:
    pixels = noise(3, 40, 333)
    source = write(tmp_path / "in.tif", pixels)
    _run(source, card, tmp_path, step=step)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        whole = dataset.read(1)
    monkeypatch.setattr("geosift.inference.classification.cell_plan.BLOCK_WIDTH", 64)
    result = _run(source, card, tmp_path, step=step)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), whole)
    boxes, _ = read_cells(tmp_path / "out.gpkg", 4)
    assert len({tuple(box) for box in boxes.tolist()}) == whole.size == len(boxes)
    assert (result.rows, result.cols) == whole.shape


@pytest.mark.parametrize("name", ["plain", "no place"])
def test_the_frame_of_the_answer_is_a_pixel_a_cell(name: str, card) -> None:
    transform = {"plain": Affine(10, 0, 500, 0, -10, 900), "no place": None}[name]
    native = Frame(33, 47, transform, None)
    plan = make_cell_plan(native, card, network_shape=(33, 47), step=5, extent=None)
    answer = plan.answer
    assert (answer.height, answer.width) == (7, 10)
    np.testing.assert_allclose(answer.to_map([2.0], [3.0]), native.to_map([10.0], [15.0]))
