# SPDX-License-Identifier: GPL-2.0-or-later
"""A network that answers several things, cut down to one of them.

onnxruntime computes every node of a file, whether anybody asks for what comes of it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from ..foreign.wire import LENGTH, Field, Wire
from .graph_fields import (
    ATTRIBUTE,
    GRAPH,
    INITIALIZER,
    NAME,
    NODE,
    NODE_INPUTS,
    NODE_OUTPUTS,
    OUTPUT,
    SUBGRAPHS,
    TENSOR_NAME,
)
from .wire_writing import holding


def answering(model: bytes, output: str) -> bytes:
    """The ONNX model with `output` as its only one, without nodes and numbers it does not need.

    Law: what it answers is what it answered before; one without that output stays as it is. Nodes
    stay where one holds graphs of its own, since these may use anything.
    """
    wire = Wire(BytesIO(model), len(model))
    parts, before = [], 0
    for field in wire.fields(0, len(model)):
        whole = model[before : field.stop]
        if field.number == GRAPH and field.wire == LENGTH:
            graph = _graph(model, wire, field, output.encode())
            whole = holding(GRAPH, graph)
        parts.append(whole)
        before = field.stop
    return b"".join(parts)


def _graph(model: bytes, wire: Wire, graph: Field, output: bytes) -> bytes:
    fields = list(wire.fields(graph.start, graph.stop))
    answers = [_texts(model, wire, each, NAME) for each in fields if each.number == OUTPUT]
    if [output] not in answers:
        return model[graph.start : graph.stop]
    needed = _needed(model, wire, [each for each in fields if each.number == NODE], output)
    parts, before = [], graph.start
    for field in fields:
        if _stays(model, wire, field, output, needed):
            parts.append(model[before : field.stop])
        before = field.stop
    return b"".join(parts)


def _stays(model: bytes, wire: Wire, field: Field, output: bytes, needed: _Needed | None) -> bool:
    """Whether a field of the graph is part of what `output` needs; None: all of it is."""
    if field.number == OUTPUT:
        return output in _texts(model, wire, field, NAME)
    if needed is None:
        return True
    if field.number == INITIALIZER:
        return bool(needed.names.intersection(_texts(model, wire, field, TENSOR_NAME)))
    return field.number != NODE or field.start in needed.nodes


@dataclass(frozen=True)
class _Needed:
    """Where nodes begin, and the names of all that goes into them."""

    nodes: frozenset[int]
    names: frozenset[bytes]


def _needed(model: bytes, wire: Wire, nodes: list[Field], output: bytes) -> _Needed | None:
    """What the output comes of; ONNX lists nodes in the order of the work. None: nobody knows."""
    parts = [tuple(wire.fields(node.start, node.stop)) for node in nodes]
    if any(_holds_graphs(wire, each) for each in parts):
        return None
    names, found = {output}, set()
    for node, each in zip(reversed(nodes), reversed(parts)):
        if names.intersection(_texts_of(model, each, NODE_OUTPUTS)):
            names.update(_texts_of(model, each, NODE_INPUTS))
            found.add(node.start)
    return _Needed(frozenset(found), frozenset(names))


def _holds_graphs(wire: Wire, node: Sequence[Field]) -> bool:
    return any(
        part.number in SUBGRAPHS
        for attribute in node if attribute.number == ATTRIBUTE
        for part in wire.fields(attribute.start, attribute.stop)
    )  # fmt: skip


def _texts(model: bytes, wire: Wire, message: Field, number: int) -> list[bytes]:
    """The texts of that number in a message."""
    return _texts_of(model, wire.fields(message.start, message.stop), number)


def _texts_of(model: bytes, fields: Iterable[Field], number: int) -> list[bytes]:
    """The same of a message whose fields are known."""
    return [model[e.start : e.stop] for e in fields if e.number == number and e.wire == LENGTH]
