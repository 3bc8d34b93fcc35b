# SPDX-License-Identifier: GPL-2.0-or-later
"""Promptable networks with a known answer, made with onnx: what tests of prompts run.

`same_colour` finds what has the colour that was pointed at, `echo` gives back where it was pointed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import ModelCard

TOLERANCES = (60.0, 24.0, 140.0)
"""How far, in levels of 0..255, a colour may be from the one pointed at, for each of the masks."""
SURENESS = (0.9, 0.8, 0.7)
"""What each mask is worth where it lies well inside the window."""
_CLICKS = 16
_STEPS = 6
_FAR = 1e4
_TYPES = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}

Nodes = list[onnx.NodeProto]


def same_colour(
    folder: Path, *, name: str = "pair", sureness: tuple[float, ...] = SURENESS, **changes: Any
) -> ModelCard:
    """Finds all in the window whose colour is near that under a click, or of most of the box.

    The features are the mean colour of each 4 x 4 cell. A cell is in the mask where its colour is
    within the mask's tolerance of the colour of a positive click (of most of the box where there
    is none), not nearer to that of a negative one, and, where there is a box, within two cells of
    it. A mask is worth less the more of the window's border it has, and below 16 x 16 pixels.
    The mask answered before counts for nothing here.
    """
    weights: dict[str, np.ndarray] = {}
    nodes = [
        *_split(weights),
        *_colours_under("positive", weights), *_colours_under("negative", weights),
        *_colour_of_box(weights), *_distances(weights), *_masks(weights),
        *_worth(weights, sureness),
    ]  # fmt: skip
    return _save(folder, name, nodes, weights, **changes)


def echo(folder: Path, *, name: str = "echo", plane: int = 0, **changes: Any) -> ModelCard:
    """Answers with a plane of the prompt itself: logits 8 p - 4 of plane `plane`, in every mask.

    So what is put in at a place has to come back at that very place.
    """
    weights = {
        "plane": np.array([plane], np.int64), "eight": np.array(8, np.float32),
        "four": np.array(4, np.float32), "copies": np.array([1, 3, 1, 1], np.int64),
        "twice": np.array([1, 1, 2, 2], np.float32), "sure": np.array([SURENESS], np.float32),
        "zero": np.array(0, np.float32), "column": np.array([-1, 1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["planes", "plane"], ["chosen"], axis=1),
        helper.make_node("Mul", ["chosen", "eight"], ["large"]),
        helper.make_node("Sub", ["large", "four"], ["logits"]),
        helper.make_node("Tile", ["logits", "copies"], ["three"]),
        helper.make_node(
            "Resize", ["three", "", "twice"], ["masks"], mode="linear",
            coordinate_transformation_mode="half_pixel",
        ),
        # Every input has to be used.
        helper.make_node("Cast", ["features"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["f"], ["any"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["any", "zero"], ["none"]),
        helper.make_node("Reshape", ["none", "column"], ["zeros"]),
        helper.make_node("Add", ["zeros", "sure"], ["ious"]),
    ]  # fmt: skip
    return _save(folder, name, nodes, weights, **changes)


def _split(weights: dict[str, np.ndarray]) -> Nodes:
    """Features as colours (n, 3, 4096) and the planes one by one."""
    weights["flat"] = np.array([0, 0, -1], np.int64)
    return [
        helper.make_node("Cast", ["features"], ["cells"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["cells", "flat"], ["colours"]),
        helper.make_node("Split", ["planes"], ["positive", "negative", "box", "before"], axis=1),
    ]


def _colours_under(clicks: str, weights: dict[str, np.ndarray]) -> Nodes:
    """`{clicks}_distance` (n, 1, 4096): of each cell's colour to the nearest one clicked at.

    A click's own cell is where the plane has a peak.
    """
    at = clicks
    weights.update(
        sure=np.array(0.8, np.float32), nothing=np.array(0, np.float32),
        half=np.array(0.5, np.float32), far=np.array(_FAR, np.float32),
        row=np.array([0, -1], np.int64), count=np.array([_CLICKS], np.int64),
        one=np.array([1], np.int64), two=np.array([2], np.int64), three=np.array([3], np.int64),
        thrice=np.array([1, 3, 1], np.int64),
    )  # fmt: skip
    return [
        helper.make_node("MaxPool", [at], [f"{at}_around"], kernel_shape=[3, 3], pads=[1] * 4),
        helper.make_node("GreaterOrEqual", [at, f"{at}_around"], [f"{at}_is_peak"]),
        helper.make_node("Greater", [at, "sure"], [f"{at}_is_click"]),
        helper.make_node("And", [f"{at}_is_peak", f"{at}_is_click"], [f"{at}_there"]),
        helper.make_node("Where", [f"{at}_there", at, "nothing"], [f"{at}_peaks"]),
        helper.make_node("Reshape", [f"{at}_peaks", "row"], [f"{at}_row"]),
        helper.make_node("TopK", [f"{at}_row", "count"], [f"{at}_value", f"{at}_index"], axis=1),
        helper.make_node("Unsqueeze", [f"{at}_index", "one"], [f"{at}_index1"]),
        helper.make_node("Expand", [f"{at}_index1", "thrice"], [f"{at}_index3"]),
        helper.make_node("GatherElements", ["colours", f"{at}_index3"], [f"{at}_colour"], axis=2),
        helper.make_node("Unsqueeze", [f"{at}_colour", "three"], [f"{at}_colour4"]),
        helper.make_node("Unsqueeze", ["colours", "two"], [f"{at}_colours4"]),
        helper.make_node("Sub", [f"{at}_colours4", f"{at}_colour4"], [f"{at}_off"]),
        helper.make_node("ReduceL2", [f"{at}_off"], [f"{at}_each"], axes=[1], keepdims=0),
        helper.make_node("Less", [f"{at}_value", "half"], [f"{at}_unused"]),
        helper.make_node("Where", [f"{at}_unused", "far", "nothing"], [f"{at}_penalty"]),
        helper.make_node("Unsqueeze", [f"{at}_penalty", "two"], [f"{at}_penalty3"]),
        helper.make_node("Add", [f"{at}_each", f"{at}_penalty3"], [f"{at}_all"]),
        helper.make_node("ReduceMin", [f"{at}_all"], [f"{at}_distance"], axes=[1], keepdims=1),
    ]


def _colour_of_box(weights: dict[str, np.ndarray]) -> Nodes:
    """`box_distance` (n, 1, 4096): to the box's geometric median colour (Weiszfeld)."""
    weights["tiny"] = np.array(1e-6, np.float32)
    weights["unit"] = np.array(1, np.float32)
    weights["ten"] = np.array(10, np.float32)
    nodes = [helper.make_node("Reshape", ["box", "flat"], ["weight0"])]
    for step in range(_STEPS):
        before, after = f"weight{step}", f"weight{step + 1}"
        nodes += [
            helper.make_node("Mul", ["colours", before], [f"part{step}"]),
            helper.make_node("ReduceSum", [f"part{step}", "two"], [f"sum{step}"]),
            helper.make_node("ReduceSum", [before, "two"], [f"total{step}"]),
            helper.make_node("Add", [f"total{step}", "tiny"], [f"some{step}"]),
            helper.make_node("Div", [f"sum{step}", f"some{step}"], [f"median{step}"]),
            helper.make_node("Sub", ["colours", f"median{step}"], [f"off{step}"]),
            helper.make_node("ReduceL2", [f"off{step}"], [f"distance{step}"], axes=[1]),
            helper.make_node("Add", [f"distance{step}", "ten"], [f"least{step}"]),
            helper.make_node("Div", ["weight0", f"least{step}"], [after]),
        ]
    return [*nodes, helper.make_node("Identity", [f"distance{_STEPS - 1}"], ["box_distance"])]


def _distances(weights: dict[str, np.ndarray]) -> Nodes:
    """`distance` (n, 1, 4096) of colours that may be meant; far where they may not."""
    return [
        helper.make_node("ReduceMax", ["positive_value"], ["clicked"], axes=[1]),
        helper.make_node("Unsqueeze", ["clicked", "two"], ["clicked3"]),
        helper.make_node("Greater", ["clicked3", "half"], ["by_click"]),
        helper.make_node("Where", ["by_click", "positive_distance", "box_distance"], ["meant"]),
        helper.make_node("Less", ["meant", "negative_distance"], ["nearer"]),
        helper.make_node("MaxPool", ["box"], ["grown"], kernel_shape=[5, 5], pads=[2] * 4),
        helper.make_node("Reshape", ["grown", "flat"], ["near"]),
        helper.make_node("Greater", ["near", "nothing"], ["in_box"]),
        helper.make_node("ReduceMax", ["near"], ["boxed"], axes=[2]),
        helper.make_node("Equal", ["boxed", "nothing"], ["no_box"]),
        helper.make_node("Or", ["in_box", "no_box"], ["within"]),
        helper.make_node("And", ["within", "nearer"], ["allowed"]),
        helper.make_node("Where", ["allowed", "meant", "far"], ["distance"]),
    ]


def _masks(weights: dict[str, np.ndarray]) -> Nodes:
    """`masks`: 6 (1 - distance / tolerance), within -6..6, so that a mixed cell is split."""
    weights.update(
        tolerance=np.array(TOLERANCES, np.float32).reshape(1, 3, 1),
        least=np.array(-1, np.float32), six=np.array(6, np.float32),
        square=np.array([0, 0, 64, 64], np.int64), twice=np.array([1, 1, 2, 2], np.float32),
    )  # fmt: skip
    return [
        helper.make_node("Div", ["distance", "tolerance"], ["ratio"]),
        helper.make_node("Sub", ["unit", "ratio"], ["agree"]),
        helper.make_node("Max", ["agree", "least"], ["bounded"]),
        helper.make_node("Mul", ["bounded", "six"], ["row_logits"]),
        helper.make_node("Reshape", ["row_logits", "square"], ["logits"]),
        helper.make_node(
            "Resize", ["logits", "", "twice"], ["masks"], mode="linear",
            coordinate_transformation_mode="half_pixel",
        ),
    ]  # fmt: skip


def _worth(weights: dict[str, np.ndarray], sureness: tuple[float, ...]) -> Nodes:
    """`ious` (n, 3)."""
    border = np.ones((64, 64), np.float32)
    border[1:-1, 1:-1] = 0
    weights.update(
        border=border / border.sum(), base=np.array([sureness], np.float32),
        enough=np.array(256, np.float32),
    )  # fmt: skip
    return [
        helper.make_node("Greater", ["logits", "nothing"], ["is_in"]),
        helper.make_node("Cast", ["is_in"], ["inside"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["inside", "border"], ["at_border"]),
        helper.make_node("ReduceSum", ["at_border", "sides"], ["cut"], keepdims=0),
        helper.make_node("ReduceMean", ["inside"], ["share"], axes=[2, 3], keepdims=0),
        helper.make_node("Mul", ["share", "enough"], ["size"]),
        helper.make_node("Min", ["size", "unit"], ["seen"]),
        helper.make_node("Sub", ["base", "cut"], ["whole"]),
        helper.make_node("Max", ["whole", "nothing"], ["positive_worth"]),
        helper.make_node("Mul", ["positive_worth", "seen"], ["ious"]),
    ]


def _save(
    folder: Path, name: str, nodes: Nodes, weights: dict[str, np.ndarray], *,
    dtype: str = "uint8", bands: tuple[str, ...] = ("red", "green", "blue"), **changes: Any,
) -> ModelCard:  # fmt: skip
    """Write both files and the card; features are of `dtype`; `changes` replace entries."""
    weights["sides"] = np.array([2, 3], np.int64)
    encoder = folder / f"{name}.onnx"
    decoder = folder / f"{name}-decoder.onnx"
    _write_encoder(encoder, dtype, len(bands))
    _write(
        decoder, nodes, _used(nodes, weights),
        {"features": (_TYPES[dtype], ["n", len(bands), 64, 64]),
         "planes": (TensorProto.FLOAT, ["n", 4, 64, 64])},
        {"masks": ["n", 3, 128, 128], "ious": ["n", 3]},
    )  # fmt: skip
    card = {
        "schema": 1, "id": name, "name": name.capitalize(), "kind": "prompt",
        **described(encoder), "decoder": described(decoder), "licence": "GPL-2.0-or-later",
        "input": {
            "bands": list(bands), "dtype": "uint8", "mean": [0.0] * len(bands),
            "std": [1.0] * len(bands), "resolution_m": None, "stride_multiple": 32, "tile": 1024,
        },
        "output": {"activation": "logits", "stride": 4},
        "classes": [], "blend": {"halo": 0, "ring": 0, "fade": 0}, **changes,
    }  # fmt: skip
    path = encoder.with_suffix(".json")
    path.write_text(json.dumps(card), encoding="utf-8")
    return ModelCard.load(path)


def _used(nodes: Nodes, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = {name for node in nodes for name in node.input}
    return {key: value for key, value in weights.items() if key in names}


def _write_encoder(path: Path, dtype: str, bands: int) -> None:
    """The mean colour of each cell of 4 x 4 pixels."""
    last = helper.make_node("Cast", ["whole"], ["features"], to=_TYPES[dtype])
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("AveragePool", ["x"], ["mean"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Round", ["mean"], ["whole"]),
        last,
    ]
    _write(
        path, nodes, {}, {"image": (TensorProto.UINT8, ["n", bands, "h", "w"])},
        {"features": ["n", bands, "h4", "w4"]}, answer=_TYPES[dtype],
    )  # fmt: skip


def _write(
    path: Path, nodes: Nodes, weights: dict[str, np.ndarray],
    inputs: dict[str, tuple[int, list[int | str]]], outputs: dict[str, list[int | str]], *,
    answer: int = TensorProto.FLOAT,
) -> None:  # fmt: skip
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(key, *value) for key, value in inputs.items()],
        [helper.make_tensor_value_info(key, answer, shape) for key, shape in outputs.items()],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def described(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"file": path.name, "sha256": digest, "bytes": path.stat().st_size}
