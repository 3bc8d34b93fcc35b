# SPDX-License-Identifier: GPL-2.0-or-later
"""A network that gives planes, with a 1x1 convolution behind it as its only answer.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..foreign.wire import Field, Wire
from .graph_fields import (
    DATA_TYPE,
    DIMS,
    FLOAT,
    GRAPH,
    INITIALIZER,
    NAME,
    NODE,
    NODE_INPUTS,
    NODE_OUTPUTS,
    OPERATOR,
    OUTPUT,
    RAW_DATA,
    TENSOR_NAME,
)
from .one_output import answering
from .wire_writing import counting, holding

_TYPE, _TENSOR, _ELEMENT, _SHAPE, _SIDE, _SIZE, _ANY = 2, 1, 1, 2, 1, 1, 2
"""Of ValueInfoProto, TypeProto, its Tensor, TensorShapeProto and its Dimension."""


def with_head(
    model: bytes,
    output: str,
    *,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    called: str,
) -> bytes:
    """The ONNX model whose planes `output` (n, channels, h, w) go through a 1x1 convolution.

    `weight` is (classes, channels), `bias` (classes); the only answer is `called`, (n, classes, h,
    w). Nodes that it does not need are gone. ModelError where the model has no such output.
    """
    cut = answering(model, output)
    wire = Wire(BytesIO(cut), len(cut))
    head = _head(output, weight, bias, called)
    parts, before = [], 0
    for field in wire.fields(0, len(cut)):
        whole = cut[before : field.stop]
        if field.number == GRAPH:
            whole = holding(GRAPH, _without_output(cut, wire, field, output) + head)
        parts.append(whole)
        before = field.stop
    return b"".join(parts)


def _without_output(model: bytes, wire: Wire, graph: Field, output: str) -> bytes:
    """The fields of a graph but its one output; ModelError where that is another."""
    names, parts, before = [], [], graph.start
    for field in wire.fields(graph.start, graph.stop):
        if field.number == OUTPUT:
            told = wire.fields(field.start, field.stop)
            names += [model[each.start : each.stop] for each in told if each.number == NAME]
        else:
            parts.append(model[before : field.stop])
        before = field.stop
    if names != [output.encode("utf-8")]:
        raise ModelError(
            f"The network has no output '{output}' to put a head on; choose another network of "
            "features."
        )
    return b"".join(parts)


def _head(
    output: str, weight: NDArray[np.float32], bias: NDArray[np.float32], called: str
) -> bytes:
    """Fields of a graph: the convolution, its numbers, and its answer."""
    kernel, offset = f"{called}_weight", f"{called}_bias"
    inputs = [holding(NODE_INPUTS, name) for name in (output, kernel, offset)]
    node = b"".join([*inputs, holding(NODE_OUTPUTS, called), holding(OPERATOR, "Conv")])
    return b"".join(
        (
            holding(NODE, node),
            holding(INITIALIZER, _tensor(kernel, weight[:, :, None, None])),
            holding(INITIALIZER, _tensor(offset, bias)),
            holding(OUTPUT, _planes(called, len(bias))),
        )
    )


def _tensor(name: str, numbers: NDArray[np.float32]) -> bytes:
    dims = b"".join(counting(DIMS, side) for side in numbers.shape)
    content = np.ascontiguousarray(numbers, "<f4").tobytes()
    return (
        dims + counting(DATA_TYPE, FLOAT) + holding(TENSOR_NAME, name) + holding(RAW_DATA, content)
    )


def _planes(name: str, count: int) -> bytes:
    """An answer of so many planes of any size, for any number of tiles."""
    sides = [holding(_SIDE, holding(_ANY, side)) for side in (f"{name}_rows", f"{name}_columns")]
    whole = [holding(_SIDE, holding(_ANY, "N")), holding(_SIDE, counting(_SIZE, count)), *sides]
    tensor = counting(_ELEMENT, FLOAT) + holding(_SHAPE, b"".join(whole))
    return holding(NAME, name) + holding(_TYPE, holding(_TENSOR, tensor))
