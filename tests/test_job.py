# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole run: files, areas, report, warnings, progress."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from made_rasters import MAKERS, hole, noise, patches, write
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from rasterio.env import get_gdal_config
from rasterio.transform import from_origin
from running import outputs_in

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import InputError, OutputError
from geosift.inference.network.session import Session
from geosift.inference.raster.box import Box
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.source import FileSource
from geosift.inference.runs.stopwatch import Stopwatch
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 x 260 pixels of a metre with a hole in them."""
    pixels = np.maximum(patches(3, 200, 260), 1)
    pixels[:, ~hole(200, 260)] = 0
    return write(tmp_path_factory.mktemp("source") / "in.tif", pixels, nodata=0)


def _run(source: Path, card: ModelCard, folder: Path, **options) -> SegmentResult:
    calls = {
        key: options.pop(key) for key in ("progress", "message", "cancelled") if key in options
    }
    options = {"output": folder / "out.tif", **options}
    return run(SegmentJob(source=str(source), card=card, **options), **calls)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def test_a_run_leaves_its_files_and_nothing_else(source: Path, card, tmp_path: Path) -> None:
    outputs = outputs_in(tmp_path)
    result = _run(source, card, tmp_path, **outputs)
    expected = {path.name for path in outputs.values()} | {"out.tif.aux.xml"}
    assert {path.name for path in tmp_path.iterdir()} == expected
    assert (result.output, result.confidence, result.polygons) == tuple(outputs.values())[:3]
    for name in ("output", "confidence"):
        assert validate(str(outputs[name]), full_check=True)[:2] == ([], [])


def test_areas_are_those_of_the_pixels_written(source: Path, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path)
    classes = _read(result.output)
    with rasterio.open(source) as dataset:
        frame = Frame(dataset.height, dataset.width, dataset.transform, dataset.crs)
    rows, cols = np.mgrid[:200, :260] + 0.5
    each = frame.pixel_area_m2(rows, cols)
    answered = (classes != 255).sum()
    assert answered == hole(200, 260).sum()
    assert [row.id for row in result.areas] == [0, 1, 2]
    for row, info in zip(result.areas, card.classes):
        inside = classes == row.id
        assert (row.name, row.color) == (info.name, info.color)
        assert row.pixels == inside.sum()
        assert row.share == pytest.approx(inside.sum() / answered)
        assert row.area_m2 == pytest.approx(each[inside].sum(), rel=1e-6)
    dataset = gdal.Open(str(result.output))
    dataset.GetGeoTransform()
    low, high, mean, spread = dataset.GetRasterBand(1).GetStatistics(False, False)
    valid = classes[classes != 255].astype(float)
    assert (low, high) == (valid.min(), valid.max())
    assert mean == pytest.approx(valid.mean())
    assert spread == pytest.approx(valid.std())
    table = dataset.GetRasterBand(1).GetDefaultRAT()
    assert [table.GetValueAsInt(row, 1) for row in range(3)] == [r.pixels for r in result.areas]


def test_confidence_is_nodata_where_the_class_is(source: Path, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path, confidence=tmp_path / "confidence.tif")
    percent, classes = _read(result.confidence), _read(result.output)
    np.testing.assert_array_equal(percent == 255, classes == 255)
    assert percent[classes != 255].max() <= 100
    assert percent[classes != 255].min() >= 33
    dataset = gdal.Open(str(result.confidence))
    valid = percent[percent != 255].astype(float)
    found = dataset.GetRasterBand(1).GetStatistics(False, False)
    assert found == pytest.approx([valid.min(), valid.max(), valid.mean(), valid.std()])


def test_a_report_that_is_neither_page_nor_json_is_refused(
    source: Path, card, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"out\.pdf is neither"):
        _run(source, card, tmp_path, report=tmp_path / "out.pdf")
    assert not list(tmp_path.glob("*out*"))


def test_the_report_is_the_result(source: Path, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path, report=tmp_path / "out.json")
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report == json.loads(result.to_json())
    assert report["output"] == str(tmp_path / "out.tif")
    assert [row["name"] for row in report["areas"]] == [info.name for info in card.classes]
    assert (report["height"], report["width"]) == (200, 260)


def test_timings_tell_the_stages(source: Path, card, tmp_path: Path) -> None:
    result = _run(source, card, tmp_path, polygons=tmp_path / "out.gpkg", threads=1)
    stages = {"open", "read", "prepare", "network", "blend", "decide", "count", "write", "finish"}
    assert stages | {"polygons", "total"} <= set(result.timings)
    assert all(seconds >= 0 for seconds in result.timings.values())
    one_thread = [result.timings[name] for name in ("open", "decide", "write", "finish")]
    assert sum(one_thread) <= result.timings["total"]


def test_a_stopwatch_adds_up_over_threads() -> None:
    watch = Stopwatch()

    def work() -> None:
        for _ in range(3):
            with watch.stage("read"):
                time.sleep(0.01)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(watch.seconds) == ["read"]
    assert watch.seconds["read"] >= 12 * 0.01


def test_gdals_cache_is_small_during_a_run_and_as_before_after_it(
    source: Path, card, tmp_path: Path
) -> None:
    """QGIS keeps what it reads for drawing in that cache: a run must not shrink it for good."""
    before = get_gdal_config("GDAL_CACHEMAX")
    during = []
    _run(source, card, tmp_path, progress=lambda _: during.append(get_gdal_config("GDAL_CACHEMAX")))
    assert max(during[:-1]) <= 64 * 2**20 < before
    assert get_gdal_config("GDAL_CACHEMAX") == before
    with pytest.raises(OutputError):
        _run(source, card, tmp_path, output=tmp_path / "none" / "out.tif")
    assert get_gdal_config("GDAL_CACHEMAX") == before


@pytest.mark.parametrize(
    ("threads", "metrics", "words"),
    [(1, {}, "CPU, 1 worker, float"), (3, {"int8": {"mean_iou": 0.6}}, "CPU, 3 workers, INT8")],
)
def test_the_engine_in_words(threads, metrics, words, source: Path, card, tmp_path: Path) -> None:
    result = _run(source, replace(card, metrics=metrics), tmp_path, threads=threads)
    assert result.engine == words


@pytest.mark.parametrize("outputs", [("output",), ("output", "polygons")], ids=["rasters", "all"])
def test_progress_rises_to_a_hundred_in_the_callers_thread(
    outputs, source: Path, card, tmp_path: Path
) -> None:
    told: list[float] = []
    threads: set[int] = set()

    def progress(percent: float) -> None:
        told.append(percent)
        threads.add(threading.get_ident())

    paths = {name: path for name, path in outputs_in(tmp_path).items() if name in outputs}
    result = _run(source, card, tmp_path, progress=progress, **paths)
    assert told == sorted(told)
    assert told[0] >= 0
    assert told[-1] == 100
    assert len(told) > result.tiles
    assert threads == {threading.get_ident()}


def test_tiles_and_what_they_compute_are_counted(source: Path, card, tmp_path: Path) -> None:
    whole = _run(source, card, tmp_path)
    assert whole.tiles > 20
    assert 1.5 < whole.computed < 6
    small = _run(source, replace(card, tile=512), tmp_path)
    assert small.tiles == 1
    assert small.computed == pytest.approx(1.0, abs=0.05)


def test_no_pixel_where_nothing_is_wanted_costs_a_network_run(
    card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tiles without a valid pixel, or outside the mask, are skipped."""
    pixels = np.maximum(patches(3, 200, 260), 1)
    pixels[:, :, 130:] = 0
    source = write(tmp_path / "in.tif", pixels, nodata=0)
    runs: list[int] = []
    original = Session.run
    monkeypatch.setattr(Session, "run", lambda self, batch: runs.append(1) or original(self, batch))
    whole = _run(source, card, tmp_path)
    assert 0 < len(runs) < 0.7 * whole.tiles
    runs.clear()
    left, top = 5e5, 5.8e6
    box = [(left + 10, top - 150), (left + 40, top - 150), (left + 40, top - 190),
           (left + 10, top - 190), (left + 10, top - 150)]  # fmt: skip
    _run(source, card, tmp_path, mask=({"type": "Polygon", "coordinates": [box]},))
    assert 0 < len(runs) <= 12


def test_a_few_valid_pixels_in_a_coarse_look_are_answered_by_the_network(tmp_path: Path) -> None:
    """A hundred bright pixels alone in nodata, at a tenth of the resolution, stay bright."""
    pixels = np.zeros((1, 400, 400), np.uint8)
    places = np.random.default_rng(3).integers(0, 400, (2, 100))
    pixels[0, places[0], places[1]] = 250
    source = write(
        tmp_path / "sparse.tif", pixels, nodata=0, transform=from_origin(5e5, 5e6, 0.1, 0.1)
    )
    card = networks.bright(tmp_path, stride=1, resolution=1.0)
    _run(source, card, tmp_path)
    found = _read(tmp_path / "out.tif")
    assert (found[pixels[0] == 0] == 255).all()
    assert (found[places[0], places[1]] == 1).all()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_crs", "works in pixels"),
        ("control_points", "control points"),
        ("rgba", None),
    ],
)
def test_what_the_user_should_know_is_told_once(name, says, card, tmp_path: Path) -> None:
    told: list[str] = []
    made = MAKERS[name](tmp_path / "made.tif")
    result = _run(made, card, tmp_path, message=told.append)
    assert list(result.warnings) == told
    assert len(told) == (says is not None)
    if says:
        assert says in told[0]
    if says == "works in pixels":
        assert all(row.area_m2 is None for row in result.areas)


def test_a_local_coordinate_system_works_in_pixels_and_is_kept(card, tmp_path: Path) -> None:
    """Surveyors export orthophotos in the coordinates of their building site."""
    local = rasterio.crs.CRS.from_wkt(
        'LOCAL_CS["A building site",LOCAL_DATUM["Its own",0],UNIT["metre",1]]'
    )
    made = write(tmp_path / "made.tif", noise(3, 60, 70), crs=local)
    result = _run(made, card, tmp_path, polygons=tmp_path / "out.gpkg")
    assert "works in pixels" in result.warnings[0]
    with rasterio.open(made) as before, rasterio.open(result.output) as after:
        assert after.transform == before.transform
        assert "A building site" in after.crs.to_wkt()


def test_a_source_already_open_is_used_and_left_open(source: Path, card, tmp_path: Path) -> None:
    _run(source, card, tmp_path)
    expected = _read(tmp_path / "out.tif")
    with FileSource(str(source), bands=None, names=card.bands) as opened:
        run(SegmentJob(source=opened, card=card, output=tmp_path / "again.tif"))
        opened.read(Box(0, 0, 1, 1), height=1, width=1)
    np.testing.assert_array_equal(_read(tmp_path / "again.tif"), expected)


def test_an_output_is_replaced_by_the_next_run(source: Path, card, tmp_path: Path) -> None:
    outputs = outputs_in(tmp_path)
    for path in outputs.values():
        path.write_text("old")
    _run(source, card, tmp_path, **outputs)
    assert all(path.stat().st_size > 100 for path in outputs.values())
    _run(source, card, tmp_path, **outputs)
    assert validate(str(outputs["output"]))[:2] == ([], [])


def test_runs_side_by_side_do_not_disturb_each_other(source: Path, card, tmp_path: Path) -> None:
    """Several runs queue or overlap in QGIS: threads of one process, files in one folder."""
    results: dict[int, SegmentResult] = {}

    def one(index: int) -> None:
        name = f"{index}.tif"
        results[index] = _run(source, card, tmp_path, output=tmp_path / name, threads=2)

    threads = [threading.Thread(target=one, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [0, 1, 2, 3]
    first = _read(tmp_path / "0.tif")
    for index in (1, 2, 3):
        np.testing.assert_array_equal(_read(tmp_path / f"{index}.tif"), first)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"grid": "tiles"}, "'input' or 'network', not 'tiles'"),
        ({"resolution": 0.0}, "above 0, not 0.0"),
        ({"resolution": float("nan")}, "above 0, not nan"),
        ({"overlap": -1}, "at least 0, not -1"),
        ({"threads": 0}, "At least one thread"),
        ({"min_area": -1.0}, "at least 0"),
        ({"simplify": float("nan")}, "at least 0"),
    ],
    ids=str,
)
def test_a_job_that_cannot_be_is_refused(options, says, source: Path, card, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif", **options)


def test_each_file_needs_a_name_of_its_own(source: Path, card, tmp_path: Path) -> None:
    out = tmp_path / "out.tif"
    same = tmp_path / "x" / ".." / "out.tif"
    for options in (
        {"output": source},
        {"output": out, "confidence": out},
        {"output": out, "polygons": same},
        {"output": out, "confidence": tmp_path / "a", "report": tmp_path / "a"},
    ):
        with pytest.raises(OutputError, match="named twice"):
            SegmentJob(source=str(source), card=card, **options)


def test_an_output_that_is_the_input_by_another_name_is_refused(source: Path, card, tmp_path: Path):
    """Through a link too: a run must never replace what it reads."""
    link = tmp_path / "link.tif"
    link.symlink_to(source)
    with pytest.raises(OutputError, match="named twice"):
        SegmentJob(source=str(link), card=card, output=source)
    folder = tmp_path / "folder"
    folder.symlink_to(source.parent)
    with pytest.raises(OutputError, match="named twice"):
        SegmentJob(source=str(source), card=card, output=folder / source.name)
