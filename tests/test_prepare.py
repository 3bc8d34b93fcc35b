# SPDX-License-Identifier: GPL-2.0-or-later
"""From a raster's own numbers to what the network takes, and at which resolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import MAKERS, UTM, noise, write
from oracles import filled_up, stretched
from rasterio.enums import Resampling
from rasterio.transform import from_origin

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import InputError
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.tiles.prepare import Stretch, View, fill_up, network_shape

RGB = ("red", "green", "blue")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.smooth(tmp_path_factory.mktemp("network"))


def _open(path: Path, names: tuple[str, ...] = RGB) -> FileSource:
    return FileSource(str(path), bands=None, names=names)


def _unexpected(text: str) -> None:
    pytest.fail(f"warned: {text}")


@quick
@given(st.integers(1, 3), st.integers(1, 90), st.integers(1, 90), st.integers(1, 64))
def test_cropping_what_was_filled_up_gives_it_back(bands, height, width, multiple) -> None:
    image = noise(bands, height, width, seed=height * width)
    filled = fill_up(image, multiple)
    assert filled.shape[1] % multiple == filled.shape[2] % multiple == 0
    assert filled.shape[1] - height < multiple
    assert filled.shape[2] - width < multiple
    np.testing.assert_array_equal(filled[:, :height, :width], image)
    np.testing.assert_array_equal(filled, filled_up(image, multiple))
    assert filled.flags.c_contiguous


@pytest.mark.parametrize("name", ["uint16", "int16", "float_nan", "float_nodata"])
def test_other_types_are_stretched_between_their_percentiles(name: str, tmp_path: Path) -> None:
    path = MAKERS[name](tmp_path / "made.tif")
    with rasterio.open(path) as dataset:
        pixels = dataset.read()
        valid = (dataset.dataset_mask() != 0) & np.isfinite(pixels).all(axis=0)
    with _open(path) as source:
        stretch = Stretch.for_source(source)
    assert not stretch.is_identity
    found = stretch.apply(pixels)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, valid], stretched(pixels, valid)[:, valid], atol=1e-4)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 255


@pytest.mark.parametrize("name", ["gray", "rgba", "palette", "byte_nodata"])
def test_eight_bits_are_taken_as_they_are(name: str, tmp_path: Path) -> None:
    with _open(MAKERS[name](tmp_path / "made.tif"), ("gray",)) as source:
        assert Stretch.for_source(source).is_identity


def test_the_stretch_of_a_large_raster_is_taken_from_its_512_pixel_picture(tmp_path: Path) -> None:
    pixels = noise(1, 1100, 1300, dtype="uint16", low=0, high=60000)
    path = write(tmp_path / "large.tif", pixels)
    with rasterio.open(path) as dataset:
        picture = dataset.read(1, out_shape=(512, 512), resampling=Resampling.average)
    with _open(path, ("gray",)) as source:
        stretch = Stretch.for_source(source)
    np.testing.assert_allclose(stretch.low[0], np.percentile(picture, 2))
    np.testing.assert_allclose(stretch.high[0], np.percentile(picture, 98))


def test_a_raster_of_one_value_is_stretched_without_dividing_by_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "flat.tif", np.full((3, 20, 20), 700, np.uint16))
    with _open(path) as source:
        found = Stretch.for_source(source).apply(np.full((3, 2, 2), 700, np.uint16))
    assert (found == 0).all()


@pytest.mark.parametrize("dtype", ["float32", "uint16"])
def test_a_raster_without_a_valid_pixel_is_refused(dtype: str, tmp_path: Path) -> None:
    nodata = {"float32": np.nan, "uint16": 0}[dtype]
    path = write(tmp_path / "void.tif", np.full((3, 30, 30), nodata, dtype), nodata=nodata)
    with _open(path) as source, pytest.raises(InputError, match="has no valid pixel"):
        Stretch.for_source(source)


@quick
@given(st.sampled_from(["uint8", "uint16", "int16", "float32"]), st.integers(0, 99))
def test_a_stretch_never_turns_brighter_into_darker(dtype: str, seed: int) -> None:
    values = np.sort(noise(1, 1, 50, dtype=dtype, low=0, high=255, seed=seed), axis=None)
    low, high = float(values[5]), float(values[40]) + 1.0
    found = Stretch((low,), (high,)).apply(values.reshape(1, 1, -1))
    assert (np.diff(found[0, 0]) >= 0).all()


def _view(source: FileSource, card: ModelCard) -> View:
    frame = source.frame
    return View(source, card, Stretch.for_source(source), frame.height, frame.width)


def test_invalid_pixels_become_the_mean_of_the_training_data(
    card: ModelCard, tmp_path: Path
) -> None:
    means = {"bands": [{"mean": 11.0}, {"mean": 22.0}, {"mean": 33.0}]}
    path = MAKERS["byte_nodata"](tmp_path / "made.tif")
    for statistics, expected in ((means, (11, 22, 33)), ({}, (127, 127, 127))):
        with _open(path) as source:
            view = _view(source, replace(card, statistics=statistics))
            pixels, valid = view.read(source.frame.window)
            image = view.prepare(pixels, valid)[:, : pixels.shape[1], : pixels.shape[2]]
        assert image.dtype == np.uint8
        assert (image[:, ~valid] == np.array(expected)[:, None]).all()
        np.testing.assert_array_equal(image[:, valid], pixels[:, valid])


def test_a_float_network_takes_standardised_pixels(card: ModelCard, tmp_path: Path) -> None:
    mean, std = (123.7, 116.3, 103.5), (58.4, 57.1, 57.4)
    with _open(MAKERS["rgba"](tmp_path / "made.tif")) as source:
        view = _view(source, replace(card, dtype="float32", mean=mean, std=std))
        pixels, _ = view.read(source.frame.window)
        image = view.prepare(pixels, None)
    expected = (pixels.astype(np.float64) - np.array(mean)[:, None, None]) / np.array(std)[
        :, None, None
    ]
    assert image.dtype == np.float32
    np.testing.assert_allclose(
        image[:, : pixels.shape[1], : pixels.shape[2]], expected, rtol=1e-5, atol=1e-5
    )


def test_preparing_leaves_the_pixels_it_was_given_alone(card: ModelCard, tmp_path: Path) -> None:
    for name in ("rgba", "uint16", "float_nan"):
        with _open(MAKERS[name](tmp_path / f"{name}.tif")) as source:
            view = _view(source, replace(card, dtype="float32"))
            pixels, valid = view.read(source.frame.window)
            before = pixels.copy()
            view.prepare(pixels, valid)
            np.testing.assert_array_equal(pixels, before)


@thorough
@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.2, 4), st.floats(0.2, 4), st.data())
def test_boxes_of_a_view_lie_inside_the_raster(height, width, down, across, data) -> None:
    """To rounding: a box that reaches over the edge by more than a millionth would be refused."""
    rows, cols = max(1, round(height * down)), max(1, round(width * across))
    top, left = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    window = Window(top, left, rows - top, cols - left)
    with rasterio.MemoryFile() as memory:
        write(memory.name, noise(3, height, width))
        with _open(memory.name) as source:
            box = View(source, None, None, rows, cols).box(window)
            pixels, _ = View(source, None, None, rows, cols).read(window)
    assert box.bottom == pytest.approx(height, abs=1e-6)
    assert box.right == pytest.approx(width, abs=1e-6)
    assert pixels.shape == (3, window.height, window.width)


def _placed(folder: Path, *, size: tuple[int, int], pixel: tuple[float, float], crs: str = UTM,
            corner: tuple[float, float] = (500_000, 5_800_000)) -> Path:  # fmt: skip
    height, width = size
    transform = from_origin(*corner, *pixel)
    return write(folder / "placed.tif", noise(3, height, width), crs=crs, transform=transform)


@pytest.mark.parametrize(
    ("pixel", "resolution", "expected"),
    [
        ((1.0, 1.0), None, (60, 80)),
        ((1.0, 1.0), 1.0, (60, 80)),
        ((1.08, 1.08), 1.0, (60, 80)),
        ((0.92, 0.92), 1.0, (60, 80)),
        ((1.5, 1.5), 1.0, (90, 120)),
        ((0.5, 0.5), 1.0, (30, 40)),
        ((0.25, 0.5), 1.0, (30, 20)),
        ((0.001, 0.001), 1.0, (1, 1)),
    ],
)
def test_the_network_sees_the_ground_at_its_resolution(
    pixel, resolution, expected, tmp_path: Path
) -> None:
    with _open(_placed(tmp_path, size=(60, 80), pixel=pixel)) as source:
        assert network_shape(source, resolution, _unexpected) == expected


def test_degrees_are_measured_on_the_ground(tmp_path: Path) -> None:
    """At 60 degrees north a degree of longitude is half as long as one of latitude."""
    path = _placed(tmp_path, size=(100, 100), pixel=(1e-5, 1e-5), crs="EPSG:4326", corner=(11, 60))
    with _open(path) as source:
        height, width = network_shape(source, 0.5, _unexpected)
    assert height == round(100 * 1e-5 * 111_412 / 0.5)
    assert width == round(100 * 1e-5 * 55_800 / 0.5)


def test_web_mercator_is_measured_on_the_ground(tmp_path: Path) -> None:
    """At 60 degrees north its metres are half a metre."""
    corner = (1_224_000, 8_400_000)
    path = _placed(tmp_path, size=(100, 100), pixel=(1, 1), crs="EPSG:3857", corner=corner)
    with _open(path) as source:
        height, width = network_shape(source, 1.0, _unexpected)
    assert height == pytest.approx(50, abs=1)
    assert width == pytest.approx(50, abs=1)


def test_a_raster_far_too_coarse_is_enlarged_no_further_than_helps(tmp_path: Path) -> None:
    warned: list[str] = []
    with _open(_placed(tmp_path, size=(60, 80), pixel=(30, 30))) as source:
        assert network_shape(source, 0.5, warned.append) == (240, 320)
    assert len(warned) == 1
    assert "are 30 m, the network works at 0.5 m" in warned[0]
    assert "use a finer raster" in warned[0]


@pytest.mark.parametrize("name", ["no_crs", "says_identity", "placed_without_crs"])
def test_a_raster_without_a_place_is_read_as_it_is_and_says_so(name: str, tmp_path: Path) -> None:
    warned: list[str] = []
    with _open(MAKERS[name](tmp_path / "made.tif")) as source:
        frame = source.frame
        assert network_shape(source, 0.5, warned.append) == (frame.height, frame.width)
    assert len(warned) == 1
    assert "works in pixels" in warned[0]


@pytest.mark.parametrize("name", ["rotated", "south_up"])
def test_a_turned_raster_is_measured_along_its_own_axes(name: str, tmp_path: Path) -> None:
    size = {"rotated": 0.7, "south_up": 1.0}[name]
    with _open(MAKERS[name](tmp_path / "made.tif")) as source:
        across, down = source.frame.pixel_size_m()
        assert across == pytest.approx(size, rel=1e-3)
        assert down == pytest.approx(size, rel=1e-3)
        warn: Callable[[str], None] = _unexpected
        frame = source.frame
        assert network_shape(source, size, warn) == (frame.height, frame.width)
