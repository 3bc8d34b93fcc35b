# SPDX-License-Identifier: GPL-2.0-or-later
"""The mask of fractures: in strips that of the whole raster, from files of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import remove_small_holes, remove_small_objects
from trace_rasters import Drawn, clouds, lines

from geosift.inference.errors import Cancelled, InputError
from geosift.inference.runs.telling import telling
from geosift.inference.traces import mask_strips as mask_strips_module
from geosift.inference.traces.mask import MaskRules
from geosift.inference.traces.mask_strips import mask_strips
from geosift.inference.traces.probability import Meaning, ProbabilityFile
from geosift.inference.vector.joined import least_joined


@pytest.fixture(autouse=True)
def strips_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Low strips are not put together."""
    monkeypatch.setattr(mask_strips_module, "_ROWS_AT_ONCE", 1)


def _untold(done: float) -> None:
    assert 0 <= done <= 1


def _whole_mask(drawn: Drawn, rules: MaskRules) -> np.ndarray:
    parts = list(mask_strips(drawn, rules, _untold))
    assert [part.first for part in parts] == np.cumsum([0, *map(_rows, parts)]).tolist()[:-1]
    return np.concatenate([part.mask for part in parts])


def _rows(part: object) -> int:
    assert len(part.mask) == len(part.probability)
    return len(part.mask)


def _oracle(pixels: np.ndarray, rules: MaskRules) -> np.ndarray:
    """scikit-image on the whole raster; it takes components of more than a low threshold by sides.

    So corners are joined here by labels of its low mask, and "at least" by the next lower number.
    """
    known = np.nan_to_num(pixels, nan=0.0)
    low, high = (np.nextafter(np.float32(each), np.float32(0)) for each in (rules.low, rules.high))
    by_sides = apply_hysteresis_threshold(known, low, high)
    labels, _ = ndimage.label(known > low, np.ones((3, 3)))
    mask = np.isin(labels, np.unique(labels[by_sides])) & (labels > 0)
    mask = remove_small_objects(mask, max(rules.least_pixels, 1), connectivity=2)
    filled = remove_small_holes(mask, rules.largest_hole + 1, connectivity=1)
    return filled & (mask | ~np.isnan(pixels))


@quick
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)), rough=st.floats(0.4, 3),
    low=st.floats(0.3, 0.7), above=st.floats(0, 0.3), least=st.integers(0, 20),
    hole=st.integers(0, 12), gaps=st.sampled_from([0.0, 0.0, 0.05]), seed=st.integers(0, 999),
    rows=st.integers(1, 45),
)  # fmt: skip
def test_in_strips_it_is_the_mask_of_the_whole(
    shape, rough, low, above, least, hole, gaps, seed, rows
) -> None:
    pixels = clouds(shape, rough=rough, gaps=gaps, seed=seed)
    rules = MaskRules(low, low + above, least_pixels=least, largest_hole=hole)
    found = _whole_mask(Drawn(pixels, rows), rules)
    np.testing.assert_array_equal(found, _oracle(pixels, rules))


def test_a_component_that_winds_through_many_strips_hangs_together() -> None:
    """A comb of columns, joined at the bottom alone: its only sure pixel is at the upper right."""
    pixels = np.zeros((90, 81), np.float32)
    pixels[:, ::4] = 0.4
    pixels[-1] = 0.4
    assert not _whole_mask(Drawn(pixels, 7), MaskRules(0.3, 0.6)).any()
    pixels[0, -1] = 0.9
    found = _whole_mask(Drawn(pixels, 7), MaskRules(0.3, 0.6))
    np.testing.assert_array_equal(found, pixels > 0)


def test_pieces_in_strips_are_counted_together() -> None:
    mask = lines((60, 60), (5, 5, 5, 54, 1)).astype(np.float32)
    assert _whole_mask(Drawn(mask, 6), MaskRules(0.5, 0.5, least_pixels=50)).sum() == 50
    assert not _whole_mask(Drawn(mask, 6), MaskRules(0.5, 0.5, least_pixels=51)).any()


@quick
@given(
    count=st.integers(1, 30),
    pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40),
)
def test_what_hangs_together_has_one_least_number(count, pairs) -> None:
    kept = np.array([pair for pair in pairs if max(pair) < count], np.int64).reshape(-1, 2)
    touch = np.eye(count, dtype=bool)
    touch[kept[:, 0], kept[:, 1]] = touch[kept[:, 1], kept[:, 0]] = True
    for _ in range(count):
        touch = touch @ touch
    found = least_joined(count, kept[:, 0], kept[:, 1])
    np.testing.assert_array_equal(found, touch.argmax(axis=1))


def test_it_stops_where_nobody_wants_it_any_more() -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 3

    drawn = Drawn(np.ones((50, 5), np.float32), 10)
    with pytest.raises(Cancelled):
        list(mask_strips(drawn, MaskRules(), telling(_untold, cancelled)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 0.0}, {"low": 0.6, "high": 0.5}, {"high": 1.2}, {"low": float("nan")},
        {"least_pixels": -1}, {"largest_hole": -1}, {"largest_hole": 5000},
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_told(wrong) -> None:
    with pytest.raises(InputError, match="not"):
        MaskRules(**wrong)


def _write(path: Path, pixels: np.ndarray, **profile: object) -> Path:
    height, width = pixels.shape
    settings = {"driver": "GTiff", "height": height, "width": width, "count": 1, **profile}
    with rasterio.open(path, "w", dtype=pixels.dtype, **settings) as file:
        file.write(pixels, 1)
    return path


@pytest.mark.parametrize(
    ("stored", "meaning", "expected"),
    [
        (np.array([[0, 50, 100]], np.uint8), Meaning(full=100), [0, 0.5, 1]),
        (np.array([[0, 51, 255]], np.uint8), Meaning(full=255), [0, 0.2, 1]),
        (np.array([[0, 0.25, 1]], np.float32), Meaning(), [0, 0.25, 1]),
        (np.array([[0, 1, 2, 255]], np.uint8), Meaning(fracture_class=1), [0, 1, 0, 0]),
        (np.array([[0, 0.25, np.nan]], np.float64), Meaning(), [0, 0.25, np.nan]),
    ],
)
def test_numbers_of_a_file_become_probabilities(tmp_path, stored, meaning, expected) -> None:
    with ProbabilityFile(_write(tmp_path / "p.tif", stored), meaning) as source:
        assert source.shape == stored.shape
        ((first, found),) = source.strips()
    assert first == 0 and found.dtype == np.float32
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


@pytest.mark.parametrize("meaning", [Meaning(full=100), Meaning(fracture_class=255)])
def test_pixels_without_a_value_are_no_fracture(tmp_path, meaning) -> None:
    stored = np.array([[100, 255, 40]], np.uint8)
    path = _write(tmp_path / "p.tif", stored, nodata=255)
    with ProbabilityFile(path, meaning) as source:
        ((_, found),) = source.strips()
        (strip,) = mask_strips(source, MaskRules(0.3, 0.3), _untold)
    assert np.isnan(found[0]).tolist() == [False, True, False]
    assert strip.mask[0, 1] == 0


def test_a_file_is_read_in_strips_as_a_whole(tmp_path) -> None:
    pixels = np.random.default_rng(0).integers(0, 101, (1500, 1500)).astype(np.uint8)
    path = _write(tmp_path / "p.tif", pixels, tiled=True, blockxsize=128, blockysize=128)
    with ProbabilityFile(path, Meaning(full=100)) as source:
        strips = list(source.strips())
        again = [first for first, _ in source.strips()]
    assert len(strips) > 1 and again == [first for first, _ in strips]
    whole = np.concatenate([rows for _, rows in strips])
    np.testing.assert_array_equal(whole, pixels.astype(np.float32) / np.float32(100))


def test_what_is_no_raster_is_told(tmp_path) -> None:
    path = tmp_path / "no.tif"
    path.write_text("nothing")
    with pytest.raises(InputError, match=r"no\.tif cannot be opened"):
        ProbabilityFile(path, Meaning())


def test_a_raster_cut_short_is_told(tmp_path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (600, 600)).astype(np.uint8)
    path = _write(tmp_path / "short.tif", noise)
    path.write_bytes(path.read_bytes()[:100_000])
    with ProbabilityFile(path, Meaning()) as source, pytest.raises(InputError, match="damaged"):
        list(source.strips())
