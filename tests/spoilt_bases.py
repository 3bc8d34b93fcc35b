# SPDX-License-Identifier: GPL-2.0-or-later
"""Small networks of every kind and description, as they are before something is wrong with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from foreign_networks import model
from made_pairs import SAM, SAM2, Made, make
from onnx import TensorProto, helper, numpy_helper

NO_DIGEST = b"0" * 64
"""Stands in the card for the network's digest."""
_SIDE = 32


@dataclass(frozen=True)
class Base:
    """A model as it is before something is wrong: its files by name, the network's last."""

    network: bytes
    beside: dict[str, bytes]


@lru_cache(maxsize=1)
def bases() -> tuple[Base, ...]:
    """Networks of every kind that can be run, described in every way."""
    names = '{"0": "a", "1": "b", "2": "c"}'
    zoo = {"model_type": '"Segmentor"', "class_names": names, "resolution": "20.0",
           "tile_size": "32", "tiles_overlap": "25", "standardization_mean": "[0.1, 0.2, 0.3]",
           "standardization_std": "[1, 2, 3]"}  # fmt: skip
    yolo = {"task": "detect", "imgsz": "[32, 32]", "stride": "32", "names": "{0: 'a', 1: 'b'}"}
    conv = _convolution()
    return (
        Base(conv(metadata=zoo), {}),
        Base(conv(metadata=zoo, external=True), {"w.bin": bytes(64 + 36)}),
        Base(conv(metadata={"model_type": '"Regressor"', "reg_output_scaling": "2"}), {}),
        Base(_detector(yolo), {}),
        Base(_looping(zoo), {}),
        Base(_calling(zoo), {}),
        Base(conv(metadata={}), {"net.json": _card()}),
        Base(conv(metadata={}), {"net.json": _item()}),
        Base(conv(metadata={}), {}),
        _pair(SAM),
        _pair(SAM2),
    )


def _pair(made: Made) -> Base:
    """A promptable pair: what sees is the network, what is asked lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        encoder, decoder = (path.read_bytes() for path in make(Path(folder), made))
    return Base(encoder, {"decoder.onnx": decoder})


def _shapes() -> dict[str, Any]:
    return {"image": ("n", 3, _SIDE, _SIDE)}


def _convolution() -> Callable[..., bytes]:
    def made(metadata: dict[str, str], *, external: bool = False) -> bytes:
        weight = numpy_helper.from_array(np.eye(3, dtype=np.float32)[:, :, None, None], "w")
        if external:
            weight = TensorProto(name="w", data_type=1, dims=[3, 3, 1, 1], data_location=1)
            for key, value in (("location", "w.bin"), ("offset", "64"), ("length", "36")):
                weight.external_data.add(key=key, value=value)
        nodes = [
            helper.make_node("Conv", ["image", "w"], ["x"]),
            helper.make_node("Constant", [], ["s"], value=numpy_helper.from_array(
                np.array([0, 3, _SIDE, _SIDE], np.int64), "shape")),
            helper.make_node("Reshape", ["x", "s"], ["y"]),
            helper.make_node("Softmax", ["y"], ["o"], axis=1),
        ]  # fmt: skip
        return model(
            {"o": ("n", 3, _SIDE, _SIDE)}, nodes=nodes, tensors=[weight], metadata=metadata,
            **_shapes(),
        ).SerializeToString()  # fmt: skip

    return made


def _detector(metadata: dict[str, str]) -> bytes:
    nodes = [
        helper.make_node("AveragePool", ["image"], ["x"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Concat", ["x", "x"], ["y"], axis=1),
        helper.make_node("Reshape", ["y", "s"], ["o"]),
    ]
    shape = numpy_helper.from_array(np.array([0, 6, 16], np.int64), "s")
    made = model({"o": ("n", 6, 16)}, nodes=nodes, tensors=[shape], metadata=metadata, **_shapes())
    return made.SerializeToString()


def _looping(metadata: dict[str, str]) -> bytes:
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Relu", ["x"], ["y"])],
        "body",
        [value("i", 7, []), value("go", 9, []), value("x", 1, None)],
        [value("on", 9, []), value("y", 1, None)],
    )
    nodes = [helper.make_node("Loop", ["m", "c", "image"], ["o"], body=body)]
    tensors = [helper.make_tensor("m", 7, [], [3]), helper.make_tensor("c", 9, [], [True])]
    shapes = {"o": ("n", 3, _SIDE, _SIDE)}
    return model(
        shapes, nodes=nodes, tensors=tensors, metadata=metadata, **_shapes()
    ).SerializeToString()


def _calling(metadata: dict[str, str]) -> bytes:
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    inner = helper.make_function(
        "f", "Inner", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], opsets
    )
    outer = helper.make_function(
        "f", "Outer", ["x"], ["y"], [helper.make_node("Inner", ["x"], ["y"], domain="f")], opsets
    )
    return model(
        {"o": ("n", 3, _SIDE, _SIDE)},
        nodes=[helper.make_node("Outer", ["image"], ["o"], domain="f")],
        functions=[inner, outer],
        opsets={"": 17, "f": 1},
        metadata=metadata,
        **_shapes(),
    ).SerializeToString()


def _card() -> bytes:
    return json.dumps({
        "schema": 1, "id": "net", "name": "Net", "kind": "segmentation", "file": "net.onnx",
        "sha256": NO_DIGEST.decode(), "bytes": 1, "licence": "MIT",
        "input": {"bands": ["red", "green", "blue"], "dtype": "float32", "mean": [0, 0, 0],
                  "std": [255, 255, 255], "resolution_m": 0.5, "stride_multiple": 1, "tile": 32,
                  "fixed_tile": True, "fixed_batch": None},
        "output": {"activation": "probabilities", "stride": 1, "threshold": 0.5, "median": 3},
        "classes": [{"id": n, "name": f"c{n}", "color": "#102030"} for n in range(3)],
        "blend": {"halo": 4, "ring": 2, "fade": 2}, "metrics": {}, "statistics": {},
    }).encode()  # fmt: skip


def _item() -> bytes:
    scaling = [{"type": "z-score", "mean": 0.5, "stddev": 0.25}]
    classes = [{"value": n, "name": f"c{n}", "color_hint": "102030"} for n in range(3)]
    return json.dumps({
        "type": "Feature",
        "properties": {
            "mlm:name": "Net", "mlm:tasks": ["semantic-segmentation"], "gsd": 10,
            "mlm:input": [{"bands": ["red", "green", "blue"], "value_scaling": scaling,
                           "input": {"shape": [-1, 3, 32, 32]}}],
            "mlm:output": [{"classification:classes": classes}],
        },
        "assets": {"model": {"href": "./net.onnx"}},
    }).encode()  # fmt: skip
