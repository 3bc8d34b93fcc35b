# SPDX-License-Identifier: GPL-2.0-or-later
"""A memory limit bounds what a run uses, and what computes is what was chosen, if it can."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geosift.inference import SegmentJob, run
from geosift.inference.__main__ import main
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import InputError, ModelError
from geosift.inference.network import onnx_file, providers
from geosift.inference.network.machine import PROCESSOR, Machine, machine, use
from geosift.inference.network.memory import needed_bytes, share_of

OTHER = "CUDAExecutionProvider"


@pytest.fixture(autouse=True)
def everything_allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(providers, "_REFUSED", {})
    yield
    use(Machine())


@pytest.fixture(scope="module")
def landcover() -> ModelCard:
    return Catalog().find("landcover")


def test_without_a_limit_every_core_has_a_worker_and_tiles_are_the_cards(
    landcover: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    share = share_of(landcover, None)
    assert (share.card, share.workers, share.threads_per_call) == (landcover, 12, 1)
    assert share_of(landcover, 3).workers == 3


@given(limit=st.integers(150, 20_000), threads=st.integers(1, 64))
def test_what_is_chosen_fits_and_nothing_faster_would(limit: int, threads: int) -> None:
    landcover = Catalog().find("landcover")
    use(Machine(memory_mb=limit))
    try:
        share = share_of(landcover, threads)
    except InputError:
        smallest = replace(landcover, tile=4 * landcover.blend.halo)
        assert needed_bytes(smallest, 1) > limit * 1e6
        return
    assert needed_bytes(share.card, share.workers) <= limit * 1e6
    assert 1 <= share.workers <= threads
    assert share.workers * share.threads_per_call <= threads
    assert share.card.tile <= landcover.tile
    assert share.card.tile == landcover.tile or share.card.tile % landcover.stride_multiple == 0
    if share.workers < threads:
        assert needed_bytes(share.card, share.workers + 1) > limit * 1e6


def test_tiles_of_one_size_alone_leave_fewer_workers(landcover: ModelCard) -> None:
    card = replace(landcover, fixed_tile=True)
    one, two = needed_bytes(card, 1), needed_bytes(card, 2)
    use(Machine(memory_mb=int((one + two) / 2 / 1e6)))
    share = share_of(card, 4)
    assert (share.card, share.workers, share.threads_per_call) == (card, 1, 4)


def test_a_scene_classification_keeps_its_tile() -> None:
    card = Catalog().find("eurosat-cnn")
    use(Machine(memory_mb=int(needed_bytes(card, 3) / 1e6) + 1))
    share = share_of(card, 8)
    assert (share.card, share.workers, share.threads_per_call) == (card, 3, 2)


def test_a_limit_below_the_least_is_told(landcover: ModelCard) -> None:
    use(Machine(memory_mb=100))
    with pytest.raises(InputError, match=r"about .* MB at least, and the memory limit is 100"):
        share_of(landcover, 2)
    with pytest.raises(InputError, match="megabytes, at least 1"):
        Machine(memory_mb=0)


_RUN = """
import json, sys
import cv2, onnxruntime, rasterio
from pathlib import Path
from geosift.inference import SegmentJob, run
from geosift.inference.cards.catalog import Catalog
from geosift.inference.network.machine import Machine, use

def peak():  # of this program alone: getrusage counts what the parent had at the fork
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6

scene, limit = Path(sys.argv[1]), int(sys.argv[2])
use(Machine(memory_mb=limit or None))
before = peak()
job = SegmentJob(str(scene), Catalog().find("landcover"), scene.with_name("out.tif"), threads=2)
print(json.dumps([run(job).engine, peak() - before]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts memory as Linux does")
@pytest.mark.parametrize("limit", [250, 400])
def test_a_limited_run_stays_within_its_limit(limit: int, tmp_path: Path) -> None:
    """Without a limit the same run adds nearly 500 MB."""
    scene = tmp_path / "scene.tif"
    pixels = np.random.default_rng(1).integers(0, 255, (3, 2500, 2500), np.uint8)
    profile = {"driver": "GTiff", "width": 2500, "height": 2500, "count": 3, "dtype": "uint8"}
    with rasterio.open(scene, "w", tiled=True, **profile) as target:
        target.write(pixels)
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(scene), str(limit)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    engine, added = json.loads(done.stdout.splitlines()[-1])
    assert engine.startswith("CPU, ")
    assert 50 < added <= limit


def small_job(tmp_path: Path) -> SegmentJob:
    card = networks.smooth(tmp_path, tile=64, halo=16, ring=8, fade=8)
    scene = tmp_path / "in.tif"
    profile = {"driver": "GTiff", "width": 70, "height": 70, "count": 3, "dtype": "uint8"}
    where = {"crs": "EPSG:32631", "transform": rasterio.Affine(1, 0, 5e5, 0, -1, 5e6)}
    with rasterio.open(scene, "w", **profile, **where) as target:
        target.write(np.full((3, 70, 70), 90, np.uint8))
    return SegmentJob(str(scene), card, tmp_path / "out.tif", threads=2)


def test_the_processor_is_always_offered_and_is_the_default() -> None:
    assert providers.offered()[0] == PROCESSOR
    assert machine() == Machine()
    assert (providers.in_use(), providers.in_words(), providers.trouble()) == (PROCESSOR, "CPU", "")


def test_what_onnxruntime_lacks_is_told_and_the_processor_computes(tmp_path: Path) -> None:
    use(Machine(engine="DmlExecutionProvider"))
    told: list[str] = []
    result = run(small_job(tmp_path), message=told.append)
    assert result.engine.startswith("CPU, 2 workers")
    words = "DirectML cannot run the network (the installed onnxruntime does not have it), so"
    assert told[-1].startswith(words)
    assert list(result.warnings) == told


class Sessions:
    """onnxruntime with a second provider, which fails, leaves silently, or computes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, how: str) -> None:
        self.asked: list[Sequence[str]] = []
        self._how, self._real = how, onnx_file.onnxruntime.InferenceSession
        monkeypatch.setattr(
            onnx_file.onnxruntime, "get_available_providers", lambda: [OTHER, PROCESSOR]
        )
        monkeypatch.setattr(onnx_file.onnxruntime, "InferenceSession", self._session)
        self._session.__func__.get_providers = self._names

    def _session(self, path: str, *, sess_options: object, providers: Sequence[str]) -> object:
        self.asked.append(tuple(providers))
        if self._how == "fails" and OTHER in providers:
            raise RuntimeError("no device\nhere")
        return self._real(path, sess_options=sess_options, providers=[PROCESSOR])

    def _names(self, _session: object) -> list[str]:
        return [OTHER, PROCESSOR] if self._how == "computes" else [PROCESSOR]


@pytest.mark.parametrize(
    ("how", "reason"),
    [("fails", "(no device here)"), ("leaves", "(its libraries or its device are missing)")],
)
def test_a_provider_that_cannot_is_told_once_a_run(
    how: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(monkeypatch, how=how)
    use(Machine(engine=OTHER))
    told: list[str] = []
    result = run(small_job(tmp_path), message=told.append)
    assert result.engine.startswith("CPU, ")
    assert [reason in each for each in told] == [True]


def test_a_provider_that_can_is_named_and_has_one_copy_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(monkeypatch, how="computes")
    use(Machine(engine=OTHER))
    result = run(small_job(tmp_path))
    assert result.engine.startswith("NVIDIA CUDA, 2 workers")
    assert sessions.asked == [(OTHER, PROCESSOR)]
    assert result.warnings == ()


def test_a_broken_file_is_no_fault_of_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(monkeypatch, how="fails")
    use(Machine(engine=OTHER))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    with pytest.raises(ModelError):
        onnx_file.OnnxFile(broken, called="broken", callers=1, threads_per_call=1)
    assert providers.trouble() == ""


def test_the_command_line_has_the_same_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = small_job(tmp_path)
    words = ["segment", job.source, str(job.output), "--model", str(job.card.path)]
    assert main([*words, "--memory", "20"]) == 1
    assert "the memory limit is 20 MB" in capsys.readouterr().err
    assert main([*words, "--memory", "-1"]) == 1
    assert "megabytes, at least 1, not -1" in capsys.readouterr().err
    assert main([*words, "--engine", "NoSuch"]) == 0
    told = capsys.readouterr()
    assert "NoSuch cannot run the network" in told.err + told.out
    assert main(words) == 0
    assert machine() == Machine()
