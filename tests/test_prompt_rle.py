# SPDX-License-Identifier: GPL-2.0-or-later
"""Run lengths as COCO writes them; the texts were made with pycocotools 2.0.11."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from laws import quick

from geosift.inference.errors import InputError
from geosift.inference.prompt.rle import decode, encode, encode_in
from geosift.inference.raster.window import Window


def _disc() -> np.ndarray:
    rows, cols = np.mgrid[:40, :60]
    return (rows - 18) ** 2 + (cols - 31) ** 2 < 14**2


def _squares() -> np.ndarray:
    rows, cols = np.mgrid[:6, :5]
    return (rows + cols) % 2 == 0


KNOWN = {
    "T3": np.zeros((10, 10), bool),
    "0T3": np.ones((10, 10), bool),
    "01": np.ones((1, 1), bool),
    "1": np.zeros((1, 1), bool),
    "mf0;k04M2N2N2N2N2O0O2O00000000000000000001N101N2N2N2N2N3L]b0": _disc(),
    "01100010O0010O0010O0010O000": _squares(),
}


@pytest.mark.parametrize("counts", KNOWN)
def test_masks_are_what_pycocotools_makes_of_them(counts: str) -> None:
    mask = KNOWN[counts]
    assert encode(mask) == counts
    height, width = mask.shape
    np.testing.assert_array_equal(decode(counts, height=height, width=width), mask)


@quick
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_there_and_back(mask: np.ndarray) -> None:
    height, width = mask.shape
    np.testing.assert_array_equal(decode(encode(mask), height=height, width=width), mask)


@quick
@given(
    arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)),
    st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5),
)  # fmt: skip
def test_a_part_of_a_raster_is_told_like_the_whole(mask, top, left, below, right) -> None:
    whole = np.pad(mask, ((top, below), (left, right)))
    height, width = whole.shape
    window = Window(top, left, *mask.shape)
    assert encode_in(mask, window, height=height, width=width) == encode(whole)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ("T", "in the middle of a number"),
        ("T3T3", "10 x 10 pixels were expected"),
        ("T\x01", "is not in run lengths"),
        ("\u00fc", "is not in run lengths"),
        ("", "10 x 10 pixels were expected"),
        ("T3OO1", "pixels were expected"),
    ],
)
def test_what_are_no_run_lengths_is_one_sentence(counts: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        decode(counts, height=10, width=10)
    assert "\n" not in str(caught.value)
