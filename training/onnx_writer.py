# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws a `QuantisableNet` as an ONNX graph: in float, or in 8 bits with its learnt ranges.

The 8-bit graph is static QDQ with U8 activations and S8 weights per channel. ReLU6 needs no node
there: a range that starts at 0 and ends at 6 or below saturates just so. Pixel shuffle and
concatenation move bytes only, since both sides of a concatenation share their range. The head
stays in float: it is small, and 8-bit logits would tie too often at class borders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto
from torch import Tensor, nn

from .onnx_graph import Answer, Graph, Sides
from .quantisable import (
    INPUT_STEP,
    INPUT_ZERO,
    WEIGHT_LIMIT,
    ConvUnit,
    QuantisableNet,
    Range,
    weight_scales,
)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy()


def _conv_attributes(unit: ConvUnit) -> dict[str, object]:
    before, after = unit.pads
    return {
        "kernel_shape": list(unit.conv.kernel_size),
        "strides": list(unit.conv.stride),
        "group": unit.conv.groups,
        "pads": [before, before, after, after],
    }


class FloatOps:
    """Draws float nodes; a value is the name of a tensor."""

    def __init__(self) -> None:
        self.graph = Graph()

    def start(self) -> str:
        pixels = self.graph.node("Cast", ["image"], to=TensorProto.FLOAT)
        centred = self.graph.node("Sub", [pixels, self._number(INPUT_ZERO)])
        return self.graph.node("Mul", [centred, self._number(INPUT_STEP)])

    def _number(self, value: float) -> str:
        return self.graph.constant(np.float32(value))

    def conv(self, unit: ConvUnit, x: str) -> str:
        weight = self.graph.constant(_array(unit.conv.weight))
        bias = self.graph.constant(_array(unit.conv.bias))
        y = self.graph.node("Conv", [x, weight, bias], **_conv_attributes(unit))
        if unit.relu6:
            y = self.graph.node("Clip", [y, self._number(0.0), self._number(6.0)])
        return y

    def add(self, out_range: Range, a: str, b: str, *, relu: bool = False) -> str:
        total = self.graph.node("Add", [a, b])
        return self.graph.node("Relu", [total]) if relu else total

    def shuffle(self, x: str) -> str:
        return self.graph.node("DepthToSpace", [x], blocksize=2, mode="CRD")

    def concat(self, a: str, b: str) -> str:
        return self.graph.node("Concat", [a, b], axis=1)

    def head(self, conv: nn.Conv2d, x: str) -> str:
        return _draw_head(self.graph, conv, x)

    def mean_head(self, conv: nn.Conv2d, x: str) -> str:
        return _draw_mean_head(self.graph, conv, x)

    def unit(self, x: str) -> str:
        return _draw_unit(self.graph, x)

    def real(self, x: str) -> str:
        return x


@dataclass(frozen=True)
class Bytes:
    """A U8 tensor: its name, scale and zero point."""

    name: str
    scale: float
    zero: int


class QuantisedOps:
    """Draws 8-bit nodes; a value is a `Bytes`."""

    def __init__(self) -> None:
        self.graph = Graph()

    def start(self) -> Bytes:
        return Bytes("image", INPUT_STEP, int(INPUT_ZERO))

    def _limits(self, scale: float, zero: int) -> list[str]:
        return [self.graph.constant(np.float32(scale)), self.graph.constant(np.uint8(zero))]

    def _real(self, x: Bytes) -> str:
        return self.graph.node("DequantizeLinear", [x.name, *self._limits(x.scale, x.zero)])

    def _round(self, name: str, out_range: Range) -> Bytes:
        scale, zero = float(out_range.scale), int(out_range.zero)
        quantised = self.graph.node("QuantizeLinear", [name, *self._limits(scale, zero)])
        return Bytes(quantised, scale, zero)

    def _constant(self, values: np.ndarray, scales: np.ndarray, kind: type) -> str:
        inputs = [
            self.graph.constant(values.astype(kind)),
            self.graph.constant(scales.astype(np.float32)),
            self.graph.constant(np.zeros(len(scales), dtype=kind)),
        ]
        return self.graph.node("DequantizeLinear", inputs, axis=0)

    def conv(self, unit: ConvUnit, x: Bytes) -> Bytes:
        scale, zero = float(unit.out_range.scale), int(unit.out_range.zero)
        if unit.relu6 and (zero != 0 or scale > 6.0001 / 255):
            raise ValueError("a ReLU6 range should lie within 0..6: calibrate the network again")
        bias = _array(unit.conv.bias)
        # A channel whose weights died has a scale near 0, and its bias would not fit 32 bits.
        scales = np.maximum(
            _array(weight_scales(unit.conv.weight)), np.abs(bias) / (x.scale * 2**30)
        )
        steps = np.rint(_array(unit.conv.weight) / scales[:, None, None, None])
        weight = self._constant(steps.clip(-WEIGHT_LIMIT, WEIGHT_LIMIT), scales, np.int8)
        bias_scales = scales * x.scale
        offset = self._constant(np.rint(bias / bias_scales), bias_scales, np.int32)
        y = self.graph.node("Conv", [self._real(x), weight, offset], **_conv_attributes(unit))
        return self._round(y, unit.out_range)

    def add(self, out_range: Range, a: Bytes, b: Bytes, *, relu: bool = False) -> Bytes:
        if relu and int(out_range.zero) != 0:  # else zero point 0 cuts off what is below zero
            raise ValueError("the range after a ReLU should start at 0: calibrate again")
        return self._round(self.graph.node("Add", [self._real(a), self._real(b)]), out_range)

    def shuffle(self, x: Bytes) -> Bytes:
        name = self.graph.node("DepthToSpace", [x.name], blocksize=2, mode="CRD")
        return Bytes(name, x.scale, x.zero)

    def concat(self, a: Bytes, b: Bytes) -> Bytes:
        if (a.scale, a.zero) != (b.scale, b.zero):
            raise ValueError(f"both sides of a concatenation should share a range, got {a} and {b}")
        return Bytes(self.graph.node("Concat", [a.name, b.name], axis=1), a.scale, a.zero)

    def head(self, conv: nn.Conv2d, x: Bytes) -> str:
        return _draw_head(self.graph, conv, self._real(x))

    def mean_head(self, conv: nn.Conv2d, x: Bytes) -> str:
        return _draw_mean_head(self.graph, conv, self._real(x))

    def unit(self, x: str) -> str:
        return _draw_unit(self.graph, x)

    def real(self, x: Bytes) -> str:
        return self._real(x)


def _draw_head(graph: Graph, conv: nn.Conv2d, x: str) -> str:
    weight, bias = graph.constant(_array(conv.weight)), graph.constant(_array(conv.bias))
    return graph.node("Conv", [x, weight, bias], kernel_shape=[1, 1])


def _draw_mean_head(graph: Graph, conv: nn.Conv2d, x: str) -> str:
    mean = graph.node("Flatten", [graph.node("GlobalAveragePool", [x])])
    weight = graph.constant(_array(conv.weight.flatten(1)))
    return graph.node("Gemm", [mean, weight, graph.constant(_array(conv.bias))], transB=1)


def _draw_unit(graph: Graph, x: str) -> str:
    return graph.node("LpNormalization", [x], axis=1, p=2)


def draw(
    net: QuantisableNet,
    name: str,
    *,
    sides: Sides = ("H", "W"),
    answer: Answer,
    quantised: bool,
    output: str = "logits",
) -> onnx.ModelProto:
    """The ONNX model of a folded network; `answer` is the shape of its answer after N.

    The answer is float32; bytes where the last thing an 8-bit network does is to round.
    """
    return draw_several(net, name, sides=sides, answers={output: answer}, quantised=quantised)


def draw_several(
    net: QuantisableNet,
    name: str,
    *,
    sides: Sides = ("H", "W"),
    answers: Mapping[str, Answer],
    quantised: bool,
) -> onnx.ModelProto:
    """As `draw`, of a network with several answers: their names and shapes in order."""
    ops = QuantisedOps() if quantised else FloatOps()
    ends = net.walk(ops, ops.start())
    told = []
    for (output, answer), last in zip(
        answers.items(), ends if isinstance(ends, tuple) else (ends,)
    ):
        of_bytes = isinstance(last, Bytes)
        kind = TensorProto.UINT8 if of_bytes else TensorProto.FLOAT
        tensor = last.name if of_bytes else last
        told.append(ops.graph.answer(tensor, output, answer=answer, kind=kind))
    return ops.graph.model(name, sides=sides, answers=told)
