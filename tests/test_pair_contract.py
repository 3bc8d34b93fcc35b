# SPDX-License-Identifier: GPL-2.0-or-later
"""Which input and output of a pair is what: by names and axes, of every public export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.errors import CardError, InputError
from geosift.inference.prompt.pairs.contract import Contract, bind
from geosift.inference.prompt.pairs.picture import MEAN, STD
from geosift.inference.prompt.pairs.points import filled_up, points_of
from geosift.inference.prompt.pairs.spelling import is_decoder, is_encoder
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox

FLOAT, WHOLE = "tensor(float)", "tensor(int32)"


@dataclass(frozen=True)
class Node:
    name: str
    shape: tuple[Any, ...]
    type: str = FLOAT


@dataclass(frozen=True)
class File:
    inputs: Sequence[Node]
    outputs: Sequence[Node]


EMBEDDING = Node("image_embeddings", (1, 256, 64, 64))
POINTS = (Node("point_coords", (1, "n", 2)), Node("point_labels", (1, "n")))
MASK = (Node("mask_input", (1, 1, 256, 256)), Node("has_mask_input", (1,)))
SIZE = Node("orig_im_size", (2,))
IOUS = Node("iou_predictions", (1, 4))
MASKS, SMALL = Node("masks", (1, 4, "h", "w")), Node("low_res_masks", (1, 4, 256, 256))
SAM_DECODER = File((EMBEDDING, *POINTS, *MASK, SIZE), (MASKS, IOUS, SMALL))
FEATURES = (
    Node("high_res_feats_0", (1, 32, 256, 256)), Node("high_res_feats_1", (1, 64, 128, 128)),
)  # fmt: skip
EMBED = Node("image_embed", (1, 256, 64, 64))
EDGE_DECODER = File((EMBEDDING, *POINTS), (Node("scores", (1, 4)), Node("masks", (1, 4, 256, 256))))
SAM2_DECODER = File((EMBED, *FEATURES, *POINTS, *MASK), (Node("masks", (1, 3, 256, 256)), IOUS))


def _encoder(*shape: Any, outputs: Sequence[Node] = (EMBEDDING,), kind: str = FLOAT) -> File:
    return File((Node("image", shape, kind),), outputs)


SQUARE = _encoder(1, 3, 1024, 1024)
SAM2 = _encoder(1, 3, 1024, 1024, outputs=(*FEATURES, EMBED))


def _bound(encoder: File, decoder: File) -> Contract:
    return bind(encoder, decoder, called="pair")


@pytest.mark.parametrize(
    ("encoder", "decoder", "family", "sight", "masks"),
    [
        (SQUARE, SAM_DECODER, "SAM", (1024, 1024, 4), "low_res_masks"),
        (_encoder(684, 1024, 3), SAM_DECODER, "SAM", (684, 1024, 4), "low_res_masks"),
        (_encoder("image_height", "image_width", 3), SAM_DECODER, "SAM", (1024, 1024, 4),
         "low_res_masks"),
        (_encoder(1, 3, None, -1, outputs=(Node("3871", (None,) * 4),)),
         File((Node("image_embeddings", (1, 256, 32, 32)), *POINTS, *MASK), (SMALL, IOUS)),
         "SAM", (512, 512, 2), "low_res_masks"),
        (SQUARE, EDGE_DECODER, "EdgeSAM", (1024, 1024, 4), "masks"),
        (SAM2, SAM2_DECODER, "SAM 2", (1024, 1024, 4), "masks"),
        (SAM2, replace(SAM2_DECODER, outputs=(Node("masks", (1, 3, 1024, 1024)), IOUS)),
         "SAM 2", (1024, 1024, 4), "masks"),
        (_encoder(1, 3, 1024, 1024, outputs=(EMBED, *(replace(each, name=f"feat_s{n}")
                                                      for n, each in enumerate(FEATURES)))),
         SAM2_DECODER, "SAM 2", (1024, 1024, 4), "masks"),
        (_encoder(1, 1024, 1024, 3, kind="tensor(uint8)"), SAM_DECODER, "SAM", (1024, 1024, 4),
         "low_res_masks"),
        (_encoder(1, 3, 512, 512, outputs=(Node("x", (1, 256, 32, 32)),)),
         File((Node("image_embeddings", ("b", 256, "h", "w")), *POINTS),
              (Node("masks", (1, 4, 256, 256)), IOUS)),
         "EdgeSAM", (512, 512, 2), "masks"),
    ],
    ids=["SAM", "samexporter", "any size", "free sizes", "EdgeSAM", "SAM 2", "SAM 2 large masks",
         "SAM 2 other names", "bytes, bands last", "half"],
)  # fmt: skip
def test_every_public_export_is_bound(encoder, decoder, family, sight, masks) -> None:
    contract = _bound(encoder, decoder)
    assert contract.family == family
    assert (contract.sight.height, contract.sight.width, contract.sight.cell) == sight
    assert not contract.sight.slides
    assert contract.masks == masks
    assert {name for name, _ in contract.fed} == {
        each.name for each in decoder.inputs if each.name in {"image_embeddings", "image_embed"}
        or each in FEATURES
    }  # fmt: skip
    assert is_encoder(encoder)
    assert is_decoder(decoder)


def test_what_the_encoder_says_goes_where_the_decoder_wants_it() -> None:
    other = _encoder(
        1, 3, 1024, 1024,
        outputs=(EMBED, *(replace(each, name=f"feat_s{n}") for n, each in enumerate(FEATURES))),
    )  # fmt: skip
    assert dict(_bound(other, SAM2_DECODER).fed) == {
        "image_embed": "image_embed", "high_res_feats_0": "feat_s0", "high_res_feats_1": "feat_s1",
    }  # fmt: skip
    lone = _encoder(1, 3, 1024, 1024, outputs=(Node("4711", (1, 256, 64, 64)),))
    assert _bound(lone, SAM_DECODER).fed == (("image_embeddings", "4711"),)


@pytest.mark.parametrize(
    ("shape", "kind", "is_raw", "axes"),
    [
        ((1, 3, 1024, 1024), FLOAT, False, "nchw"),
        ((1, 1024, 1024, 3), FLOAT, False, "nhwc"),
        ((1, 3, 1024, 1024), "tensor(uint8)", True, "nchw"),
        ((684, 1024, 3), FLOAT, True, "hwc"),
        ((3, 1024, 1024), FLOAT, True, "chw"),
    ],
)
def test_a_picture_is_laid_out_as_the_encoder_takes_it(shape, kind, is_raw, axes) -> None:
    picture = _bound(_encoder(*shape, kind=kind), SAM_DECODER).picture
    assert picture.is_raw == is_raw
    assert (picture.mean, picture.std) == (((0.0,) * 3, (1.0,) * 3) if is_raw else (MEAN, STD))
    image = np.random.default_rng(0).normal(90, 80, (3, picture.height, picture.width))
    image = image.astype(np.float32)
    out = picture.laid_out(image)
    assert out.shape == shape
    assert out.flags.c_contiguous
    back = out[0] if axes.startswith("n") else out
    back = back.transpose(2, 0, 1) if axes.endswith("hwc") else back
    if kind == FLOAT:
        np.testing.assert_array_equal(back, image)
    else:
        np.testing.assert_array_equal(back, np.clip(np.rint(image), 0, 255).astype(np.uint8))


UNKNOWN = Node("interm_embeddings", (1, 1, 64, 64, 160))


@pytest.mark.parametrize(
    ("encoder", "decoder", "says"),
    [
        (SQUARE, SAM2_DECODER, "wants 'high_res_feats_0', which the encoder lacks"),
        (SQUARE, replace(SAM_DECODER, inputs=(*SAM_DECODER.inputs, UNKNOWN)),
         "wants 'interm_embeddings', and nobody knows what it is"),
        (SQUARE, File(SAM_DECODER.inputs[:2], SAM_DECODER.outputs), "takes image_embeddings, poi"),
        (SQUARE, replace(SAM_DECODER, outputs=(MASKS,)), "gives masks instead of masks and their"),
        (SQUARE, replace(SAM_DECODER, inputs=SAM_DECODER.inputs[:4]), "without word of whether"),
        (SQUARE, replace(SAM_DECODER, inputs=(EMBEDDING, Node("point_coords", (1, 1, "n", 2)),
                                              *SAM_DECODER.inputs[2:])),
         "'point_coords' has to be numbers in 3 axes"),
        (SQUARE, replace(SAM_DECODER, inputs=(*SAM_DECODER.inputs[:2],
                                              Node("point_labels", (1, "n"), "tensor(string)"),
                                              *SAM_DECODER.inputs[3:])),
         r"it is tensor\(string\)"),
        (_encoder(1, 3, 1024, 1024, outputs=(Node("image_embeddings", (1, 128, 64, 64)),)),
         SAM_DECODER, r"is tensor\(float\) \[1, 128, 64, 64\], the decoder takes"),
        (_encoder(1, 3, 1024, 1024, outputs=(replace(EMBEDDING, type="tensor(float16)"),)),
         SAM_DECODER, r"is tensor\(float16\)"),
        (_encoder(1, 3, 512, 512), SAM_DECODER, "a picture of 512 pixels"),
        (_encoder(1, 3, 100_000, 100_000), SAM_DECODER, "a picture of 100000 pixels, 8192 at mo"),
        (_encoder(1, 1, 1024, 1024), SAM_DECODER, "one picture of 3 bands"),
        (_encoder(1, 3, 1024, 1024, kind="tensor(int64)"), SAM_DECODER, "float16 or uint8"),
        (_encoder(683, 1024, 3), SAM_DECODER, "do not fit a picture of 683 x 1024"),
        (SQUARE, replace(SAM_DECODER, outputs=(IOUS, Node("low_res_masks", (1, 4, 200, 200)))),
         "masks of 200 cells"),
        (SAM_DECODER, SAM_DECODER, "the encoder has to take one picture"),
    ],
)  # fmt: skip
def test_what_is_no_pair_is_one_sentence_that_says_why(encoder, decoder, says: str) -> None:
    with pytest.raises(CardError, match=says) as caught:
        _bound(encoder, decoder)
    assert "\n" not in str(caught.value)
    assert "export it again" in str(caught.value)


names = st.sampled_from(
    ["image", "image_embeddings", "image_embed", "feat_s0", "high_res_feats_1", "point_coords",
     "point_labels", "mask_input", "has_mask_input", "orig_im_size", "masks", "low_res_masks",
     "iou_predictions", "scores", "x\ny"]
)  # fmt: skip
sizes = st.one_of(
    st.none(), st.just("n"), st.sampled_from([-1, 0, 1, 2, 3, 16, 64, 256, 1024, 2**40])
)
nodes = st.builds(
    Node, names, st.lists(sizes, max_size=5).map(tuple),
    st.sampled_from([FLOAT, "tensor(float16)", "tensor(int64)", "tensor(string)", ""]),
)  # fmt: skip
files = st.builds(File, st.lists(nodes, max_size=8), st.lists(nodes, max_size=5))
mixed = st.builds(
    lambda decoder, changed: replace(decoder, inputs=[*decoder.inputs[:-1], *changed]),
    st.sampled_from([SAM_DECODER, SAM2_DECODER]), st.lists(nodes, max_size=2),
)  # fmt: skip
shown = st.builds(
    lambda shape, kind, outputs: File([Node("image", tuple(shape), kind)], outputs),
    st.lists(sizes, min_size=3, max_size=4), st.sampled_from([FLOAT, "tensor(uint8)"]),
    st.lists(st.one_of(st.just(EMBEDDING), nodes), min_size=1, max_size=3),
)  # fmt: skip


@quick
@given(st.one_of(files, shown), st.one_of(files, mixed))
def test_any_two_files_are_a_pair_or_a_sentence(encoder: File, decoder: File) -> None:
    try:
        contract = _bound(encoder, decoder)
    except CardError as error:
        assert "\n" not in str(error)
        return
    sight = contract.sight
    assert sight.cell > 0
    assert max(sight.height, sight.width) <= contract.side <= 8192
    assert sight.cells[0] * sight.cell == sight.height
    assert sight.cells[1] * sight.cell == sight.width


places = st.floats(-2000, 2000, width=32)
clicks = st.lists(st.builds(Click, places, places, st.booleans()), max_size=6)
boxes = st.one_of(
    st.none(),
    st.tuples(places, places, st.floats(1, 500), st.floats(1, 500)).map(
        lambda each: PromptBox(each[0], each[1], each[0] + each[2], each[1] + each[3])
    ),
)


@quick
@given(clicks, boxes, st.booleans(), st.integers(0, 4))
def test_points_are_clicks_then_corners_then_nothing(clicks, box, padded, more) -> None:
    if box is None and not any(click.positive for click in clicks):
        return
    prompt = Prompt(tuple(clicks), box)
    coords, labels = points_of(prompt, padded=padded)
    count = len(clicks)
    assert coords.dtype == labels.dtype == np.float32
    assert labels[:count].tolist() == [float(click.positive) for click in clicks]
    found = coords[:count] + 0.5
    np.testing.assert_allclose(found, [(c.x, c.y) for c in clicks] or found, atol=1e-3)
    if box is not None:
        assert labels[count:].tolist() == [2, 3]
        corners = [(box.left, box.top), (box.right, box.bottom)]
        np.testing.assert_allclose(coords[count:] + 0.5, corners, atol=1e-3)
    else:
        assert labels[count:].tolist() == ([-1] if padded else [])
        assert not coords[count:].any()
    full, numbers = filled_up((coords, labels), len(labels) + more)
    assert full.shape == (len(labels) + more, 2)
    np.testing.assert_array_equal(numbers[: len(labels)], labels)
    assert (numbers[len(labels) :] == -1).all()


def test_more_points_than_a_decoder_takes_are_one_sentence() -> None:
    points = points_of(Prompt((Click(1, 1),), PromptBox(0, 0, 9, 9)), padded=True)
    with pytest.raises(InputError, match="takes 2 points at once"):
        filled_up(points, 2)
