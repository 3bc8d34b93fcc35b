# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare ONNX file: what its shapes tell, what is asked, and the card that answers make."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from foreign_networks import save
from onnx import TensorProto, helper

from geosift.inference.cards.card import BlendSettings, Detection, ModelCard
from geosift.inference.errors import CardError, InputError, ModelError
from geosift.inference.foreign import bare
from geosift.inference.raster.bands import choose_bands

_TILE = (512, 512)


@pytest.mark.parametrize(
    ("outputs", "kinds"),
    [
        ({"o": ("n", 5, *_TILE)}, ("segmentation", "superresolution", "regression")),
        ({"o": ("n", 1, *_TILE)}, ("segmentation", "regression", "superresolution")),
        ({"o": ("n", *_TILE)}, ("segmentation", "regression", "superresolution")),
        ({"o": ("n", 3, 1024, 1024)}, ("superresolution",)),
        ({"o": ("n", 10)}, ("classification", "recognition")),
        ({"o": ("n", 256)}, ("recognition", "classification")),
        ({"o": ("n", 84, 5376)}, ("detection", "segmentation", "regression")),
        ({"o": ("n", 16128, 85)}, ("detection", "segmentation", "regression")),
        ({"o": ("n", 84, "anchors")}, ("detection", "segmentation", "regression")),
    ],
    ids=str,
)
def test_kinds_are_told_by_shapes(tmp_path: Path, outputs, kinds) -> None:
    assert bare.questions(save(tmp_path, "net", outputs)).kinds == kinds


@pytest.mark.parametrize(
    ("outputs", "layouts", "classes"),
    [
        ({"o": ("n", 84, 5376)}, ("ultralytics", "yolo_v9", "ultralytics_obb"), 80),
        ({"o": ("n", 16128, 85)}, ("yolo_v5", "yolo_v6"), 80),
        ({"o": ("n", 116, 5376), "p": ("n", 32, 128, 128)}, ("ultralytics_seg",), 80),
        ({"o": ("n", 5, 5376)}, ("ultralytics", "yolo_v9"), 1),
        ({"o": ("n", 300, 6)}, ("ultralytics_end2end", "yolo_v5", "yolo_v6"), 1),
        (
            {"o": ("n", "a", "b")},
            ("ultralytics", "ultralytics_obb", "yolo_v9", "yolo_v5", "yolo_v6"),
            1,
        ),
        ({"o": ("n", 4, *_TILE)}, (), 1),
    ],
    ids=str,
)
def test_layouts_are_told_by_shapes(tmp_path: Path, outputs, layouts, classes: int) -> None:
    asked = bare.questions(save(tmp_path, "net", outputs))
    assert asked.layouts == layouts
    assert len(asked.defaults("detection").classes[0]) == classes


@pytest.mark.parametrize(
    ("kind", "outputs"),
    [
        ("segmentation", {"o": ("n", 5, *_TILE)}),
        ("segmentation", {"o": ("n", *_TILE)}),
        ("segmentation", {"o": ("n", 5, "h", "w")}),
        ("classification", {"o": ("n", 10)}),
        ("detection", {"o": ("n", 84, 5376)}),
        ("regression", {"o": ("n", 1, *_TILE)}),
        ("superresolution", {"o": ("n", 3, 1024, 1024)}),
        ("recognition", {"o": ("n", 256)}),
    ],
)
@pytest.mark.parametrize("image", [("n", 3, 512, 512), (1, 3, "h", "w"), ("n", 13, 512, 512)])
def test_what_is_proposed_makes_a_card_that_is_read_back(
    tmp_path: Path, kind: str, outputs, image
) -> None:
    path = save(tmp_path, "net", outputs, image=image)
    asked = bare.questions(path)
    card = bare.card(path, asked.defaults(kind))
    card.verify()
    assert (card.kind, card.origin, card.path) == (kind, "asked for", path)
    assert card.fixed_tile
    assert card.tile == 512
    assert card.fixed_batch == (1 if image[0] == 1 else None)
    assert card.mean == (0.0,) * image[1]
    assert card.std == (255.0,) * image[1]
    path.with_suffix(".json").write_text(card.to_json(), encoding="utf-8")
    assert ModelCard.load(path.with_suffix(".json")) == card
    assert set(asked.asked(kind)) <= {field.name for field in fields(asked.defaults(kind))}


def test_what_is_answered_is_in_the_card(tmp_path: Path) -> None:
    path = save(tmp_path, "Dächer 2", {"o": ("n", 6, 5376)}, image=("n", 4, "h", "w"))
    answers = replace(
        bare.questions(path).defaults("detection"),
        name="Roofs\n<b>",
        bands=("nir", "red", "green", "blue"),
        scaling="own",
        mean=(1.0, 2.0, 3.0, 4.0),
        std=(5.0, 6.0, 7.0, 8.0),
        resolution_m=0.25,
        tile=640,
        overlap=25.0,
        classes=(("roof", "pool"),),
        colors=(("#FF0000", "#0000FF"),),
        confidence=0.3,
        iou=0.6,
        licence="MIT",
    )
    card = bare.card(path, answers)
    assert (card.id, card.name) == ("dacher-2", "Roofs <b>")
    assert card.bands == ("nir", "red", "green", "blue")
    assert (card.mean, card.std) == ((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0))
    assert (card.resolution_m, card.tile, card.licence) == (0.25, 640, "MIT")
    assert card.blend == BlendSettings(80, 0, 0)
    assert [(info.name, info.color) for info in card.classes] == [
        ("roof", "#FF0000"),
        ("pool", "#0000FF"),
    ]
    assert card.detection == Detection("ultralytics", 0.3, 0.6)


def test_overlap_blends_as_in_our_own_cards(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 2, *_TILE)})
    answers = bare.questions(path).defaults("segmentation")
    assert bare.card(path, replace(answers, overlap=31.25)).blend == BlendSettings(80, 60, 40)
    assert bare.card(path, replace(answers, overlap=1.0)).blend == BlendSettings(3, 0, 1)
    assert bare.card(path, replace(answers, overlap=0.0)).blend == BlendSettings(0, 0, 0)


def test_a_smaller_answer_is_coarser_or_in_the_middle(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 2, 256, 256)})
    asked = bare.questions(path)
    assert "centred" in asked.asked("segmentation")
    coarse = bare.card(path, asked.defaults("segmentation"))
    assert (coarse.output_stride, coarse.stride_multiple, coarse.centred) == (2, 2, False)
    middle = bare.card(path, replace(asked.defaults("segmentation"), centred=True))
    assert (middle.output_stride, middle.centred) == (1, True)
    assert middle.blend.halo >= middle.blend.ring >= 128
    odd = save(tmp_path, "odd", {"o": ("n", 2, 324, 324)})
    assert "centred" not in bare.questions(odd).asked("segmentation"), "it can only be the middle"
    assert bare.card(odd, bare.questions(odd).defaults("segmentation")).centred


@pytest.mark.parametrize(("op", "activation"), [("Softmax", "probabilities"), ("Relu", "logits")])
def test_the_end_of_the_graph_tells_what_answers_are(tmp_path: Path, op, activation) -> None:
    nodes = [
        helper.make_node(op, ["image"], ["a"]),
        helper.make_node("Transpose", ["a"], ["b"]),
        helper.make_node("Cast", ["b"], ["o"], to=1),
    ]
    path = save(tmp_path, "net", {"o": ("n", 3, *_TILE)}, nodes=nodes)
    assert bare.questions(path).activation == activation


def test_a_byte_network_is_fed_as_it_is(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 3, *_TILE)}, dtype=TensorProto.UINT8)
    asked = bare.questions(path)
    assert "scaling" not in asked.asked("segmentation")
    card = bare.card(path, asked.defaults("segmentation"))
    assert (card.dtype, card.mean, card.std) == ("uint8", (0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"image": ("n", 3, 512)}, "takes an input of rank 3 ([n, 3, 512]), GeoSift feeds"),
        ({"image": ("n", 512, 512, 3)}, "export it with channels first"),
        ({"image": ("n", "c", 512, 512)}, "export it with channels first"),
        ({"image": ("n", 3, 684, 1024)}, "684 x 1024 pixels only, GeoSift cuts squares"),
        ({"dtype": TensorProto.FLOAT16}, "takes tensor(float16), GeoSift feeds float32 or uint8"),
        ({"dtype": TensorProto.FLOAT16}, "export it without half precision (half=False)"),
        ({"dtype": TensorProto.INT64}, "takes tensor(int64), GeoSift feeds float32 or uint8"),
        ({"image": ("n", 2**62, 512, 512)}, "feeds up to 1024 bands of 8192 pixels, 1024 at a"),
        ({"image": (2**31, 3, 512, 512)}, "feeds up to 1024 bands of 8192 pixels, 1024 at a"),
        ({"image": ("n", 3, 2**40, 2**40)}, "feeds up to 1024 bands of 8192 pixels, 1024 at a"),
        ({"outputs": {}}, "has no output"),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_fed_says_what_would_mend_it(tmp_path: Path, options, says) -> None:
    with pytest.raises(ModelError) as caught:
        bare.questions(save(tmp_path, "net", **{"outputs": {"o": ("n", 2, 512, 512)}, **options}))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bands": ("red",)}, "takes 3 bands, 1 are named"),
        ({"classes": (("a", "b", "c"),)}, "has 5 planes, 3 classes are named"),
        ({"classes": ()}, "classes of 0 outputs are named, 1 are asked"),
        ({"colors": (("#000000",),)}, "5 classes have 1 colours"),
        ({"colors": (("red",) * 5,)}, "not of the form #RRGGBB"),
        ({"outputs": ("other",)}, "has no output 'other'; it has o"),
        ({"scaling": "1..2"}, "There is no scaling '1..2'; choose one of 0..1, 0..255"),
        ({"scaling": "own"}, "0 means and 0 deviations are told"),
        ({"overlap": 95.0}, "Tiles overlap by 95 percent"),
        ({"resolution_m": -1.0}, "input.resolution_m -1.0"),
        ({"kind": "detection", "layout": "yolo"}, "detection.layout 'yolo'"),
        ({"kind": "guessing"}, "kind 'guessing' is not one of"),
    ],
    ids=str,
)
def test_an_answer_that_does_not_fit_is_named(
    tmp_path: Path, changes: dict[str, Any], says
) -> None:
    path = save(tmp_path, "net", {"o": ("n", 5, *_TILE)})
    answers = replace(bare.questions(path).defaults("segmentation"), **changes)
    with pytest.raises(CardError) as caught:
        bare.card(path, answers)
    assert says in str(caught.value)


@pytest.mark.parametrize("planes", [1, "c"])
def test_a_single_class_is_asked_for_what_is_not_it(tmp_path: Path, planes) -> None:
    """All of the answer would be of that class, whatever the network says."""
    path = save(tmp_path, "net", {"o": ("n", planes, 512, 512)})
    answers = bare.questions(path).defaults("segmentation")
    with pytest.raises(CardError, match="of a single class, 'road', all would be; name what"):
        bare.card(path, replace(answers, classes=(("road",),)))


def test_a_raster_with_too_few_bands_is_told(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 5, *_TILE)}, image=("n", 13, *_TILE))
    card = bare.card(path, bare.questions(path).defaults("segmentation"))
    assert card.bands[:2] == ("band 1", "band 2")
    colors = ("red", "green", "blue", "nir")
    with pytest.raises(InputError, match=r"needs 13 bands \(band 1, .*\), the raster has 4; give"):
        choose_bands(None, names=card.bands, interpretation=colors, available=4)
    chosen = tuple(range(13, 0, -1))
    assert choose_bands(chosen, names=card.bands, interpretation=(), available=13) == chosen
