# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""The laws of the training code, on scenes of a few pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")
cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")
onnx = pytest.importorskip("onnx", reason="training needs onnx")
pytest.importorskip("onnxruntime", reason="training needs onnxruntime")

from recipes import assert_told
from training_data import DECODER, RECIPE, TINY, recipe, write_data

from geosift.training import __main__ as command_line
from geosift.training.batches import to_tensors
from geosift.training.class_weights import class_weights
from geosift.training.data.crops import Sampler
from geosift.training.data.dubai import load_tile
from geosift.training.data.fields import load_fields
from geosift.training.data.labelled_scene import Scene
from geosift.training.data.land_cover import CLASSES, IGNORE, OPEN_GROUND, decode_mask
from geosift.training.errors import ConfigError, DataError
from geosift.training.history import History
from geosift.training.landcover.config import load_landcover
from geosift.training.landcover.export import drawn
from geosift.training.landcover.looks import agreement, classify, confusion, scores
from geosift.training.landcover.network import MobileNetUNet
from geosift.training.landcover.quantise import folded, new_quantised_run
from geosift.training.landcover.train import new_run, train_float
from geosift.training.quantisation import calibrate, follow, switch
from geosift.training.schedule import one_cycle
from geosift.training.segmentation_loss import open_ground_loss, segmentation_loss

torch.set_num_threads(1)  # networks this small only wait for each other on more
cv2.setNumThreads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two tiny tiles and an encoder of random weights."""
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def folded_net() -> MobileNetUNet:
    """A network with lively batch norms, folded."""
    torch.manual_seed(3)
    net = MobileNetUNet(5, DECODER).train()
    for _ in range(3):
        net(torch.rand(2, 3, 64, 64) * 255)
    for unit in net.eval().conv_units():
        unit.fold()
    return net


def test_recipe_is_valid() -> None:
    config = load_landcover(RECIPE)
    assert config.validation_tile == 3 and 3 not in config.train_tiles
    assert config.batch.generated_share <= 0.3  # a minor share


@pytest.mark.parametrize(
    "old, new, word",
    [
        ("crop = 384", "crop = 100", "multiple of 32"),
        ("crop = 384", "crop = '384'", "batch.crop"),
        ("validation_tile = 3", "validation_tile = 4", "not trained on"),
        ("train_tiles = [1, 2, 4, 5, 8]", "train_tiles = []", "at least one"),
        ("ema = 0.998", "ema = 1.0", "below 1"),
        ("seed = 7", "sede = 7", "sede"),
        ("dice = 1.5\n", "", "dice"),
        ("[augment]", "[augmentation]", "augment"),
        ("seed = 7", "seed = = 7", "TOML"),
        ("train_tiles = [1, 2, 4, 5, 8]", "train_tiles = 4", "train_tiles should be a list"),
        ("[[augment.sensors]]", "[[augment.eyes]]", "lacks .'sensors'."),
        ('device = "auto"', "device = 1", "device should be text"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert_told(load_landcover, "landcover", tmp_path, (old, new), word)


def test_a_recipe_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml.*check --config"):
        load_landcover(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"binary\.toml is not valid TOML"):
        load_landcover(tmp_path / "binary.toml")


def test_command_line_tells_a_wrong_data_folder_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command_line.main(
        ["train", "landcover", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    )
    lines = capsys.readouterr().err.strip().splitlines()
    assert status == 1 and len(lines) == 1 and "--data" in lines[0]


def test_command_line_refuses_no_threads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert command_line.main(["train", "landcover", *folders, "--threads", "0"]) == 1
    assert "--threads is 1 or more" in capsys.readouterr().err


def test_mask_colours_decode() -> None:
    colours = [land.mask_rgb for land in CLASSES] + [(0x9B, 0x9B, 0x9B), (0, 0, 0)]
    assert decode_mask(np.array([colours], dtype=np.uint8)).tolist() == [
        [0, 1, 2, 3, 4, IGNORE, IGNORE]
    ]
    with pytest.raises(DataError, match=r"\[1, 2, 3\]"):
        decode_mask(np.array([[(1, 2, 3)]], dtype=np.uint8))


def test_tile_is_joined_row_by_row(data: Path) -> None:
    scene = load_tile(data, 1)
    fifth = cv2.imread(str(data / "dubai_landcover/train/tile1/images/image_part_005.jpg"))
    assert scene.image.shape == (144, 144, 3) and scene.truth.shape == (144, 144)
    np.testing.assert_array_equal(scene.image[48:96, 48:96], fifth[..., ::-1])


@pytest.mark.parametrize("height, width", [(32, 32), (64, 96)])
def test_logits_are_half_size(height: int, width: int) -> None:
    net = MobileNetUNet(5, DECODER).eval()
    assert net(torch.zeros(2, 3, height, width)).shape == (2, 5, height // 2, width // 2)


def test_folding_keeps_the_function() -> None:
    torch.manual_seed(1)
    net = MobileNetUNet(5, DECODER).train()
    image = torch.rand(2, 3, 64, 64) * 255
    net(image)
    with torch.no_grad():
        before = net.eval()(image)
        for unit in net.conv_units():
            unit.fold()
        after = net(image)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)


def test_pretrained_encoder_computes_what_its_file_says(data: Path, tmp_path: Path) -> None:
    config = load_landcover(recipe(tmp_path, TINY))
    sampler = Sampler([load_tile(data, 1)], [], config)
    stem = new_run(config, data, sampler).net.eval().stem
    with np.load(data / "weights" / "mobilenet_v2_imagenet.npz") as saved:
        weight = torch.tensor(saved["00.conv.weight"].astype(np.float32))
        bias = torch.tensor(saved["00.conv.bias"])
    x = torch.rand(1, 3, 32, 32) - 0.5
    wanted = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), weight, bias, 2)
    torch.testing.assert_close(stem(x), wanted.clamp(0, 6), rtol=1e-4, atol=1e-4)


def test_onnx_equals_torch(folded_net: MobileNetUNet) -> None:
    image = np.random.default_rng(5).integers(0, 255, (2, 3, 64, 96), dtype=np.uint8)
    with torch.no_grad():
        wanted = folded_net(torch.from_numpy(image).float()).numpy()
    np.testing.assert_allclose(
        run_onnx(drawn(folded_net, quantised=False), image), wanted, rtol=1e-3, atol=1e-4
    )


def test_quantised_onnx_equals_torch_with_rounding(folded_net: MobileNetUNet) -> None:
    image = np.random.default_rng(6).integers(0, 255, (1, 3, 64, 96), dtype=np.uint8)
    tensor = torch.from_numpy(image).float()
    calibrate(folded_net, [tensor])
    with torch.no_grad():
        real = folded_net(tensor).numpy()
        switch(folded_net, on=True)
        wanted = folded_net(tensor).numpy()
    answer = run_onnx(drawn(folded_net, quantised=True), image)
    spread = real.std()
    assert np.abs(answer - wanted).mean() < 0.05 * spread
    assert np.abs(answer - real).mean() < 0.25 * spread


def run_onnx(model: onnx.ModelProto, image: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["logits"], {"image": image})[0]


def test_loss_ignores_unlabelled_pixels() -> None:
    torch.manual_seed(2)
    logits = torch.randn(1, 5, 8, 8)
    truth = torch.randint(0, 5, (1, 8, 8))
    truth[:, :4] = IGNORE
    changed = logits.clone()
    changed[:, :, :4] = torch.randn(1, 5, 4, 8) * 9
    weights, settings = torch.ones(5), {"dice": 0.5, "label_smoothing": 0.1}
    torch.testing.assert_close(
        segmentation_loss(changed, truth, weights, **settings),
        segmentation_loss(logits, truth, weights, **settings),
    )
    nothing = torch.full((1, 8, 8), IGNORE)
    assert segmentation_loss(logits, nothing, weights, **settings) == 0


def test_a_field_may_be_land_or_vegetation_and_nothing_else() -> None:
    names = [land.name for land in CLASSES]
    truth = torch.full((1, 4, 4), OPEN_GROUND)
    losses = {}
    for name in names:
        logits = torch.zeros(1, len(names), 4, 4)
        logits[:, names.index(name)] = 20.0
        losses[name] = float(open_ground_loss(logits, truth))
    assert losses["Land"] < 1e-6
    assert losses["Vegetation"] < 1e-6
    assert min(losses[name] for name in ("Building", "Road", "Water")) > 10


def test_fields_are_known_in_part_and_every_fifth_is_held_out(tmp_path: Path) -> None:
    for part, suffix in (("images", "jpg"), ("masks", "png")):
        folder = tmp_path / "fields_cornbelt" / part
        folder.mkdir(parents=True)
        for number in range(10):
            picture = np.zeros((32, 32, 3), np.uint8)
            picture[:16] = 255
            cv2.imwrite(str(folder / f"{number}.{suffix}"), picture)
    train, kept = (load_fields(tmp_path, held_out=held_out) for held_out in (False, True))
    assert [scene.name for scene in kept] == ["4", "9"]
    assert not {scene.name for scene in kept} & {scene.name for scene in train}
    assert len(train) == 8
    assert (kept[0].truth[:16] == OPEN_GROUND).all()
    assert (kept[0].truth[16:] == IGNORE).all()


def test_class_weights_keep_the_size_of_the_loss() -> None:
    shares = np.array([0.1, 0.5, 0.1, 0.1, 0.2])
    weights = class_weights(shares, 0.5).numpy()
    assert weights[0] > weights[1] and np.isclose((weights * shares).sum(), 1)


def test_one_cycle_rises_and_falls() -> None:
    factors = [one_cycle(step, 100) for step in range(100)]
    assert max(factors) == pytest.approx(1, abs=1e-2) and 0 < factors[-1] < 0.01 < factors[0] < 0.1


def test_scores_against_hand_counts() -> None:
    truth = np.array([[0, 0, 1, 1, IGNORE]], dtype=np.uint8)
    answer = np.array([[0, 1, 1, 1, 4]], dtype=np.uint8)
    figures = scores(confusion(truth, answer))
    assert figures["iou_building"] == 0.5 and figures["iou_land"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["pixel_accuracy"] == 0.75 and "iou_water" not in figures
    assert agreement([truth], [answer]) == 0.6


def test_classify_returns_every_pixel_of_an_odd_size() -> None:
    image = np.zeros((45, 70, 3), dtype=np.uint8)
    image[:, 40:] = 255

    def predict(padded: np.ndarray) -> np.ndarray:
        bright = padded[:, :1, ::2, ::2].astype(np.float32)
        return np.concatenate([200 - bright, bright], axis=1)

    np.testing.assert_array_equal(classify(predict, image), (image[..., 0] > 0).astype(np.uint8))


def test_sampler_gives_the_same_batch_for_the_same_step(data: Path, tmp_path: Path) -> None:
    config = load_landcover(recipe(tmp_path, TINY))
    scene = load_tile(data, 1)
    made = Scene("made", scene.image[:64, :64], scene.truth[:64, :64])
    first, second = (Sampler([scene], [made], config).batch(9) for _ in range(2))
    assert first[0].shape == (2, 64, 64, 3) and first[1].shape == (2, 32, 32)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_resumed_run_equals_uninterrupted_one(data: Path, tmp_path: Path) -> None:
    config = load_landcover(
        recipe(tmp_path, {**TINY, "evaluate_every = 600": "evaluate_every = 2"})
    )
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    for out, stops in ((whole, (None,)), (parted, (2, None))):
        for stop in stops:
            sampler = Sampler([load_tile(data, 1)], [], config)
            history, run = History(out), new_run(config, data, sampler)
            if (out / "float.pt").exists():
                run.load(out / "float.pt")
            train_float(
                run,
                sampler,
                config=config,
                out=out,
                validation=[load_tile(data, 3)],
                history=history,
                stop_at=stop,
            )
    one, other = (torch.load(out / "float.pt", weights_only=True) for out in (whole, parted))
    assert one["step"] == other["step"] == 4
    for name, value in one["average"].items():
        torch.testing.assert_close(other["average"][name], value, rtol=1e-5, atol=1e-6)
    assert (whole / "hardness.npz").exists() and (whole / "history.png").stat().st_size > 1000
    rows = History(parted).rows()
    assert [row["step"] for row in rows if row["mean_iou"]] == ["2", "4"]


def test_quantised_run_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    config = load_landcover(recipe(tmp_path, {**TINY, "quantised = 300 ": "quantised = 3 "}))
    sampler = Sampler([load_tile(data, 1)], [], config)
    weights = tmp_path / "float.pt"
    torch.save(new_run(config, data, sampler).net.state_dict(), weights)
    whole, parted = (new_quantised_run(weights, config, sampler) for _ in range(2))
    teacher = folded(weights, config)
    for step in range(3):
        images = to_tensors(sampler.batch(step), torch.device("cpu"))[0]
        for run in (whole, parted):
            follow(run, teacher, images, total=config.steps.quantised)
        if step == 0:
            parted.save(tmp_path / "quantised_run.pt")
            parted = new_quantised_run(weights, config, sampler)
            parted.load(tmp_path / "quantised_run.pt")
    assert parted.step == 3
    for name, value in whole.average.state_dict().items():
        torch.testing.assert_close(parted.average.state_dict()[name], value)


def test_training_stops_when_looks_bring_nothing(data: Path, tmp_path: Path) -> None:
    changes = {**TINY, "evaluate_every = 600": "evaluate_every = 1", "patience = 0": "patience = 1"}
    config = load_landcover(recipe(tmp_path, changes))
    sampler = Sampler([load_tile(data, 1)], [], config)
    run = new_run(config, data, sampler)
    run.best = 2.0  # no look can be better
    tools = {"out": tmp_path, "validation": [load_tile(data, 3)], "history": History(tmp_path)}
    train_float(run, sampler, config=config, **tools)
    assert run.step == 1


def test_a_changed_recipe_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    out = ["train", "landcover", "--data", str(data), "--out", str(folder), "--stage", "float"]
    first = recipe(tmp_path, {**TINY, "float = 3000": "float = 2"})
    assert command_line.main([*out, "--config", str(first), "--threads", "1"]) == 0
    assert "has changed" not in capsys.readouterr().out
    second = recipe(tmp_path, {**TINY, "float = 3000": "float = 3"})
    assert command_line.main([*out, "--config", str(second), "--threads", "1"]) == 0
    assert "has changed since this training began" in capsys.readouterr().out
    assert max(int(row["step"]) for row in History(folder).rows()) == 3
