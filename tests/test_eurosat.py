# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""The task eurosat: packed tiles, batches, two networks and their teacher, export, evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from packed_tiles import made, pack
from recipes import CONFIGS, assert_told, changed
from training_data import write_encoder

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")
cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

import onnxruntime
from real_data import data_folder

from geosift.inference.cards.card import ModelCard
from geosift.training import __main__ as command_line
from geosift.training.data.eurosat import (
    CLASSES,
    SIDE,
    TRAINING,
    VALIDATION,
    Tiles,
    load_tiles,
    require_unseen,
)
from geosift.training.errors import DataError
from geosift.training.eurosat import export
from geosift.training.eurosat.augment import TileSampler, warped
from geosift.training.eurosat.config import EurosatConfig, TileAugment, load_eurosat
from geosift.training.eurosat.evaluate import NAMES, mosaic
from geosift.training.eurosat.networks import TEACHER, make_network
from geosift.training.eurosat.train import Fit, chances, new_run
from geosift.training.gate import Gate
from geosift.training.history import History
from geosift.training.onnx_writer import draw
from geosift.training.quantisation import calibrate, switch

RECIPES = ("eurosat-cnn", "eurosat-resnet18")
STILL = TileAugment(
    scale_octaves=0, turn=0, shift=0, gain=0, offset=0, gamma=0, paste_share=0
)  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with 40 tiles to train on, 20 kept, and an encoder of random weights."""
    folder = tmp_path / "data"
    write_encoder(folder / "weights", make_network(TEACHER).encoder_units())
    made(folder / TRAINING, 40, seed=1)
    made(folder / VALIDATION, 20, seed=2)
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The recipe of the small network, of two epochs."""
    changes = {
        "epochs = 9\nbatch = 64": "epochs = 1\nbatch = 8",
        "epochs = 8\nbatch = 128": "epochs = 2\nbatch = 8",
        "steps = 200\nbatch = 64": "steps = 2\nbatch = 8",
    }
    return changed("eurosat-cnn", tmp_path / "eurosat-cnn.toml", changes)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_valid_and_share_their_teacher(name: str) -> None:
    config = load_eurosat(CONFIGS / f"{name}.toml")
    assert config.id == name
    assert config.teacher == load_eurosat(CONFIGS / f"{RECIPES[0]}.toml").teacher
    assert make_network(config.student.network).head.out_channels == len(CLASSES)


@pytest.mark.parametrize(
    "old, new, word",
    [
        ('network = "cnn"', 'network = "vgg"', "one of cnn, resnet18, mobilenet-v2"),
        ("zoom = 2", "zoom = 9", "zoom should be 1, 2, 3 or 4"),
        ("hard_share = 0.5", "hard_share = 2", "hard_share should be between 0 and 1"),
        ("pretrained = true", "pretrained = 1", "should be true or false"),
        ("[quantised]", "[quantized]", r"a \[quantised\] section"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert_told(load_eurosat, "eurosat-cnn", tmp_path, (old, new), word)


def test_tiles_are_read_as_they_were_packed(tmp_path: Path) -> None:
    tiles = load_tiles(made(tmp_path / "a.npz", 12, seed=3))
    assert tiles.images.shape == (12, SIDE, SIDE, 3) and len(tiles.names) == 12
    np.testing.assert_array_equal(tiles.labels, np.arange(12) % 10)
    assert tiles.images.mean(axis=(1, 2, 3)) == pytest.approx(20 + 22 * tiles.labels, abs=3)


def test_red_is_the_first_band(tmp_path: Path) -> None:
    red = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    red[..., 0] = 200
    tiles = load_tiles(pack(tmp_path / "red.npz", ["River/River_1.jpg"], red))
    assert tiles.images[0].mean(axis=(0, 1)) == pytest.approx([200, 0, 0], abs=3)


def test_bad_packs_are_told(tmp_path: Path) -> None:
    image = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    cases = {
        "one of": pack(tmp_path / "class.npz", ["Desert/Desert_1.jpg"], image),
        "64 x 64 pixels, but is 32": pack(tmp_path / "s.npz", ["River/1.jpg"], image[:, ::2, ::2]),
        "names, offsets and jpeg": tmp_path / "none.npz",
    }
    (tmp_path / "text.npz").write_text("no zip", encoding="utf-8")
    np.savez(
        tmp_path / "cut.npz", names=np.array(["River/1.jpg"]), offsets=np.array([0, 9]),
        jpeg=np.zeros(5, np.uint8),
    )  # fmt: skip
    for words, path in (*cases.items(), ("names, offsets and jpeg", tmp_path / "text.npz"),
                        ("do not belong together", tmp_path / "cut.npz")):  # fmt: skip
        with pytest.raises(DataError, match=words):
            load_tiles(path)


def test_a_tile_kept_for_measuring_may_not_be_trained_on(tmp_path: Path) -> None:
    trained, kept = (load_tiles(made(tmp_path / f"{n}.npz", 10, seed=n)) for n in (1, 2))
    require_unseen(trained, kept)
    by_pixels = Tiles(trained.images[:1], trained.labels[:1], ("River/other.jpg",))
    by_name = Tiles(kept.images[:1], kept.labels[:1], trained.names[:1])
    for copy in (by_pixels, by_name):
        with pytest.raises(DataError, match="kept for measuring, but also trained on"):
            require_unseen(trained, copy)


@pytest.mark.parametrize("folder", [f for f in (data_folder(),) if f is not None])
def test_no_validation_tile_is_in_the_training_part(folder: Path) -> None:
    require_unseen(load_tiles(folder / TRAINING), load_tiles(folder / VALIDATION))


def test_without_jitter_a_tile_is_one_of_its_eight_symmetries() -> None:
    rng = np.random.default_rng(5)
    tile = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    turned = [np.rot90(tile, k) for k in range(4)]
    allowed = {t.tobytes() for t in turned} | {t[:, ::-1].tobytes() for t in turned}
    seen = {warped(rng, tile, SIDE, zoom=1, how=STILL).tobytes() for _ in range(60)}
    assert seen == allowed


def test_enlarged_tiles_keep_their_centre_and_parts_lie_inside() -> None:
    ramp = np.repeat(np.arange(SIDE, dtype=np.uint8)[None, :, None] * 4, SIDE, axis=0)
    tile = np.repeat(ramp, 3, axis=2)
    rng = np.random.default_rng(1)
    large = warped(rng, tile, SIDE, zoom=2, how=STILL)
    assert large.shape == (128, 128, 3)
    assert large.mean() == pytest.approx(tile.mean(), abs=0.6)
    means = [warped(rng, tile, 32, zoom=1, how=STILL).mean() for _ in range(50)]
    assert min(means) > 4 * 15 and max(means) < 4 * 48 and np.ptp(means) > 30


def config_of(tiny: Path, **changes: object) -> EurosatConfig:
    config = load_eurosat(tiny)
    return replace(config, student=replace(config.student, pretrained=False, **changes))


def test_an_epoch_sees_every_tile_once_and_hard_ones_more_often(data: Path, tiny: Path) -> None:
    stage = replace(config_of(tiny).student, augment=STILL, batch=4, epochs=50)
    sampler = TileSampler(load_tiles(data / TRAINING), stage, seed=3)
    epoch = np.concatenate([sampler.batch(step).numbers for step in range(10)])
    np.testing.assert_array_equal(np.sort(epoch), np.arange(40))
    sampler.hardness[7] = 1.0
    seen = np.concatenate([sampler.batch(step).numbers for step in range(500)])
    counts = np.bincount(seen, minlength=40)
    assert counts[7] > 1.7 * np.delete(counts, 7).mean()
    again = sampler.batch(17)
    np.testing.assert_array_equal(again.images, sampler.batch(17).images)


def test_pasted_tiles_share_their_classes(data: Path, tiny: Path) -> None:
    stage = replace(config_of(tiny).student, augment=replace(STILL, paste_share=1.0), batch=20)
    batch = TileSampler(load_tiles(data / TRAINING), stage, seed=3).batch(0)
    np.testing.assert_allclose(batch.shares.sum(axis=1), 1, atol=1e-6)
    for image, shares in zip(batch.images, batch.shares):  # greys tell the classes
        grey = np.rint((image.mean(axis=2) - 20) / 22).astype(int)
        found = np.bincount(np.clip(grey, 0, 9).ravel(), minlength=10) / grey.size
        np.testing.assert_allclose(found, shares, atol=0.05)


@pytest.mark.parametrize("name", ["cnn", "resnet18"])
def test_the_file_computes_what_the_network_does(name: str) -> None:
    torch.manual_seed(1)
    net = make_network(name)
    images = torch.randint(0, 256, (6, 3, SIDE, SIDE)).float()
    net.train()(images)  # so that the norms have statistics
    net = net.folded()
    for quantised in (False, True):
        if quantised:
            calibrate(net, [images])
            switch(net, on=True)
        model = draw(net, "test", sides=(SIDE, SIDE), answer=(10,), quantised=quantised)
        session = onnxruntime.InferenceSession(model.SerializeToString())
        given = session.run(None, {"image": images.numpy().astype(np.uint8)})[0]
        with torch.no_grad():
            wanted = net(images).numpy()
        assert given.shape == (6, 10)
        worst = np.abs(given - wanted).max() / wanted.std()
        assert worst < (0.25 if quantised else 1e-3)


def test_a_resumed_run_equals_an_uninterrupted_one(data: Path, tiny: Path, tmp_path: Path) -> None:
    config, tiles = config_of(tiny), load_tiles(data / TRAINING)
    validation, outs = load_tiles(data / VALIDATION), (tmp_path / "whole", tmp_path / "parted")
    for out, limits in ((outs[0], (2,)), (outs[1], (1, 2))):
        for epochs in limits:  # the first is stopped after an epoch of two
            sampler = TileSampler(tiles, config.student, seed=1)
            run = new_run(config.student, sampler, data=data, seed=1, device="cpu")
            fit = Fit("float", run, sampler, None, validation, out, History(out))
            if epochs == 1:
                fit._epoch(lambda step: None)
                run.save(out / "float.pt")
            else:
                fit.train()
    one, other = (torch.load(out / "float.pt", weights_only=True) for out in outs)
    assert one["step"] == other["step"] == 10
    for name, value in one["average"].items():
        torch.testing.assert_close(other["average"][name], value, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(one["notes"]["hardness"], other["notes"]["hardness"])


def test_train_export_evaluate(
    data: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The three commands, one after the other, on tiles that a few steps suffice to tell apart."""
    open_gate = Gate(figure="accuracy", least_agreement=0, largest_loss=1, largest_file=10**9)
    monkeypatch.setattr(export, "gate", lambda config: open_gate)
    out, models = tmp_path / "out" / "cnn", tmp_path / "models"
    common = ["eurosat", "--data", str(data), "--config", str(tiny), "--out", str(out)]
    assert command_line.main(["train", *common]) == 0
    assert (out / "history.png").exists() and (out.parent / "eurosat-teacher" / "done").exists()
    assert command_line.main(["export", *common, "--models", str(models), "--remark", "Tiny."]) == 0
    card = ModelCard.load(models / "eurosat-cnn.json")
    card.verify()
    assert card.kind == "classification" and card.class_names == dict(enumerate(NAMES))
    assert np.sum(card.metrics["int8"]["confusion"]) == 20
    assert card.metrics["speed"]["tiles_per_second"] > 0 and "Tiny." in card.training["recipe"]
    assert card.bytes < 1_300_000
    found, page = tmp_path / "found.json", tmp_path / "page.html"
    asked = ["--model", str(models / "eurosat-cnn.onnx"), "--data", str(data / VALIDATION)]
    written = ["--json", str(found), "--report", str(page)]
    assert command_line.main(["evaluate", "eurosat", *asked, *written]) == 0
    figures = json.loads(found.read_text(encoding="utf-8"))
    assert figures["accuracy"] == card.metrics["int8"]["accuracy"] and figures["tiles"] == 20
    assert {"macro_f1", "macro_precision", "macro_recall", "f1_river"} <= set(figures)
    assert "taken for" in page.read_text(encoding="utf-8")
    assert command_line.main(["evaluate", "eurosat", "--model", "landcover", *asked[2:]]) == 1
    assert "give one that knows EuroSAT's ten" in capsys.readouterr().err


def test_the_mosaic_keeps_every_tile_at_its_place() -> None:
    images = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 3), dtype=np.uint8)
    whole = mosaic(images)
    assert whole.shape == (16, 512, 3)
    np.testing.assert_array_equal(whole[8:16, 40:48], images[69])
    np.testing.assert_array_equal(whole[:8, 24:32], images[3])


def test_another_teacher_is_not_taken_for_this_recipe_s(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "eurosat-teacher"
    folder.mkdir()
    (folder / "stage.json").write_text("{}", encoding="utf-8")
    out = ["--config", str(tiny), "--out", str(tmp_path / "cnn")]
    assert command_line.main(["train", "eurosat", "--data", str(data), *out]) == 1
    assert "was trained by another recipe" in capsys.readouterr().err


def test_chances_are_those_of_enlarged_tiles(data: Path) -> None:
    tiles = load_tiles(data / VALIDATION)
    found = chances(make_network("cnn"), tiles, zoom=2)
    assert found.shape == (20, 10)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
