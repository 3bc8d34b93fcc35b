# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference detect`: the same objects as from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_detectors import detector
from test_detect_job import THINGS, boxes_of, found_in, scene, wanted

from geosift.inference.__main__ import main


def test_objects_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = scene(tmp_path / "in.tif", THINGS), tmp_path / "out.gpkg"
    card = detector(tmp_path, "ultralytics")
    words = ["detect", str(source), str(out), "--model", str(card.path), "--threads", "2"]
    assert main(words) == 0
    assert boxes_of(found_in(out)) == wanted(THINGS[:-1])
    said = capsys.readouterr().out
    assert "car" in said and "objects" in said and str(out) in said
    more = ["--confidence", "90", "--iou", "40", "--overlap", "16", "--simplify", "0"]
    assert main([*words, *more]) == 0
    assert boxes_of(found_in(out)) == wanted([t for t in THINGS if t.score > 229])


def test_a_model_must_be_named_and_must_find_objects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = scene(tmp_path / "in.tif", THINGS[:1])
    with pytest.raises(SystemExit):
        main(["detect", str(source), str(tmp_path / "out.gpkg")])
    assert "--model" in capsys.readouterr().err
    assert main(["detect", str(source), str(tmp_path / "out.gpkg"), "--model", "landcover"]) == 1
    assert "made for segmentation" in capsys.readouterr().err
