# SPDX-License-Identifier: GPL-2.0-or-later
"""A detector of random weights: of the size, the layers and the answer small YOLO networks have."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from geosift.inference.cards.card import ModelCard

SIDE, OVERLAP = 512, 0.15
_CLASSES, _STRIDE = 5, 8
_LAYERS = (
    *((3, 16, 2), (16, 32, 2), (32, 32, 1), (32, 32, 1), (32, 32, 1), (32, 64, 2)),
    *[(64, 64, 1)] * 10,
)
"""Input channels, output channels and stride of convolutions of 3 x 3: 2.3 billion products."""
_SURE = 0.99
"""The share of anchors that are not sure enough: 40 of a tile are."""


def made_detector(folder: Path, tile: np.ndarray) -> ModelCard:
    """Write a network and its card; of a `tile` (3, 512, 512), uint8, it is sure of 40 anchors."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "made_detector.onnx"
    onnx.save(_model(np.zeros(_CLASSES, np.float32)), path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answer = session.run(None, {"images": tile[None].astype(np.float32) / 255})[0][0]
    share = np.clip(answer[4:], 1e-6, 1 - 1e-6)
    limits = np.quantile(np.log(share / (1 - share)), 1 - (1 - _SURE) / _CLASSES, axis=1)
    onnx.save(_model(-limits.astype(np.float32)), path)
    halo = round(SIDE * OVERLAP) // 2
    card = {
        "schema": 1, "id": "made-detector", "name": "Made", "kind": "detection",
        "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "input": {
            "bands": ["red", "green", "blue"], "dtype": "float32", "mean": [0, 0, 0],
            "std": [255, 255, 255], "resolution_m": None, "stride_multiple": 1, "tile": SIDE,
            "fixed_tile": True,
        },
        "output": {"activation": "probabilities", "stride": 1},
        "classes": [
            {"id": index, "name": f"class {index}", "color": f"#{40 * index:02X}8040"}
            for index in range(_CLASSES)
        ],
        "blend": {"halo": halo, "ring": 0, "fade": 0},
        "detection": {"layout": "ultralytics", "confidence": 0.5, "iou": 0.5},
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return ModelCard.load(path.with_suffix(".json"))


def _model(bias: np.ndarray) -> onnx.ModelProto:
    rng = np.random.default_rng(0)
    nodes, weights = _trunk(rng)
    cells = SIDE // _STRIDE
    at = (np.arange(cells, dtype=np.float32) + 0.5) * _STRIDE
    grid = np.stack(np.broadcast_arrays(at, at[:, None]))[None] - _STRIDE
    weights |= {
        "boxes": rng.normal(0, 0.2, (4, _LAYERS[-1][1], 1, 1)).astype(np.float32),
        "classes": rng.normal(0, 0.2, (_CLASSES, _LAYERS[-1][1], 1, 1)).astype(np.float32),
        "bias": bias,
        "grid": np.ascontiguousarray(grid),
        "near": np.array(2.0 * _STRIDE, np.float32),
        "large": np.array(40.0, np.float32),
        "least": np.array(8.0, np.float32),
        "halves": np.array([2, 2]),
        "shape": np.array([-1, 4 + _CLASSES, cells * cells]),
    }
    last = f"x{len(_LAYERS)}"
    nodes += [
        helper.make_node("Conv", [last, "boxes"], ["raw"]),
        helper.make_node("Sigmoid", ["raw"], ["share"]),
        helper.make_node("Split", ["share", "halves"], ["middle", "size"], axis=1),
        helper.make_node("Mul", ["middle", "near"], ["shift"]),
        helper.make_node("Add", ["shift", "grid"], ["centre"]),
        helper.make_node("Mul", ["size", "large"], ["more"]),
        helper.make_node("Add", ["more", "least"], ["sides"]),
        helper.make_node("Conv", [last, "classes", "bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["scores"]),
        helper.make_node("Concat", ["centre", "sides", "scores"], ["planes"], axis=1),
        helper.make_node("Reshape", ["planes", "shape"], ["output0"]),
    ]
    shape = ["n", 4 + _CLASSES, cells * cells]
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _trunk(rng: np.random.Generator) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    nodes, weights = [helper.make_node("Identity", ["images"], ["x0"])], {}
    for index, (before, after, stride) in enumerate(_LAYERS):
        spread = np.sqrt(2 / (9 * before))
        kernel = rng.normal(0, spread, (after, before, 3, 3)).astype(np.float32)
        weights[f"kernel{index}"] = kernel
        nodes += [
            helper.make_node(
                "Conv", [f"x{index}", f"kernel{index}"], [f"c{index}"],
                strides=[stride, stride], pads=[1, 1, 1, 1],
            ),
            helper.make_node("Sigmoid", [f"c{index}"], [f"s{index}"]),
            helper.make_node("Mul", [f"c{index}", f"s{index}"], [f"x{index + 1}"]),
        ]  # fmt: skip
    return nodes, weights
