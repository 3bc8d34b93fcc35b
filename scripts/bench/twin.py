# SPDX-License-Identifier: GPL-2.0-or-later
"""The float twin of an INT8 network: the same layers and weights, the rounding taken out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import onnx
from onnx import numpy_helper

from geosift.inference.cards.card import ModelCard


def float_twin(card: ModelCard, folder: Path) -> ModelCard:
    """Write the twin and its card into `folder`.

    Its answers differ from a float network's own wherever a range was clipped; its speed does not.
    """
    model = onnx.load(card.path)
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    inputs = {item.name for item in graph.input}
    stands_for: dict[str, str] = {}
    kept = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            graph.initializer.append(_dequantised(node, constants))
        elif node.op_type == "DequantizeLinear" and node.input[0] in inputs:
            kept.append(node)  # the image itself: 8 bits by nature
        elif node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            stands_for[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    for node in kept:
        for place, name in enumerate(node.input):
            while name in stands_for:
                name = stands_for[name]
            node.input[place] = name
    used = {name for node in kept for name in node.input}
    weights = [item for item in graph.initializer if item.name in used]
    del graph.initializer[:]
    graph.initializer.extend(weights)
    for output in graph.output:
        if output.name in stands_for:
            raise ValueError(f"the output {output.name} of {card.path} is quantised itself")
    del graph.node[:]
    graph.node.extend(kept)
    return _write(model, card, folder)


def _dequantised(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto]) -> onnx.TensorProto:
    """The float weights a DequantizeLinear node makes of constants, under its output's name."""
    values, scale = (numpy_helper.to_array(constants[name]) for name in node.input[:2])
    zero = numpy_helper.to_array(constants[node.input[2]]) if len(node.input) > 2 else 0
    axis = next((item.i for item in node.attribute if item.name == "axis"), 1)
    if scale.ndim:
        shape = [1] * values.ndim
        shape[axis] = -1
        scale = scale.reshape(shape)
        zero = zero.reshape(shape) if getattr(zero, "ndim", 0) else zero
    return numpy_helper.from_array(
        ((values.astype("float32") - zero) * scale).astype("float32"), node.output[0]
    )


def _write(model: onnx.ModelProto, card: ModelCard, folder: Path) -> ModelCard:
    folder.mkdir(parents=True, exist_ok=True)
    network = folder / "float_twin.onnx"
    onnx.save(model, network)
    words = json.loads(card.path.with_suffix(".json").read_text(encoding="utf-8"))
    words["id"], words["file"] = f"{card.id}_float", network.name
    words["sha256"] = hashlib.sha256(network.read_bytes()).hexdigest()
    words["bytes"] = network.stat().st_size
    words["metrics"].pop("int8", None)
    path = network.with_suffix(".json")
    path.write_text(json.dumps(words), encoding="utf-8")
    return ModelCard.load(path)
