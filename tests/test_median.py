# SPDX-License-Identifier: GPL-2.0-or-later
"""The median of classes: of answers only, and in strips that of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from exported_oracles import brute_median
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough

from geosift.inference.raster.window import Window
from geosift.inference.segmentation import median as median_module
from geosift.inference.segmentation.median import median_of, smooth_classes


@quick
@given(
    shape=st.tuples(st.integers(1, 14), st.integers(1, 14)), size=st.sampled_from([3, 5, 9]),
    count=st.integers(1, 5), gaps=st.sampled_from([0.0, 0.2, 0.9]), seed=st.integers(0, 99),
)  # fmt: skip
def test_the_median_counts_answers_only(shape, size, count, gaps, seed) -> None:
    random = np.random.default_rng(seed)
    classes = random.integers(0, count, shape).astype(np.uint8)
    classes[random.uniform(size=shape) < gaps] = 255
    np.testing.assert_array_equal(median_of(classes, size), brute_median(classes, size))


class _Plain:
    """A raster in memory that is filtered where it lies."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices()].copy()

    def write(self, window: Window, pixels: np.ndarray) -> None:
        self.pixels[window.slices()] = pixels


@thorough
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)), size=st.sampled_from([3, 9, 31]),
    rows=st.sampled_from([1, 7, 16]), cols=st.sampled_from([5, 13]), gaps=st.booleans(),
)  # fmt: skip
def test_the_median_in_strips_is_that_of_the_whole(shape, size, rows, cols, gaps) -> None:
    """Whatever the strips: shorter than the filter, too, though no raster has such rows."""
    random = np.random.default_rng(size)
    classes = random.integers(0, 3, shape).astype(np.uint8)
    if gaps:
        classes[random.uniform(size=shape) < 0.3] = 255
    file = _Plain(classes.copy())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(median_module, "STRIP_ROWS", rows)
        patch.setattr(median_module, "_COLUMNS", cols)
        strips = list(smooth_classes(file, *shape, size))
    expected = median_of(classes, size)
    np.testing.assert_array_equal(file.pixels, expected)
    np.testing.assert_array_equal(np.concatenate([part for _, part in strips]), expected)
