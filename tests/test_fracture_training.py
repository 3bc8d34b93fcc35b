# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""The task fractures: drawn scenes, crops, losses, both files, the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recipes import CONFIGS, assert_told, changed

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")
cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

import onnx
import onnxruntime

from geosift.inference.cards.card import ModelCard
from geosift.training import __main__ as command_line
from geosift.training.fractures import card_metrics, export
from geosift.training.fractures.augment import IGNORE, Sampler, cells, labels
from geosift.training.fractures.config import FractureConfig, Loss, load_fractures
from geosift.training.fractures.faces import Face
from geosift.training.fractures.losses import centre_line, fracture_loss
from geosift.training.fractures.network import FractureNet
from geosift.training.fractures.pool import held_out_seeds, scenes, training_seeds, unseen_seeds
from geosift.training.fractures.scaling import fitted, scale_head
from geosift.training.gate import Gate
from geosift.training.quantisation import calibrate, switch

RECIPE = CONFIGS / "fractures.toml"
DECODER = ((8, 8, 16), (8, 8, 16), (8, 8, 16), (8, 8, 8))
UNTURNED = np.array([[1.0, 0, 0], [0, 1, 0]])
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def config() -> FractureConfig:
    """The shipped recipe, made small."""
    recipe = load_fractures(RECIPE)
    return replace(
        recipe,
        device="cpu",
        architecture=replace(recipe.architecture, decoder=DECODER),
        batch=replace(recipe.batch, crops=2, crop=64),
    )


@pytest.fixture(scope="module")
def crossed() -> Face:
    """A dark cross on grey noise."""
    rng = np.random.default_rng(2)
    truth = np.zeros((128, 128), np.uint8)
    truth[60:64] = truth[:, 30:34] = 1
    image = rng.integers(120, 140, (128, 128, 3)) - 90 * truth[..., None]
    return Face("crossed", np.uint8(image), truth)


def test_a_batch_is_a_function_of_its_step(crossed: Face, config: FractureConfig) -> None:
    first, again, other = (Sampler([crossed], config).batch(step) for step in (7, 7, 8))
    for one, two in zip(first, again):
        np.testing.assert_array_equal(one, two)
    assert first[0].shape == (2, 64, 64, 3) and first[1].shape == (2, 32, 32)
    assert (first[0] != other[0]).any()
    assert set(np.unique(first[1])) <= {0, 1, IGNORE}


def test_a_crop_shows_the_line_where_its_truth_is(crossed: Face) -> None:
    """Unturned and as large as it is: each cell is the share of fracture among its 2x2 pixels."""
    exact = crossed.truth.reshape(64, 2, 64, 2).mean(axis=(1, 3))
    cover = cells(crossed.truth, UNTURNED, 128) / 255
    assert np.abs(cover - exact).max() < 0.35
    np.testing.assert_array_equal(labels(np.uint8(cover * 255)) == 1, exact > 0)


@pytest.mark.parametrize("width, shrink", [(2, 1.0), (2, 2.0), (3, 2.0), (6, 2.0), (2, 0.5)])
def test_thin_lines_survive_being_shrunk(width: int, shrink: float) -> None:
    truth = np.zeros((128, 128), np.uint8)
    truth[:, 9 : 9 + width] = 1
    matrix = UNTURNED * [[shrink, shrink, 1]]
    cell = labels(cells(truth, matrix, 32))
    assert (cell == 1).any(axis=1).all(), "every row of cells should hold the line"
    assert (cell == 1).mean() < 0.5


def test_the_truth_is_the_sharpest_answer_for_the_loss() -> None:
    truth = torch.zeros(1, 24, 24, dtype=torch.long)
    truth[:, 10:13] = 1
    truth[:, 9] = truth[:, 13] = IGNORE
    right = torch.where(truth == 1, 9.0, -9.0)[:, None]
    nothing, all_of_it = torch.full_like(right, -9.0), torch.full_like(right, 9.0)
    shifted = right.roll(6, dims=2)
    for how in (Loss(3.0, 0.0, 0.0), Loss(3.0, 1.0, 0.0), Loss(3.0, 1.0, 0.5)):
        losses = [float(fracture_loss(x, truth, how)) for x in (right, nothing, all_of_it, shifted)]
        assert losses[0] < 0.05 < min(losses[1:])
    unsure = right.clone()
    unsure[0, 0, 9] = unsure[0, 0, 13] = 9.0
    how = Loss(3.0, 1.0, 0.5)
    assert float(fracture_loss(unsure, truth, how)) < 0.05, "rims should count nowhere"


def test_no_crop_with_a_fracture_is_no_trouble() -> None:
    logits = torch.zeros(2, 1, 8, 8, requires_grad=True)
    for value in (0, IGNORE):
        loss = fracture_loss(logits, torch.full((2, 8, 8), value), Loss(3.0, 1.0, 0.5))
        loss.backward()
        assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()


def test_a_centre_line_is_thin_and_lies_inside() -> None:
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 10:17, :] = 1.0
    line = centre_line(mask)
    assert line[0, 0, 13].min() > 0.9 and line[0, 0, :10].max() == 0
    assert (line > 0.5).sum() <= 2 * 32


def test_seeds_never_meet() -> None:
    train = training_seeds(100_000, seed=1)
    assert not set(held_out_seeds(1000)) & set(unseen_seeds(1000))
    assert train[0] > max(unseen_seeds(1000))


def test_scenes_are_drawn_once(tmp_path: Path) -> None:
    told: list[str] = []
    first = scenes([5, 6], size=96, folder=tmp_path, say=told.append)
    again = scenes([6], size=96, folder=tmp_path, say=told.append)
    assert len(told) == 1 and "drawing 2 scenes" in told[0]
    np.testing.assert_array_equal(again[0].image, first[1].image)
    assert first[0].image.shape == (96, 96, 3) and set(np.unique(first[0].truth)) <= {0, 1}


def lively_net() -> FractureNet:
    """A small network whose norms have seen something, folded."""
    torch.manual_seed(1)
    net = FractureNet(DECODER).train()
    for _ in range(3):
        net(torch.rand(2, 3, 64, 64) * 255)
    return net.eval().folded()


@pytest.mark.parametrize("quantised", [False, True])
def test_the_file_answers_as_the_network_does(tmp_path: Path, quantised: bool) -> None:
    net = lively_net()
    image = torch.randint(0, 256, (1, 3, 128, 160)).float()
    if quantised:
        calibrate(net, [image])
        switch(net, on=True)
    onnx.save(export.drawn(net, quantised=quantised), tmp_path / "f.onnx")
    with torch.no_grad():
        wanted = net(image).numpy()
    session = onnxruntime.InferenceSession(str(tmp_path / "f.onnx"))
    (found,) = session.run(["logits"], {"image": image.numpy().astype(np.uint8)})
    assert found.shape == wanted.shape == (1, 1, 64, 80)
    assert np.abs(found - wanted).mean() < (0.02 * np.ptp(wanted) if quantised else 1e-4)


@pytest.mark.parametrize(
    "old, new, word",
    [
        ("crop = 384", "crop = 100", "batch.crop"),
        ("halves_share = 0.2", "halves_share = 2.0", "batch.halves_share"),
        ("fracture_weight = 2.0", "fracture_weight = 0.0", "loss.fracture_weight"),
        ("size = 768", "size = 8", "scenes.size"),
        ("seed = 3", "seed = 0", "seed"),
        ("shadow = 0.25", "shadow = -1.0", "photograph.shadow"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert_told(load_fractures, "fractures", tmp_path, (old, new), word)


def tiny_recipe(path: Path) -> Path:
    """The shipped recipe made small."""
    recipe = load_fractures(RECIPE)
    pieces = {
        f"float = {recipe.steps.float}": "float = 4",
        f"quantised = {recipe.steps.quantised} ": "quantised = 2 ",
        f"evaluate_every = {recipe.steps.evaluate_every}": "evaluate_every = 4",
        f"checkpoint_every = {recipe.steps.checkpoint_every}": "checkpoint_every = 2",
        f"train = {recipe.scenes.train}": "train = 3",
        f"held_out = {recipe.scenes.held_out}": "held_out = 2",
        f"size = {recipe.scenes.size}": "size = 128",
        f"crops = {recipe.batch.crops}": "crops = 2",
        f"crop = {recipe.batch.crop}": "crop = 64",
        str([list(level) for level in recipe.architecture.decoder]): str(
            [list(level) for level in DECODER]
        ),
    }
    return changed("fractures", path, pieces)


def write_start(folder: Path) -> None:
    """Weights of the form of the pretrained encoder's."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    arrays: dict[str, np.ndarray] = {}
    for number, unit in enumerate(FractureNet(DECODER).encoder_units()):
        arrays[f"layer{number:02d}.weight"] = unit.conv.weight.detach().numpy()
        arrays[f"layer{number:02d}.bias"] = np.zeros(len(unit.conv.weight), np.float32)
    np.savez(folder / "mobilenet_v2_imagenet.npz", **arrays)


def write_faces(folder: Path, face: Face, *names: str) -> None:
    folder.mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(folder / f"{name}.jpg"), face.image[..., ::-1])
        cv2.imwrite(str(folder / f"{name}_mask.png"), face.truth * 255)


@pytest.fixture
def root(tmp_path: Path, crossed: Face) -> Path:
    write_start(tmp_path / "data" / "weights")
    write_faces(tmp_path / "data" / "rock_fractures", crossed, "01")
    tiny_recipe(tmp_path / "recipe.toml")
    return tmp_path


def run_command(verb: str, root: Path, *options: str) -> int:
    common = ["fractures", "--data", str(root / "data"), "--config", str(root / "recipe.toml")]
    return command_line.main([verb, *common, "--out", str(root / "out"), *options])


def test_a_killed_training_goes_on_as_if_nothing_had_happened(root: Path) -> None:
    run = root / "out"
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    through = torch.load(run / "float.pt", weights_only=True)
    for file in run.glob("*.*"):
        file.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sampler, "batch", _until(3))
        with pytest.raises(KeyboardInterrupt):
            run_command("train", root, "--stage", "float", "--threads", "1")
    assert torch.load(run / "float.pt", weights_only=True)["step"] == 2
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    resumed = torch.load(run / "float.pt", weights_only=True)
    assert resumed["step"] == through["step"] == 4
    for name, value in through["average"].items():
        torch.testing.assert_close(resumed["average"][name], value)


def _until(last: int):
    """`batch` that is interrupted at that step."""
    whole = Sampler.batch

    def batch(self: Sampler, step: int):
        if step >= last:
            raise KeyboardInterrupt
        return whole(self, step)

    return batch


def test_another_generator_begins_the_search_for_the_best_anew(root: Path) -> None:
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    state = torch.load(root / "out" / "float.pt", weights_only=True)
    assert state["step"] == 4 and state["best"] >= 0
    state["step"], state["best"] = 2, 7.0
    for is_other in (False, True):
        if is_other:
            state["notes"]["digest"] = state["notes"]["digest"] + 1
        torch.save(state, root / "out" / "float.pt")
        assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
        best = torch.load(root / "out" / "float.pt", weights_only=True)["best"]
        assert (best == 7.0) is not is_other


def test_photographs_are_watched_and_decide_nothing(root: Path) -> None:
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    kept = json.loads((root / "out" / "float_best.json").read_text(encoding="utf-8"))
    state = torch.load(root / "out" / "float.pt", weights_only=True)
    assert state["best"] == pytest.approx((kept["f1"] + kept["average_precision"]) / 2)
    assert "real_f1" in kept and (root / "out" / "watched" / "01.jpg").exists()


def test_what_is_exported_is_what_was_trained(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("train", root, "--threads", "1") == 0
    models = root / "models"
    figures = {"f1": 0.5, "average_precision": 0.4}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "GATE", Gate("f1", 0.1, 0.5, 10**7))
        patch.setattr(card_metrics, "_HEADS", tuple(figures))
        patch.setattr(card_metrics, "measure", lambda *_, **__: {**figures, "sato_f1": 0.1})
        assert run_command("export", root, "--models", str(models)) == 0, capsys.readouterr().err
    card = ModelCard.load(models / "fractures.json")
    card.verify()
    assert card.resolution_m is None and 0 <= card.threshold <= 1
    assert [(info.name, info.lines) for info in card.classes] == [
        ("Rock", False), ("Fracture", True)
    ]  # fmt: skip
    assert card.metrics["rock_faces"]["classical"] == {"sato_f1": 0.1}


def test_a_network_that_is_not_true_to_its_float_twin_stays_at_home(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    with pytest.MonkeyPatch.context() as patch:
        told = {"float": {"f1": 0.6}, "int8": {"f1": 0.58}, "argmax_agreement": 0.98}
        patch.setattr(export, "card_metrics", lambda *_, **__: told)
        assert run_command("export", root, "--models", str(root / "models")) == 1
    words = capsys.readouterr().err
    assert "98.00%" in words and "0.6000 to 0.5800" in words
    assert not (root / "models").exists()


def test_probabilities_are_made_right() -> None:
    rng = np.random.default_rng(5)
    right = rng.normal(-2, 2, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-right))
    slope, shift = fitted(4.0 * right + 7.0, truth)
    assert slope == pytest.approx(0.25, rel=0.1) and shift == pytest.approx(-1.75, rel=0.15)
    assert fitted(-right, truth) == (1.0, 0.0), "a network that knows nothing is left as it is"
    assert fitted(np.where(truth, 5.0, -5.0), truth)[0] > 1
    assert fitted(np.zeros(9), np.zeros(9, bool)) == (1.0, 0.0)


def test_scaled_probabilities_are_the_share_of_fracture(crossed: Face) -> None:
    net = lively_net()
    image = torch.from_numpy(crossed.image.transpose(2, 0, 1).copy())[None].float()
    with torch.no_grad():
        logits = net(image)[0, 0]
        on_lines = logits[torch.from_numpy(crossed.truth[::2, ::2] > 0)].mean()
        if on_lines < logits.mean():  # this network should know a little
            net.head.weight.neg_()
            net.head.bias.neg_()
        scale_head(net, [crossed])
        share = float(net(image).sigmoid().mean())
    assert share == pytest.approx(crossed.truth.mean(), abs=0.01)
