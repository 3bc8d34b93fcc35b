# SPDX-License-Identifier: GPL-2.0-or-later
"""`regress`, `superresolve`, `recognise` and `segment --answer` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
import rasterio
from made_rasters import noise, write

from geosift.inference.__main__ import main
from geosift.inference.recognition.run import RecogniseJob, run_recognise
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.superresolution.run import SuperresolveJob, run_superresolve

EXTENT = (500_010, 5_799_940, 500_050, 5_799_980)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write(tmp_path_factory.mktemp("source") / "in.tif", noise(3, 70, 80)))


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()


def _call(*arguments: object) -> int:
    return main([str(each) for each in arguments])


def test_regress_is_the_engine(source: str, tmp_path: Path, capsys) -> None:
    card = made.weighted(tmp_path)
    out, report = tmp_path / "out.tif", tmp_path / "out.json"
    assert _call(
        "regress", source, out, "--model", made.described(card), "--bands", "3,2,1",
        "--extent", *EXTENT, "--grid", "network", "--overlap", 6, "--threads", 1,
        "--augment", 4, "--report", report,
    ) == 0  # fmt: skip
    expected = RegressJob(
        source=source, card=card, output=tmp_path / "expected.tif", bands=(3, 2, 1),
        extent=EXTENT, grid="network", overlap=6, threads=1, augment=4,
    )  # fmt: skip
    result = run_regress(expected)
    np.testing.assert_array_equal(_read(out), _read(result.output))
    line, last = capsys.readouterr().out.splitlines()
    assert f"mean {result.figures[0].mean:.6g}" in line
    assert "1,600 px" in line
    assert last.startswith(f"{out}: ")
    assert last.endswith("CPU, 1 worker, float, mean of 4 views")
    assert json.loads(report.read_text())["figures"][0]["pixels"] == 1600


def test_superresolve_is_the_engine(source: str, tmp_path: Path, capsys) -> None:
    card = made.enlarged(tmp_path, factor=3)
    out = tmp_path / "out.tif"
    assert _call("superresolve", source, out, "--model", made.described(card)) == 0
    job = SuperresolveJob(source=source, card=card, output=tmp_path / "expected.tif")
    np.testing.assert_array_equal(_read(out), _read(run_superresolve(job).output))
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_recognise_takes_a_picture_or_a_place(source: str, tmp_path: Path) -> None:
    card = made.mean_colour(tmp_path)
    model, out = made.described(card), tmp_path / "out.tif"
    for flags, options in (
        (("--picture", source), {"picture": source}),
        (("--place", *EXTENT), {"place": EXTENT}),
    ):
        assert _call("recognise", source, out, "--model", model, *flags) == 0
        job = RecogniseJob(source=source, card=card, output=tmp_path / "expected.tif", **options)
        np.testing.assert_array_equal(_read(out), _read(run_recognise(job).output))


def test_segment_is_told_which_answer(source: str, tmp_path: Path) -> None:
    card = made.two_answers(tmp_path)
    model, out = made.described(card), tmp_path / "out.tif"
    for which in ("bands", "1"):
        assert _call("segment", source, out, "--model", model, "--answer", which) == 0
        job = SegmentJob(source=source, card=card.answering(1), output=tmp_path / "expected.tif")
        np.testing.assert_array_equal(_read(out), _read(run(job).output))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("segment", "--answer", "none"), "no answer 'none'; it has lone, bands."),
        (("segment", "--answer", "2"), "no answer 2"),
        (("regress",), "made for segmentation, a model for regression is needed"),
        (("recognise", "--picture", "a.tif"), "for segmentation, a model for recognition"),
    ],
    ids=str,
)
def test_a_bad_request_ends_with_one(arguments, says, source: str, tmp_path: Path, capsys) -> None:
    model = made.described(made.two_answers(tmp_path))
    verb, *flags = arguments
    assert _call(verb, source, tmp_path / "out.tif", "--model", model, *flags) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_a_model_must_be_named(source: str, tmp_path: Path, capsys) -> None:
    """None of these kinds comes with GeoSift, so there is none to propose."""
    for verb in ("regress", "superresolve", "recognise"):
        with pytest.raises(SystemExit) as ended:
            _call(verb, source, tmp_path / "out.tif")
        assert ended.value.code == 2
        assert "--model" in capsys.readouterr().err
