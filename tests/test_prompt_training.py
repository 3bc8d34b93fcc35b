# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""The task prompt: what is pointed at in crops, losses, corrections, both files, the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recipes import CONFIGS, assert_told, changed

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")
cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

import onnxruntime

from geosift.inference.cards.card import ModelCard
from geosift.inference.prompt.planes import LOGIT_CELLS, SIDE, STRIDE, coverage, planes, spots
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.training import __main__ as command_line
from geosift.training.data.land_cover import CLASSES, IGNORE
from geosift.training.errors import DataError
from geosift.training.gate import Gate
from geosift.training.landcover.network import MobileNetUNet
from geosift.training.prompt import card_metrics, export
from geosift.training.prompt.agreement import Compared
from geosift.training.prompt.config import PromptConfig, load_prompt
from geosift.training.prompt.decoder import PromptDecoder, pools
from geosift.training.prompt.encoder import PromptEncoder
from geosift.training.prompt.files import write_decoder, write_encoder
from geosift.training.prompt.losses import prompt_loss, true_ious, within
from geosift.training.prompt.rounds import corrected, played
from geosift.training.prompt.sampler import PromptSampler
from geosift.training.prompt.scenes import Pool, buildings, numbered, regions
from geosift.training.prompt.tasks import Task
from geosift.training.quantisation import calibrate, switch

RECIPE = CONFIGS / "prompt.toml"
LEVELS = ((8, 8, 16), (8, 8, 16), (8, 8, 16))
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def config() -> PromptConfig:
    """The shipped recipe, made small."""
    recipe = load_prompt(RECIPE)
    architecture = replace(recipe.architecture, features=16, levels=LEVELS, decoder=(8, 8, 16))
    steps = replace(recipe.steps, float=4, quantised=2, crops=2, look_every=4, checkpoint_every=2)
    return replace(recipe, device="cpu", architecture=architecture, steps=steps)


@pytest.fixture(scope="module")
def pool() -> Pool:
    """Three scenes of coloured rectangles, each a component of its class."""
    rng = np.random.default_rng(4)
    scenes = []
    for name in "abc":
        classes = rng.integers(0, 4, (10, 12)).astype(np.uint8).repeat(40, 0).repeat(40, 1)
        classes[:, :20] = IGNORE
        colours = rng.integers(0, 255, (256, 3), dtype=np.uint8)
        scenes.append(regions(name, colours[classes], classes))
    return Pool("made", tuple(scenes))


def sampler_of(pool: Pool, config: PromptConfig, *, box_share: float) -> PromptSampler:
    how = replace(config.prompts, box_share=box_share, jitter=0.0)
    return PromptSampler([(pool, 1.0)], how, None, crops=3, seed=2)


def test_regions_are_the_connected_regions_of_each_class() -> None:
    classes = np.full((60, 60), IGNORE, np.uint8)
    classes[:20, :20] = 1
    classes[40:, 40:] = 1
    classes[:5, 40:45] = 2  # too small to point at
    scene = regions("s", np.zeros((60, 60, 3), np.uint8), classes)
    assert scene.areas.tolist() == [400, 400] and scene.kinds.tolist() == [1, 1]
    assert scene.boxes.tolist() == [[0, 0, 20, 20], [40, 40, 60, 60]]
    assert set(np.unique(scene.numbers)) == {0, 1, 2}


def test_numbered_objects_keep_their_shape_under_new_numbers() -> None:
    drawn = np.zeros((40, 40), np.uint16)
    drawn[2:20, 3:30] = 700
    drawn[30:32, 30:32] = 3  # too small
    scene = numbered("s", np.zeros((40, 40, 3), np.uint8), drawn)
    assert scene.areas.tolist() == [18 * 27] and scene.boxes.tolist() == [[3, 2, 30, 20]]
    np.testing.assert_array_equal(scene.numbers == 1, drawn == 700)


def test_a_batch_is_a_function_of_its_step(pool: Pool, config: PromptConfig) -> None:
    first, again = (
        PromptSampler([(pool, 1.0)], config.prompts, config.augment, crops=2, seed=3).batch(7)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.images, again.images)
    assert [task.prompt for task in first.tasks] == [task.prompt for task in again.tasks]
    assert len(first.tasks) == 2 * config.prompts.each


def test_clicks_lie_on_the_object_they_ask_for(pool: Pool, config: PromptConfig) -> None:
    for step in range(4):
        for task in sampler_of(pool, config, box_share=0.0).batch(step).tasks:
            (click,) = task.prompt.clicks
            row, col = int(click.y) // 2, int(click.x) // 2
            assert task.truth[row, col] and task.known[row, col]
            assert task.area >= task.truth.sum()


def test_boxes_without_jitter_hold_just_the_object(pool: Pool, config: PromptConfig) -> None:
    boxed = [
        task
        for step in range(4)
        for task in sampler_of(pool, config, box_share=1.0).batch(step).tasks
        if task.prompt.box is not None
    ]
    assert len(boxed) > 20
    for task in boxed:
        box = task.prompt.box
        rows, cols = np.nonzero(task.truth)
        edges = [cols.min() * 2, rows.min() * 2, cols.max() * 2 + 2, rows.max() * 2 + 2]
        assert edges == [
            max(0, box.left),
            max(0, box.top),
            min(SIDE, box.right),
            min(SIDE, box.bottom),
        ]


def test_the_picture_of_a_window_shows_the_object_where_its_truth_is(
    pool: Pool, config: PromptConfig
) -> None:
    """Rectangles of one colour: all whole stride-2 pixels of a truth have that very colour."""
    batch = sampler_of(pool, config, box_share=0.5).batch(1)
    for task in batch.tasks:
        row, col = task.row * STRIDE, task.col * STRIDE
        seen = batch.images[task.crop, row : row + SIDE, col : col + SIDE]
        inside = cv2.erode(np.uint8(task.truth), np.ones((5, 5), np.uint8)).astype(bool)
        colours = seen[::2, ::2][inside]
        if len(colours):
            assert np.ptp(colours.astype(int), axis=0).max() <= 2


def task_of(truth: np.ndarray, prompt: Prompt) -> Task:
    return Task(0, 0, 0, truth, np.ones_like(truth), float(truth.sum()), prompt)


def test_a_correction_clicks_what_is_most_wrong() -> None:
    truth = np.zeros((LOGIT_CELLS, LOGIT_CELLS), bool)
    truth[20:60, 20:60] = True
    answer = np.zeros(truth.shape, np.float32)
    answer[20:60, 20:60] = 1.0
    answer[80:120, 80:120] = 1.0
    task = corrected(task_of(truth, Prompt((Click(80, 80),))), answer)
    assert len(task.prompt.clicks) == 2
    further = task.prompt.clicks[1]
    assert not further.positive and 190 < further.x < 210 and 190 < further.y < 210
    assert corrected(task_of(truth, Prompt((Click(80, 80),))), truth.astype(np.float32)).prompt == (
        Prompt((Click(80, 80),))
    )


def test_iou_counts_what_lies_beyond_the_window() -> None:
    logits = torch.full((1, 1, 4, 4), -9.0)
    logits[..., :2, :] = 9.0
    truth = logits[:, 0] > 0
    assert true_ious(logits, truth, torch.tensor([8.0])).item() == 1
    assert true_ious(logits, truth, torch.tensor([16.0])).item() == 0.5
    unknown = within(logits, torch.zeros(1, 4, 4, dtype=torch.bool))
    assert (unknown < -10).all()


def test_the_loss_is_least_for_the_truth_and_learns_from_one_right_mask() -> None:
    truth = torch.zeros(2, 16, 16, dtype=torch.bool)
    truth[:, 4:12, 4:12] = True
    right = torch.where(truth, 8.0, -8.0)[:, None]
    wrong = -right
    areas = truth.sum(dim=(1, 2)).float()

    def loss(*masks: torch.Tensor) -> float:
        logits = torch.cat(masks, dim=1)
        return float(prompt_loss(logits, true_ious(logits, truth, areas), truth, areas))

    assert loss(right, right, right) < 0.02
    assert loss(right, right, right) < loss(right, wrong, wrong) < loss(wrong, wrong, wrong) / 4


def test_empty_pools_say_nothing(config: PromptConfig) -> None:
    decoder = PromptDecoder(16, (8, 8, 16)).eval()
    one = torch.from_numpy(planes(Prompt((Click(100, 60),))))[None]
    held = pools(one)
    assert held[:, 0].max() > 0.8 and held[:, 1:].abs().max() == 0
    alike = decoder.alike(torch.rand(1, 16, 64, 64), one)
    assert alike[:, 0].abs().max() > 0 and alike[:, 1:6].abs().max() == 0


def test_planes_hold_clicks_boxes_and_the_mask_before() -> None:
    before = np.zeros((LOGIT_CELLS, LOGIT_CELLS), np.float32)
    before[:2, :2] = 1.0
    box = PromptBox(2, 8, 10, 16)
    told = planes(Prompt((Click(130, 66, False),), box), before)
    assert told[0].max() == 0 and np.unravel_index(told[1].argmax(), (64, 64)) == (16, 32)
    assert told[2].sum() * STRIDE**2 == pytest.approx(64)  # the area of the box in pixels
    assert told[3, 0, 0] == 1 and told[3].sum() == 1
    assert coverage(PromptBox(-9, -9, 300, 300)).min() == 1
    assert spots([]).max() == 0


def lively_encoder() -> PromptEncoder:
    """A small encoder whose norms have seen something, folded."""
    torch.manual_seed(1)
    encoder = PromptEncoder(16, LEVELS).train()
    for _ in range(3):
        encoder(torch.rand(2, 3, 64, 64) * 255)
    return encoder.eval().folded()


def test_the_encoder_begins_where_land_cover_has_come_to() -> None:
    landcover = MobileNetUNet(5, (*LEVELS, (8, 8, 8)))
    encoder = PromptEncoder(16, LEVELS)
    encoder.begin_from(landcover.state_dict())
    torch.testing.assert_close(
        encoder.blocks[3].units[0].conv.weight, landcover.blocks[3].units[0].conv.weight
    )
    with pytest.raises(ValueError, match="recipe's levels"):
        PromptEncoder(16, LEVELS).begin_from({"stem.conv.weight": torch.zeros(32, 3, 3, 3)})


def test_the_files_answer_as_the_networks_do(tmp_path: Path) -> None:
    encoder, decoder = lively_encoder(), PromptDecoder(16, (8, 8, 16)).eval()
    image = torch.randint(0, 256, (1, 3, 256, 256)).float()
    write_encoder(encoder, tmp_path / "e.onnx", quantised=False)
    write_decoder(decoder, tmp_path / "d.onnx", encoder=None)
    with torch.no_grad():
        features = encoder(image)
        asked = torch.from_numpy(planes(Prompt((Click(40, 60),))))[None]
        masks, ious = decoder(features, asked)
    files = [onnxruntime.InferenceSession(str(tmp_path / f"{name}.onnx")) for name in "ed"]
    (found,) = files[0].run(None, {"image": image.numpy().astype(np.uint8)})
    np.testing.assert_allclose(found, features.numpy(), atol=1e-3)
    feeds = {"features": np.repeat(found, 2, 0), "planes": np.repeat(asked.numpy(), 2, 0)}
    answers = files[1].run(["masks", "ious"], feeds)
    for answer, wanted in zip(answers, (masks, ious)):
        np.testing.assert_allclose(answer[1], wanted[0].numpy(), atol=1e-3)


def test_the_8_bit_file_gives_bytes_that_mean_the_rounded_features(tmp_path: Path) -> None:
    encoder, decoder = lively_encoder(), PromptDecoder(16, (8, 8, 16)).eval()
    image = torch.randint(0, 256, (1, 3, 256, 256)).float()
    calibrate(encoder, [image])
    switch(encoder, on=True)
    write_encoder(encoder, tmp_path / "e.onnx", quantised=True)
    write_decoder(decoder, tmp_path / "d.onnx", encoder=encoder)
    with torch.no_grad():
        features = encoder(image)
    session = onnxruntime.InferenceSession(str(tmp_path / "e.onnx"))
    (found,) = session.run(None, {"image": image.numpy().astype(np.uint8)})
    assert found.dtype == np.uint8
    step = float(encoder.features.out_range.scale)
    off = np.abs(found * step - features.numpy())
    assert off.mean() < step and np.mean(off > 2 * step) < 0.02
    asked = planes(Prompt((Click(40, 60),)))[None]
    answers = onnxruntime.InferenceSession(str(tmp_path / "d.onnx")).run(
        None, {"features": found, "planes": asked}
    )
    with torch.no_grad():
        wanted = decoder(torch.from_numpy(found * np.float32(step)), torch.from_numpy(asked))
    for answer, want in zip(answers, wanted):
        np.testing.assert_allclose(answer, want.numpy(), atol=1e-3)


def test_corrections_make_prompts_longer(pool: Pool, config: PromptConfig) -> None:
    tasks = list(sampler_of(pool, config, box_share=0.0).batch(0).tasks)
    features = torch.rand(len(tasks), 16, 64, 64)
    decoder = PromptDecoder(16, (8, 8, 16)).eval()
    later, before = played(decoder, features, tasks, 2)
    counts = [len(task.prompt.clicks) for task in later]
    assert counts == [2 if place % 3 == 0 else 3 for place in range(len(tasks))]
    assert all(mask.shape == (LOGIT_CELLS, LOGIT_CELLS) for mask in before)


@pytest.mark.parametrize(
    "old, new, word",
    [
        ("landcover = 0.36", "landcover = 0.5", "sum of the sources"),
        ("crop = 320", "crop = 128", "prompts.crop"),
        ("validation_tile = 3", "validation_tile = 2", "validation_tile"),
        ("rounds = [0", "rounds = [-1", "prompts.rounds"),
        ("box_side = [60, 190]", "box_side = [190, 60]", "prompts.box_side"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert_told(load_prompt, "prompt", tmp_path, (old, new), word)


def write_prompt_data(root: Path) -> Path:
    """Two tiles, eight field pictures and two roofs, of a few pixels each."""
    rng = np.random.default_rng(0)
    palette = np.array([land.mask_rgb for land in CLASSES], dtype=np.uint8)
    for tile, part in ((1, "train"), (3, "val")):
        for number in range(1, 4):
            folder = root / "dubai_landcover" / part / f"tile{tile}"
            truth = rng.integers(0, len(CLASSES), (3, 3)).repeat(50, 0).repeat(50, 1)
            noise = rng.integers(0, 40, (150, 150, 3))
            write_png(
                folder / "images" / f"part{number}.jpg", np.uint8(palette[truth] * 0.8 + noise)
            )
            write_png(folder / "masks" / f"part{number}.png", palette[truth])
    for number in range(4):
        write_squares(rng, root / "fields_cornbelt", f"p{number}", numbers=True)
        write_squares(rng, root / "buildings_banepa", f"p{number}", numbers=False)
    return root


def write_squares(rng: np.random.Generator, folder: Path, name: str, *, numbers: bool) -> None:
    """A picture of coloured squares, its mask, and their numbers if wanted."""
    squares = rng.integers(0, 3, (3, 3)).repeat(60, 0).repeat(60, 1)
    image = squares[..., None] * [60, 70, 40] + rng.integers(0, 60, (180, 180, 3))
    write_png(folder / "images" / f"{name}.jpg", np.uint8(image))
    write_png(folder / "masks" / f"{name}.png", np.uint8(squares > 0) * 255)
    if numbers:
        write_png(folder / "instances" / f"{name}.png", np.uint8(squares))


def write_png(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)


def tiny_recipe(path: Path, **changes: str) -> Path:
    """The shipped recipe made small."""
    pieces = {
        "features = 48": "features = 16",
        "[[128, 96, 192], [96, 64, 128], [64, 48, 96]]": str([list(level) for level in LEVELS]),
        "decoder = [48, 80, 112]": "decoder = [8, 8, 16]",
        "train_tiles = [1, 2, 4, 5, 8]": "train_tiles = [1]",
        "held_out_fields = [4, 9, 11, 14, 19, 22, 24, 29]": "held_out_fields = [3]",
        "generated_scenes = 48": "generated_scenes = 0",
        "landcover = 0.36": "landcover = 0.59",
        "generated = 0.23": "generated = 0.0",
        "look_every = 1250": "look_every = 4",
        "checkpoint_every = 100": "checkpoint_every = 2",
        "float = 6500": "float = 4",
        "quantised = 200": "quantised = 2",
        "crops = 6": "crops = 2",
        **changes,
    }
    return changed("prompt", path, pieces)


def start_weights(folder: Path) -> None:
    """A land-cover network of the small recipe's levels, where the task looks for it."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save(MobileNetUNet(5, (*LEVELS, (8, 8, 8))).state_dict(), folder / "float_best.pt")


def run_command(verb: str, root: Path, *options: str) -> int:
    recipe = root / "recipe.toml"
    common = ["prompt", "--data", str(root / "data"), "--config", str(recipe)]
    return command_line.main([verb, *common, "--out", str(root / "out" / "prompt"), *options])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_prompt_data(tmp_path / "data")
    tiny_recipe(tmp_path / "recipe.toml")
    return tmp_path


def test_training_needs_the_land_cover_network(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command("train", root) == 1
    assert "train landcover first" in capsys.readouterr().err


def test_a_killed_training_goes_on_as_if_nothing_had_happened(root: Path) -> None:
    start_weights(root / "out" / "landcover")
    run = root / "out" / "prompt"
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    through = torch.load(run / "float.pt", weights_only=True)
    for file in run.iterdir():
        file.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PromptSampler, "batch", _until(3))
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
    whole = PromptSampler.batch

    def batch(self: PromptSampler, step: int):
        if self._augment is not None and step >= last:
            raise KeyboardInterrupt
        return whole(self, step)

    return batch


def test_what_is_exported_is_what_was_trained(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_weights(root / "out" / "landcover")
    assert run_command("train", root, "--threads", "1") == 0
    models = root / "models"
    with pytest.MonkeyPatch.context() as patch:
        easy = Gate(figure="mean_iou", least_agreement=0.5, largest_loss=0.5, largest_file=10**7)
        patch.setattr(export, "gate", lambda config: easy)
        patch.setattr(card_metrics, "LIMIT", 2)
        patch.setattr(card_metrics, "CHECKS", {"tile3": card_metrics.CHECKS["tile3"]})
        assert run_command("export", root, "--models", str(models)) == 0, capsys.readouterr().err
    assert {path.name for path in models.iterdir()} == {
        "prompt.onnx",
        "prompt-decoder.onnx",
        "prompt.json",
    }
    card = ModelCard.load(models / "prompt.json")
    card.verify()
    assert card.kind == "prompt" and 0 <= card.metrics["tile3"]["box_iou"] <= 1


def test_a_network_that_is_not_true_to_its_float_twin_stays_at_home(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_weights(root / "out" / "landcover")
    assert run_command("train", root, "--stage", "float", "--threads", "1") == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "measured", lambda card, data: {})
        patch.setattr(
            export, "_compare", lambda *_: Compared(agreement=0.98, float_iou=0.6, int8_iou=0.59)
        )
        assert run_command("export", root, "--models", str(root / "models")) == 1
    told = capsys.readouterr().err
    assert "98.00%" in told and "0.6000 to 0.5900" in told
    assert not (root / "models").exists()


def test_a_data_folder_without_roofs_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="buildings_banepa should hold images"):
        buildings(tmp_path)
