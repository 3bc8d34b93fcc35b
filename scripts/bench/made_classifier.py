# SPDX-License-Identifier: GPL-2.0-or-later
"""A scene classifier of random weights: of the size and the layers such networks have."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import ModelCard

_SIDE, _CLASSES = 64, 10
_LAYERS = ((3, 32, 2), (32, 64, 1), (64, 128, 2), (128, 128, 2), (128, 256, 2))
"""Input channels, output channels and stride of convolutions of 3 x 3."""


def made_classifier(folder: Path) -> ModelCard:
    """Write a network of half a million weights, and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "made_classifier.onnx"
    onnx.save(_model(), path)
    card = {
        "schema": 1, "id": "made-classifier", "name": "Made", "kind": "classification",
        "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "input": {
            "bands": ["red", "green", "blue"], "dtype": "uint8", "mean": [0, 0, 0],
            "std": [1, 1, 1], "resolution_m": 10, "stride_multiple": _SIDE, "tile": _SIDE,
        },
        "output": {"activation": "logits", "stride": _SIDE},
        "classes": [
            {"id": index, "name": f"class {index}", "color": f"#{25 * index:02X}8040"}
            for index in range(_CLASSES)
        ],
        "blend": {"halo": 0, "ring": 0, "fade": 0},
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return ModelCard.load(path.with_suffix(".json"))


def _model() -> onnx.ModelProto:
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Cast", ["image"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "share"], ["x0"]),
    ]
    weights = {"share": np.array(1 / 255, np.float32)}
    for index, (before, after, stride) in enumerate(_LAYERS):
        spread = np.sqrt(2 / (9 * before))
        kernel = rng.normal(0, spread, (after, before, 3, 3)).astype(np.float32)
        weights[f"kernel{index}"] = kernel
        nodes += [
            helper.make_node(
                "Conv", [f"x{index}", f"kernel{index}"], [f"c{index}"],
                strides=[stride, stride], pads=[1, 1, 1, 1],
            ),
            helper.make_node("Relu", [f"c{index}"], [f"x{index + 1}"]),
        ]  # fmt: skip
    last = len(_LAYERS)
    weights["head"] = rng.normal(0, 0.1, (_CLASSES, _LAYERS[-1][1])).astype(np.float32)
    nodes += [
        helper.make_node("ReduceMean", [f"x{last}"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "head"], ["scores"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", 3, _SIDE, _SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", _CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
