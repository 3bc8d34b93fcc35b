# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference`: the engine without QGIS."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from made_rasters import MAKERS, patches, write
from osgeo import ogr

from geosift.inference.cards.catalog import Catalog
from geosift.inference.segmentation.run import SegmentJob, run

Ended = "subprocess.CompletedProcess[str]"


@pytest.fixture(scope="module")
def geosift(plain_environment: Mapping[str, str]):
    """Runs the command line in a process without QGIS."""

    def call(*arguments: object) -> Ended:
        return subprocess.run(
            [sys.executable, "-m", "geosift.inference", *map(str, arguments)],
            env=dict(plain_environment), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return call


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _count(path: Path) -> int:
    dataset = ogr.Open(str(path))  # kept, since a layer outlives its data set only in appearance
    return dataset.GetLayer(0).GetFeatureCount()


def test_all_outputs_are_those_of_the_engine(geosift, source, card, tmp_path: Path) -> None:
    outputs = {
        "confidence": tmp_path / "sure.tif",
        "polygons": tmp_path / "out.gpkg",
        "report": tmp_path / "out.json",
    }
    flags = [part for name, path in outputs.items() for part in (f"--{name}", path)]
    ended = geosift("segment", source, tmp_path / "out.tif", "--model", card.path, *flags)
    assert ended.returncode == 0
    assert ended.stderr == ""
    job = SegmentJob(source=str(source), card=card, output=tmp_path / "expected.tif",
                     confidence=tmp_path / "expected_sure.tif")  # fmt: skip
    result = run(job)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), _read(result.output))
    np.testing.assert_array_equal(_read(outputs["confidence"]), _read(result.confidence))
    assert _count(outputs["polygons"]) > 3
    report = json.loads(outputs["report"].read_text())
    assert [row["pixels"] for row in report["areas"]] == [row.pixels for row in result.areas]
    lines = ended.stdout.splitlines()
    assert len(lines) == len(card.classes) + 1
    for line, row in zip(lines, result.areas):
        assert line.startswith(row.name)
        assert f"{row.pixels:,} px" in line
        assert f"{row.area_m2:,.0f} m2" in line
        assert f"{100 * row.share:.2f} %" in line
    assert re.fullmatch(rf"{tmp_path}/out.tif: \d+\.\d s, CPU, \d+ workers?, float", lines[-1])


def test_options_reach_the_engine(geosift, source, card, tmp_path: Path) -> None:
    options = {
        "--bands": "3,2,1",
        "--grid": "network",
        "--resolution": 2,
        "--overlap": 12,
        "--threads": 1,
        "--augment": 4,
        "--min-area": 30,
        "--simplify": 1.5,
        "--polygons": tmp_path / "out.gpkg",
    }
    flags = [part for pair in options.items() for part in pair]
    extent = (500_020, 5_799_900, 500_120, 5_799_980)
    ended = geosift("segment", source, tmp_path / "out.tif", "--model", card.path, *flags,
                    "--extent", *extent)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ", 1 worker, float, mean of 4 views" in ended.stdout
    job = SegmentJob(
        source=str(source), card=card, output=tmp_path / "expected.tif", bands=(3, 2, 1),
        grid="network", resolution=2.0, overlap=12, threads=1, augment=4, min_area=30.0,
        simplify=1.5, polygons=tmp_path / "expected.gpkg", extent=extent,
    )  # fmt: skip
    run(job)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), _read(tmp_path / "expected.tif"))
    assert _count(tmp_path / "out.gpkg") == _count(tmp_path / "expected.gpkg") > 0


def test_the_bundled_model_is_the_default(geosift, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 64, 64))
    ended = geosift("segment", source, tmp_path / "out.tif")
    assert ended.returncode == 0, ended.stderr
    for info in Catalog().find("landcover").classes:
        assert info.name in ended.stdout


def test_warnings_are_told_and_do_not_stop(geosift, card, tmp_path: Path) -> None:
    source = MAKERS["no_crs"](tmp_path / "in.tif")
    ended = geosift("segment", source, tmp_path / "out.tif", "--model", card.path)
    assert ended.returncode == 0
    assert ended.stderr.startswith("geosift: ")
    assert ended.stderr.count("\n") == 1
    assert "works in pixels" in ended.stderr
    assert " m2" not in ended.stdout


def test_models_are_listed(geosift) -> None:
    ended = geosift("models")
    assert ended.returncode == 0
    assert ended.stderr == ""
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [row[0] for row in rows] == [card.id for card in Catalog().cards()]
    card = Catalog().find("landcover")
    row = rows[[row[0] for row in rows].index("landcover")]
    assert row[1] == card.name
    assert row[2] == card.kind
    assert row[3] == f"{card.resolution_m} m"
    assert row[5] == ", ".join(info.name for info in card.classes)


def test_a_bad_request_ends_with_one(geosift, source, tmp_path: Path) -> None:
    ended = geosift("segment", source, tmp_path / "none" / "out.tif")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("geosift: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "required"),
        (("segment",), "required: IN, OUT"),
        (("segment", "a", "b", "--bands", "1,x"), "expected numbers like 3,2,1, not '1,x'"),
        (("segment", "a", "b", "--extent", "1", "2"), "expected 4 arguments"),
        (("segment", "a", "b", "--grid", "tiles"), "invalid choice: 'tiles'"),
        (("fly",), "invalid choice: 'fly'"),
    ],
    ids=str,
)
def test_a_command_that_is_none_ends_with_two_and_the_usage(geosift, arguments, says) -> None:
    ended = geosift(*arguments)
    assert ended.returncode == 2
    assert "usage: geosift" in ended.stderr
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_tells_every_option(geosift) -> None:
    ended = geosift("segment", "--help")
    assert ended.returncode == 0
    for option in ("--model", "--confidence", "--polygons", "--report", "--bands", "--extent",
                   "--grid", "--resolution", "--overlap", "--threads", "--min-area",
                   "--simplify"):  # fmt: skip
        assert option in ended.stdout


def _on_a_terminal(environment: Mapping[str, str], *arguments: object, interrupt: bool = False):
    """Exit code and everything a terminal showed; `interrupt` presses Control-C at a third."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "geosift.inference", *map(str, arguments)],
            dict(environment),
        )
    shown, deadline = b"", time.monotonic() + 100
    while time.monotonic() < deadline:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other side has closed
            break
        shown += part
        if interrupt and re.search(rb" [3-9]\d\.\d %", shown):
            os.kill(pid, signal.SIGINT)
            interrupt = False
        if not part:
            break
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_a_terminal_shows_how_far_it_is(plain_environment, card, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 700, 900))
    code, shown = _on_a_terminal(
        plain_environment, "segment", source, tmp_path / "out.tif", "--model", card.path,
        "--polygons", tmp_path / "out.gpkg",
    )  # fmt: skip
    assert code == 0
    percents = [float(found) for found in re.findall(r"\]\s+([\d.]+) %", shown)]
    assert len(percents) >= 3
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert re.search(r"\r\[#+\.+\] +[\d.]+ % +\d+ s left", shown)
    table = shown.rsplit("\r\x1b[K", 1)[1]
    assert "[" not in table, "the bar is wiped before the table is printed"
    assert table.startswith("class 0")


def test_a_terminal_is_left_tidy_when_the_run_is_stopped(
    plain_environment, card, tmp_path: Path
) -> None:
    source = write(tmp_path / "in.tif", patches(3, 1800, 1800))
    code, shown = _on_a_terminal(
        plain_environment, "segment", source, tmp_path / "out.tif", "--model", card.path,
        interrupt=True,
    )  # fmt: skip
    assert code == 130
    assert shown.endswith("\r\x1b[Kgeosift: Cancelled; nothing was written.\r\n")
    assert {path.name for path in tmp_path.iterdir()} == {"in.tif"}
