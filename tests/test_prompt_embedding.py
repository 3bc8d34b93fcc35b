# SPDX-License-Identifier: GPL-2.0-or-later
"""What was encoded is kept, bounded in bytes, and found again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.prompt.embedding import Embedding, EmbeddingCache, Scene, aligned
from geosift.inference.prompt.look import Lattice, Pyramid
from geosift.inference.prompt.network import CellFeatures
from geosift.inference.prompt.prompts import PromptBox
from geosift.inference.raster.window import Window

SCENE = Scene("a.tif", "0" * 64, (2000, 3000), 0)


def _embedding(window: Window, channels: int = 2) -> Embedding:
    cells = (window.height // 4, window.width // 4)
    rows = np.arange(cells[0])[:, None] + window.row_off // 4
    cols = np.arange(cells[1])[None, :] + window.col_off // 4
    features = np.stack([np.broadcast_to(rows, cells), np.broadcast_to(cols, cells)] * channels)
    picture = np.zeros((3, window.height, window.width), np.uint8)
    return Embedding(0, window, CellFeatures(features.astype(np.float32)), picture, None)


def _block(row: int, col: int) -> Window:
    return Window(row, col, 320, 320)


def test_features_of_a_window_are_those_at_its_place() -> None:
    embedding = _embedding(Window(64, 96, 512, 640))
    under = embedding.under(Window(100, 208, 256, 256))
    assert under.shape == (4, 64, 64)
    assert under[0, 0, 0] == 25
    assert under[1, 0, 0] == 52


def test_the_ones_used_last_stay() -> None:
    one = _embedding(_block(0, 0))
    cache = EmbeddingCache(3 * one.nbytes)
    for col in (0, 320, 640):
        cache.get(SCENE, _block(0, col), _block(0, col), lambda c=col: _embedding(_block(0, c)))
    assert cache.find(SCENE, _block(0, 0)) is not None
    cache.get(SCENE, _block(0, 960), _block(0, 960), lambda: _embedding(_block(0, 960)))
    assert len(cache) == 3
    assert cache.find(SCENE, _block(0, 320)) is None
    assert cache.find(SCENE, _block(0, 0)) is not None
    assert cache.nbytes == 3 * one.nbytes


def test_what_is_larger_than_the_limit_is_kept_alone() -> None:
    cache = EmbeddingCache(10)
    for col in (0, 320):
        cache.get(SCENE, _block(0, col), _block(0, col), lambda c=col: _embedding(_block(0, c)))
        assert len(cache) == 1
        assert cache.find(SCENE, _block(0, col)) is not None


def test_nothing_is_made_twice_or_for_another_scene() -> None:
    cache, made = EmbeddingCache(1 << 30), []

    def encode() -> Embedding:
        made.append(1)
        return _embedding(_block(0, 0))

    inside = Window(20, 40, 256, 256)
    for _ in range(3):
        cache.get(SCENE, inside, _block(0, 0), encode)
    assert len(made) == 1
    for other in (
        Scene("b.tif", "0" * 64, (2000, 3000), 0), Scene("a.tif", "1" * 64, (2000, 3000), 0),
        Scene("a.tif", "0" * 64, (2000, 2999), 0), Scene("a.tif", "0" * 64, (2000, 3000), 1),
    ):  # fmt: skip
        assert cache.find(other, inside) is None
    cache.forget()
    assert (len(cache), cache.nbytes) == (0, 0)
    cache.get(SCENE, inside, _block(0, 0), encode)
    assert len(made) == 2


def test_what_was_being_made_while_all_is_forgotten_is_not_kept() -> None:
    cache = EmbeddingCache(1 << 30)

    def encode() -> Embedding:
        cache.forget()
        return _embedding(_block(0, 0))

    made = cache.get(SCENE, _block(0, 0), _block(0, 0), encode)
    assert made.holds(_block(0, 0))
    assert (len(cache), cache.nbytes) == (0, 0)


def test_a_failed_encoding_is_tried_again_by_who_waited() -> None:
    cache, tries = EmbeddingCache(1 << 30), []
    begun = threading.Event()

    def encode() -> Embedding:
        tries.append(1)
        if len(tries) == 1:
            begun.set()
            threading.Event().wait(0.05)
            raise OSError("no disk")
        return _embedding(_block(0, 0))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, SCENE, _block(0, 0), _block(0, 0), encode)
        begun.wait(5)
        second = pool.submit(cache.get, SCENE, _block(0, 0), _block(0, 0), encode)
        with pytest.raises(OSError, match="no disk"):
            first.result(10)
        assert second.result(10).window == _block(0, 0)


def test_a_value_is_asked_of_the_cell_or_the_nearest() -> None:
    embedding = _embedding(_block(0, 320))
    valid = np.zeros((80, 80), bool)
    valid[10:, 20:] = True
    gaps = Embedding(0, embedding.window, embedding.features, embedding.picture, valid)
    assert gaps.has_value(320 + 80, 40)
    assert not gaps.has_value(320 + 79, 40)
    assert not gaps.has_value(-1e9, 1e9)
    assert gaps.has_value(1e9, 1e9)
    assert gaps.any_value(PromptBox(330, 0, 401, 41))
    assert not gaps.any_value(PromptBox(330, 0, 399, 300))


windows = st.builds(
    Window, st.integers(0, 900), st.integers(0, 900), st.integers(1, 600), st.integers(1, 600)
)


@quick
@given(windows, st.integers(1, 1500), st.integers(1, 1500))
def test_an_aligned_window_holds_the_window_and_stays_near_the_raster(
    window, height, width
) -> None:
    inside = window.intersection(Window(0, 0, height, width))
    if inside is None:
        return
    block = aligned(inside, 32, height=height, width=width)
    assert block.intersection(inside) == inside
    assert not any(edge % 32 for edge in (block.row_off, block.col_off, block.height, block.width))
    assert block.row_end <= max(height + 31, 256)
    assert block.col_end <= max(width + 31, 256)


@quick
@given(
    st.integers(1, 5000), st.integers(1, 5000), st.integers(-2, 4),
    st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_a_look_holds_its_place_and_lies_on_cells(height, width, level, down, across) -> None:
    pyramid = Pyramid(height, width)
    x, y = across * width, down * height
    look = pyramid.look(level, x, y)
    rows, cols = pyramid.shape(level)
    assert look.window.row_off % 4 == look.window.col_off % 4 == 0
    at = (y * look.down - look.window.row_off, x * look.across - look.window.col_off)
    assert all(-1e-6 <= each <= 256 + 1e-6 for each in at)
    block = aligned(look.window, 32, height=rows, width=cols)
    assert block.intersection(look.window) == look.window


@quick
@given(
    st.floats(-50, 50), st.floats(-50, 50), st.floats(0.3, 8), st.floats(0.3, 8),
    st.floats(-40, 40), st.floats(-40, 40), st.floats(0.3, 8), st.floats(0.3, 8),
)  # fmt: skip
def test_a_slope_stays_a_slope_on_any_lattice(left, top, across, down, x, y, dx, dy) -> None:
    """Bilinear values of a plane a + bx + cy are that plane, wherever the cells lie."""
    here, there = Lattice(left, top, across, down), Lattice(x, y, dx, dy)

    def plane(lattice: Lattice, side: int) -> np.ndarray:
        at = np.arange(side) + 0.5
        xs, ys = lattice.left + at * lattice.across, lattice.top + at * lattice.down
        return (3 + 0.25 * xs[None, :] - 0.5 * ys[:, None]).astype(np.float32)

    out = here.resample(plane(here, 128), there, height=40, width=40, outside=np.nan)
    at = np.arange(40) + 0.5
    cols = (there.left + at * dx - left) / across - 0.5
    rows = (there.top + at * dy - top) / down - 0.5
    inside = np.ix_((rows >= 0) & (rows <= 127), (cols >= 0) & (cols <= 127))
    # OpenCV's weights are multiples of 1/32.
    tolerance = (0.25 * across + 0.5 * down) / 32 + 1e-3
    np.testing.assert_allclose(out[inside], plane(there, 40)[inside], atol=tolerance)
