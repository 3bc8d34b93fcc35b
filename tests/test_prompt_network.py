# SPDX-License-Identifier: GPL-2.0-or-later
"""The pair of files of a promptable network, and its card."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import networks
import numpy as np
import onnx
import onnxruntime
import prompt_networks
import pytest
from onnx import numpy_helper

from geosift.inference.cards.card import DecoderFile, ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import CardError, ModelError
from geosift.inference.prompt.network import PromptNetwork
from geosift.inference.prompt.planes import planes
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox

BACK, THING = (90, 90, 90), (240, 40, 60)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))


def _picture() -> np.ndarray:
    """(1, 3, 256, 256): one rectangle of 80 x 100 pixels on plain ground."""
    image = np.empty((1, 3, 256, 256), np.uint8)
    image[:] = np.array(BACK, np.uint8)[:, None, None]
    image[:, :, 40:120, 60:160] = np.array(THING, np.uint8)[:, None, None]
    return image


PROMPTS = (
    Prompt((Click(100, 80),)),
    Prompt(box=PromptBox(55, 35, 165, 126)),
    Prompt((Click(100, 80), Click(10, 10, positive=False))),
)


@pytest.mark.parametrize("prompt", PROMPTS, ids=["click", "box", "two clicks"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_made_pair_finds_what_was_pointed_at(tmp_path: Path, prompt: Prompt, dtype) -> None:
    network = PromptNetwork(prompt_networks.same_colour(tmp_path, dtype=dtype))
    features = network.encode(_picture())
    assert features.dtype == dtype
    masks, ious = network.decode(features, planes(prompt)[np.newaxis])
    expected = np.zeros((128, 128), bool)
    expected[20:60, 30:80] = True
    np.testing.assert_array_equal(masks[0, 0] > 0, expected)
    np.testing.assert_allclose(ious[0], prompt_networks.SURENESS, rtol=1e-6)


def test_what_fills_the_window_is_worth_nothing(pair: ModelCard) -> None:
    network = PromptNetwork(pair)
    features = network.encode(_picture())
    masks, ious = network.decode(features, planes(Prompt((Click(5, 5),)))[np.newaxis])
    assert not (masks[0, 0, 20:60, 30:80] > 0).any()
    assert ious.max() == 0


@pytest.mark.parametrize("plane", range(4))
def test_the_echo_says_where_it_was_pointed(tmp_path: Path, plane: int) -> None:
    network = PromptNetwork(prompt_networks.echo(tmp_path, plane=plane))
    prompt = Prompt((Click(41, 87), Click(200, 30, positive=False)), PromptBox(20, 60, 100, 140))
    before = np.zeros((128, 128), np.float32)
    before[10:20, 90:100] = 1
    given = planes(prompt, before)[np.newaxis]
    masks, _ = network.decode(network.encode(_picture()), given)
    coarse = masks[0, 0].reshape(64, 2, 64, 2).mean(axis=(1, 3))
    assert np.unravel_index(coarse.argmax(), (64, 64)) == np.unravel_index(
        given[0, plane].argmax(), (64, 64)
    ) or given[0, plane].flat[coarse.argmax()] == pytest.approx(1)


def test_answers_are_those_of_onnxruntime_itself(pair: ModelCard) -> None:
    network = PromptNetwork(pair)
    image = np.random.default_rng(1).integers(0, 256, (2, 3, 256, 256)).astype(np.uint8)
    encoder = onnxruntime.InferenceSession(str(pair.path), providers=["CPUExecutionProvider"])
    features = encoder.run(None, {"image": image})[0]
    np.testing.assert_array_equal(network.encode(image), features)
    decoder = onnxruntime.InferenceSession(
        str(pair.decoder.path), providers=["CPUExecutionProvider"]
    )
    given = np.stack([planes(prompt) for prompt in PROMPTS[:2]])
    masks, ious = decoder.run(["masks", "ious"], {"features": features, "planes": given})
    found = network.decode(features, given)
    np.testing.assert_allclose(found[0], masks, atol=1e-5)
    np.testing.assert_allclose(found[1], ious, atol=1e-6)


def test_a_batch_is_the_stack_of_each_from_several_threads(pair: ModelCard) -> None:
    network = PromptNetwork(pair, callers=3)
    image = np.random.default_rng(2).integers(0, 256, (1, 3, 256, 256)).astype(np.uint8)
    features = network.encode(image)
    given = np.stack([planes(prompt) for prompt in PROMPTS])
    together = network.decode(np.repeat(features, 3, axis=0), given)
    with ThreadPoolExecutor(6) as pool:
        alone = list(pool.map(lambda k: network.decode(features, given[k % 3][None]), range(12)))
    for index, (masks, ious) in enumerate(alone):
        np.testing.assert_allclose(masks[0], together[0][index % 3], atol=1e-5)
        np.testing.assert_allclose(ious[0], together[1][index % 3], atol=1e-6)


def test_a_prompt_card_names_two_files_and_no_class(pair: ModelCard) -> None:
    assert (pair.kind, pair.classes) == ("prompt", ())
    assert pair.decoder.path == pair.path.with_name("pair-decoder.onnx")
    assert pair.decoder.bytes == pair.decoder.path.stat().st_size
    pair.verify()
    catalog = Catalog(user_folder=pair.path.parent)
    assert catalog.find("pair") == pair
    assert pair in catalog.cards()


def _raw(card: ModelCard) -> dict[str, Any]:
    return json.loads(card.path.with_suffix(".json").read_text())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"decoder": None}, "a prompt network has a 'decoder'"),
        ({"decoder": {}}, "field 'file' is missing"),
        ({"decoder": 3}, "'decoder' is 3, expected an object"),
        ({"decoder": {"file": "a", "sha256": "1", "bytes": 1}}, "decoder.sha256 is not 64"),
        ({"output": {"activation": "probabilities", "stride": 4}}, "answers with logits"),
    ],
    ids=["none", "empty", "number", "digest", "activation"],
)
def test_a_prompt_card_that_is_wrong_says_how(pair: ModelCard, tmp_path, change, says) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**_raw(pair), **change}))
    with pytest.raises(CardError, match="is not valid") as caught:
        ModelCard.load(path)
    assert says in str(caught.value)


def test_no_other_kind_has_a_decoder(pair: ModelCard, tmp_path: Path) -> None:
    card = networks.smooth(tmp_path)
    path = card.path.with_suffix(".json")
    path.write_text(json.dumps({**_raw(card), "decoder": _raw(pair)["decoder"]}))
    with pytest.raises(CardError, match="no other kind has one"):
        ModelCard.load(path)


def test_a_decoder_named_outside_the_folder_is_looked_for_inside(pair, tmp_path: Path) -> None:
    raw = _raw(pair)
    path = tmp_path / "far.json"
    path.write_text(json.dumps({**raw, "decoder": {**raw["decoder"], "file": "../../etc/passwd"}}))
    assert ModelCard.load(path).decoder.path == tmp_path / "passwd"


def test_a_decoder_that_is_gone_or_was_changed_is_noticed(tmp_path: Path) -> None:
    card = prompt_networks.same_colour(tmp_path)
    with card.decoder.path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(CardError, match=r"pair-decoder\.onnx is not the one its card describes"):
        card.verify()
    card.decoder.path.unlink()
    with pytest.raises(CardError, match=r"pair-decoder\.onnx, which is not in"):
        PromptNetwork(card)


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="is made for segmentation, a model for prompt"):
        PromptNetwork(networks.smooth(tmp_path))


def _with_file(card: ModelCard, path: Path, *, decoder: bool) -> ModelCard:
    """The card of a pair in which one file is another."""
    described = prompt_networks.described(path)
    if decoder:
        file = DecoderFile(path, described["sha256"], described["bytes"])
        return replace(card, decoder=file)
    return replace(card, path=path, sha256=described["sha256"])


def _resized(path: Path, target: Path, node: str, dims: list[int | str]) -> Path:
    """The same file, with another shape promised for one of its inputs or outputs."""
    model = onnx.load(path)
    for each in (*model.graph.input, *model.graph.output):
        if each.name == node:
            for dim, value in zip(each.type.tensor_type.shape.dim, dims):
                dim.Clear()
                if isinstance(value, int):
                    dim.dim_value = value
                else:
                    dim.dim_param = value
    onnx.save(model, target)
    return target


@pytest.mark.parametrize(
    ("node", "dims"),
    [
        ("features", ["n", 4, 64, 64]),
        ("features", ["n", 3, 32, 64]),
        ("features", [1, 3, 64, 64]),
        ("planes", ["n", 5, 64, 64]),
    ],
)
def test_a_decoder_of_another_shape_is_refused(pair, tmp_path: Path, node, dims) -> None:
    path = _resized(pair.decoder.path, tmp_path / "other.onnx", node, dims)
    with pytest.raises((CardError, ModelError)) as caught:
        PromptNetwork(_with_file(pair, path, decoder=True))
    assert "\n" not in str(caught.value)


def test_masks_of_another_size_are_refused(pair: ModelCard, tmp_path: Path) -> None:
    model = onnx.load(_resized(pair.decoder.path, tmp_path / "a.onnx", "masks", ["n", 3, 64, 64]))
    for weight in model.graph.initializer:
        if weight.name == "twice":
            weight.CopyFrom(numpy_helper.from_array(np.ones(4, np.float32), "twice"))
    onnx.save(model, tmp_path / "b.onnx")
    with pytest.raises(CardError, match=r"'masks' of \[n, 3, 128, 128\]"):
        PromptNetwork(_with_file(pair, tmp_path / "b.onnx", decoder=True))


@pytest.mark.parametrize("dims", [["n", 3, 256, "w"], ["n", 4, "h", "w"]])
def test_an_encoder_of_another_shape_is_refused(pair, tmp_path: Path, dims) -> None:
    path = _resized(pair.path, tmp_path / "other.onnx", "image", dims)
    with pytest.raises((CardError, ModelError)) as caught:
        PromptNetwork(_with_file(pair, path, decoder=False))
    assert "\n" not in str(caught.value)


def test_the_two_files_have_to_agree_on_the_type(pair: ModelCard, tmp_path: Path) -> None:
    other = prompt_networks.same_colour(tmp_path, dtype="float32")
    with pytest.raises(CardError, match="is no promptable network as GeoSift knows it"):
        PromptNetwork(replace(pair, decoder=other.decoder))


def test_a_network_of_another_contract_is_refused(pair: ModelCard, tmp_path: Path) -> None:
    smooth = networks.smooth(tmp_path)
    with pytest.raises(CardError, match="an input 'image' and an output 'features'"):
        PromptNetwork(_with_file(pair, smooth.path, decoder=False))
    with pytest.raises(CardError, match="'features' of"):
        PromptNetwork(_with_file(pair, smooth.path, decoder=True))
