# SPDX-License-Identifier: GPL-2.0-or-later
"""Written rasters: whole or not there, Cloud Optimized, with names, colours and statistics."""

from __future__ import annotations

import os
import time
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from affine import Affine
from made_rasters import UTM
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from rasterio.crs import CRS

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import OutputError
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.sink import NODATA, Legend, RasterSink
from geosift.inference.raster.window import Window
from geosift.inference.runs.partial_file import PartialFile

TRANSFORM = Affine(0.5, 0, 5e5, 0, -0.5, 5.8e6)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.smooth(tmp_path_factory.mktemp("network"), classes=4)


def _frame(height: int, width: int) -> Frame:
    return Frame(height, width, TRANSFORM, CRS.from_string(UTM))


def _classes(height: int, width: int) -> np.ndarray:
    """Three of four classes, the third one missing, and some nodata."""
    rows, cols = np.mgrid[:height, :width]
    values = np.array([0, 1, 3, 255], np.uint8)
    return values[(rows // 40 + cols // 30) % 4]


def _write(path: Path, pixels: np.ndarray, legend: Legend, frame: Frame | None = None) -> Path:
    height, width = pixels.shape
    with RasterSink(path, frame or _frame(height, width), legend=legend) as sink:
        for row in range(0, height, 100):
            part = pixels[row : row + 100]
            sink.write(Window(row, 0, *part.shape), part)
        sink.count(np.bincount(pixels.ravel(), minlength=256))
        sink.finish()
        return sink.commit()


def _opened(path: Path) -> gdal.Dataset:
    """As QGIS opens it; asked for category names first, GDAL 3.6 does not look into the sidecar."""
    dataset = gdal.Open(str(path))
    dataset.GetGeoTransform()
    return dataset


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    "shape", [(1, 1), (3, 700), (700, 3), (512, 512), (513, 512), (1100, 1300)], ids=str
)
def test_what_is_written_is_a_valid_cog_of_the_same_pixels(card, shape, tmp_path: Path) -> None:
    pixels = _classes(*shape)
    path = _write(tmp_path / "out.tif", pixels, Legend.of(card))
    warnings, errors, _ = validate(str(path), full_check=True)
    assert (warnings, errors) == ([], [])
    with rasterio.open(path) as made:
        np.testing.assert_array_equal(made.read(1), pixels)
        assert made.transform == TRANSFORM
        assert made.crs == CRS.from_string(UTM)
        assert made.nodata == NODATA == 255
        assert made.dtypes == ("uint8",)
        levels = made.overviews(1)
        assert max(shape) / (levels[-1] if levels else 1) <= 512
        if levels:
            assert made.block_shapes == [(512, 512)]
            coarse = made.read(1, out_shape=(-(-shape[0] // 2), -(-shape[1] // 2)))
            assert set(np.unique(coarse)) <= {0, 1, 3, 255}, "overviews must not mix classes"
    assert _names(tmp_path) == {"out.tif", "out.tif.aux.xml"}


def test_gdal_reads_names_colours_table_and_statistics(card: ModelCard, tmp_path: Path) -> None:
    pixels = _classes(300, 400)
    path = _write(tmp_path / "out.tif", pixels, Legend.of(card))
    dataset = _opened(path)
    band = dataset.GetRasterBand(1)
    assert band.GetCategoryNames() == ["class 0", "class 1", "class 2", "class 3"]
    colors = band.GetColorTable()
    for info in card.classes:
        assert colors.GetColorEntry(info.id) == (*info.rgb, 255)
    assert colors.GetColorEntry(255)[3] == 0
    table = band.GetDefaultRAT()
    assert table.GetTableType() == gdal.GRTT_THEMATIC
    columns = {table.GetNameOfCol(col): col for col in range(table.GetColumnCount())}
    usages = [gdal.GFU_MinMax, gdal.GFU_PixelCount, gdal.GFU_Name, gdal.GFU_Red, gdal.GFU_Green]
    assert [table.GetUsageOfCol(col) for col in range(5)] == usages
    for row in range(table.GetRowCount()):
        assert table.GetValueAsInt(row, columns["Value"]) == row
        assert table.GetValueAsInt(row, columns["Count"]) == (pixels == row).sum()
        assert table.GetValueAsString(row, columns["Class"]) == f"class {row}"
        found = tuple(table.GetValueAsInt(row, columns[name]) for name in ("Red", "Green", "Blue"))
        assert found == card.classes[row].rgb
    assert table.GetRowCount() == 4
    valid = pixels[pixels != 255].astype(np.float64)
    low, high, mean, spread = band.GetStatistics(True, False)
    assert (low, high) == (0, 3)
    assert mean == pytest.approx(valid.mean())
    assert spread == pytest.approx(valid.std())
    share = float(band.GetMetadataItem("STATISTICS_VALID_PERCENT"))
    assert share == pytest.approx(100 * valid.size / pixels.size, abs=0.01)
    assert dataset.GetMetadataItem("GEOSIFT_MODEL") == "smooth"
    assert dataset.GetMetadataItem("GEOSIFT_MODEL_SHA256") == card.sha256


def test_names_of_any_letters_come_back(card: ModelCard, tmp_path: Path) -> None:
    names = {0: "Wald & <Wiese>", 1: "Größe \"x\" 'y'", 2: "水", 4: ""}
    path = _write(tmp_path / "out.tif", _classes(30, 30), Legend(names=names))
    dataset = _opened(path)
    found = dataset.GetRasterBand(1).GetCategoryNames()
    assert found == [names[0], names[1], names[2], "", ""]


def test_a_raster_without_a_legend_has_no_sidecar(tmp_path: Path) -> None:
    stale = tmp_path / "out.tif.aux.xml"
    stale.write_text("<PAMDataset><PAMRasterBand band='1'/></PAMDataset>")
    path = _write(tmp_path / "out.tif", _classes(60, 60), Legend(tags={"a": "b"}))
    assert _names(tmp_path) == {"out.tif"}
    with rasterio.open(path) as made:
        assert made.colorinterp[0].name == "gray"
        assert made.tags()["a"] == "b"


def test_windows_may_come_in_any_order_and_pixels_never_written_are_nodata(tmp_path: Path) -> None:
    pixels = _classes(400, 600)
    corners = [(row, col) for row in range(0, 400, 90) for col in range(0, 600, 130)]
    np.random.default_rng(3).shuffle(corners)
    left_out = tuple(corners.pop())
    with RasterSink(tmp_path / "out.tif", _frame(400, 600), legend=Legend()) as sink:
        for row, col in corners:
            part = pixels[row : row + 90, col : col + 130]
            sink.write(Window(row, col, *part.shape), np.ascontiguousarray(part))
        sink.finish()
        sink.commit()
    expected = pixels.copy()
    expected[left_out[0] : left_out[0] + 90, left_out[1] : left_out[1] + 130] = NODATA
    with rasterio.open(tmp_path / "out.tif") as made:
        np.testing.assert_array_equal(made.read(1), expected)


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (None, None),
        (Affine.identity(), None),
        (Affine(2, 0, 100, 0, -2, 200), None),
        (Affine.translation(5e5, 5.8e6) * Affine.rotation(31) * Affine.scale(0.7, -0.7), UTM),
        (Affine(1e-5, 0, 13, 0, -1e-5, 52), "EPSG:4326"),
    ],
    ids=["no place", "identity", "no crs", "turned", "degrees"],
)
def test_the_place_is_kept(transform, crs, tmp_path: Path) -> None:
    crs = None if crs is None else CRS.from_string(crs)
    frame = Frame(40, 50, transform, crs)
    path = _write(tmp_path / "out.tif", _classes(40, 50), Legend(), frame)
    with rasterio.open(path) as made:
        assert made.crs == crs
        assert made.transform.almost_equals(transform or Affine.identity(), precision=1e-12)
    about = gdal.Info(str(path))
    assert ("Origin" in about or "GeoTransform" in about) == (transform is not None)


def test_leaving_without_a_commit_leaves_nothing(card: ModelCard, tmp_path: Path) -> None:
    pixels = _classes(64, 64)
    for steps in range(3):
        with RasterSink(tmp_path / "out.tif", _frame(64, 64), legend=Legend.of(card)) as sink:
            if steps > 0:
                sink.write(Window(0, 0, 64, 64), pixels)
            if steps > 1:
                sink.finish()
        assert _names(tmp_path) == set()


def test_the_old_file_stays_until_the_new_one_is_whole(card: ModelCard, tmp_path: Path) -> None:
    legend = Legend.of(card)
    path = _write(tmp_path / "out.tif", np.zeros((50, 60), np.uint8), legend)
    before = {name: (tmp_path / name).read_bytes() for name in _names(tmp_path)}
    with RasterSink(path, _frame(64, 64), legend=Legend(names={0: "other"})) as sink:
        sink.write(Window(0, 0, 64, 64), _classes(64, 64))
        sink.finish()
        for name, content in before.items():
            assert (tmp_path / name).read_bytes() == content
    assert {name: (tmp_path / name).read_bytes() for name in _names(tmp_path)} == before
    _write(path, _classes(64, 64), Legend(names={0: "other"}))
    dataset = _opened(path)
    assert dataset.GetRasterBand(1).GetCategoryNames() == ["other"]
    assert _names(tmp_path) == set(before)


def test_an_output_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "file").touch()
    for path, says in (
        (tmp_path / "none" / "out.tif", "there is no folder"),
        (tmp_path / "folder.tif", "it is a folder"),
        (tmp_path / "file" / "out.tif", "there is no folder"),
        (Path("/proc/self/out.tif"), "cannot be written"),
        (tmp_path / ("n" * 250 + ".tif"), "cannot be written"),
    ):
        with pytest.raises(OutputError, match=says) as caught:
            RasterSink(path, _frame(8, 8), legend=Legend())
        assert "\n" not in str(caught.value)
    assert _names(tmp_path) == {"folder.tif", "file"}


def test_a_geopackage_another_program_writes_is_left_alone(tmp_path: Path) -> None:
    """SQLite would play the other program's changes over the new file."""
    (tmp_path / "out.gpkg-wal").write_bytes(b"changes")
    with pytest.raises(OutputError, match="open in another program"):
        PartialFile(tmp_path / "out.gpkg")
    (tmp_path / "out.gpkg-wal").write_bytes(b"")
    PartialFile(tmp_path / "out.gpkg").discard()


def test_what_a_killed_run_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, fresh, foreign = (
        tmp_path / ".out[1].tif.0123abcd.geosift-part",
        tmp_path / ".out[1].tif.4567abcd.geosift-tmp",
        tmp_path / ".out.tif.0123abcd.geosift-part",
    )
    for path in (old, fresh, foreign):
        path.touch()
    two_days_ago = time.time() - 2 * 24 * 3600
    for path in (old, foreign):
        os.utime(path, (two_days_ago, two_days_ago))
    PartialFile(tmp_path / "out[1].tif")
    assert _names(tmp_path) == {fresh.name, foreign.name}


def test_a_link_to_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Writing through a link would destroy the input it may point to before it is read."""
    target = _write(tmp_path / "target.tif", _classes(20, 20), Legend())
    before = target.read_bytes()
    link = tmp_path / "link.tif"
    link.symlink_to(target)
    _write(link, np.zeros((20, 20), np.uint8), Legend())
    assert not link.is_symlink()
    assert target.read_bytes() == before
