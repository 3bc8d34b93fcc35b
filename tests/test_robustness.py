# SPDX-License-Identifier: GPL-2.0-or-later
"""Stopped at any moment, in whatever way: nothing half done has a final name, nothing is left."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from made_rasters import patches, write
from osgeo import ogr
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from running import DYING_RUN, as_arguments, content, outputs_in, python, request_of

from geosift.inference import errors
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.tiles.prepare import View


def test_cancelled_at_any_moment_leaves_what_was_there(source, card, tmp_path: Path) -> None:
    """`cancelled` says yes when it is asked for the k-th time, for every k there is."""
    job = SegmentJob(source=str(source), card=card, simplify=1.0, **outputs_in(tmp_path))
    asked = [0]

    def count() -> bool:
        asked[0] += 1
        return False

    tiles = run(job, cancelled=count).tiles
    whole = content(tmp_path)
    total = asked[0]
    assert total > tiles + 10, "after every tile, and while polygons are made"
    for moment in range(1, total + 1):
        asked[0] = 0
        with pytest.raises(errors.Cancelled, match="nothing was written"):
            run(job, cancelled=lambda: count() or asked[0] >= moment)  # noqa: B023
        assert asked[0] == moment
        assert content(tmp_path) == whole
    for path in tmp_path.iterdir():
        path.unlink()
    for moment in (1, total // 2, total):
        asked[0] = 0
        with pytest.raises(errors.Cancelled):
            run(job, cancelled=lambda: count() or asked[0] >= moment)  # noqa: B023
        assert content(tmp_path) == {}


def test_an_exception_in_a_callback_leaves_nothing(source, card, tmp_path: Path) -> None:
    """Control-C arrives as an exception wherever Python happens to be."""
    job = SegmentJob(source=str(source), card=card, **outputs_in(tmp_path))
    for moment in (1, 5, 18):
        left = [moment]

        def progress(percent: float) -> None:
            left[0] -= 1  # noqa: B023
            if left[0] == 0:  # noqa: B023
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(job, progress=progress)
        assert content(tmp_path) == {}


@pytest.mark.parametrize("moment", [1, 2, 7])
@pytest.mark.timeout(60)
def test_an_exception_in_a_worker_ends_the_run(
    moment: int, source, card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a worker is not swallowed, does not hang, and leaves nothing."""
    original, left = View.prepare, [moment]

    def prepare(self: View, *arguments: Any, **placed: int) -> np.ndarray:
        left[0] -= 1
        if left[0] == 0:
            raise MemoryError("no memory for this tile")
        return original(self, *arguments, **placed)

    monkeypatch.setattr(View, "prepare", prepare)
    job = SegmentJob(source=str(source), card=card, threads=3, **outputs_in(tmp_path))
    with pytest.raises(MemoryError, match="this tile"):
        run(job)
    assert content(tmp_path) == {}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("geosift")]


def _require_whole(folder: Path) -> None:
    """Whatever has a final name can be read to the end."""
    for name in ("out.tif", "sure.tif"):
        if (folder / name).exists():
            assert validate(str(folder / name), full_check=True)[:2] == ([], [])
            with rasterio.open(folder / name) as made:
                made.read()
    if (folder / "out.gpkg").exists():
        dataset = ogr.Open(str(folder / "out.gpkg"))
        assert dataset.ExecuteSQL("PRAGMA integrity_check").GetNextFeature().GetField(0) == "ok"
        assert dataset.GetLayer(0).GetFeatureCount() > 0
    if (folder / "out.json").exists():
        json.loads((folder / "out.json").read_text())


@pytest.mark.parametrize(
    "moment",
    [{"die_at_percent": 0.1}, {"die_at_percent": 60}, {"die_at_percent": 94}]
    + [{"die_at_rename": number} for number in range(1, 6)],
    ids=lambda moment: "-".join(map(str, *moment.items())),
)
def test_killed_at_a_moment_no_file_looks_finished(
    moment, source, card, tmp_path: Path, plain_environment
) -> None:
    outputs = outputs_in(tmp_path)
    process = python(plain_environment, DYING_RUN, request_of(source, card, tmp_path, **moment))
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, complaint
    left = {path.name for path in tmp_path.iterdir()}
    assert any(name.startswith(".") for name in left)
    if "die_at_percent" in moment:
        assert all(name.startswith(".") for name in left)
    _require_whole(tmp_path)
    result = run(SegmentJob(source=str(source), card=card, **outputs))
    assert result.output == outputs["output"]
    _require_whole(tmp_path)


def test_killed_at_random_the_old_files_are_whole_or_replaced_whole(
    card, tmp_path: Path, plain_environment
) -> None:
    source = write(tmp_path / "in.tif", patches(3, 900, 1100))
    out = tmp_path / "out"
    out.mkdir()
    job = SegmentJob(source=str(source), card=card, **outputs_in(out))
    run(job)
    before = content(out)
    pixels = {name: rasterio.open(out / name).read() for name in ("out.tif", "sure.tif")}
    options = {"source": source, "card": card.path.with_suffix(".json"), **outputs_in(out)}
    chosen = random.Random(7)
    killed = 0
    for _ in range(4):
        process = python(plain_environment, "-m", "geosift.inference", *as_arguments(options))
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if any(path.name.startswith(".out.tif") for path in out.iterdir()):
                time.sleep(chosen.uniform(0.0, 0.6))
                process.kill()
                break
            time.sleep(0.01)
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        _require_whole(out)
        for name, expected in pixels.items():
            with rasterio.open(out / name) as made:
                np.testing.assert_array_equal(made.read(), expected)
        assert {name for name in content(out) if not name.startswith(".")} == set(before)
    assert killed >= 1


def test_interrupted_at_the_keyboard_nothing_is_left(
    card, tmp_path: Path, plain_environment
) -> None:
    source = write(tmp_path / "in.tif", patches(3, 1500, 1500))
    out = tmp_path / "out"
    out.mkdir()
    options = {"source": source, "card": card.path.with_suffix(".json"), **outputs_in(out)}
    process = python(plain_environment, "-m", "geosift.inference", *as_arguments(options))
    deadline = time.monotonic() + 60
    while not list(out.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    printed, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaint == "geosift: Cancelled; nothing was written.\n"
    assert printed == ""
    assert content(out) == {}


def test_what_cannot_be_overwritten_is_left_alone(source, card, tmp_path: Path) -> None:
    """The second output is a folder: neither the first one nor its old version is touched."""
    outputs = outputs_in(tmp_path)
    run(SegmentJob(source=str(source), card=card, **outputs))
    before = content(tmp_path)
    outputs["report"] = tmp_path / "taken.json"
    outputs["report"].mkdir()
    with pytest.raises(errors.OutputError, match="it is a folder"):
        run(SegmentJob(source=str(source), card=replace(card, id="other"), **outputs))
    assert content(tmp_path) == before
    assert content(outputs["report"]) == {}
