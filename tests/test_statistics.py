# SPDX-License-Identifier: GPL-2.0-or-later
"""Statistics that grow with a raster are those of all its numbers at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.raster.statistics import Moments, histogram_tags


@quick
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=6), st.floats(-1e6, 1e6),
    st.sampled_from([1e-3, 1.0, 1e4]), st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 99),
)  # fmt: skip
def test_pieces_add_up_to_the_whole(sizes, centre, spread, gaps, seed) -> None:
    """However large the numbers are beside their spread; NaN does not count."""
    random = np.random.default_rng(seed)
    pieces = [random.normal(centre, spread, size) for size in sizes]
    for piece in pieces:
        piece[random.uniform(size=piece.shape) < gaps] = np.nan
    moments = Moments()
    for piece in pieces:
        moments.add(piece)
    whole = np.concatenate(pieces)
    values = whole[np.isfinite(whole)]
    assert (moments.count, moments.seen) == (values.size, whole.size)
    if values.size == 0:
        assert moments.figures is None
        assert moments.tags() == {}
        return
    expected = values.min(), values.max(), values.mean(), values.std()
    assert moments.figures == pytest.approx(expected, rel=1e-9, abs=1e-7 * spread + 1e-9)
    share = float(moments.tags()["STATISTICS_VALID_PERCENT"])
    assert share == pytest.approx(100 * values.size / whole.size, rel=1e-3)


def test_counts_of_values_give_the_same() -> None:
    values = np.random.default_rng(1).integers(3, 9, 500)
    histogram = np.bincount(values, minlength=256)
    moments = Moments()
    moments.add(values.astype(float))
    tags = histogram_tags(histogram, nodata=255)
    for name, value in moments.tags().items():
        assert float(tags[name]) == pytest.approx(float(value))
    assert histogram_tags(np.zeros(256, np.int64), nodata=255) == {}
