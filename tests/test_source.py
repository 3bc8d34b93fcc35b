# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading: the pixels rasterio gives, means and bilinear values where the resolution changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import quick
from made_rasters import MAKERS, noise, patches, write
from oracles import box_means, resized
from rasterio.enums import ColorInterp, Resampling
from real_data import real_rasters

from geosift.inference.errors import InputError
from geosift.inference.raster.bands import choose_bands
from geosift.inference.raster.box import Box
from geosift.inference.raster.resampling import MILD
from geosift.inference.raster.source import FileSource

RGB = ("red", "green", "blue")
_READABLE = [path for path in real_rasters() if path.stem != "corrupt"]


def _open(path: Path, *, bands: tuple[int, ...] | None = None, names=RGB) -> FileSource:
    return FileSource(str(path), bands=bands, names=names)


def _bands_of(path: Path) -> tuple[int, ...] | None:
    """Three bands: by colour where there are three, else the first one thrice."""
    with rasterio.open(path) as dataset:
        colors = sum(name is not ColorInterp.alpha for name in dataset.colorinterp)
        palette = dataset.colorinterp[0] is ColorInterp.palette
    return None if colors >= 3 or palette else (1, 1, 1)


def _whole(source: FileSource) -> Box:
    return Box(0, 0, source.frame.height, source.frame.width)


def _truth(path: Path, bands: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """What rasterio reads: the bands, and where they hold a value."""
    with rasterio.open(path) as dataset:
        valid = dataset.dataset_mask() != 0
        if dataset.colorinterp[0] is ColorInterp.palette:
            table = dataset.colormap(1)
            lookup = np.array([table.get(index, (0, 0, 0, 0)) for index in range(256)])
            colors = lookup[dataset.read(1)].transpose(2, 0, 1)
            return colors[[band - 1 for band in bands]], valid & (colors[3] > 0)
        pixels = dataset.read(list(bands))
    if pixels.dtype.kind == "f":
        valid = valid & np.isfinite(pixels).all(axis=0)
    return pixels, valid


def _check_native(path: Path) -> None:
    with _open(path, bands=_bands_of(path)) as source:
        expected, expected_valid = _truth(path, source.bands)
        height, width = source.frame.height, source.frame.width
        box = _whole(source)
        pixels, valid = source.read(box, height=height, width=width)
        assert pixels.dtype == source.dtype
        validity = source.read_validity(box, height=height, width=width)
        _check_part(expected, expected_valid, pixels, valid)
        _check_part(expected, expected_valid, pixels, validity)
        part = Box(height // 3, width // 4, height - height // 5, width - width // 6)
        rows = slice(height // 3, height - height // 5)
        cols = slice(width // 4, width - width // 6)
        pixels, valid = source.read(
            part, height=rows.stop - rows.start, width=cols.stop - cols.start
        )
        _check_part(expected[:, rows, cols], expected_valid[rows, cols], pixels, valid)
        if not expected_valid.all():
            assert source.may_have_gaps


def _check_part(expected, expected_valid, pixels, valid) -> None:
    np.testing.assert_array_equal(pixels, expected)
    if valid is None:
        assert expected_valid.all()
    else:
        assert not valid.all()
        np.testing.assert_array_equal(valid, expected_valid)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_made_rasters_are_read_as_rasterio_reads_them(make, tmp_path: Path) -> None:
    _check_native(make(tmp_path / "made.tif"))


@pytest.mark.parametrize("path", _READABLE, ids=lambda path: path.name)
def test_real_rasters_are_read_as_rasterio_reads_them(path: Path) -> None:
    _check_native(path)


@quick
@given(st.integers(2, 90), st.integers(2, 90), st.data())
def test_coarser_pixels_are_means_of_what_they_cover(height: int, width: int, data) -> None:
    rows, cols = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    assume(width != 2 * cols or height % rows == 0)  # there GDAL 3.6 takes rows as a whole
    pixels = noise(1, height, width, dtype="float32")
    with rasterio.MemoryFile() as memory:
        write(memory.name, pixels)
        with _open(memory.name, names=("gray",)) as source:
            found, valid = source.read(_whole(source), height=rows, width=cols)
    assert valid is None
    np.testing.assert_allclose(found[0], box_means(pixels[0], rows, cols), rtol=1e-3)


@quick
@given(st.integers(1, 60), st.integers(1, 60), st.floats(1.0, 4.0), st.floats(1.0, 4.0))
def test_finer_pixels_are_bilinear(height: int, width: int, down: float, across: float) -> None:
    rows, cols = round(height * down), round(width * across)
    pixels = noise(1, height, width, dtype="float32")
    with rasterio.MemoryFile() as memory:
        write(memory.name, pixels)
        with _open(memory.name, names=("gray",)) as source:
            found, _ = source.read(_whole(source), height=rows, width=cols)
    expected = resized(pixels, rows, cols, scale=(height / rows, width / cols))
    np.testing.assert_allclose(found, expected, atol=0.01)


@pytest.mark.parametrize("rows, cols", [(50, 46), (44, 36), (33, 40), (41, 52)])
def test_pixels_that_hardly_change_their_size_keep_their_sharpness(rows: int, cols: int) -> None:
    """Cubic: ramps stay ramps, curves stay curves where nothing is left out, texture stays."""
    height, width = 40, 40
    assert all(1 / MILD < side / 40 < MILD for side in (rows, cols))
    y, x = np.mgrid[:height, :width] + 0.5
    texture = noise(1, height, width, dtype="float32")[0]
    pixels = np.rint(1000 * np.stack([y + 2 * x, y * y + x * x, texture])).astype("int32")
    with rasterio.MemoryFile() as memory:
        write(memory.name, pixels)
        with FileSource(memory.name, bands=(1, 2, 3), names=("a", "b", "c")) as source:
            found = source.read(_whole(source), height=rows, width=cols)[0] / 1000
            means = box_means(texture, rows, cols)
    y, x = (np.mgrid[:rows, :cols] + 0.5) * np.array([height / rows, width / cols])[:, None, None]
    inside = slice(5, -5), slice(5, -5)
    np.testing.assert_allclose(found[0][inside], (y + 2 * x)[inside], atol=0.04)
    if min(rows, cols) >= 40:
        np.testing.assert_allclose(found[1][inside], (y * y + x * x)[inside], atol=0.2)
    else:
        assert found[2].std() > 1.02 * means.std()


@st.composite
def parts(draw: st.DrawFn, length: int) -> tuple[int, int]:
    """A stretch of an axis: all of it, or some as long as the smallest tile that may be."""
    if length < 16:
        return 0, length
    start = draw(st.integers(0, length - 16))
    return start, draw(st.integers(start + 16, length))


@quick
@given(
    st.integers(20, 300),
    st.integers(20, 300),
    st.floats(0.15, 3.9),
    st.floats(0.15, 3.9),
    st.data(),
)
def test_a_part_is_read_like_the_whole(height, width, down, across, data) -> None:
    """Tiles must fit together: a window read alone is the crop of the whole, at any resolution."""
    rows, cols = max(round(height * down), 1), max(round(width * across), 1)
    top, bottom = data.draw(parts(rows))
    left, right = data.draw(parts(cols))
    y, x = height / rows, width / cols
    with rasterio.MemoryFile() as memory:
        write(memory.name, noise(1, height, width, dtype="float32"))
        with _open(memory.name, names=("gray",)) as source:
            whole, _ = source.read(_whole(source), height=rows, width=cols)
            part, _ = source.read(
                Box(top * y, left * x, bottom * y, right * x),
                height=bottom - top,
                width=right - left,
            )
    np.testing.assert_allclose(part, whole[:, top:bottom, left:right], atol=0.05)


def test_means_leave_out_pixels_without_a_value(tmp_path: Path) -> None:
    pixels = np.full((1, 8, 8), 40, np.uint8)
    pixels[0, ::2] = 0
    pixels[0, :2, :2] = 0
    path = write(tmp_path / "gaps.tif", pixels, nodata=0)
    with _open(path, names=("gray",)) as source:
        found, _ = source.read(_whole(source), height=4, width=4)
    assert set(np.unique(found)) == {0, 40}
    assert found[0, 0, 0] == 0


def test_overviews_are_used(tmp_path: Path) -> None:
    """A reader that takes every pixel of a large raster would not see what only overviews hold."""
    path = write(tmp_path / "large.tif", np.full((3, 512, 512), 200, np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], Resampling.average)
    with rasterio.open(path, "r+", overview_level=1) as overview:
        overview.write(np.full((3, 128, 128), 90, np.uint8))
    with _open(path) as source:
        coarse, _ = source.read(_whole(source), height=128, width=128)
        fine, _ = source.read(_whole(source), height=512, width=512)
    assert (coarse == 90).all()
    assert (fine == 200).all()


def test_several_threads_may_read_at_once(tmp_path: Path) -> None:
    pixels = patches(3, 256, 256)
    path = write(tmp_path / "shared.tif", pixels, tiled=True, blockxsize=64, blockysize=64)
    with _open(path) as source, ThreadPoolExecutor(8) as pool:

        def check(index: int) -> bool:
            top, left = divmod(index * 37, 200)
            top %= 200
            found, _ = source.read(Box(top, left, top + 50, left + 50), height=50, width=50)
            return bool((found == pixels[:, top : top + 50, left : left + 50]).all())

        assert all(pool.map(check, range(64)))


@pytest.mark.parametrize(
    ("chosen", "interpretation", "available", "expected"),
    [
        (None, ("red", "green", "blue"), 3, (1, 2, 3)),
        (None, ("blue", "green", "red", "alpha"), 4, (3, 2, 1)),
        (None, ("alpha", "red", "green", "blue"), 4, (2, 3, 4)),
        (None, ("gray", "undefined", "undefined"), 3, (1, 2, 3)),
        (None, ("gray",) + ("undefined",) * 8, 9, (1, 2, 3)),
        ((4, 4, 1), ("red", "green", "blue", "undefined"), 4, (4, 4, 1)),
    ],
)
def test_bands_are_found_by_colour(chosen, interpretation, available, expected) -> None:
    found = choose_bands(chosen, names=RGB, interpretation=interpretation, available=available)
    assert found == expected


@pytest.mark.parametrize(
    ("chosen", "interpretation", "available", "says"),
    [
        (None, ("gray",), 1, "needs 3 bands .red, green, blue., the raster has 1"),
        (None, ("gray", "undefined", "alpha"), 3, "needs 3 bands .*, the raster has 2"),
        ((1, 2), RGB, 3, "needs 3 bands .*, 2 were chosen: 1, 2"),
        ((1, 2, 4), RGB, 3, "Band 4 was chosen, but the raster has the bands 1 to 3"),
        ((0, 1, 2), RGB, 3, "Band 0 was chosen"),
    ],
)
def test_bands_that_cannot_be_are_refused(chosen, interpretation, available, says) -> None:
    with pytest.raises(InputError, match=says):
        choose_bands(chosen, names=RGB, interpretation=interpretation, available=available)


def test_bands_of_several_types_become_one_that_holds_them_all(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", noise(1, 20, 30, high=200))
    write(tmp_path / "b.tif", noise(1, 20, 30, dtype="int16", low=-500, high=30000))
    vrt = tmp_path / "both.vrt"
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{band}"><SimpleSource><SourceFilename '
        f'relativeToVRT="1">{name}.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand>"
        for band, (name, kind) in enumerate((("a", "Byte"), ("b", "Int16")), start=1)
    )
    vrt.write_text(f'<VRTDataset rasterXSize="30" rasterYSize="20">{bands}</VRTDataset>')
    with _open(vrt, names=("one", "two")) as source:
        pixels, _ = source.read(_whole(source), height=20, width=30)
    assert pixels.dtype == np.int16
    with rasterio.open(tmp_path / "a.tif") as a, rasterio.open(tmp_path / "b.tif") as b:
        assert (pixels[0] == a.read(1)).all()
        assert (pixels[1] == b.read(1)).all()


def test_a_palette_pixel_beyond_the_palette_takes_the_last_colour(tmp_path: Path) -> None:
    pixels = np.array([[[0, 1, 2]]], np.uint8)
    path = write(tmp_path / "palette.tif", pixels, photometric="palette")
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {0: (9, 8, 7, 255), 1: (1, 2, 3, 255)})
    with _open(path) as source:
        found, _ = source.read(_whole(source), height=1, width=3)
    assert found[:, 0, 0].tolist() == [9, 8, 7]
    assert found[:, 0, 1].tolist() == [1, 2, 3]


def test_no_crs_or_no_place_is_no_georeference(tmp_path: Path) -> None:
    for name, georeferenced in (
        ("no_crs", False),
        ("control_points", True),
        ("says_identity", False),
        ("placed_without_crs", False),
        ("geographic", True),
        ("rotated", True),
    ):
        with _open(MAKERS[name](tmp_path / f"{name}.tif")) as source:
            assert source.frame.is_georeferenced is georeferenced, name


def _complex(path: Path, dtype: str) -> Path:
    return write(path, np.zeros((3, 8, 8), "complex64"), dtype=dtype)


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "complex_int16"])
def test_complex_numbers_are_refused(dtype: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="complex numbers; give a raster of real numbers"):
        _open(_complex(tmp_path / "complex.tif", dtype))


def test_what_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("not a raster")
    (tmp_path / "empty.tif").touch()
    for name in ("missing.tif", "text.tif", "empty.tif", "."):
        with pytest.raises(InputError, match="cannot be opened as a raster"):
            _open(tmp_path / name)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.tif", noise(3, 200, 200), compress="deflate")
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(InputError, match="damaged"):
        _open(path)


def test_a_file_damaged_in_the_middle_is_refused_when_that_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "hit.tif", noise(3, 200, 200), compress="deflate")
    content = bytearray(path.read_bytes())
    content[50_000:60_000] = bytes(10_000)
    path.write_bytes(content)
    with _open(path) as source, pytest.raises(InputError, match="damaged"):
        source.read(_whole(source), height=200, width=200)


def test_a_file_of_subdatasets_asks_for_one_of_them(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    write(path, noise(3, 64, 64), driver="GPKG", RASTER_TABLE="one")
    write(path, noise(3, 64, 64), driver="GPKG", RASTER_TABLE="two", APPEND_SUBDATASET="YES")
    with pytest.raises(InputError, match="one of its subdatasets"):
        _open(path)
    with _open(f"GPKG:{path}:two") as source:
        assert source.frame.height == 64


def _sparse(seed: int = 4) -> np.ndarray:
    """Which pixels have a value: a few here and there, and a block."""
    valid = np.random.default_rng(seed).random((120, 90)) < 0.03
    valid[60:80, 30:50] = True
    return valid


def _with_alpha(path: Path, valid: np.ndarray) -> Path:
    pixels = np.concatenate(
        [np.where(valid, 100, 0)[np.newaxis].repeat(3, 0), 255 * valid[np.newaxis]]
    )
    write(path, pixels.astype(np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp[name] for name in ("red", "green", "blue", "alpha")]
    return path


def _with_nodata(path: Path, valid: np.ndarray) -> Path:
    return write(path, np.where(valid, 100, 0).astype(np.uint8)[np.newaxis].repeat(3, 0), nodata=0)


def _with_mask(path: Path, valid: np.ndarray) -> Path:
    write(path, np.where(valid, 100, 0).astype(np.uint8)[np.newaxis].repeat(3, 0))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(valid)
    return path


@pytest.mark.parametrize("make", [_with_alpha, _with_nodata, _with_mask])
def test_a_coarser_pixel_is_the_mean_of_those_with_a_value_if_there_is_any(
    make, tmp_path: Path
) -> None:
    valid = _sparse()
    with _open(make(tmp_path / "sparse.tif", valid)) as source:
        pixels, found = source.read(_whole(source), height=40, width=30)
        again = source.read_validity(_whole(source), height=40, width=30)
    expected = valid.reshape(40, 3, 30, 3).any(axis=(1, 3))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(again, expected)
    assert (pixels[:, expected] == 100).all()


@pytest.mark.parametrize("dtype, nodata", [("uint8", 0), ("uint16", 65535), ("int16", -9999)])
@pytest.mark.parametrize("side", [40, 56])
def test_a_valid_pixel_beside_gaps_has_a_value_of_its_neighbours(
    dtype: str, nodata: int, side: int, tmp_path: Path
) -> None:
    """GDAL's cubic overshoots without bound there, or writes nodata; the mask would not tell."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(60, 200, (3, 48, 48)).astype(dtype)
    pixels[:, rng.random((48, 48)) < 0.5] = nodata
    path = write(tmp_path / "speckled.tif", pixels, nodata=nodata)
    with _open(path, bands=(1, 2, 3)) as source:
        found, valid = source.read(_whole(source), height=side, width=side)
    assert valid is not None and valid.any() and not valid.all()
    assert found[:, valid].min() >= 60 and found[:, valid].max() < 200


def test_a_nan_does_not_spread(tmp_path: Path) -> None:
    pixels = noise(1, 50, 50, dtype="float32")
    pixels[0, 25, 25] = np.nan
    path = write(tmp_path / "nan.tif", pixels)
    with _open(path, names=("gray",)) as source:
        _, valid = source.read(_whole(source), height=40, width=40)
    assert valid is None or (~valid).sum() <= 4
