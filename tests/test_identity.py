# SPDX-License-Identifier: GPL-2.0-or-later
"""An identity network returns the raster: same pixels, place and validity, whatever the raster is.

This catches flips, half pixels, swapped bands and off-by-ones at once.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from made_rasters import MAKERS, write
from oracles import stretched
from rasterio.enums import ColorInterp, Resampling
from real_data import real_rasters

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import InputError
from geosift.inference.raster.resampling import MILD
from geosift.inference.raster.source import FileSource
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run

_UNREADABLE = ("corrupt", "all_nodata")
_READABLE = [path for path in real_rasters() if path.stem not in _UNREADABLE]
_REFUSED = [path for path in real_rasters() if path.stem in _UNREADABLE]
_FEW_TILES = {"tile": 256, "halo": 16, "ring": 4, "fade": 8}


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelCard]:
    """Networks that answer a hexadecimal digit of the second band, or the nearest of 64 colours."""
    folder = tmp_path_factory.mktemp("networks")
    made = {
        "low": networks.digit(folder, channel=1, divisor=1, **_FEW_TILES),
        "high": networks.digit(folder, channel=1, divisor=16, **_FEW_TILES),
        "colour": networks.levels(folder, steps=4, **_FEW_TILES),
    }
    return {name: replace(card, bands=("red", "green", "blue")) for name, card in made.items()}


def _bands_of(path: Path) -> tuple[int, ...] | None:
    """Three bands: by colour where the raster has three, else the first one thrice."""
    with rasterio.open(path) as dataset:
        colors = sum(name is not ColorInterp.alpha for name in dataset.colorinterp)
        palette = dataset.colorinterp[0] is ColorInterp.palette
    return None if colors >= 3 or palette else (1, 1, 1)


def _run(path: Path, card: ModelCard, output: Path, **options) -> SegmentResult:
    return run(SegmentJob(source=str(path), card=card, output=output, **options))


def _answer(path: Path, card: ModelCard, folder: Path, **options) -> np.ndarray:
    output = folder / f"{card.id}.tif"
    _run(path, card, output, **options)
    with rasterio.open(path) as source, rasterio.open(output) as made:
        placed = source.crs is not None or not source.transform.is_identity
        assert made.shape == source.shape
        assert (made.crs, made.gcps[1]) == (source.crs, source.gcps[1])
        assert made.transform.almost_equals(source.transform, precision=1e-12) or not placed
        assert made.nodata == 255
        return made.read(1)


def _truth(path: Path, bands: tuple[int, ...] | None) -> tuple[np.ndarray, np.ndarray]:
    """The pixels within 0..255 that a network should see, float64, and where they are valid.

    Read by rasterio; numbers other than 8 bits go through the documented stretch: the 2nd to 98th
    percentile of the whole raster's picture of at most 512 x 512 pixels.
    """
    with FileSource(str(path), bands=bands, names=("red", "green", "blue")) as source:
        chosen = source.bands
    with rasterio.open(path) as dataset:
        valid = dataset.dataset_mask() != 0
        if dataset.colorinterp[0] is ColorInterp.palette:
            table = np.array([dataset.colormap(1)[index] for index in range(256)])
            colors = table[dataset.read(1)].transpose(2, 0, 1)
            return colors[:3].astype(np.float64), valid & (colors[3] > 0)
        pixels = dataset.read(list(chosen))
        if pixels.dtype == np.uint8:
            return pixels.astype(np.float64), valid
        valid = valid & np.isfinite(pixels.astype(np.float64)).all(axis=0)
        if max(dataset.shape) <= 512:
            return stretched(pixels, valid), valid
        shape = (len(chosen), *(min(side, 512) for side in dataset.shape))
        mild = max(dataset.shape) <= MILD * 512 and pixels.dtype.kind != "f"
        how = Resampling.cubic if mild else Resampling.average
        picture = dataset.read(list(chosen), out_shape=shape, resampling=how)
        seen = dataset.dataset_mask(out_shape=shape[1:]) != 0
    out = np.empty(pixels.shape)
    for band in range(3):
        low, high = np.percentile(picture[band][seen], (2, 98))
        high = high if high > low else low + 1.0
        out[band] = np.clip((pixels[band] - low) * 255 / (high - low), 0, 255)
    return out, valid


def _check(path: Path, cards: dict[str, ModelCard], folder: Path) -> None:
    bands = _bands_of(path)
    expected, valid = _truth(path, bands)
    assert valid.any()
    digits = {name: _answer(path, cards[name], folder, bands=bands) for name in ("low", "high")}
    for found in digits.values():
        np.testing.assert_array_equal(found == 255, ~valid)
    value = 16.0 * digits["high"] + digits["low"]
    assert np.abs(value - expected[1])[valid].max() <= 0.5001
    colour = _answer(path, cards["colour"], folder, bands=bands)
    steps = np.stack([colour // 16, colour // 4 % 4, colour % 4]).astype(np.float64)
    assert np.abs(steps * 85 - expected)[:, valid].max() <= 42.5 + 0.5001


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_made_rasters_come_back(make, cards: dict[str, ModelCard], tmp_path: Path) -> None:
    _check(make(tmp_path / "made.tif"), cards, tmp_path)


@pytest.mark.parametrize("path", _READABLE, ids=lambda path: path.name)
def test_real_rasters_come_back(path: Path, cards: dict[str, ModelCard], tmp_path: Path) -> None:
    _check(path, cards, tmp_path)


@pytest.mark.parametrize("path", _REFUSED, ids=lambda path: path.name)
def test_real_rasters_without_pixels_are_refused(path: Path, cards, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        _run(path, cards["low"], tmp_path / "out.tif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bands", [(4, 2, 5), (5, 4, 3), (1, 1, 1), (2, 3, 2)])
def test_bands_come_in_the_order_they_were_chosen(bands, cards, tmp_path: Path) -> None:
    path = MAKERS["five_bands"](tmp_path / "made.tif")
    with rasterio.open(path) as dataset:
        expected = dataset.read(list(bands)).astype(np.float64)
    colour = _answer(path, cards["colour"], tmp_path, bands=bands)
    steps = np.stack([colour // 16, colour // 4 % 4, colour % 4]).astype(np.float64)
    assert np.abs(steps * 85 - expected).max() <= 42.5


@pytest.mark.parametrize(
    ("threads", "overlap", "tile"), [(1, None, 64), (3, 0, 64), (2, 30, 96), (8, 5, 512)]
)
def test_tiles_and_threads_do_not_show(threads, overlap, tile, cards, tmp_path: Path) -> None:
    path = MAKERS["several_tiles"](tmp_path / "made.tif")
    with rasterio.open(path) as dataset:
        expected = dataset.read(2)
    options = {"threads": threads, "overlap": overlap}
    high = _answer(path, replace(cards["high"], tile=tile), tmp_path, **options)
    np.testing.assert_array_equal(high, expected // 16)


def test_all_values_come_back_at_once(tmp_path: Path) -> None:
    """The plain identity network: class v where the pixel is v."""
    card = networks.identity(tmp_path, levels=254)
    pixels = np.random.default_rng(5).integers(0, 254, (1, 70, 90)).astype(np.uint8)
    path = write(tmp_path / "made.tif", pixels)
    np.testing.assert_array_equal(_answer(path, card, tmp_path), pixels[0])


@pytest.mark.parametrize("name", ["rotated", "geographic", "no_crs", "south_up", "gray"])
def test_a_part_is_the_crop_of_the_whole(name: str, cards, tmp_path: Path) -> None:
    path = MAKERS[name](tmp_path / "made.tif")
    bands = _bands_of(path)
    whole = _answer(path, cards["low"], tmp_path, bands=bands)
    with FileSource(str(path), bands=bands, names=("red", "green", "blue")) as source:
        frame = source.frame
    xs, ys = frame.to_map([20.5, 40.5], [10.5, 30.5])
    extent = (min(xs), min(ys), max(xs), max(ys))
    result = _run(path, cards["low"], tmp_path / "part.tif", bands=bands, extent=extent)
    with rasterio.open(tmp_path / "part.tif") as made:
        part = made.read(1)
        assert (made.crs or made.gcps[1]) == frame.crs
    with FileSource(str(tmp_path / "part.tif"), bands=(1, 1, 1), names=("a", "b", "c")) as answer:
        corner = frame.to_pixel(*answer.frame.to_map(0, 0))
    assert part.shape == (result.height, result.width)
    col, row = (round(value) for value in corner)
    assert corner == pytest.approx((col, row), abs=1e-6)
    assert row <= 10
    assert col <= 20
    assert row + part.shape[0] >= 31
    assert col + part.shape[1] >= 41
    np.testing.assert_array_equal(part, whole[row : row + part.shape[0], col : col + part.shape[1]])


def test_a_mask_leaves_the_rest_without_an_answer(cards, tmp_path: Path) -> None:
    path = MAKERS["several_tiles"](tmp_path / "made.tif")
    with rasterio.open(path) as dataset:
        expected, transform = dataset.read(2) % 16, dataset.transform
    outline = [(40, 30), (120, 30), (120, 100), (40, 100), (40, 30)]
    polygon = {"type": "Polygon", "coordinates": [[transform * point for point in outline]]}
    found = _answer(path, cards["low"], tmp_path, mask=(polygon,))
    inside = np.zeros(found.shape, bool)
    inside[30:100, 40:120] = True
    assert (found[~inside] == 255).all()
    np.testing.assert_array_equal(found[inside], expected[inside])


def test_a_mask_and_nodata_both_take_away(cards, tmp_path: Path) -> None:
    path = MAKERS["byte_nodata"](tmp_path / "made.tif")
    with rasterio.open(path) as dataset:
        expected, transform = dataset.read(2) % 16, dataset.transform
        valid = dataset.dataset_mask() != 0
    outline = [(5, 5), (60, 5), (60, 70), (5, 70), (5, 5)]
    polygon = {"type": "Polygon", "coordinates": [[transform * point for point in outline]]}
    found = _answer(path, cards["low"], tmp_path, mask=(polygon,))
    inside = np.zeros(found.shape, bool)
    inside[5:70, 5:60] = True
    assert (valid & inside).any()
    assert (~valid & inside).any()
    np.testing.assert_array_equal(found, np.where(valid & inside, expected, 255))


def test_a_raster_in_pieces_is_read_through_its_vrt(cards, tmp_path: Path) -> None:
    """A VRT of many files, with a piece missing, is a raster like any other."""
    from osgeo import gdal

    for index, (x, y) in enumerate(((0, 0), (64, 0), (0, 64))):
        pixels = np.random.default_rng(index).integers(1, 256, (3, 64, 64)).astype(np.uint8)
        transform = rasterio.Affine(1, 0, 5e5 + x, 0, -1, 5.8e6 - y)
        write(tmp_path / f"{index}.tif", pixels, transform=transform)
    parts = [str(tmp_path / f"{index}.tif") for index in range(3)]
    options = gdal.BuildVRTOptions(srcNodata=0, VRTNodata=0)
    gdal.BuildVRT(str(tmp_path / "all.vrt"), parts, options=options).FlushCache()
    _check(tmp_path / "all.vrt", cards, tmp_path)
    assert math.isclose((_truth(tmp_path / "all.vrt", None)[1]).mean(), 0.75)
