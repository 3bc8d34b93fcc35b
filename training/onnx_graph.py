# SPDX-License-Identifier: GPL-2.0-or-later
"""An ONNX graph in the making."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Union

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
Sides = tuple[Union[int, str], Union[int, str]]
Answer = tuple[Union[int, str], ...]


@dataclass
class Graph:
    """Nodes and constants in the making."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name

    def answer(self, last: str, output: str, *, answer: Answer, kind: int) -> onnx.ValueInfoProto:
        """Call the tensor `last`, which no other node takes, `output` [N, *answer]."""
        node = next(node for node in self.nodes if last in node.output)
        node.output[0] = output
        return helper.make_tensor_value_info(output, kind, ["N", *answer])

    def model(
        self, name: str, *, sides: Sides, answers: Sequence[onnx.ValueInfoProto]
    ) -> onnx.ModelProto:
        """Checked model with `image` uint8 [N, 3, *sides] in and `answers` out."""
        image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 3, *sides])
        constants = [numpy_helper.from_array(v, n) for n, v in self.constants.items()]
        graph = helper.make_graph(self.nodes, name, [image], answers, constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="geosift"
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        return model
