# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network: batches, threads, and cards that contradict it."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import onnx
import onnxruntime
import pytest
from made_rasters import noise
from onnx import TensorProto, helper
from oracles import one_shot

from geosift.inference.cards.card import ClassInfo, Detection, ModelCard
from geosift.inference.errors import CardError, ModelError
from geosift.inference.network.session import Session


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.smooth(tmp_path_factory.mktemp("network"))


def _batch(count: int, side: int = 48) -> np.ndarray:
    return noise(3 * count, side, side).reshape(count, 3, side, side)


def test_a_batch_is_the_stack_of_each(card: ModelCard) -> None:
    session = Session(card)
    batch = _batch(5)
    together = session.run(batch)
    each = np.concatenate([session.run(image[np.newaxis]) for image in batch])
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, each, rtol=1e-6, atol=1e-6)


def test_scores_are_those_of_onnxruntime_itself(card: ModelCard) -> None:
    batch = _batch(2, side=62)
    scores = Session(card).run(batch)
    for found, image in zip(scores, batch):
        np.testing.assert_allclose(found, one_shot(card, image), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("threads_per_call", [1, 2])
def test_several_threads_may_ask_at_once(card: ModelCard, threads_per_call: int) -> None:
    session = Session(card, threads_per_call=threads_per_call)
    batches = [noise(3, 40, 40, seed=seed)[np.newaxis] for seed in range(24)]
    alone = [session.run(batch) for batch in batches]
    with ThreadPoolExecutor(6) as pool:
        for found, expected in zip(pool.map(session.run, batches), alone):
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_any_height_and_width_is_taken(card: ModelCard) -> None:
    session = Session(card)
    for height, width in ((2, 2), (64, 2), (10, 200)):
        scores = session.run(np.zeros((1, 3, height, width), np.uint8))
        assert scores.shape == (1, 3, height // 2, width // 2)


def _two_classes(card: ModelCard) -> ModelCard:
    classes = (ClassInfo(0, "rest", "#000000"), ClassInfo(1, "thing", "#FFFFFF"))
    return replace(card, classes=classes)


def test_one_plane_is_two_classes(tmp_path: Path) -> None:
    """A network that says how much 'thing' there is: logits above 0, probabilities above 1/2."""
    card = _two_classes(networks.smooth(tmp_path, classes=1))
    image = _batch(1)
    logits = Session(card).run(image)
    plane = one_shot(card, image[0])[0]
    assert logits.shape[1] == 2
    assert ((logits[0, 1] > logits[0, 0]) == (plane > 0)).all()
    share = Session(replace(card, activation="probabilities")).run(image)
    assert ((share[0, 1] > share[0, 0]) == (plane > 0.5)).all()
    np.testing.assert_allclose(share.sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bands": ("red", "green")}, "correct input.bands"),
        ({"bands": ("red", "green", "blue", "nir")}, "correct input.bands"),
        ({"dtype": "float32"}, "its card says float32"),
        ({"classes": (ClassInfo(0, "only", "#000000"),)}, "correct the classes"),
        (
            {"classes": tuple(ClassInfo(i, str(i), "#000000") for i in range(4))},
            "correct the classes",
        ),
    ],
    ids=["too few bands", "too many bands", "type", "too few classes", "too many classes"],
)
def test_a_card_that_contradicts_its_network_is_refused(card: ModelCard, change, says) -> None:
    with pytest.raises(CardError, match=says):
        Session(replace(card, **change))


@pytest.mark.parametrize("stride", [1, 4])
def test_an_output_stride_that_is_not_the_networks_is_refused(card: ModelCard, stride: int) -> None:
    wrong = replace(card, output_stride=stride, stride_multiple=4)
    with pytest.raises(CardError, match="correct the card"):
        Session(wrong).run(_batch(1))


def _resaved(card: ModelCard, folder: Path, model: onnx.ModelProto) -> ModelCard:
    """A card for a changed network; only what the digest says is changed in it."""
    path = folder / "changed.onnx"
    onnx.save(model, path)
    raw = json.loads(card.path.with_suffix(".json").read_text())
    raw.update(file=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    path.with_suffix(".json").write_text(json.dumps(raw))
    return ModelCard.load(path.with_suffix(".json"))


def test_a_network_of_two_inputs_is_refused(card: ModelCard, tmp_path: Path) -> None:
    model = onnx.load(card.path)
    extra = helper.make_tensor_value_info("prompt", TensorProto.FLOAT, ["n", 1])
    model.graph.input.append(extra)
    with pytest.raises(CardError, match="has 2 inputs"):
        Session(_resaved(card, tmp_path, model))


def test_a_network_that_answers_with_one_number_is_refused(card: ModelCard, tmp_path: Path) -> None:
    model = onnx.load(card.path)
    model.graph.node.append(helper.make_node("ReduceMean", ["scores"], ["mean"], keepdims=0))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("mean", TensorProto.FLOAT, []))
    with pytest.raises(CardError, match="expected"):
        Session(_resaved(card, tmp_path, model))


def test_a_network_of_one_size_is_refused_with_what_to_do(card: ModelCard, tmp_path: Path) -> None:
    """Tiles at the border and small rasters have other sizes, so it must take any."""
    model = onnx.load(card.path)
    for side, value in zip(model.graph.input[0].type.tensor_type.shape.dim[2:], (256, 256)):
        side.dim_value = value
    with pytest.raises(CardError, match="any height and width"):
        Session(_resaved(card, tmp_path, model))


def test_a_file_that_is_no_network_is_refused(card: ModelCard, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(card.path.read_bytes()[:300])
    digest = hashlib.sha256(broken.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match="is no whole ONNX file"):
        Session(replace(card, path=broken, sha256=digest))


def test_a_network_that_fails_while_it_runs_says_so(card: ModelCard) -> None:
    with pytest.raises(ModelError, match="'smooth' failed"):
        Session(card).run(np.zeros((1, 5, 32, 32), np.uint8))


@pytest.fixture(scope="module")
def one_answer(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.glimpse(tmp_path_factory.mktemp("network"), side=16)


def test_one_answer_a_tile_is_given_as_one_pixel(one_answer: ModelCard) -> None:
    batch = _batch(5, side=16)
    session = Session(one_answer)
    together = session.run(batch)
    assert together.shape == (5, 4, 1, 1)
    alone = onnxruntime.InferenceSession(str(one_answer.path))
    np.testing.assert_allclose(together[:, :, 0, 0], alone.run(None, {"image": batch})[0])
    each = np.concatenate([session.run(image[np.newaxis]) for image in batch])
    np.testing.assert_allclose(together, each, rtol=1e-5, atol=1e-6)


def test_two_classes_of_one_answer(tmp_path: Path) -> None:
    card = networks.glimpse(tmp_path, side=16, classes=1)
    found = Session(_two_classes(card)).run(_batch(3, side=16))
    assert found.shape == (3, 2, 1, 1)
    assert (found[:, 0] == 0).all()


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [(2, 32, "needs one that takes tiles of 16"), (0, 1, "1 tiles at a time")],
    ids=["another side", "one tile a call"],
)
def test_a_classifier_of_another_size_is_refused(
    place: int, value: int, says: str, one_answer: ModelCard, tmp_path: Path
) -> None:
    model = onnx.load(one_answer.path)
    model.graph.input[0].type.tensor_type.shape.dim[place].dim_value = value
    with pytest.raises(CardError, match=says):
        Session(_resaved(one_answer, tmp_path, model))


def test_a_card_of_the_other_kind_is_refused(card: ModelCard, one_answer: ModelCard) -> None:
    with pytest.raises(CardError, match=r"height, width. was expected"):
        Session(replace(one_answer, kind="segmentation"))
    with pytest.raises(CardError, match="correct the card"):
        wrong = replace(card, kind="classification", tile=64, stride_multiple=64, output_stride=64)
        Session(wrong).run(_batch(1, side=64))


def test_a_network_of_another_kind_or_without_an_answer_is_told(tmp_path: Path) -> None:
    card = networks.smooth(tmp_path)
    other = replace(card, kind="detection", detection=Detection("yolo_v5"))
    with pytest.raises(CardError, match="is for detection, which is asked in another way"):
        Session(other)
    model = onnx.load(card.path)
    del model.graph.output[:]
    with pytest.raises(CardError, match="has no output"):
        Session(_resaved(card, tmp_path, model))
