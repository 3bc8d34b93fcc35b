# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E402  (without torch the file is skipped before it imports the training code)
"""The task features: figures against oracles, patches, losses, the network's two answers, runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="training needs torch")
onnx = pytest.importorskip("onnx", reason="training needs onnx")
cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

import onnxruntime
from packed_tiles import made
from recipes import CONFIGS, assert_told
from training_data import write_data

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import CardError
from geosift.inference.network.one_output import answering
from geosift.inference.network.session import Session
from geosift.training.data.crops import Sampler
from geosift.training.data.dubai import load_tile
from geosift.training.data.eurosat import TRAINING, VALIDATION, Tiles, load_tiles
from geosift.training.data.land_cover import CLASSES, IGNORE
from geosift.training.errors import DataError, GateError
from geosift.training.evaluation import Request
from geosift.training.features import export, retrieval, teach
from geosift.training.features.card import feature_card, kept_words
from geosift.training.features.comparisons import histograms, imagenet_vectors, imagenet_weights
from geosift.training.features.config import PATCH, FeatureConfig, load_features
from geosift.training.features.evaluate import evaluate_features
from geosift.training.features.export import drawn, require
from geosift.training.features.grounds import Ground
from geosift.training.features.looks import Shown, some
from geosift.training.features.losses import alike_loss
from geosift.training.features.network import FeatureNet
from geosift.training.features.patches import PatchSampler
from geosift.training.features.pictures import KEPT, kept_pictures
from geosift.training.features.quantise import train_quantised
from geosift.training.features.samples import Samples, seen_batches
from geosift.training.features.train import new_run, train_float
from geosift.training.history import History
from geosift.training.quantisation import calibrate, switch
from geosift.training.shipping import described, write_card

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def config() -> FeatureConfig:
    """The shipped recipe, made small."""
    recipe = load_features(CONFIGS / "features.toml")
    small = replace(
        recipe.architecture, features=16, embedding=8, last=16, levels=((8, 8, 16),) * 3
    )
    return replace(
        recipe,
        device="cpu",
        train_tiles=(1,),
        architecture=small,
        patches=replace(recipe.patches, tiles_a_class=2, pictures=2, pairs=2, cover_a_class=2),
        crops=replace(recipe.crops, crops=1, crop=64, generated_share=0, generated_scenes=0),
        steps=replace(recipe.steps, float=4, quantised=2, evaluate_every=4, checkpoint_every=2),
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles of land cover with a large enough patch of each, and EuroSAT of sixty tiles."""
    root = write_data(tmp_path_factory.mktemp("data"))
    made(root / TRAINING, 60, seed=1)
    made(root / VALIDATION, 40, seed=2)
    return root


@pytest.fixture(scope="module")
def samples(data: Path, config: FeatureConfig) -> Samples:
    """Patches and crops of the made data."""
    scenes = [load_tile(data, 1)]
    ground = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    sources = [[Ground("noise", ground)], [Ground("tile", scenes[0].image)]]
    patches = PatchSampler(load_tiles(data / TRAINING), sources, scenes, config)
    return Samples(patches, Sampler(scenes, [], config, []))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, config: FeatureConfig) -> Path:
    """Weights of an encoder of prompts whose dense map has fewer channels."""
    torch.manual_seed(0)
    net = FeatureNet(replace(config.architecture, features=8))
    state = {
        f"encoder.{name}": value
        for name, value in net.state_dict().items()
        if not name.startswith(("last.", "head."))
    }
    path = tmp_path_factory.mktemp("start") / "float_best.pt"
    torch.save({**state, "decoder.bias": torch.zeros(1)}, path)
    return path


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory, config: FeatureConfig) -> ModelCard:
    """An untrained network in 8 bits with its card."""
    torch.manual_seed(1)
    net = FeatureNet(config.architecture).folded()
    calibrate(net, [torch.randint(0, 256, (2, 3, 64, 64)).float()])
    switch(net, on=True)
    path = tmp_path_factory.mktemp("model") / "features.onnx"
    onnx.save(drawn(net, quantised=True), path)
    told = feature_card(config, kept="", quantisation="", statistics={})
    return write_card(described(told, path), path)


def vectors_of(seed: int, count: int, size: int = 5) -> np.ndarray:
    return retrieval.unit(np.random.default_rng(seed).normal(size=(count, size)))


@given(st.integers(0, 99), st.integers(1, 7))
def test_a_vote_is_that_of_the_nearest_examples(seed: int, neighbours: int) -> None:
    examples, queries = vectors_of(seed, 30), vectors_of(seed + 1, 9)
    labels = np.random.default_rng(seed).integers(0, 4, 30)
    found = retrieval.vote(examples, labels, queries, neighbours=neighbours)
    for query, answer in zip(queries, found):
        cosines = examples @ query
        nearest = np.argsort(-cosines)[:neighbours]
        counts = np.bincount(labels[nearest], minlength=4)
        sums = np.bincount(labels[nearest], weights=cosines[nearest], minlength=4)
        best = max(range(4), key=lambda label: (counts[label], sums[label]))
        assert answer == best


@given(st.integers(0, 99), st.integers(1, 6))
def test_precision_counts_the_nearest_others(seed: int, count: int) -> None:
    vectors = vectors_of(seed, 20)
    labels = np.random.default_rng(seed).integers(0, 3, 20)
    shares = []
    for index, vector in enumerate(vectors):
        others = [each for each in np.argsort(-(vectors @ vector)) if each != index]
        shares.append(np.mean(labels[others[:count]] == labels[index]))
    assert retrieval.precision_at(vectors, labels, count=count) == pytest.approx(np.mean(shares))


def test_examples_of_fewer_are_among_those_of_more() -> None:
    labels = np.repeat(np.arange(4), 30)
    few, many = (retrieval.draw(labels, count, seed=3) for count in (5, 20))
    assert set(few) < set(many) and len(many) == 80
    np.testing.assert_array_equal(np.bincount(labels[few]), [5, 5, 5, 5])
    assert len(retrieval.draw(labels, 99, seed=0)) == 120  # all there are


def test_bytes_hardly_turn_a_vector() -> None:
    vectors = vectors_of(2, 200, size=64)
    assert ((vectors * retrieval.rounded(vectors)).sum(axis=1) > 0.999).all()


def test_figures_are_1_where_classes_lie_apart_and_by_chance_where_not() -> None:
    labels = np.repeat(np.arange(10), 60)
    told = retrieval.figures_of(*[np.eye(10, dtype=np.float32)[labels], labels] * 2)
    assert set(told.values()) == {1.0}
    by_chance = retrieval.figures_of(vectors_of(1, 600), labels, vectors_of(2, 600), labels)
    assert all(0.05 < value < 0.2 for value in by_chance.values())


def test_the_loss_is_that_of_the_formula_and_knows_no_order() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(7, 4), dim=1)
    groups = torch.tensor([0, 0, 1, 1, 1, 2, 3])
    told = alike_loss(vectors, groups, temperature=0.5)
    each = []
    for one in range(5):  # the last two have nobody
        scores = {k: float(vectors[one] @ vectors[k]) / 0.5 for k in range(7) if k != one}
        total = np.log(sum(np.exp(score) for score in scores.values()))
        own = [total - scores[k] for k in scores if groups[k] == groups[one]]
        each.append(np.mean(own))
    assert float(told) == pytest.approx(np.mean(each), rel=1e-5)
    order = torch.randperm(7)
    assert float(alike_loss(vectors[order], groups[order], temperature=0.5)) == pytest.approx(
        float(told), rel=1e-5
    )
    assert float(alike_loss(vectors, torch.arange(7), temperature=0.5)) == 0


def test_a_batch_is_a_function_of_its_step_and_groups_belong_together(samples: Samples) -> None:
    batch, again = samples.patches.batch(5), samples.patches.batch(5)
    np.testing.assert_array_equal(batch.tiles.images, again.tiles.images)
    np.testing.assert_array_equal(batch.neighbours.images, again.neighbours.images)
    assert batch.tiles.images.shape == (20, PATCH, PATCH, 3)
    np.testing.assert_array_equal(np.bincount(batch.tiles.groups), [2] * 10)
    assert set(np.bincount(batch.neighbours.groups)) == {2}
    assert not np.array_equal(batch.tiles.images, samples.patches.batch(6).tiles.images)


def test_patches_of_a_land_cover_are_mostly_of_it(data: Path, config: FeatureConfig) -> None:
    scene = load_tile(data, 1)
    truth = np.full_like(scene.truth, IGNORE)
    truth[:70, :70], truth[75:, 75:] = 1, 4
    rgb = np.zeros_like(scene.image)
    rgb[truth == 1], rgb[truth == 4] = (0, 200, 0), (0, 0, 200)
    plain = replace(
        config.augment, scale_octaves=0.0, rotate_share=0.0,
        sensors=(replace(config.augment.sensors[0], share=1, colour=0, haze=0, season=0, blur=0,
                         noise=0),),
    )  # fmt: skip
    recipe = replace(config, augment=plain)
    made = replace(scene, truth=truth, image=rgb)
    sampler = PatchSampler(load_tiles(data / TRAINING), [[Ground("a", rgb)]], [made], recipe)
    cover = sampler.batch(0).cover
    assert set(cover.groups) == {1, 4}
    for image, group in zip(cover.images, cover.groups):
        assert (image[..., 1 if group == 1 else 2] > 100).mean() > 0.5


def test_a_network_begins_with_a_narrower_dense_map(start: Path, config: FeatureConfig) -> None:
    run = new_run(config, start)
    before = torch.load(start, weights_only=True)
    net = run.net.net
    torch.testing.assert_close(net.stem.conv.weight, before["encoder.stem.conv.weight"])
    torch.testing.assert_close(net.features.conv.weight[:8], before["encoder.features.conv.weight"])
    assert not net.stem.conv.weight.requires_grad and net.last.conv.weight.requires_grad
    with pytest.raises(DataError, match="train prompt first"):
        new_run(config, start.parent / "none.pt")
    with pytest.raises(DataError, match="lacks"):
        net.begin_from({})


def test_both_answers_of_the_file_are_those_of_torch(config: FeatureConfig) -> None:
    torch.manual_seed(2)
    net = FeatureNet(config.architecture).folded()
    image = torch.randint(0, 256, (2, 3, 64, 96)).float()
    for quantised in (False, True):
        if quantised:
            calibrate(net, [image])
            switch(net, on=True)
        session = onnxruntime.InferenceSession(drawn(net, quantised=quantised).SerializeToString())
        feeds = {"image": image.byte().numpy()}
        embedding, features = session.run(["embedding", "features"], feeds)
        with torch.inference_mode():
            wanted = net(image)
        assert features.shape == (2, 16, 16, 24)
        np.testing.assert_allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
        assert ((embedding * wanted[0].numpy()).sum(axis=1) > 0.999).all()
        assert np.abs(features - wanted[1].numpy()).mean() < (0.02 if quantised else 1e-4)


def test_the_session_gives_vectors_of_patches_and_of_cells(card: ModelCard) -> None:
    tile = np.random.default_rng(0).integers(0, 255, (3, 3, 64, 64), dtype=np.uint8)
    vectors = Session(card).run(tile)
    assert vectors.shape == (3, 8, 1, 1)
    np.testing.assert_allclose((vectors**2).sum(axis=1), 1, atol=1e-5)
    assert Session(replace(card, output="features")).run(tile).shape == (3, 16, 16, 16)


def test_strokes_lie_within_their_class() -> None:
    truth = np.zeros((120, 120), np.uint8)
    truth[:, 60:] = 3
    truth[:20] = IGNORE
    drawn = list(teach.strokes(truth, seed=0))
    assert [index for index, _ in drawn] == [0] * teach.STROKES + [3] * teach.STROKES
    for index, line in drawn:
        assert (truth[tuple(line.T)] == index).all() and len(line) == teach.STROKE
    assert not list(teach.strokes(np.full((9, 9), 2, np.uint8), seed=0))  # no room


def test_perfect_features_are_taught_perfectly_and_noise_is_not() -> None:
    truth = np.zeros((128, 160), np.uint8)
    truth[:, 80:], truth[64:, :80] = 2, 4
    image = np.zeros((128, 160, 3), np.uint8)
    cells = truth[::4, ::4]

    def perfect(padded: np.ndarray) -> np.ndarray:
        return np.eye(len(CLASSES), dtype=np.float32)[cells].transpose(2, 0, 1)

    def noise(padded: np.ndarray) -> np.ndarray:
        return np.random.default_rng(0).normal(size=(5, 32, 40)).astype(np.float32)

    assert teach.teach_iou([(image, truth)], perfect) > 0.95
    assert teach.teach_iou([(image, truth)], noise) < 0.4


def test_training_goes_on_where_it_was_killed_and_8_bits_follow(
    samples: Samples, data: Path, start: Path, config: FeatureConfig, tmp_path: Path
) -> None:
    shown = Shown(some(load_tiles(data / TRAINING), 2), some(load_tiles(data / VALIDATION), 2), ())
    tools = {"config": config, "history": History(tmp_path / "log")}
    finished = {}
    for name, halves in (("once", (4,)), ("twice", (2, 4))):
        out = tmp_path / name
        out.mkdir()
        for last in halves:
            run = new_run(config, start)
            run.load(out / "float.pt")
            seen = seen_batches(samples, run.step, last, device=torch.device("cpu"))
            for each in seen:
                from geosift.training.features.train import float_step

                float_step(run, each, config, torch.ones(len(CLASSES)))
            run.save(out / "float.pt")
        finished[name] = run.net.net.state_dict()
    for name, value in finished["once"].items():
        torch.testing.assert_close(value, finished["twice"][name])
    out = tmp_path / "whole"
    out.mkdir()
    train_float(new_run(config, start), samples, shown, out=out, **tools)
    told = json.loads((out / "float_best.json").read_text(encoding="utf-8"))
    assert told["step"] == 4 and 0 <= told["p_at_10"] <= 1
    train_quantised(samples, shown, out=out, **tools)
    assert (out / "quantised.pt").exists()


def test_figures_of_a_network_stand_beside_those_of_colours_and_imagenet(
    card: ModelCard, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geosift.training.features import evaluate

    seen = []

    def vectors(images: np.ndarray, folder: Path) -> np.ndarray:
        seen.append(folder)
        return histograms(images)

    monkeypatch.setattr(evaluate, "imagenet_vectors", vectors)  # its weights are 3.5 million
    told = evaluate_features(Request(card, data, tmp_path)).figures
    for name in ("knn5", "knn50", "p_at_10"):
        for before in ("", "histogram_", "imagenet_", "int8_vectors_"):
            assert 0 <= told[before + name] <= 1
    assert told["histogram_knn5"] > 0.9  # the classes are greys
    assert told["tiles"] == 40 and told["examples"] == TRAINING and seen == [data] * 2
    assert 0 <= told["teach_iou"] <= 1


def test_tiles_without_a_training_part_beside_them_are_their_own_examples(
    card: ModelCard, tmp_path: Path
) -> None:
    alone = made(tmp_path / "kept_aside.npz", 1100, seed=4)
    lines: list[str] = []
    told = evaluate_features(Request(card, alone, tmp_path, tell=lines.append)).figures
    assert told["examples"] == "kept_aside.npz itself" and told["tiles"] == 100
    assert "imagenet_knn5" not in told and any("ImageNet" in line for line in lines)


def test_weights_of_imagenet_are_found_beside_the_tiles(data: Path) -> None:
    assert imagenet_weights(data) == data == imagenet_weights(data / VALIDATION)
    assert imagenet_weights(Path("/")) is None
    with pytest.raises(DataError, match="expects"):  # the made encoder is a smaller one
        imagenet_vectors(np.zeros((2, 64, 64, 3), np.uint8), data)


def test_bad_input_is_told(card: ModelCard, data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="packed EuroSAT tiles"):
        evaluate_features(Request(card, tmp_path, tmp_path))
    with pytest.raises(DataError, match="not features"):
        evaluate_features(Request(replace(card, kind="recognition"), data, tmp_path))


@pytest.mark.parametrize(
    "old, new, word",
    [
        ("near = 0.5", "near = 5.0", "below far"),
        ("embedding = 64", "embedding = 500", "1 to 128"),
        ("temperature = 0.1", "temperature = 0", "above 0"),
        ("validation_tile = 3", "validation_tile = 4", "none of train_tiles"),
    ],
)
def test_a_wrong_recipe_is_told(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert_told(load_features, "features", tmp_path, (old, new), word)


def test_pictures_are_the_parts_of_the_tile(data: Path) -> None:
    pictures = kept_pictures(data / KEPT)
    assert len(pictures) == 9 and len(kept_pictures(data / KEPT, 3)) == 3
    assert pictures[0][0].shape == (48, 48, 3) and pictures[0][1].shape == (48, 48)


def test_the_gate_lets_only_what_is_true_small_and_better_pass() -> None:
    good = {"knn5": 0.9, "knn50": 0.95, "p_at_10": 0.9}
    metrics = {
        "int8": good, "float": good, "argmax_agreement": 0.99, "median_cosine": 0.995,
        "compared": {"histogram_knn5": 0.5, "imagenet_knn5": 0.7, "imagenet_p_at_10": 0.8},
    }  # fmt: skip
    require(metrics, size=2_000_000, incumbent={})
    for change, words in (
        ({"median_cosine": 0.9}, "cosine of 0.9"),
        ({"compared": {"imagenet_knn5": 0.88}}, "above that of imagenet"),
        ({"compared": {"histogram_p_at_10": 0.89}}, "above that of histogram"),
        ({"int8": {**good, "knn5": 0.89}}, "may be lost"),
        ({"argmax_agreement": 0.5}, "decisions"),
    ):
        with pytest.raises(GateError, match=words):
            require({**metrics, **change}, size=2_000_000, incumbent={})
    with pytest.raises(GateError, match="bytes"):
        require(metrics, size=3_000_001, incumbent={})
    with pytest.raises(GateError, match="would replace"):
        require(metrics, size=1, incumbent={"knn5": 0.95, "p_at_10": 0.95})


def test_a_card_says_that_weights_were_the_best_only_where_there_was_a_choice(
    tmp_path: Path,
) -> None:
    history = History(tmp_path)
    history.record("float", 25, loss=1.0)
    history.look("float", 50, knn5=0.5)
    history.look("quantised", 10, knn5=0.5)
    assert history.looks("float") == 1
    assert kept_words(50, looks=history.looks("float")) == "those of step 50 were kept"
    history.look("float", 75, knn5=0.4)
    assert "best on what was kept apart" in kept_words(50, looks=history.looks("float"))


def test_an_export_writes_candidates_and_ships_only_through_the_gate(
    samples: Samples, data: Path, start: Path, config: FeatureConfig, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out, models = tmp_path / "out", tmp_path / "models"
    out.mkdir()
    torch.save(new_run(config, start).net.net.state_dict(), out / "float_best.pt")
    (out / "float_best.json").write_text('{"step": 3}', encoding="utf-8")
    monkeypatch.setattr(export, "samples_of", lambda *a: samples)
    monkeypatch.setattr("geosift.training.features.evaluate.imagenet_weights", lambda data: None)
    with pytest.raises(GateError):  # untrained: colours do better
        export.export(config, data=data, out=out, models=models)
    assert not models.exists() and (out / "candidate" / "features.onnx").exists()
    monkeypatch.setattr(export, "require", lambda *a, **k: None)
    export.export(config, data=data, out=out, models=models, remark="A remark.")
    shipped = ModelCard.load(models / "features.json")
    shipped.verify()
    assert shipped.kind == "features" and "A remark." in shipped.training["recipe"]
    assert set(shipped.metrics["int8"]) >= {"knn5", "knn50", "p_at_10"}
    assert isinstance(load_tiles(data / VALIDATION), Tiles)


def test_one_of_two_answers_is_had_without_what_the_other_needs(
    card: ModelCard, tmp_path: Path
) -> None:
    tile = np.random.default_rng(1).integers(0, 255, (2, 3, 64, 64), dtype=np.uint8)
    whole = card.path.read_bytes()
    both = onnxruntime.InferenceSession(whole).run(["embedding", "features"], {"image": tile})
    for name, wanted in zip(("embedding", "features"), both):
        alone = answering(whole, name)
        onnx.checker.check_model(onnx.load_from_string(alone), full_check=True)
        session = onnxruntime.InferenceSession(alone)
        assert [each.name for each in session.get_outputs()] == [name]
        np.testing.assert_array_equal(session.run(None, {"image": tile})[0], wanted)
        assert answering(alone, name) == alone
        assert len(onnx.load_from_string(alone).graph.node) < len(onnx.load(card.path).graph.node)
    with pytest.raises(CardError, match="no output 'scores'"):
        Session(replace(card, output="scores"))
