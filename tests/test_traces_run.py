# SPDX-License-Identifier: GPL-2.0-or-later
"""Tracing from files to files: units, sources, tiles, layers, and what goes wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from affine import Affine
from drawn_lines import coverage, straight
from made_rasters import UTM, write
from osgeo import ogr
from osgeo_utils.samples.validate_gpkg import GPKGChecker
from running import content
from test_traces_network import NETWORK

from geosift.inference.__main__ import main
from geosift.inference.cards.card import ClassInfo, ModelCard
from geosift.inference.errors import Cancelled, CardError, InputError, OutputError
from geosift.inference.traces.run import TraceJob, TraceResult, run_traces

ogr.UseExceptions()
SHAPE = (500, 500)


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    """(1, height, width) float32 0..1"""
    return coverage(SHAPE, NETWORK, width=3)[np.newaxis]


@pytest.fixture(scope="module")
def percent(seen: np.ndarray) -> np.ndarray:
    return np.rint(100 * seen).astype(np.uint8)


def _card(folder: Path, *, tile: int = 512, lines: tuple[bool, bool] = (False, True)) -> ModelCard:
    """Class 1 where the raster is bright."""
    folder.mkdir(exist_ok=True)
    card = networks.bright(folder, stride=1, tile=tile, halo=16, ring=8, fade=8)
    classes = zip(("rock", "fracture"), lines)
    told = (ClassInfo(index, name, "#445566", lines=is_line)
            for index, (name, is_line) in enumerate(classes))  # fmt: skip
    return replace(card, classes=tuple(told))


def _run(source: Path, folder: Path, card: ModelCard | None = None, **options) -> TraceResult:
    calls = {
        key: options.pop(key) for key in ("progress", "cancelled", "message") if key in options
    }
    job = TraceJob(source=str(source), card=card, output=folder / "out.gpkg", **options)
    return run_traces(job, **calls)


def _rows(path: Path, layer: str = "traces") -> list[dict]:
    opened = ogr.Open(str(path))
    return [
        {**feature.items(), "geom": feature.GetGeometryRef().Clone()}
        for feature in opened.GetLayerByName(layer)
    ]


def _points(path: Path) -> list[np.ndarray]:
    return [np.array(row["geom"].GetPoints())[:, :2] for row in _rows(path)]


def test_three_layers_in_a_valid_geopackage(percent: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", percent)
    result = _run(source, tmp_path, report=tmp_path / "out.json")
    GPKGChecker(str(tmp_path / "out.gpkg"), abort_at_first_error=True).check()
    assert [layer.GetName() for layer in ogr.Open(str(tmp_path / "out.gpkg"))] == [
        "traces", "nodes", "branches"
    ]  # fmt: skip
    traces, nodes, branches = (
        _rows(tmp_path / "out.gpkg", name) for name in ("traces", "nodes", "branches")
    )
    assert list(traces[0]) == [
        "id", "length_m", "azimuth", "width_m", "confidence", "set", "end_1", "end_2", "cut_1",
        "cut_2", "geom",
    ]  # fmt: skip
    assert [row["id"] for row in traces] == list(range(1, 10))
    for row in traces:
        assert row["geom"].Length() == pytest.approx(row["length_m"], rel=1e-3)
        assert row["width_m"] == pytest.approx(3.0, abs=0.3)
        assert 80 < row["confidence"] <= 100
    kinds = [row["kind"] for row in nodes]
    assert {kind: kinds.count(kind) for kind in "IYX"} == result.nodes == {"I": 17, "Y": 1, "X": 7}
    assert len(branches) == (4 * 7 + 3 * 1 + 17) // 2
    for number in range(1, 10):
        own = sum(row["length_m"] for row in branches if row["trace"] == number)
        assert own == pytest.approx(traces[number - 1]["length_m"], rel=1e-6)
    assert result.traces == 9
    assert result.p21 == pytest.approx(result.total_length / result.area)
    assert result.area == pytest.approx(250_000, rel=0.01)
    assert sum(result.rose) == pytest.approx(result.total_length)
    told = json.loads((tmp_path / "out.json").read_text())
    assert told == json.loads(result.to_json())


def test_lines_lie_where_they_were_drawn(percent: np.ndarray, tmp_path: Path) -> None:
    _run(write(tmp_path / "in.tif", percent), tmp_path)
    first = max(NETWORK, key=lambda line: np.hypot(*np.subtract(*line)))
    found = _points(tmp_path / "out.gpkg")[0]
    expected = np.array(first) * [1, -1] + [500_000, 5_800_000]
    ends = sorted(found[[0, -1]].tolist())
    assert np.abs(np.array(ends) - sorted(expected.tolist())).max() < 0.7


@pytest.mark.parametrize("tile", [64, 96])
def test_tiles_do_not_show(tile: int, seen: np.ndarray, tmp_path: Path) -> None:
    """No line is broken, moved or doubled at a seam: the layers are the same, byte for byte."""
    pixels = np.rint(255 * seen).astype(np.uint8)
    source = write(tmp_path / "in.tif", pixels)
    for name, side in (("tiled", tile), ("whole", 1024)):
        folder = tmp_path / name
        card = _card(folder, tile=side)
        result = _run(source, folder, card, probability=folder / "seen.tif")
        assert result.traces == 9
        assert result.nodes == {"I": 17, "Y": 1, "X": 7}
    one, other = (_rows(tmp_path / name / "out.gpkg") for name in ("tiled", "whole"))
    for row, same in zip(one, other):
        assert row.pop("geom").ExportToWkb() == same.pop("geom").ExportToWkb()
        assert row == same
    with rasterio.open(tmp_path / "tiled" / "seen.tif") as dataset:
        assert dataset.nodata == 255
        np.testing.assert_array_equal(dataset.read() > 50, pixels > 127)


def test_what_was_found_can_be_traced_again(seen: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", np.rint(255 * seen).astype(np.uint8))
    card = _card(tmp_path / "card")
    _run(source, tmp_path / "card", card, probability=tmp_path / "seen.tif")
    _run(tmp_path / "seen.tif", tmp_path)
    for one, same in zip(_rows(tmp_path / "card" / "out.gpkg"), _rows(tmp_path / "out.gpkg")):
        assert one.pop("geom").ExportToWkb() == same.pop("geom").ExportToWkb()


@pytest.mark.parametrize("kind", ["float", "byte", "mask", "classes", "nan", "palette"])
def test_fractures_are_told_in_many_ways(kind: str, seen: np.ndarray, tmp_path: Path) -> None:
    mask = (seen >= 0.5).astype(np.uint8)
    pixels, options, profile = {
        "float": (seen, {}, {}),
        "byte": (np.rint(255 * seen).astype(np.uint8), {}, {}),
        "mask": (mask, {}, {}),
        "classes": (np.where(mask, 7, 3).astype(np.uint8), {"class_id": 7}, {}),
        "nan": (np.where(seen > 0, seen, np.nan).astype(np.float32), {}, {}),
        "palette": (mask, {"class_id": 1}, {"photometric": "palette"}),
    }[kind]
    source = write(tmp_path / "in.tif", pixels, **profile)
    if kind == "palette":
        with rasterio.open(source, "r+") as dataset:
            dataset.write_colormap(1, {0: (9, 9, 9, 255), 1: (200, 0, 0, 255)})
    if kind == "nan":
        assert _run(source, tmp_path, **options).traces == 9
        return
    result = _run(source, tmp_path, **options)
    assert (result.traces, result.nodes) == (9, {"I": 17, "Y": 1, "X": 7})
    assert [row["set"] for row in _rows(tmp_path / "out.gpkg")].count(0) <= 9


def _line(tmp_path: Path, azimuth: float, length: float, **profile) -> dict:
    """The only trace of a line drawn in pixels, from the image's up."""
    drawn = coverage((300, 300), [straight((150.2, 150.6), azimuth, length)], width=4)
    source = write(tmp_path / "in.tif", drawn[np.newaxis], **profile)
    _run(source, tmp_path)
    (row,) = _rows(tmp_path / "out.gpkg")
    return row


def test_a_photograph_is_measured_in_pixels(tmp_path: Path) -> None:
    row = _line(tmp_path, 30, 200, crs=None, transform=None)
    assert row["length_px"] == pytest.approx(200, rel=0.01)
    assert row["azimuth"] == pytest.approx(30, abs=0.3)
    assert row["width_px"] == pytest.approx(4, abs=0.2)
    assert row["geom"].GetPoints()[0][1] < 0


def test_a_photograph_with_a_scale_is_measured_in_metres(tmp_path: Path) -> None:
    drawn = coverage((300, 300), [straight((150.2, 150.6), 30, 200)], width=4)
    source = write(tmp_path / "in.tif", drawn[np.newaxis], crs=None, transform=None)
    result = _run(source, tmp_path, pixel_size=1e-6, length=1e-4)
    (row,) = _rows(tmp_path / "out.gpkg")
    assert row["length_m"] == pytest.approx(2e-4, rel=0.01)
    assert row["width_m"] == pytest.approx(4e-6, rel=0.05)
    assert result.unit == "m"
    assert result.area == pytest.approx(9e-8)
    assert _run(source, tmp_path, pixel_size=1e-6, length=3e-4).traces == 0


@pytest.mark.parametrize(("size", "told"), [(None, True), (0.002, False)])
def test_only_without_a_scale_pixels_are_said_to_be_all(
    size: float | None, told: bool, tmp_path: Path
) -> None:
    drawn = coverage((200, 200), [straight((100.2, 100.6), 30, 150)], width=4)
    source = write(tmp_path / "in.tif", drawn[np.newaxis], crs=None, transform=None)
    card = networks.bright(tmp_path, stride=1, channels=3)
    result = _run(source, tmp_path, card, class_id=1, pixel_size=size)
    assert any("works in pixels" in text for text in result.warnings) == told


@pytest.mark.parametrize("size", [None, 0.002])
@pytest.mark.parametrize("transform", [None, Affine(0.5, 0, 100, 0, -0.5, 300)])
def test_the_report_measures_a_photograph_as_the_run_does(
    transform: Affine | None, size: float | None, tmp_path: Path
) -> None:
    """In pixels, or metres by its scale, whatever a transform without a CRS counts in."""
    drawn = coverage((300, 300), [straight((150.2, 150.6), 30, 200)], width=4)
    source = write(tmp_path / "in.tif", drawn[np.newaxis], crs=None, transform=transform)
    corners = [(0, 0), (0, 300), (300, 300), (300, 0), (0, 0)]
    ring = [(transform or Affine.scale(1, -1)) * corner for corner in corners]
    mask = ({"type": "Polygon", "coordinates": [ring]},)
    for options in ({}, {"mask": mask}):
        result = _run(source, tmp_path, pixel_size=size, report=tmp_path / "out.html", **options)
        page = (tmp_path / "out.html").read_text("utf-8")
        rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', page))
        expected = {
            "Sampling area": (result.area, f"{result.unit}\u00b2"),
            "Length": (result.total_length, result.unit),
            "P21": (result.p21, f"{result.unit}\u207b\u00b9"),
        }
        for name, (value, unit) in expected.items():
            told, of_what = rows[name].split()
            assert float(told.replace(",", "")) == pytest.approx(value, rel=5e-3)
            assert of_what == unit


def test_degrees_are_measured_on_the_ellipsoid(tmp_path: Path) -> None:
    """At 60 degrees north a pixel of one size in degrees is half as wide as it is high."""
    step = 1e-5
    transform = Affine(step, 0, 13.0, 0, -step, 60.0)
    row = _line(tmp_path, 90, 200, crs="EPSG:4326", transform=transform)
    radius = 6378137.0 / np.sqrt(1 - 0.00669438 * np.sin(np.radians(60)) ** 2)
    across = radius * np.cos(np.radians(60)) * np.radians(step)
    assert row["length_m"] == pytest.approx(200 * across, rel=0.01)
    assert row["azimuth"] == pytest.approx(90, abs=0.3)
    down = 6378137.0 * (1 - 0.00669438) / (1 - 0.00669438 * np.sin(np.radians(60)) ** 2) ** 1.5
    assert row["width_m"] == pytest.approx(4 * down * np.radians(step), rel=0.06)
    row = _line(tmp_path, 45, 200, crs="EPSG:4326", transform=transform)
    expected = np.degrees(np.arctan2(across, down * np.radians(step)))
    assert row["azimuth"] == pytest.approx(expected, abs=0.4)


def test_azimuths_count_from_true_north(tmp_path: Path) -> None:
    """Far from a zone's middle, grid north is not north: by the sine of the latitude."""
    transform = Affine(1, 0, 800_000, 0, -1, 6_600_000)
    row = _line(tmp_path, 10, 200, crs=UTM, transform=transform)
    (lon, lat) = (each[0] for each in rasterio.warp.transform(UTM, "EPSG:4326", [8e5], [6.6e6]))
    convergence = np.degrees(np.arctan(np.tan(np.radians(lon - 15)) * np.sin(np.radians(lat))))
    assert convergence > 4
    assert row["azimuth"] == pytest.approx(10 + convergence, abs=0.3)


def test_a_turned_raster_is_turned_back(tmp_path: Path) -> None:
    transform = Affine.translation(5e5, 5.8e6) * Affine.rotation(31) * Affine.scale(0.5, -0.5)
    row = _line(tmp_path, 50, 200, crs=UTM, transform=transform)
    assert row["azimuth"] == pytest.approx(50 - 31, abs=0.3)
    assert row["length_m"] == pytest.approx(100, rel=0.01)


def test_a_quarter_turn_turns_azimuths_and_keeps_lengths(seen, tmp_path: Path) -> None:
    rows = []
    for name, pixels in (("one", seen), ("turned", np.rot90(seen, -1, axes=(1, 2)).copy())):
        folder = tmp_path / name
        folder.mkdir()
        _run(write(folder / "in.tif", pixels, crs=None, transform=None), folder)
        rows.append(sorted(_rows(folder / "out.gpkg"), key=lambda row: row["length_px"]))
    for one, turned in zip(*rows):
        assert turned["length_px"] == pytest.approx(one["length_px"], abs=0.5)
        away = (turned["azimuth"] - one["azimuth"]) % 180 - 90
        assert abs(away) < 0.2


def test_the_report_takes_what_has_no_data_for_unseen(tmp_path: Path) -> None:
    drawn = coverage((300, 300), [straight((150.2, 200.6), 30, 150)], width=4)[np.newaxis]
    drawn[:, :90] = 9
    source = write(tmp_path / "in.tif", drawn, crs=None, transform=None, nodata=9)
    result = _run(source, tmp_path, report=tmp_path / "out.html")
    page = (tmp_path / "out.html").read_text("utf-8")
    assert result.area == 300 * 210
    assert "30 % of the image has no data" in page
    assert f"<td>{result.area:,.0f} px\u00b2</td>" in page
    assert f"<b>{result.p21:.3g}</b>" in page


def test_parts_and_gaps_are_ends_that_are_cut(percent: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", percent)
    left, top = 500_000, 5_800_000
    ring = [(left + 50, top - 20), (left + 250, top - 20), (left + 250, top - 480),
            (left + 50, top - 480), (left + 50, top - 20)]  # fmt: skip
    mask = ({"type": "Polygon", "coordinates": [ring]},)
    for options in ({"mask": mask}, {"extent": (left + 50, top - 480, left + 250, top - 20)}):
        result = _run(source, tmp_path, report=tmp_path / "out.html", **options)
        rows = _rows(tmp_path / "out.gpkg")
        assert result.area == pytest.approx(200 * 460, rel=0.01)
        for points in _points(tmp_path / "out.gpkg"):
            assert points[:, 0].min() >= left + 49
            assert points[:, 0].max() <= left + 251
        assert max(row["cut_1"] + row["cut_2"] for row in rows) == 2
        assert "<script" not in (tmp_path / "out.html").read_text()


def test_thousands_of_lines_come_out_whole(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    cells = [(col * 44 + 22, row * 44 + 22) for row in range(50) for col in range(60)]
    lines = [straight(cell, random.uniform(0, 180), 34) for cell in cells]
    pixels = np.zeros((1, 2200, 2640), np.float32)
    pixels[0] = coverage((2200, 2640), lines, width=3)
    source = write(tmp_path / "in.tif", pixels)
    start = time.process_time()
    result = _run(source, tmp_path, gap=0.0, length=20.0)
    assert result.traces == 3000
    assert result.total_length == pytest.approx(3000 * 34, rel=0.01)
    assert result.sets == ()
    assert time.process_time() - start < 60


def test_cancelled_runs_leave_nothing(seen: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", np.rint(255 * seen).astype(np.uint8))
    card = _card(tmp_path, tile=128)
    before = content(tmp_path)
    for percent in (0.1, 30.0, 70.0, 80.0, 90.0, 97.0, 100.0):
        told = [0.0]
        with pytest.raises(Cancelled):
            _run(
                source, tmp_path, card, progress=told.append,
                probability=tmp_path / "seen.tif", report=tmp_path / "out.html",
                cancelled=lambda told=told, percent=percent: told[-1] >= percent,
            )  # fmt: skip
        assert content(tmp_path) == before
        assert told == sorted(told)


def test_a_killed_run_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((1, 1500, 1500), np.float32)
    source = write(tmp_path / "in.tif", noise)
    outputs = [tmp_path / name for name in ("out.gpkg", "seen.tif", "out.html")]
    arguments = [
        "traces",
        source,
        outputs[0],
        "--model",
        "none",
        "--probability",
        outputs[1],
        "--report",
        outputs[2],
    ]
    command = [sys.executable, "-m", "geosift.inference", *map(str, arguments)]
    for seconds in (1.5, 3.0):
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        running.kill()
        running.wait()
        assert not any(path.exists() for path in outputs)


def test_where_there_is_no_line_the_layer_is_empty(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", np.zeros((1, 90, 80), np.float32))
    told: list[str] = []
    result = _run(source, tmp_path, report=tmp_path / "out.html", message=told.append)
    assert (result.traces, result.total_length, result.sets) == (0, 0, ())
    assert _rows(tmp_path / "out.gpkg") == []
    assert any("the layer is empty" in text for text in told)
    assert "the layer is empty" in (tmp_path / "out.html").read_text()
    assert "name the class if these are classes" in told[-1]
    _run(source, tmp_path, class_id=3, message=told.append)
    assert "name the class" not in told[-1]


def test_one_band_is_seen_three_times(seen: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", np.rint(255 * seen).astype(np.uint8))
    card = networks.bright(tmp_path, stride=1, channels=3)
    told: list[str] = []
    assert _run(source, tmp_path, card, class_id=1, message=told.append).traces == 9
    assert any("sees it 3 times" in text for text in told)


def test_what_cannot_be_is_said(percent: np.ndarray, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", percent)
    card = _card(tmp_path / "card")
    with pytest.raises(CardError, match="0: rock, 1: fracture"):
        _run(source, tmp_path, _card(tmp_path / "plain", lines=(False, False)))
    with pytest.raises(CardError, match="has no class 5; give one as CLASS: 0: rock, 1: fracture"):
        _run(source, tmp_path, card, class_id=5)
    with pytest.raises(CardError, match="for regression"):
        _run(source, tmp_path, replace(card, kind="regression"))
    with pytest.raises(InputError, match="not 60 and 50"):
        _run(source, tmp_path, low=60, high=50)
    with pytest.raises(InputError, match="widest gap"):
        _run(source, tmp_path, gap=-1)
    with pytest.raises(InputError, match="1 to 5 sets"):
        _run(source, tmp_path, sets=6)
    with pytest.raises(InputError, match="how large its pixels are"):
        _run(source, tmp_path, pixel_size=0.5)
    with pytest.raises(InputError, match="3 bands"):
        _run(write(tmp_path / "rgb.tif", np.repeat(percent, 3, axis=0)), tmp_path)
    with pytest.raises(InputError, match="up to 4000"):
        _run(write(tmp_path / "big.tif", percent.astype(np.uint16) * 40), tmp_path)
    with pytest.raises(InputError, match="no valid pixel"):
        _run(write(tmp_path / "void.tif", percent * 0 + 9, nodata=9), tmp_path)
    with pytest.raises(OutputError, match="named twice"):
        _run(source, tmp_path, probability=source)
    assert not (tmp_path / "out.gpkg").exists()


def test_lines_around_the_globe_have_a_page_without_numbers(
    percent: np.ndarray, tmp_path: Path
) -> None:
    world = Affine(360 / SHAPE[1], 0, -180, 0, -180 / SHAPE[0], 90)
    source = write(tmp_path / "world.tif", percent, crs="EPSG:4326", transform=world)
    report = tmp_path / "lines.html"
    result = _run(source, tmp_path, report=report)
    assert len(_rows(tmp_path / "out.gpkg")) == result.traces > 0
    page = report.read_text(encoding="utf-8")
    assert "There are no numbers of these lines: " in page and "world.tif" in page


def test_the_command_line(percent: np.ndarray, tmp_path: Path, capsys) -> None:
    source = write(tmp_path / "in.tif", percent)
    output = tmp_path / "lines.gpkg"
    report = tmp_path / "lines.html"
    start = ["traces", str(source), str(output), "--model", "none"]
    assert main([*start, "--report", str(report), "--sets", "2"]) == 0
    told = capsys.readouterr().out
    assert "9 lines of" in told
    assert "17 I, 1 Y, 7 X" in told
    assert {row["set"] for row in _rows(output)} == {1, 2}
    assert "P21" in report.read_text()
    assert main([*start, "--class", "vein"]) == 1
    assert "CLASS 'vein' is not the number" in capsys.readouterr().err
