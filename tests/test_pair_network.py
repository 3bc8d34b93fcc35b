# SPDX-License-Identifier: GPL-2.0-or-later
"""What a pair answers, mask by mask, beside the same worked out in numpy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import made_pairs
import numpy as np
import prompt_networks
import pytest
from made_pairs import SURENESS, TOLERANCES, Made
from onnx import TensorProto

from geosift.inference.errors import CardError, InputError, ModelError
from geosift.inference.prompt.network import PromptNetwork
from geosift.inference.prompt.opening import load_promptable
from geosift.inference.prompt.pairs.card import card_of_pair
from geosift.inference.prompt.pairs.network import PromptPair
from geosift.inference.prompt.promptable import Asked
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.raster.window import Window

THINGS = ((4, 8, 24, 20), (4, 32, 28, 60), (30, 4, 40, 40))
"""Top, left, bottom, right of what is in the picture; not all on cells."""
COLOURS = ((230, 60, 60), (60, 215, 80), (200, 80, 70))


@pytest.fixture(scope="module", params=made_pairs.CONTRACTS)
def pair(request, tmp_path_factory: pytest.TempPathFactory) -> PromptPair:
    return _loaded(tmp_path_factory.mktemp("pair"), made_pairs.CONTRACTS[request.param])


def _loaded(folder: Path, made: Made, **options) -> PromptPair:
    made_pairs.make(folder, made)
    return load_promptable(card_of_pair(folder), **options)


def _picture(pair: PromptPair) -> np.ndarray:
    """(3, height, width) of plain rectangles on grey."""
    image = np.full((3, pair.sight.height, pair.sight.width), 90, np.uint8)
    for (top, left, bottom, right), colour in zip(THINGS, COLOURS):
        image[:, top:bottom, left:right] = np.array(colour)[:, None, None]
    return image


def _seen(pair: PromptPair, image: np.ndarray, inside: Window | None = None):
    whole = Window(0, 0, *image.shape[1:])
    mean, std = np.float32(pair.card.mean), np.float32(pair.card.std)
    own = (image - mean[:, None, None]) / std[:, None, None]
    shown = image if pair.card.dtype == "uint8" else own.astype(np.float32)
    return pair.see(shown, inside or whole).under(whole)


CLICK, BOX = Prompt((Click(12, 9),)), Prompt(box=PromptBox(6, 2, 22, 26))
PROMPTS = {
    "click": (CLICK, [(12, 9, 1)]),
    "box": (BOX, [(6, 2, 2), (22, 26, 3)]),
    "two clicks": (Prompt((Click(12, 9), Click(46, 20))), [(12, 9, 1), (46, 20, 1)]),
    "beside": (
        Prompt((Click(12, 9), Click(20, 34, positive=False))), [(12, 9, 1), (20, 34, 0)],
    ),
    "click in a box": (
        Prompt((Click(46, 20),), PromptBox(30, 2, 50, 30)),
        [(46, 20, 1), (30, 2, 2), (50, 30, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("prompt", "points"), PROMPTS.values(), ids=PROMPTS)
def test_masks_are_those_of_the_oracle(pair: PromptPair, prompt: Prompt, points) -> None:
    """Of four masks the first is for prompts of more than two points, and the rest for fewer."""
    image = _picture(pair)
    [(masks, ious)] = pair.answers([Asked(prompt, _seen(pair, image))])
    tolerances, sure = TOLERANCES, SURENESS
    if _count(pair) == 1:
        tolerances, sure = TOLERANCES[:1], SURENESS[:1]
    elif _count(pair) == 4 and len(points) + (prompt.box is None) > 2:
        tolerances, sure = TOLERANCES[:1], (made_pairs.SINGLE,)
    np.testing.assert_allclose(ious, sure)
    assert masks.shape == (len(sure), *pair.sight.cells)
    assert masks.dtype == np.float32
    for mask, tolerance in zip(masks, tolerances):
        expected = made_pairs.expected(image, points, tolerance=tolerance)
        assert expected.any()
        np.testing.assert_array_equal(mask > 0, expected)


def _count(pair: PromptPair) -> int:
    """How many masks the decoder gives."""
    node = next(each for each in pair._decoder.outputs if each.name == pair.contract.ious)
    return node.shape[1]


def test_a_mask_that_is_corrected_is_shown_to_the_decoder(pair: PromptPair) -> None:
    """The made decoder gives it back, so it has to come back at its place."""
    before = np.full(pair.sight.cells, 0.02, np.float32)
    before[2:5, 3:9] = 0.97
    before[6, 15] = 1.0
    seen = _seen(pair, _picture(pair))
    [(masks, _)] = pair.answers([Asked(CLICK, seen, before)])
    if "mask" not in pair.contract.asked:
        [(fresh, _)] = pair.answers([Asked(CLICK, seen)])
        np.testing.assert_array_equal(masks, fresh)
        return
    logits = np.clip(np.log(before / (1 - before.astype(np.float64) + 1e-12)), -16, 16)
    np.testing.assert_allclose(masks, np.broadcast_to(logits, masks.shape), atol=1e-4)


def test_many_are_the_stack_of_each_from_several_threads(tmp_path: Path) -> None:
    pair = _loaded(tmp_path, made_pairs.SAM, callers=3)
    seen = _seen(pair, _picture(pair))
    asked = [Asked(prompt, seen) for prompt, _ in PROMPTS.values()]
    together = pair.answers(asked)
    with ThreadPoolExecutor(3) as pool:
        alone = list(pool.map(lambda each: pair.answers([each])[0], asked * 4))
    for (masks, ious), (lone, worth) in zip(together * 4, alone):
        np.testing.assert_array_equal(masks, lone)
        np.testing.assert_array_equal(ious, worth)


def test_beyond_the_raster_nothing_is_found(pair: PromptPair) -> None:
    """SAM 2 is shown the mirror image there, which is cut off with the raster's edge."""
    image = _picture(pair)
    image[:, :, 40:] = image[:, :, 40:16:-1]
    seen = _seen(pair, image, Window(0, 0, pair.sight.height, 40))
    [(masks, _)] = pair.answers([Asked(CLICK, seen)])
    beyond = masks[0][:, 10:] > 0
    assert beyond.any() == pair.contract.is_second


def test_only_the_window_that_was_encoded_can_be_seen(pair: PromptPair) -> None:
    features = pair.see(_picture(pair), Window(0, 0, pair.sight.height, pair.sight.width))
    assert features.nbytes == sum(each.nbytes for each in features.tensors.values()) > 0
    with pytest.raises(ValueError, match="is not the window"):
        features.under(Window(0, 0, 32, 32))


def test_a_decoder_of_few_points_is_filled_up_and_no_more(tmp_path: Path) -> None:
    pair = _loaded(tmp_path, replace(made_pairs.EDGE_SAM, points=3))
    image = _picture(pair)
    seen = _seen(pair, image)
    for name in ("click", "box", "two clicks"):
        prompt, points = PROMPTS[name]
        [(masks, _)] = pair.answers([Asked(prompt, seen)])
        expected = made_pairs.expected(image, points, tolerance=TOLERANCES[0])
        np.testing.assert_array_equal(masks[0] > 0, expected)
    many = Prompt(tuple(Click(x, 9) for x in (10, 11, 12)))
    with pytest.raises(InputError, match="takes 3 points at once"):
        pair.answers([Asked(many, seen)])


@pytest.mark.parametrize("labels", [TensorProto.INT32, TensorProto.INT64, TensorProto.FLOAT16])
def test_labels_go_in_as_the_decoder_wants_them(tmp_path: Path, labels: int) -> None:
    pair = _loaded(tmp_path, replace(made_pairs.SAM, labels=labels))
    image = _picture(pair)
    [(masks, _)] = pair.answers([Asked(BOX, _seen(pair, image))])
    expected = made_pairs.expected(image, PROMPTS["box"][1], tolerance=TOLERANCES[0])
    np.testing.assert_array_equal(masks[0] > 0, expected)


def test_whose_network_it_is_its_decoder_tells(tmp_path: Path) -> None:
    own = prompt_networks.same_colour(tmp_path)
    assert isinstance(load_promptable(own), PromptNetwork)
    assert isinstance(_loaded(tmp_path / "other", made_pairs.SAM2), PromptPair)


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    encoder, decoder = made_pairs.make(tmp_path, made_pairs.SAM)
    card = card_of_pair(tmp_path)
    decoder.write_bytes(decoder.read_bytes() + b"\0")
    with pytest.raises(CardError, match="is not the one its card describes"):
        load_promptable(card)
    encoder.unlink()
    with pytest.raises(CardError, match="which is not in"):
        load_promptable(card)


def test_a_decoder_that_answers_otherwise_than_it_says_is_one_sentence(tmp_path: Path) -> None:
    pair = _loaded(tmp_path, made_pairs.SAM)
    seen = dict(_seen(pair, _picture(pair)))
    seen["embeddings"] = seen["embeddings"][:, :, :2]
    with pytest.raises(ModelError, match="failed") as caught:
        pair.answers([Asked(CLICK, seen)])
    assert "\n" not in str(caught.value)
