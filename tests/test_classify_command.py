# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference classify`: options reach the engine, trouble is a sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from made_rasters import MAKERS, patches, write
from osgeo import ogr
from rasterio.warp import transform as transform_points
from running import content, is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob
from geosift.inference.classification.run import run_classify

Geosift = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    reflectance = {"low": [0, 0, 0], "high": [2750] * 3, "offset": 1000}
    folder = tmp_path_factory.mktemp("network")
    return networks.glimpse(folder, side=16, reflectance=reflectance)


@pytest.fixture
def geosift(plain_environment) -> Geosift:
    def call(*arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "geosift.inference", *map(str, arguments)],
            env=dict(plain_environment), capture_output=True, text=True, check=False,
        )  # fmt: skip

    return call


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _rows(path: Path) -> list[dict]:
    dataset = ogr.Open(str(path))
    return [feature.items() for feature in dataset.GetLayer(0)]


def test_all_outputs_are_those_of_the_engine(geosift, source, card, tmp_path: Path) -> None:
    files = {"raster": tmp_path / "o.tif", "cells": tmp_path / "o.gpkg",
             "report": tmp_path / "o.json"}  # fmt: skip
    flags = [part for name, path in files.items() for part in (f"--{name}", path)]
    ended = geosift("classify", source, "--model", card.path, *flags)
    assert (ended.returncode, ended.stderr) == (0, "")
    job = ClassifyJob(str(source), card, raster=tmp_path / "e.tif", cells=tmp_path / "e.gpkg")
    result = run_classify(job)
    np.testing.assert_array_equal(_read(files["raster"]), _read(tmp_path / "e.tif"))
    assert _rows(files["cells"]) == _rows(tmp_path / "e.gpkg")
    areas = json.loads(files["report"].read_text())["areas"]
    assert [row["pixels"] for row in areas] == [row.pixels for row in result.areas]
    lines = ended.stdout.splitlines()
    for line, row in zip(lines, result.areas):
        assert line.startswith(row.name)
        assert f"{row.pixels:,} cells" in line
        assert f"{row.area_m2:,.0f} m2" in line
    assert re.fullmatch(r".*o.tif, .*o.gpkg, .*o.json: \d+\.\d s, CPU, .*", lines[-1])


def test_options_reach_the_engine(geosift, card, tmp_path: Path) -> None:
    path = MAKERS["uint16"](tmp_path / "in.tif")
    extent = (500_008, 5_799_950, 500_060, 5_799_990)
    ended = geosift(
        "classify", path, "--model", card.path, "--cells", tmp_path / "o.gpkg", "--raster",
        tmp_path / "o.tif", "--bands", "3,2,1", "--extent", *extent, "--step", 5, "--resolution",
        2, "--threads", 1, "--augment", 4, "--probabilities", "--offset", 500, "--report",
        tmp_path / "o.html",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "1 worker, float, mean of 4 views" in ended.stdout
    job = ClassifyJob(
        str(path), card, raster=tmp_path / "e.tif", cells=tmp_path / "e.gpkg", bands=(3, 2, 1),
        extent=extent, step=5, resolution=2.0, threads=1, augment=4, probabilities=True,
        offset=500.0,
    )  # fmt: skip
    run_classify(job)
    np.testing.assert_array_equal(_read(tmp_path / "o.tif"), _read(tmp_path / "e.tif"))
    assert _rows(tmp_path / "o.gpkg") == _rows(tmp_path / "e.gpkg") != []
    assert "p_class_0" in _rows(tmp_path / "o.gpkg")[0]
    assert (tmp_path / "o.html").read_text().startswith("<!DOCTYPE html>")


def test_zones_are_longitudes_and_latitudes(geosift, source, card, tmp_path: Path) -> None:
    xs, ys = [500_020, 500_120, 500_020, 500_020], [5_799_900, 5_799_900, 5_799_980, 5_799_900]
    ring = np.transpose(transform_points("EPSG:32633", "EPSG:4326", xs, ys)).tolist()
    zone = {"type": "Feature", "properties": {"name": "A"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    zones = tmp_path / "zones.geojson"
    zones.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    ended = geosift("classify", source, "--model", card.path, "--cells", tmp_path / "o.gpkg",
                    "--zones", zones)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    (row,) = _rows(tmp_path / "o.gpkg")
    assert row["zone_name"] == "A"
    assert row["area_m2"] == pytest.approx(4000, rel=3e-3)
    assert "1 zones" in ended.stdout


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "Nothing is to be written"),
        (("--raster", "o.tif", "--step", "99"), "The step is 1 to 16"),
        (("--raster", "o.tif", "--zones", "none.json"), "cannot be read as GeoJSON"),
        (("--raster", "o.tif", "--model", "forests"), "no model 'forests'"),
        (("--raster", "o.tif", "--model", "landcover"), "made for segmentation"),
    ],
    ids=["nothing wanted", "step", "zones", "no model", "another kind"],
)
def test_trouble_is_one_sentence(flags, says, geosift, source, card, tmp_path: Path) -> None:
    flags = [tmp_path / flag if flag.startswith("o.") else flag for flag in flags]
    ended = geosift("classify", source, "--model", card.path, *flags)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr
    assert is_one_sentence(ended.stderr.rstrip("\n"))
    assert content(tmp_path) == {}


def test_warnings_are_told_and_do_not_stop(geosift, card, tmp_path: Path) -> None:
    source = MAKERS["no_crs"](tmp_path / "in.tif")
    ended = geosift("classify", source, "--model", card.path, "--raster", tmp_path / "o.tif")
    assert ended.returncode == 0
    assert ended.stderr.startswith("geosift: ")
    assert "works in pixels" in ended.stderr
    assert " m2" not in ended.stdout


def test_help_tells_every_option(geosift) -> None:
    ended = geosift("classify", "--help")
    assert ended.returncode == 0
    for option in ("--raster", "--cells", "--report", "--model", "--step", "--bands", "--extent",
                   "--zones", "--resolution", "--threads", "--augment", "--probabilities",
                   "--offset"):  # fmt: skip
        assert option in ended.stdout


def test_the_source_may_be_any_name_of_gdal(geosift, card, tmp_path: Path) -> None:
    write(tmp_path / "in.tif", patches(3, 60, 60))
    ended = geosift("classify", f"GTIFF_DIR:1:{tmp_path / 'in.tif'}", "--model", card.path,
                    "--raster", tmp_path / "o.tif")  # fmt: skip
    assert ended.returncode == 0, ended.stderr
