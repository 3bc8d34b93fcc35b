# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards of networks that others describe: Deepness, Ultralytics, STAC items, or nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import networks
import pytest
from foreign_networks import save

from geosift.inference.cards.card import (
    AnswerInfo,
    BlendSettings,
    Detection,
    ModelCard,
    Reflectance,
)
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import BareModelError, CardError, GeoSiftError
from geosift.inference.foreign import bare
from geosift.inference.foreign.reading import card_of, cards_in, files_of

_PLANES = {"o": ("n", 3, 512, 512)}


def _named(card: ModelCard) -> list[str]:
    return [info.name for info in card.classes]


def _card(folder: Path, outputs: Any = None, **options: Any) -> ModelCard:
    card = card_of(save(folder, "net", _PLANES if outputs is None else outputs, **options))
    card.verify()
    path = card.path.with_name("copy.json")
    path.write_text(card.to_json(), encoding="utf-8")
    assert ModelCard.load(path) == card, "it can be written beside the network"
    path.unlink()
    return card


def test_a_segmentation_of_the_zoo(tmp_path: Path) -> None:
    told = {
        "model_type": '"Segmentor"',
        "class_names": '{"0": "none", "1": "road", "2": "field"}',
        "resolution": "21.0",
        "tile_size": "256",
        "tiles_overlap": "20",
        "standardization_mean": "[0.5, 0.4, 0.3]",
        "standardization_std": "[0.1, 0.2, 0.4]",
        "seg_thresh": "0.4",
        "seg_small_segment": "6",
    }
    card = _card(tmp_path, {"o": ("n", 3, "h", "w")}, image=("n", 3, "h", "w"), metadata=told)
    assert (card.kind, card.origin) == ("segmentation", "Deepness metadata")
    assert _named(card) == ["none", "road", "field"]
    assert card.resolution_m == pytest.approx(0.21)
    assert card.mean == pytest.approx((127.5, 102.0, 76.5))
    assert card.std == pytest.approx((25.5, 51.0, 102.0))
    assert (card.threshold, card.median, card.activation) == (0.4, 7, "probabilities")
    assert (card.tile, card.fixed_tile, card.fixed_batch) == (256, True, None)
    assert card.bands == ("red", "green", "blue")


def test_what_the_zoo_means_where_it_says_nothing(tmp_path: Path) -> None:
    card = _card(tmp_path, image=(1, 3, "h", "w"), metadata={"model_type": "Segmentor"})
    assert _named(card) == ["channel_0", "channel_1", "channel_2"]
    assert card.resolution_m == pytest.approx(0.03)
    assert (card.tile, card.fixed_batch) == (512, 1)
    assert (card.mean, card.std) == ((0.0,) * 3, (255.0,) * 3)
    assert (card.threshold, card.median) == (0.5, 9)
    assert card.blend == BlendSettings(38, 28, 19), "15 percent of 512, twice the halo"


def test_a_static_input_wins_over_the_told_tile(tmp_path: Path) -> None:
    told = {"model_type": '"segmentor"', "tiles_size": "1024"}
    assert _card(tmp_path, image=("n", 3, 512, 512), metadata=told).tile == 512
    assert _card(tmp_path, image=("n", 3, "h", "w"), metadata=told).tile == 1024


@pytest.mark.parametrize("shape", [("n", 1, 512, 512), ("n", 512, 512), ("n", "c", 512, 512), ()])
def test_one_sigmoid_plane_is_background_and_its_name(tmp_path: Path, shape) -> None:
    told = {"model_type": '"Segmentor"', "class_names": '{"0": "water"}'}
    card = _card(tmp_path, {"o": shape}, metadata=told)
    assert _named(card) == ["background", "water"]
    both = {**told, "class_names": '{"0": "land", "1": "water"}'}
    assert _named(_card(tmp_path, {"o": shape}, metadata=both)) == ["land", "water"]


def test_several_outputs_are_several_answers(tmp_path: Path) -> None:
    outputs = {"water": ("n", 1, 512, 512), "trees": ("n", 2, 512, 512)}
    names = '[{"0": "water"}, {"0": "rest", "1": "trees"}]'
    told = {"model_type": '"Segmentor"', "class_names": names}
    card = _card(tmp_path, outputs, metadata=told)
    assert card.output == "water"
    assert [info.name for info in card.answers] == ["water", "trees"]
    assert card.answers[0] == AnswerInfo("water", card.classes)
    assert _named(card.answering(1)) == ["rest", "trees"]
    nameless = _card(tmp_path, outputs, metadata={"model_type": '"Segmentor"'})
    assert _named(nameless.answering(0)) == ["background", "channel_0"]
    assert _named(nameless.answering(1)) == ["channel_0", "channel_1"]


def test_a_smaller_answer_of_the_zoo_is_the_middle(tmp_path: Path) -> None:
    told = {"model_type": '"Segmentor"', "tiles_overlap": "10"}
    card = _card(tmp_path, {"o": ("n", 3, 256, 256)}, metadata=told)
    assert (card.centred, card.output_stride) == (True, 1)
    assert card.blend == BlendSettings(128, 128, 0)


@pytest.mark.parametrize(
    ("told", "layout", "names"),
    [
        ("YOLO_v5_or_v7_default", "yolo_v5", 79),
        ("YOLO_v6", "yolo_v6", 79),
        ("YOLO_v9", "yolo_v9", 80),
        ("YOLO_Ultralytics", "ultralytics", 80),
        ("YOLO_Ultralytics_segmentation", "ultralytics_seg", 48),
        ("YOLO_Ultralytics_obb", "ultralytics_obb", 79),
        (None, "yolo_v5", 79),
    ],
)
def test_detectors_of_every_layout(tmp_path: Path, told, layout: str, names: int) -> None:
    metadata = {"model_type": '"Detector"', "det_conf": "0.3", "det_iou_thresh": "0.6"}
    if told is not None:
        metadata["det_type"] = json.dumps(told)
    card = _card(tmp_path, {"o": ("n", 84, 5376)}, metadata=metadata)
    assert card.detection == Detection(layout, 0.3, 0.6)
    assert (card.kind, len(card.classes)) == ("detection", names)
    assert card.blend == BlendSettings(38, 0, 0)


def test_other_kinds_of_the_zoo(tmp_path: Path) -> None:
    scaled = {"model_type": '"Regressor"', "reg_output_scaling": "12.5"}
    regression = _card(tmp_path, {"o": ("n", 1, 512, 512)}, metadata=scaled)
    assert (regression.kind, regression.value_scale) == ("regression", 12.5)
    assert (regression.activation, regression.classes) == ("values", ())
    told = {"model_type": '"Superresolution"'}
    finer = _card(tmp_path, {"o": ("n", 3, 1024, 1024)}, metadata=told)
    assert (finer.kind, finer.upscale) == ("superresolution", 2)
    told = {"model_type": '"Recognition"'}
    assert _card(tmp_path, {"o": ("n", 128)}, metadata=told).kind == "recognition"


@pytest.mark.parametrize(
    "names", ["{0: 'a', 1: \"b\", 2: 'c'}", '["a", "b", "c"]', '{"1": "b", "0": "a", "2": "c"}']
)
def test_names_are_read_in_every_spelling(tmp_path: Path, names: str) -> None:
    told = {"model_type": '"Segmentor"', "names": names}
    assert _named(_card(tmp_path, metadata=told)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"model_type": '"Classifier"'}, "'model_type' is 'classifier', expected one of segmentor"),
        ({"resolution": '"fine"'}, "'resolution' is 'fine', expected a number"),
        ({"resolution": "NaN"}, "'resolution' is nan, expected a number"),
        ({"resolution": "0"}, "input.resolution_m 0.0 is not metres"),
        ({"tile_size": "51.5"}, "'tile_size' is 51.5, expected a whole number"),
        ({"tile_size": "1000000"}, "input.tile 1000000 is not a multiple"),
        ({"tiles_overlap": "150"}, "overlap by 150 percent"),
        ({"standardization_mean": "[0, 0, 0]"}, "'standardization_std' is missing"),
        (
            {"standardization_mean": "[0]", "standardization_std": "[1]"},
            "need a number for each of 3 bands",
        ),
        ({"class_names": '{"0": "a", "2": "c"}'}, "expected 0, 1, 2, ... without a gap"),
        ({"class_names": '{"0": "a"}'}, "has 3 planes, 1 classes are named"),
        ({"class_names": '[{"0": "a"}, {"0": "b"}]'}, "of 2 outputs, the network has 1"),
        ({"class_names": "__import__('os').getcwd()"}, "expected names"),
        ({"class_names": "[" * 100_000}, "too long, too deep"),
        ({"class_names": "9" * 100_000}, "too long, too deep or no number"),
        ({"seg_thresh": "7"}, "output.threshold 7.0 is not within 0..1"),
        ({"model_type": '"Detector"', "det_type": '"SSD"'}, "'det_type' is 'SSD', expected one of"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_metadata_that_is_wrong_is_told(tmp_path: Path, told: dict[str, str], says: str) -> None:
    metadata = {"model_type": '"Segmentor"', **told}
    path = save(tmp_path, "net", _PLANES, image=("n", 3, "h", "w"), metadata=metadata)
    with pytest.raises(CardError) as caught:
        card_of(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_without_a_type_the_user_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BareModelError, match="without 'model_type'"):
        card_of(save(tmp_path, "net", _PLANES, metadata={"resolution": "10"}))


def test_a_finer_picture_of_untold_size_is_asked_about(tmp_path: Path) -> None:
    told = {"model_type": '"Superresolution"', "resolution": "50"}
    path = save(tmp_path, "net", {"o": ("n", 3, "h2", "w2")}, metadata=told)
    with pytest.raises(BareModelError, match="neither its shapes nor its metadata tell by how"):
        card_of(path)
    answers = replace(bare.questions(path).defaults("superresolution"), upscale=4)
    assert "upscale" in bare.questions(path).asked("superresolution")
    card = bare.card(path, answers)
    assert (card.upscale, card.resolution_m) == (4, 0.5)


def test_classes_that_do_not_fit_the_layout_are_told(tmp_path: Path) -> None:
    told = {"model_type": '"Detector"', "class_names": '["a", "b"]', "det_type": '"YOLO_v9"'}
    path = save(tmp_path, "net", {"o": ("n", 84, 5376)}, metadata=told)
    with pytest.raises(CardError, match="2 classes laid out as yolo_v9 are 6 numbers an object"):
        card_of(path)


def _ultralytics(**changes: str) -> dict[str, str]:
    told = {
        "description": "Ultralytics YOLO11n model trained on roofs.yaml",
        "author": "Ultralytics",
        "license": "AGPL-3.0 License (https://ultralytics.com/license)",
        "version": "8.3.0",
        "task": "detect",
        "batch": "1",
        "imgsz": "[640, 640]",
        "stride": "32",
        "names": "{0: 'roof', 1: \"d'eau\"}",
    }
    return {**told, **changes}


@pytest.mark.parametrize(
    ("task", "outputs", "layout"),
    [
        ("detect", {"output0": (1, 6, 8400)}, "ultralytics"),
        ("segment", {"output0": (1, 38, 8400), "output1": (1, 32, 160, 160)}, "ultralytics_seg"),
        ("obb", {"output0": (1, 7, 8400)}, "ultralytics_obb"),
    ],
)
def test_exports_of_ultralytics(tmp_path: Path, task: str, outputs, layout: str) -> None:
    metadata = _ultralytics(task=task)
    card = _card(tmp_path, outputs, image=(1, 3, 640, 640), metadata=metadata)
    assert card.detection == Detection(layout, 0.25, 0.7)
    assert _named(card) == ["roof", "d'eau"]
    assert (card.tile, card.fixed_batch, card.resolution_m) == (640, 1, None)
    assert card.licence.startswith("AGPL-3.0")
    assert card.origin == "Ultralytics metadata"
    free = _card(tmp_path, outputs, image=("n", 3, "h", "w"), metadata=metadata)
    assert (free.tile, free.fixed_batch) == (640, None)


@pytest.mark.parametrize(
    "changes", [{"end2end": "True"}, {"args": "{'nms': True}"}, {"names": str(["a"] * 80)}], ids=str
)
def test_exports_that_sort_out_their_boxes(tmp_path: Path, changes: dict[str, str]) -> None:
    metadata = _ultralytics(**changes)
    card = _card(tmp_path, {"o": (1, 300, 6)}, image=(1, 3, 640, 640), metadata=metadata)
    assert card.detection == Detection("ultralytics_end2end", 0.25, 0.7)
    assert len(card.classes) == (80 if "names" in changes else 2)


def test_a_classifier_of_ultralytics(tmp_path: Path) -> None:
    metadata = _ultralytics(task="classify", imgsz="224")
    card = _card(tmp_path, {"o": (1, 2)}, image=(1, 3, 224, 224), metadata=metadata)
    assert (card.kind, card.tile, card.output_stride) == ("classification", 224, 224)


@pytest.mark.parametrize(
    ("changes", "outputs", "says"),
    [
        ({"task": "pose"}, {"o": (1, 56, 8400)}, "network for 'pose', GeoSift runs those for"),
        ({"end2end": "True", "task": "obb"}, {"o": (1, 300, 7)}, "export it with nms=False and"),
        (
            {"args": "{'nms': True}", "task": "segment"},
            {"o": (1, 300, 38)},
            "sorts out its objects",
        ),
        ({"names": "['a'] * 3"}, {"o": (1, 6, 8400)}, "expected names"),
        ({"imgsz": "large"}, {"o": (1, 6, 8400)}, "'imgsz' is 'large', expected a number"),
        ({"names": "{0: 'a'"}, {"o": (1, 6, 8400)}, "expected names"),
    ],
    ids=str,
)
def test_exports_that_cannot_be_run_say_why(tmp_path: Path, changes, outputs, says: str) -> None:
    metadata = _ultralytics(**changes)
    with pytest.raises(CardError) as caught:
        card_of(save(tmp_path, "net", outputs, image=(1, 3, 640, 640), metadata=metadata))
    assert says in str(caught.value)


def _item(**changes: Any) -> dict[str, Any]:
    properties = {
        "mlm:name": "Fields",
        "mlm:tasks": ["semantic-segmentation"],
        "gsd": 10,
        "license": "MIT",
        "eo:bands": [{"name": "B04", "common_name": "red"}],
        "mlm:input": [
            {
                "name": "image",
                "bands": ["B04", {"name": "B03"}, "B02"],
                "input": {"shape": [-1, 3, 256, 256], "dim_order": ["batch", "bands"]},
                "value_scaling": [{"type": "min-max", "minimum": 0, "maximum": 3000}],
            }
        ],
        "mlm:output": [
            {
                "tasks": ["semantic-segmentation"],
                "classification:classes": [
                    {"value": 1, "name": "field", "color_hint": "00FF00"},
                    {"value": 0, "name": "none", "color_hint": [0, 0, 0]},
                    {"value": 2, "name": "edge", "color_hint": "0000ff"},
                ],
            }
        ],
        **changes,
    }
    return {
        "type": "Feature",
        "properties": properties,
        "assets": {"model": {"href": "https://example.org/a/net.onnx?v=2", "roles": ["mlm:model"]}},
    }


@pytest.mark.parametrize("name", ["net.json", "net.stac.json", "item.json"])
def test_a_stac_item_beside_the_network(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, "net", {"o": ("n", 3, "h", "w")}, image=("n", 3, "h", "w"))
    (tmp_path / name).write_text(json.dumps(_item()))
    card = card_of(path)
    assert (card.name, card.origin, card.licence) == ("Fields", "STAC MLM item", "MIT")
    assert card.bands == ("red", "B03", "B02")
    assert (card.tile, card.resolution_m) == (256, 10.0)
    assert _named(card) == ["none", "field", "edge"]
    assert [info.color for info in card.classes] == ["#000000", "#00FF00", "#0000ff"]
    assert card.reflectance == Reflectance((0.0,) * 3, (10000.0,) * 3, 0.0)
    assert card.mean == (0.0,) * 3
    assert card.std == pytest.approx((76.5,) * 3), "3000 of 10,000 as 0..255"
    assert card_of(tmp_path / name) == card
    assert cards_in(tmp_path) == ((card,), ())
    assert files_of(card) == (path, tmp_path / name)


@pytest.mark.parametrize(
    ("scaling", "mean", "std"),
    [
        ([{"type": "z-score", "mean": 0.5, "stddev": 0.25}], 127.5, 63.75),
        ([{"type": "z-score", "mean": 120.0, "stddev": 60.0}] * 3, 120.0, 60.0),
        ([{"type": "min-max", "minimum": 0, "maximum": 255}], 0.0, 255.0),
        ([{"type": "scale", "value": 255}], 0.0, 255.0),
        ([{"type": "offset", "value": 127.5}], 127.5, 1.0),
        ([{"type": None}], 0.0, 255.0),
        (None, 0.0, 255.0),
    ],
    ids=str,
)
def test_scalings_of_stac_items(tmp_path: Path, scaling, mean: float, std: float) -> None:
    path = save(tmp_path, "net", _PLANES)
    item = _item()
    item["properties"]["mlm:input"][0]["value_scaling"] = scaling
    (tmp_path / "net.json").write_text(json.dumps(item))
    card = card_of(path)
    assert card.mean == pytest.approx((mean,) * 3)
    assert card.std == pytest.approx((std,) * 3)
    assert card.reflectance is None


@pytest.mark.parametrize("planes", [1, "c"])
def test_a_stac_item_with_one_class_has_a_background(tmp_path: Path, planes) -> None:
    path = save(tmp_path, "net", {"o": ("n", planes, 512, 512)})
    lone = {"tasks": ["semantic-segmentation"], "classification:classes": [
        {"value": 1, "name": "field", "color_hint": "00FF00"},
    ]}  # fmt: skip
    (tmp_path / "net.json").write_text(json.dumps(_item(**{"mlm:output": [lone]})))
    assert _named(card_of(path)) == ["background", "field"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mlm:input": []}, "'mlm:input' is empty"),
        ({"mlm:output": 3}, "'mlm:output' is 3, expected a list"),
        (
            {"mlm:tasks": ["generative"], "mlm:output": [{}]},
            "'mlm:tasks' is ['generative'], GeoSift runs classification",
        ),
        ({"mlm:input": [{"bands": [{"name": "v", "expression": "a"}]}]}, "computed by an expr"),
        ({"mlm:input": [{"value_scaling": [{"type": "processing"}]}]}, "type 'processing'"),
        ({"mlm:input": [{"value_scaling": [{"type": "z-score"}]}]}, "field 'mean' is missing"),
        ({"gsd": "fine"}, "'gsd' is 'fine', expected a number"),
        ({"mlm:input": [{"pre_processing_function": {"format": "python"}}]}, "does not run, and"),
        (
            {
                "mlm:input": [
                    {"value_scaling": [{"type": "min-max", "minimum": 0, "maximum": 65535}]}
                ]
            },
            "of values up to 65535; GeoSift scales",
        ),
        ({"mlm:input": [{"norm_type": "l2", "statistics": [{}]}]}, "of the type 'l2'"),
        ({"mlm:input": [{"norm_type": "z-score"}]}, "field 'statistics' is missing"),
    ],
    ids=str,
)
def test_a_stac_item_that_is_wrong_is_told(tmp_path: Path, changes, says: str) -> None:
    path = save(tmp_path, "net", _PLANES)
    (tmp_path / "net.json").write_text(json.dumps(_item(**changes)))
    with pytest.raises(CardError) as caught:
        card_of(path)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("how", "statistics"),
    [
        ("min-max", {"minimum": 10, "maximum": 210}),
        ("z-score", {"mean": 10, "stddev": 200, "minimum": 0}),
    ],
)
def test_scalings_of_items_before_version_1_3(tmp_path: Path, how: str, statistics) -> None:
    path = save(tmp_path, "net", _PLANES)
    item = _item()
    taken = item["properties"]["mlm:input"][0]
    del taken["value_scaling"]
    taken.update(norm_type=how, statistics=[statistics] * 3)
    (tmp_path / "net.json").write_text(json.dumps(item))
    card = card_of(path)
    assert card.mean == pytest.approx((10.0,) * 3)
    assert card.std == pytest.approx((200.0,) * 3)


def test_its_own_card_comes_first(tmp_path: Path) -> None:
    told = {"model_type": '"Segmentor"'}
    card = _card(tmp_path, metadata=told)
    card.path.with_suffix(".json").write_text(card.to_json().replace("channel_0", "mine"))
    (tmp_path / "item.json").write_text(json.dumps(_item()))
    assert _named(card_of(card.path))[0] == "mine"


def test_a_json_file_of_something_else_is_no_card(tmp_path: Path) -> None:
    path = save(tmp_path, "net", _PLANES, metadata={"model_type": '"Segmentor"'})
    path.with_suffix(".json").write_text('{"architectures": ["Unet"]}')
    assert card_of(path).origin == "Deepness metadata"
    assert [card.path for card in cards_in(tmp_path)[0]] == [path]


def test_a_bare_network_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(BareModelError, match=r"neither a model card \(net.json\) nor a STAC item"):
        card_of(save(tmp_path, "net", _PLANES))


@pytest.mark.parametrize("name", ["none.onnx", "none.json", "sub"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(GeoSiftError):
        card_of(tmp_path / name)


def test_listing_needs_no_package(tmp_path: Path, plain_environment) -> None:
    """A user who has none of GeoSift's yet sees what is there, and what is wrong with it."""
    save(tmp_path, "bare", _PLANES)
    save(tmp_path, "zoo", _PLANES, metadata={"model_type": '"Segmentor"'})
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "lacking = ('cv2', 'onnxruntime', 'rasterio', 'onnx', 'qgis')\n"
        "sys.modules.update({name: None for name in lacking})\n"
        "from geosift.inference.cards.catalog import Catalog\n"
        "catalog = Catalog(Path(sys.argv[1]))\n"
        "print(catalog.find('zoo').origin, len(catalog.broken()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=plain_environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["Deepness", "metadata", "1"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes of that kind there")
@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("pipe.json", "pipe.onnx", "net.json"):
        os.mkfifo(tmp_path / name)
    path = save(tmp_path, "net", _PLANES, metadata={"model_type": '"Segmentor"'})
    assert [card.path for card in cards_in(tmp_path)[0]] == [path]
    assert [card.path for card in Catalog(tmp_path).cards() if card.origin] == [path]
    for name in ("pipe.json", "pipe.onnx"):
        with pytest.raises(GeoSiftError, match=r"no such file|no file"):
            card_of(tmp_path / name)


def test_the_catalogue_lists_folders_in_the_folder(tmp_path: Path) -> None:
    told = {"model_type": '"Segmentor"'}
    for name in ("a", "b", ".hidden", "a/deeper"):
        (tmp_path / name).mkdir()
        save(tmp_path / name, "net", _PLANES, metadata=told)
    save(tmp_path, "landcover", _PLANES, metadata=told)
    shutil.copy(networks.smooth(tmp_path / "a").path, tmp_path / "b" / "bare.onnx")
    catalog = Catalog(tmp_path)
    mine = {card.id: card.path for card in catalog.cards() if tmp_path in card.path.parents}
    six = catalog.cards()[-1].sha256[:6]
    assert mine == {
        "smooth": tmp_path / "a" / "smooth.onnx",
        f"net-{six}": tmp_path / "a" / "net.onnx",
        f"net-{six}-2": tmp_path / "b" / "net.onnx",
        f"landcover-{six}": tmp_path / "landcover.onnx",
    }
    assert len(catalog.broken()) == 1
    assert catalog.broken()[0].startswith("bare.onnx says nothing")
    assert catalog.find(f"net-{six}-2").path == tmp_path / "b" / "net.onnx"
    with pytest.raises(CardError, match="There is no model 'net'"):
        catalog.find("net")
    assert catalog.find("landcover").origin == "", "what is bundled is not replaced by a stranger's"


def test_an_id_never_becomes_another_models(tmp_path: Path) -> None:
    """Every export of Ultralytics is called best.onnx; a saved workflow names a model by its id."""
    told = {"model_type": '"Segmentor"'}
    (tmp_path / "b").mkdir()
    (tmp_path / "a").mkdir()
    save(tmp_path / "b", "best", _PLANES, metadata=told)
    alone = Catalog(tmp_path).find("best")
    save(tmp_path / "a", "best", _PLANES, metadata={**told, "resolution": "50"})
    catalog = Catalog(tmp_path)
    with pytest.raises(CardError, match=f"There is no model 'best'; .*best-{alone.sha256[:6]}"):
        catalog.find("best")
    assert catalog.find(f"best-{alone.sha256[:6]}").path == alone.path
    described = bare.card(alone.path, bare.questions(alone.path).defaults("segmentation"))
    own = json.loads(described.to_json())
    (tmp_path / "b" / "best.json").write_text(json.dumps({**own, "origin": ""}))
    assert Catalog(tmp_path).find("best").path == alone.path, "a card keeps its id"


def test_a_path_with_a_semicolon_is_a_path(tmp_path: Path) -> None:
    place = tmp_path / "a;b"
    place.mkdir()
    path = save(place, "net", _PLANES, metadata={"model_type": '"Segmentor"'})
    assert Catalog().find(path).path == path


@pytest.mark.parametrize(
    "text", ["x" * 5000, "a;b", ";", "x" * 300 + ".onnx", "a\0b", "a\nb", "\0.onnx", "", "/", "~"]
)
def test_whatever_is_typed_is_answered_by_a_sentence(text: str) -> None:
    with pytest.raises(GeoSiftError) as caught:
        Catalog().find(text)
    assert str(caught.value).isprintable()
    assert 10 < len(str(caught.value)) < 1000
