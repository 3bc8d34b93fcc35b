# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""What stands between a training and what ships: measuring, the gate, the card."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("cv2", reason="training needs OpenCV")
pytest.importorskip("onnx", reason="training needs onnx")

from real_data import real_folders
from training_data import RECIPE, TINY, recipe, write_data

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.patch_features import PATCH
from geosift.training import __main__ as command_line
from geosift.training.data.crops import Sampler
from geosift.training.data.dubai import load_tile
from geosift.training.data.fields import load_fields
from geosift.training.data.labelled_scene import Scene
from geosift.training.data.land_cover import CLASSES
from geosift.training.errors import DataError, GateError
from geosift.training.gate import Gate
from geosift.training.landcover import export
from geosift.training.landcover.card_metrics import marks, marks_of
from geosift.training.landcover.config import load_landcover
from geosift.training.landcover.train import new_run
from geosift.training.leak import require_unseen
from geosift.training.picture_statistics import feature_statistics

GOOD = {
    "float": {"mean_iou": 0.640},
    "int8": {"mean_iou": 0.638},
    "argmax_agreement": 0.992,
}


OPEN = Gate(figure="mean_iou", least_agreement=0.0, largest_loss=1.0, largest_file=3_000_000)
"""Lets networks of random weights pass."""


@pytest.fixture
def trained(tmp_path: Path) -> list[str]:
    """Arguments of `export` for a network of random weights."""
    data, path = write_data(tmp_path / "data"), recipe(tmp_path, TINY)
    config, out = load_landcover(path), tmp_path / "out"
    out.mkdir()
    run = new_run(config, data, Sampler([load_tile(data, 1)], [], config))
    torch.save(run.average.state_dict(), out / "float_best.pt")
    (out / "float_best.json").write_text('{"step": 0}', encoding="utf-8")
    arguments = ["landcover", "--data", str(data), "--config", str(path), "--out", str(out)]
    return [*arguments, "--models", str(tmp_path / "models")]


def test_export_writes_a_card_that_fits_its_network(
    trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "GATE", OPEN)
    assert command_line.main(["export", *trained, "--remark", "Of random weights."]) == 0
    card = ModelCard.load(tmp_path / "models" / "landcover.json")
    card.verify()
    assert [c.name for c in card.classes] == [land.name for land in CLASSES]
    metrics = card.metrics
    assert np.sum(metrics["int8"]["confusion"]) == 144 * 144
    assert set(metrics["views"]) == {"command", "4", "8"}
    assert "--model landcover" in metrics["command"]
    assert metrics["elsewhere"]["sample"]["command"].endswith("--data resources/sample")
    assert "Of random weights." in card.training["recipe"]
    assert set(card.statistics["features"]) >= {"brightness", "sharpness", "greenness"}
    names = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert names == ["landcover.json", "landcover.onnx"]


def test_a_network_that_8_bits_change_is_refused_and_the_old_one_stays(
    trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(export, "GATE", replace(OPEN, least_agreement=1.01))
    assert command_line.main(["export", *trained]) == 1
    error = capsys.readouterr().err
    assert "was not exported: 8 bits leave" in error and error.count("\n") == 1
    assert not (tmp_path / "models").exists()
    assert (tmp_path / "out" / "candidate" / "landcover.onnx").exists()


def test_a_disk_that_fills_leaves_the_old_network(
    trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The card is the second file that is copied: the network before it must not stay, either."""
    monkeypatch.setattr(export, "GATE", OPEN)
    copies: list[object] = []

    def copy(source: Path, target: Path) -> None:
        copies.append(source)
        if len(copies) == 2:
            raise OSError(28, "No space left on device")
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(shutil, "copyfile", copy)
    assert command_line.main(["export", *trained]) == 1
    assert "landcover.json cannot be written" in capsys.readouterr().err
    assert list((tmp_path / "models").iterdir()) == []


def test_export_before_training_is_told_in_a_sentence(
    trained: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "float_best.json").unlink()
    assert command_line.main(["export", *trained]) == 1
    assert "run the train command first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, size, old, word",
    [
        ({"argmax_agreement": 0.98}, 10, {}, "98.00%"),
        ({"int8": {"mean_iou": 0.634}}, 10, {}, "from 0.6400 to 0.6340"),
        ({}, 3_000_001, {}, "3,000,001 bytes"),
        ({}, 10, {"validation": 0.641, "sample": 0.7}, "validation 0.6410, sample 0.7000"),
    ],
)
def test_the_gate_names_the_figure(
    change: dict[str, object], size: int, old: dict[str, float], word: str
) -> None:
    own = {"validation": 0.640, "sample": 0.7}
    export.GATE.require(GOOD, size=10, marks=own, incumbent={"validation": 0.642, "sample": 0.698})
    with pytest.raises(GateError, match=word):
        export.GATE.require({**GOOD, **change}, size=size, marks=own, incumbent=old)


def test_marks_taken_from_a_card_are_those_measured(
    trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "GATE", OPEN)
    assert command_line.main(["export", *trained]) == 0
    card = ModelCard.load(tmp_path / "models" / "landcover.json")
    assert marks_of(card.metrics) == marks(card, tmp_path / "data")


def test_pixels_kept_for_measuring_are_not_trained_on() -> None:
    rng = np.random.default_rng(0)
    one, other = (
        Scene(name, rng.integers(0, 255, (96, 96, 3), dtype=np.uint8), np.zeros((96, 96), np.uint8))
        for name in ("one", "other")
    )
    require_unseen([one], [other])
    stolen = other.image.copy()
    stolen[32:64, 32:64] = one.image[:32, :32]
    with pytest.raises(DataError, match="pixels of it are in one"):
        require_unseen([one], [Scene("other", stolen, other.truth)])


@pytest.mark.parametrize("data", real_folders("dubai_landcover", "fields_cornbelt"))
def test_no_pixel_of_the_validation_tile_or_the_fields_held_out_is_in_the_recipe(
    data: Path,
) -> None:
    config = load_landcover(RECIPE)
    trained = [load_tile(data, tile) for tile in config.train_tiles]
    trained += load_fields(data, held_out=False)
    kept = [load_tile(data, config.validation_tile), *load_fields(data, held_out=True)]
    assert not {scene.name for scene in trained} & {scene.name for scene in kept}
    require_unseen(trained, kept)


def test_statistics_of_a_known_picture() -> None:
    """Left half black, right half pure green: brightness 0 and 150 (BT.601), no edge in a patch."""
    image = np.zeros((PATCH, 2 * PATCH, 3), np.uint8)
    image[:, PATCH:, 1] = 255
    found = feature_statistics([image])
    assert found["brightness"]["mean"] == pytest.approx(75, abs=0.6)
    assert found["greenness"]["p99"] == pytest.approx(510, rel=0.02)
    assert found["saturation"]["p1"] == pytest.approx(0, abs=3)
    assert found["contrast"]["mean"] == 0
