# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference prompt`: points, boxes and words reach the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import prompt_networks
import pytest
from made_rasters import CORNER, write
from osgeo import ogr
from prompt_scenes import scene
from running import content, is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.raster.window import Window

ogr.UseExceptions()
HOUSES = (Window(40, 60, 50, 70), Window(200, 90, 60, 60))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("raster") / "in.tif", scene(400, 400, HOUSES))


@pytest.fixture(scope="module")
def ended(raster, pair, plain_environment, tmp_path_factory) -> Mapping[str, tuple[list, Path]]:
    """How each command line of `LINES` ended, and its folder; one process for all."""
    folders = {name: tmp_path_factory.mktemp("run") for name in LINES}
    lines = [
        ["prompt", str(raster), str(folders[name] / "out.gpkg"), "--model", str(pair.path), *line]
        if line[:1] != ["--model"]
        else ["prompt", str(raster), str(folders[name] / "out.gpkg"), *line]
        for name, line in LINES.items()
    ]
    lines = [[part.replace("{}", str(folders[name])) for part in line]
             for name, line in zip(LINES, lines)]  # fmt: skip
    script = Path(__file__).with_name("command_lines.py")
    done = subprocess.run(
        [sys.executable, str(script)], input=json.dumps(lines), env=dict(plain_environment),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: (end, folders[name]) for name, end in zip(LINES, json.loads(done.stdout))}


def _point(house: Window) -> str:
    x = CORNER[0] + house.col_off + house.width / 2
    return f"{x},{CORNER[1] - house.row_off - house.height / 2}"


def _box(house: Window) -> str:
    left, top = CORNER[0] + house.col_off - 3, CORNER[1] - house.row_off + 3
    return f"{left},{top},{left + house.width + 6},{top - house.height - 6}"


LINES = {
    "points": ["--point", _point(HOUSES[0]), "--point", _point(HOUSES[1]), "--rle"],
    "boxes": ["--box", _box(HOUSES[0]), "--box", _box(HOUSES[1]), "--masks", "3",
              "--report", "{}/out.json"],
    "both": ["--point", _point(HOUSES[0]), "--box", _box(HOUSES[1]), "--threads", "1"],
    "nothing": [],
    "elsewhere": ["--point", "0,0"],
    "flat": ["--box", "500000,5800000,500000,5799000"],
    "no number": ["--point", "1,b"],
    "three": ["--box", "1,2,3"],
    "masks": ["--point", _point(HOUSES[0]), "--masks", "9"],
    "nonsense": ["--text", "qwertzuiop"],
    "other model": ["--model", "landcover", "--point", _point(HOUSES[0])],
}  # fmt: skip


def _rows(folder: Path) -> list[dict[str, Any]]:
    dataset = ogr.Open(str(folder / "out.gpkg"))
    return [feature.items() for feature in dataset.GetLayer(0)]


@pytest.mark.parametrize("name", ["points", "boxes", "both"])
def test_what_is_pointed_at_on_the_map_is_cut_out(ended, name: str) -> None:
    (code, out, err), folder = ended[name]
    assert (code, err) == (0, "")
    surest = {row["id"]: row for row in _rows(folder) if row["mask"] == 0}
    for number, house in enumerate(HOUSES, start=1):
        assert surest[number]["area_px"] == pytest.approx(house.pixels, rel=0.05)
    assert "outlines of 2 prompts" in out
    assert "encode" in out
    assert ("rle" in surest[1]) == (name == "points")


def test_the_report_is_json(ended) -> None:
    (_, _, _), folder = ended["boxes"]
    report = json.loads((folder / "out.json").read_text())
    assert report["objects"] == len(_rows(folder))


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("nothing", 1, "Nothing is pointed at"),
        ("elsewhere", 1, "outside the raster"),
        ("flat", 1, "needs a width and a height"),
        ("no number", 2, "expected 2 numbers with commas, not '1,b'"),
        ("three", 2, "expected 4 numbers with commas, not '1,2,3'"),
        ("masks", 1, "1 to 3 outlines, not 9"),
        ("nonsense", 1, "qwertzuiop"),
        ("other model", 1, "a model for prompt is needed"),
    ],
)
def test_trouble_is_one_sentence_and_no_file(ended, name: str, code: int, says: str) -> None:
    (ended_with, _, err), folder = ended[name]
    assert ended_with == code
    assert says in err
    assert content(folder) == {}
    if code == 1:
        assert is_one_sentence(err.strip())
