# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole scene classification: files, areas, places, laws of part and whole, bad endings."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import networks
import numpy as np
import pytest
import rasterio
from made_rasters import MAKERS, hole, noise, patches, write
from oracles import classified, softmax
from osgeo import gdal, ogr
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from osgeo_utils.samples.validate_gpkg import GPKGChecker
from rasterio.transform import from_origin
from running import content, is_one_sentence
from small_disk import small_disk

from geosift.inference import errors
from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob, ClassifyResult, ZonePolygon
from geosift.inference.classification.run import run_classify
from geosift.inference.network.session import Session
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.source import FileSource
from geosift.inference.segmentation.job import SegmentJob
from geosift.inference.tiles.prepare import View

SIDE, STEP = 16, 8


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Looks at tiles of 16 pixels, each pixel counting."""
    return networks.glimpse(tmp_path_factory.mktemp("network"), side=SIDE)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 x 173 pixels of a metre with a hole in them: the last cells are slivers."""
    pixels = np.maximum(patches(3, 150, 173), 1)
    pixels[:, ~hole(150, 173)] = 0
    return write(tmp_path_factory.mktemp("source") / "in.tif", pixels, nodata=0)


def _files(folder: Path) -> dict[str, Path]:
    names = {"raster": "out.tif", "cells": "out.gpkg", "report": "out.json"}
    return {key: folder / name for key, name in names.items()}


def _run(source: object, card: ModelCard, folder: Path, **options) -> ClassifyResult:
    calls = {
        key: options.pop(key) for key in ("progress", "message", "cancelled") if key in options
    }
    source = str(source) if isinstance(source, Path) else source
    return run_classify(ClassifyJob(source, card, **{**_files(folder), **options}), **calls)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _features(path: Path) -> list[dict]:
    dataset = ogr.Open(str(path))
    return [
        {**feature.items(), "geometry": feature.GetGeometryRef().Clone()}
        for feature in dataset.GetLayer(0)
    ]


def test_a_run_leaves_its_files_and_nothing_else(source, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path)
    assert set(content(tmp_path)) == {"out.tif", "out.tif.aux.xml", "out.gpkg", "out.json"}
    assert (result.raster, result.cells) == (tmp_path / "out.tif", tmp_path / "out.gpkg")
    assert validate(str(result.raster), full_check=True)[:2] == ([], [])
    checker = GPKGChecker(str(result.cells), extra_checks=True, warning_msg=False)
    checker.check()
    assert checker.errors == []
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(result.to_json())
    stages = {"total", "open", "read", "prepare", "cut", "network", "blend", "decide", "write"}
    assert stages <= set(result.timings)
    assert result.engine.startswith("CPU, ")


@pytest.mark.parametrize("wanted", ["raster", "cells", "report"])
def test_each_file_may_be_wanted_alone(wanted: str, source, card, tmp_path: Path) -> None:
    everything = {"raster": None, "cells": None, "report": None}
    _run(source, card, tmp_path, **{**everything, wanted: _files(tmp_path)[wanted]})
    names = {"raster": {"out.tif", "out.tif.aux.xml"}}.get(wanted, {_files(tmp_path)[wanted].name})
    assert set(content(tmp_path)) == names


def test_the_raster_tells_classes_colours_and_statistics(source, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path)
    classes = _read(tmp_path / "out.tif")
    assert classes.shape == (result.rows, result.cols) == (19, 22)
    dataset = gdal.Open(str(tmp_path / "out.tif"))
    assert dataset.GetGeoTransform() == (5e5, STEP, 0, 5.8e6, 0, -STEP)
    band = dataset.GetRasterBand(1)
    assert band.GetNoDataValue() == 255
    assert band.GetCategoryNames()[:4] == [info.name for info in card.classes]
    assert band.GetColorTable().GetColorEntry(1)[:3] == card.classes[1].rgb
    valid = classes[classes != 255].astype(float)
    found = band.GetStatistics(False, False)
    assert found == pytest.approx([valid.min(), valid.max(), valid.mean(), valid.std()])
    table = band.GetDefaultRAT()
    counts = [table.GetValueAsInt(row, 1) for row in range(4)]
    assert counts == np.bincount(valid.astype(int), minlength=4).tolist()


def test_areas_are_those_of_the_pixels_of_the_cells(source, card, tmp_path: Path) -> None:
    """The slivers at the edge count for what of them is raster."""
    result = _run(source, card, tmp_path)
    classes = _read(tmp_path / "out.tif").repeat(STEP, 0).repeat(STEP, 1)[:150, :173]
    with rasterio.open(source) as dataset:
        frame = Frame(dataset.height, dataset.width, dataset.transform, dataset.crs)
    rows, cols = np.mgrid[:150, :173] + 0.5
    each = frame.pixel_area_m2(rows, cols)
    cells = _read(tmp_path / "out.tif")
    for row in result.areas:
        assert row.pixels == (cells == row.id).sum()
        assert row.area_m2 == pytest.approx(each[classes == row.id].sum(), rel=1e-6)
        assert row.share == pytest.approx((classes == row.id).sum() / (classes != 255).sum())
    assert sum(row.share for row in result.areas) == pytest.approx(1)


def test_a_cell_tells_first_second_margin_and_area(source, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path, probabilities=True)
    found = _features(result.cells)
    names = card.class_names
    assert len(found) == (_read(result.raster) != 255).sum()
    for feature in found:
        shares = np.array([feature[f"p_class_{index}"] for index in range(4)])
        first, second = np.argsort(-shares, kind="stable")[:2]
        assert shares.sum() == pytest.approx(100, abs=0.03)
        assert feature["confidence"] == shares.max() == shares[feature["class_id"]]
        assert feature["margin"] == pytest.approx(shares[first] - shares[second], abs=0.011)
        assert (feature["name"], feature["second"]) == (names[feature["class_id"]],
                                                        names[feature["second_id"]])  # fmt: skip
        assert feature["geometry"].GetArea() == pytest.approx(feature["area_m2"], rel=2e-3)
    total = sum(feature["area_m2"] for feature in found)
    assert total == pytest.approx(sum(row.area_m2 for row in result.areas), rel=1e-5)


@pytest.mark.parametrize(
    "name", ["geographic", "rotated", "south_up", "control_points", "no_crs", "placed_without_crs"]
)
def test_cells_lie_where_their_pixels_do(name: str, card, tmp_path: Path) -> None:
    """Polygons and raster, on every sort of grid."""
    path = MAKERS[name](tmp_path / "in.tif")
    card = replace(card, resolution_m=None)
    _run(path, card, tmp_path)
    with FileSource(str(path), bands=None, names=card.bands) as source:
        frame = source.frame
    with FileSource(str(tmp_path / "out.tif"), bands=None, names=("gray",)) as made:
        answer = made.frame
    rows, cols = np.mgrid[0 : answer.height + 1, 0 : answer.width + 1]
    on_map = frame.to_map(cols * STEP, rows * STEP)
    np.testing.assert_allclose(answer.to_map(cols, rows), on_map, rtol=1e-9, atol=1e-7)
    for index, feature in enumerate(_features(tmp_path / "out.gpkg")):
        top, left = (place * STEP for place in divmod(index, answer.width))
        bottom = min(top + STEP, frame.height)
        right = min(left + STEP, frame.width)
        corners = frame.to_map([left, left, right, right], [top, bottom, bottom, top])
        ring = np.array(feature["geometry"].GetGeometryRef(0).GetPoints())[:4, :2]
        np.testing.assert_allclose(ring, np.stack(corners, axis=1), rtol=1e-9, atol=1e-7)
        assert (feature["area_m2"] is None) == (not frame.is_georeferenced)


def _extent(first_row: int, last_row: int, first_col: int, last_col: int) -> tuple:
    return (5e5 + first_col * STEP + 0.3, 5.8e6 - last_row * STEP + 0.3,
            5e5 + last_col * STEP - 0.3, 5.8e6 - first_row * STEP - 0.3)  # fmt: skip


@pytest.mark.parametrize("part", [(0, 5, 0, 22), (3, 9, 7, 8), (17, 19, 19, 22), (10, 11, 0, 3)])
def test_a_part_is_answered_like_the_whole(part, source, card, tmp_path: Path) -> None:
    first_row, last_row, first_col, last_col = part
    _run(source, card, tmp_path, probabilities=True)
    whole, cells = _read(tmp_path / "out.tif"), _features(tmp_path / "out.gpkg")
    result = _run(source, card, tmp_path, probabilities=True, extent=_extent(*part))
    found = _read(tmp_path / "out.tif")
    np.testing.assert_array_equal(found, whole[first_row:last_row, first_col:last_col])
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.transform == from_origin(
            5e5 + first_col * STEP, 5.8e6 - first_row * STEP, STEP, STEP
        )
    by_place = {feature["geometry"].GetEnvelope(): feature for feature in cells}
    for feature in _features(tmp_path / "out.gpkg"):
        other = by_place[feature["geometry"].GetEnvelope()]
        assert feature["p_class_1"] == pytest.approx(other["p_class_1"], abs=0.011)
    assert (result.rows, result.cols) == found.shape


def test_a_raster_much_finer_than_the_network_is_read_in_parts_one_can_cancel(
    card, tmp_path: Path
) -> None:
    """Each row of the network may stand for thousands of the raster's."""
    path = write(tmp_path / "in.tif", patches(3, 640, 640, size=80))
    card = replace(card, resolution_m=10.0)
    _run(path, card, tmp_path)
    whole, heard = _read(tmp_path / "out.tif"), []
    asked: list[int] = []
    original = View.read

    def read(self: View, window) -> tuple:
        asked.append(window.height)
        return original(self, window)

    with (
        patch("geosift.inference.tiles.sheets.PIXELS_READ", 20_000),
        patch.object(View, "read", read),
    ):
        _run(path, card, tmp_path, cancelled=lambda: bool(heard.append(1)))
    assert max(asked) == 3
    assert len(heard) > 64 // 3
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), whole)


@pytest.mark.parametrize("metres", [2.5, 0.4])
def test_a_part_of_a_resampled_raster_is_answered_like_the_whole(
    metres: float, source, card, tmp_path: Path
) -> None:
    card = replace(card, resolution_m=metres)
    _run(source, card, tmp_path)
    whole = _read(tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        place = dataset.transform
    assert place.a == pytest.approx(STEP * metres, rel=0.02)
    rows, cols = whole.shape
    top, left = int(0.6 * rows), int(0.5 * cols)
    extent = (*(place * (left + 0.3, rows - 1.3)), *(place * (cols - 1.3, top + 0.3)))
    _run(source, card, tmp_path, extent=extent)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), whole[top:-1, left:-1])


@pytest.mark.parametrize("batch", [1, 7, 500])
def test_the_answer_does_not_depend_on_the_batch(batch, source, card, tmp_path: Path) -> None:
    _run(source, card, tmp_path)
    whole = _read(tmp_path / "out.tif")
    with patch("geosift.inference.classification.classify.BATCH", batch):
        _run(source, card, tmp_path)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), whole)


def test_the_answer_does_not_depend_on_the_threads(source, card, tmp_path: Path) -> None:
    made = []
    for threads in (1, 2, 5):
        _run(source, card, tmp_path, threads=threads, probabilities=True)
        features = _features(tmp_path / "out.gpkg")
        shares = [[feature[f"p_class_{index}"] for index in range(4)] for feature in features]
        made.append((_read(tmp_path / "out.tif").tolist(), shares))
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("count", [4, 8])
def test_several_views_are_their_mean(count: int, card, tmp_path: Path) -> None:
    pixels = noise(3, SIDE, SIDE)
    path = write(tmp_path / "in.tif", pixels)
    result = _run(path, card, tmp_path, augment=count, probabilities=True, step=SIDE)
    session = Session(card)
    views = [np.rot90(pixels, k, (1, 2)) for k in range(4)]
    views += [np.rot90(pixels[:, :, ::-1], k, (1, 2)) for k in range(4)]
    scores = np.concatenate([session.run(view[None].copy()) for view in views[:count]])[:, :, 0, 0]
    expected = 100 * softmax(scores.mean(axis=0))
    (feature,) = _features(tmp_path / "out.gpkg")
    found = [feature[f"p_class_{index}"] for index in range(4)]
    np.testing.assert_allclose(found, expected, atol=0.006)
    assert result.engine.endswith(f"mean of {count} views")


@pytest.mark.parametrize("options", [{"fixed": True}, {"shares": True}], ids=["fixed", "shares"])
def test_other_forms_of_network(options, tmp_path: Path) -> None:
    """Sides fixed to the tile's; probabilities instead of logits."""
    card = networks.glimpse(tmp_path, side=SIDE, **options)
    pixels = noise(3, 50, 41)
    _run(write(tmp_path / "in.tif", pixels), card, tmp_path)
    expected, _ = classified(card, pixels, STEP)
    found = _read(tmp_path / "out.tif")
    ordered = np.sort(expected, axis=2)
    sure = ordered[..., -1] - ordered[..., -2] > 1e-5
    np.testing.assert_array_equal(found[sure], expected.argmax(axis=2)[sure])


def test_tiles_without_a_valid_pixel_cost_nothing(card, tmp_path: Path) -> None:
    pixels = np.maximum(patches(3, 96, 160), 1)
    pixels[:, :, 32:] = 0
    asked: list[int] = []
    original = Session.run

    def run(self: Session, batch: np.ndarray) -> np.ndarray:
        asked.append(len(batch))
        return original(self, batch)

    with patch.object(Session, "run", run):
        result = _run(write(tmp_path / "in.tif", pixels, nodata=0), card, tmp_path)
    assert result.tiles == sum(asked) == 11 * 4
    classes = _read(tmp_path / "out.tif")
    assert (classes[:, 4:] == 255).all()
    assert (classes[:, :4] != 255).all()


def test_floats_with_nan_and_16_bits_are_read_like_anywhere(card, tmp_path: Path) -> None:
    for name in ("float_nan", "uint16", "rgba", "palette", "one_pixel", "tall"):
        path = MAKERS[name](tmp_path / f"{name}.tif")
        _run(path, card, tmp_path)
        with FileSource(str(path), bands=None, names=card.bands) as source:
            frame = source.frame
            pixels, valid = source.read(
                View(source, card, None, frame.height, frame.width).box(frame.window),
                height=frame.height, width=frame.width,
            )  # fmt: skip
        del pixels
        whole = np.ones((frame.height, frame.width), bool) if valid is None else valid
        _, answered = classified(card, np.zeros((3, *whole.shape), np.uint8), STEP, whole)
        np.testing.assert_array_equal(_read(tmp_path / "out.tif") != 255, answered)


def test_progress_rises_to_a_hundred_in_the_callers_thread(source, card, tmp_path: Path) -> None:
    told: list[float] = []
    threads: set[int] = set()

    def progress(percent: float) -> None:
        told.append(percent)
        threads.add(threading.get_ident())

    with patch("geosift.inference.tiles.sheets.ROWS_READ", 16):
        _run(source, card, tmp_path, progress=progress)
    assert told == sorted(told)
    assert 0 <= told[0] < 30
    assert told[-1] == 100
    assert len(told) > 5
    assert threads == {threading.get_ident()}


def test_cancelled_at_any_moment_leaves_what_was_there(source, card, tmp_path: Path) -> None:
    asked = [0]

    def until(moment: float) -> Callable[[], bool]:
        def stop() -> bool:
            asked[0] += 1
            return asked[0] >= moment

        asked[0] = 0
        return stop

    with patch("geosift.inference.classification.classify.BATCH", 16):
        _run(source, card, tmp_path, cancelled=until(np.inf))
        whole, total = content(tmp_path), asked[0]
        assert total > 10
        for moment in range(1, total + 1):
            with pytest.raises(errors.Cancelled, match="nothing was written"):
                _run(source, card, tmp_path, cancelled=until(moment))
            assert asked[0] == moment
            assert content(tmp_path) == whole
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("geosift")]


@pytest.mark.parametrize("limit", [500, 3000, 20_000, 60_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(limit, source, card, tmp_path) -> None:
    with small_disk(limit), pytest.raises(errors.OutputError) as raised:
        _run(source, card, tmp_path)
    assert "disk" in str(raised.value)
    assert is_one_sentence(str(raised.value))
    assert content(tmp_path) == {}


def test_an_open_source_stays_open(source, card, tmp_path: Path) -> None:
    with FileSource(str(source), bands=None, names=card.bands) as opened:
        _run(opened, card, tmp_path)
        first = _read(tmp_path / "out.tif")
        _run(opened, card, tmp_path)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), first)


_FAR = {"type": "Polygon", "coordinates": [[(0, 0), (9, 0), (9, 9), (0, 0)]]}
_POINT = {"type": "Point", "coordinates": [500_010, 5_799_990]}

BAD = {
    "nothing wanted": ({"raster": None, "cells": None, "report": None}, "Nothing is to be written"),
    "step of 0": ({"step": 0}, "1 to 16 pixels"),
    "step beyond a tile": ({"step": 17}, "1 to 16 pixels"),
    "resolution of 0": ({"resolution": 0.0}, "above 0"),
    "no thread": ({"threads": 0}, "At least one thread"),
    "two views": ({"augment": 2}, "1, 4 or 8 views"),
    "an offset of nothing": ({"offset": 1000.0}, "no offset to take off"),
    "bands": ({"bands": (1, 2, 9)}, "Band 9 was chosen"),
    "extent elsewhere": ({"extent": (0, 0, 9, 9)}, "does not meet the raster"),
    "extent of the last cell's overhang": (
        {"extent": (5e5 + 173.2, 5.8e6 - 100, 5e5 + 175.8, 5.8e6)},
        "does not meet the raster",
    ),
    "zones elsewhere": ({"zones": (ZonePolygon(_FAR),)}, "zones do not meet the raster"),
    "zones of points": ({"zones": (ZonePolygon(_POINT),)}, "other than polygons"),
    "no zones": ({"zones": ()}, "zones do not meet the raster"),
    "values without fields": ({"zones": (ZonePolygon(_FAR, (1,)),)}, "as many values as fields"),
    "no folder": ({"cells": Path("none/of/it.gpkg")}, "create it first"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(case, source, card, tmp_path) -> None:
    options, says = BAD[case]
    with pytest.raises(errors.GeoSiftError, match=says) as raised:
        _run(source, card, tmp_path, **options)
    assert is_one_sentence(str(raised.value))
    assert content(tmp_path) == {}


def test_a_raster_of_nodata_is_refused(card, tmp_path: Path) -> None:
    path = write(tmp_path / "in.tif", np.zeros((3, 50, 50), np.uint8), nodata=0)
    with pytest.raises(errors.InputError, match="has no valid pixel where an answer was wanted"):
        _run(path, card, tmp_path)
    assert set(content(tmp_path)) == {"in.tif"}


def test_two_files_of_one_name_are_refused(source, card, tmp_path: Path) -> None:
    with pytest.raises(errors.OutputError, match="named twice"):
        _run(source, card, tmp_path, cells=tmp_path / "out.tif")
    with pytest.raises(errors.OutputError, match="named twice"):
        _run(source, card, tmp_path, raster=source)


def test_each_kind_of_network_has_its_own_job(card, tmp_path: Path) -> None:
    other = networks.smooth(tmp_path)
    with pytest.raises(errors.CardError, match="made for segmentation"):
        ClassifyJob("in.tif", other, raster=tmp_path / "out.tif")
    with pytest.raises(errors.CardError, match="made for classification"):
        SegmentJob("in.tif", card, tmp_path / "out.tif")
