# SPDX-License-Identifier: GPL-2.0-or-later
"""A network that answers several things, cut down to one of them.

onnxruntime computes every node of a file, whether anybody asks for what comes of it or not.
"""

from __future__ import annotations

from io import BytesIO

from ..foreign.wire import LENGTH, Field, Wire

_GRAPH = 7
"""Numbers of protobuf's fields, here of ModelProto; then of GraphProto, NodeProto, and so on."""
_NODE, _OUTPUT = 1, 12
_INPUTS, _OUTPUTS, _ATTRIBUTE = 1, 2, 5
_NAME = 1
_SUBGRAPHS = (6, 11)


def answering(model: bytes, output: str) -> bytes:
    """The ONNX model with `output` as its only one, without the nodes that it does not need.

    Law: what it answers is what it answered before; one without that output stays as it is. Nodes
    stay where one holds graphs of its own, since these may use anything.
    """
    wire = Wire(BytesIO(model), len(model))
    parts, before = [], 0
    for field in wire.fields(0, len(model)):
        whole = model[before : field.stop]
        if field.number == _GRAPH and field.wire == LENGTH:
            graph = _graph(model, wire, field, output.encode())
            whole = bytes([_GRAPH << 3 | LENGTH]) + _varint(len(graph)) + graph
        parts.append(whole)
        before = field.stop
    return b"".join(parts)


def _graph(model: bytes, wire: Wire, graph: Field, output: bytes) -> bytes:
    fields = list(wire.fields(graph.start, graph.stop))
    answers = [_texts(model, wire, each, _NAME) for each in fields if each.number == _OUTPUT]
    if [output] not in answers:
        return model[graph.start : graph.stop]
    needed = _needed(model, wire, [each for each in fields if each.number == _NODE], output)
    parts, before = [], graph.start
    for field in fields:
        other = field.number == _OUTPUT and output not in _texts(model, wire, field, _NAME)
        if not other and (field.number != _NODE or field.start in needed):
            parts.append(model[before : field.stop])
        before = field.stop
    return b"".join(parts)


def _needed(model: bytes, wire: Wire, nodes: list[Field], output: bytes) -> set[int]:
    """Where the nodes begin of which the output comes; ONNX lists them in the order of the work."""
    if any(_holds_graphs(wire, node) for node in nodes):
        return {node.start for node in nodes}
    names, found = {output}, set()
    for node in reversed(nodes):
        if names.intersection(_texts(model, wire, node, _OUTPUTS)):
            names.update(_texts(model, wire, node, _INPUTS))
            found.add(node.start)
    return found


def _holds_graphs(wire: Wire, node: Field) -> bool:
    attributes = [e for e in wire.fields(node.start, node.stop) if e.number == _ATTRIBUTE]
    return any(
        part.number in _SUBGRAPHS
        for attribute in attributes
        for part in wire.fields(attribute.start, attribute.stop)
    )


def _texts(model: bytes, wire: Wire, message: Field, number: int) -> list[bytes]:
    """The texts of that number in a message."""
    found = wire.fields(message.start, message.stop)
    return [model[e.start : e.stop] for e in found if e.number == number and e.wire == LENGTH]


def _varint(number: int) -> bytes:
    """A length as protobuf writes it: seven bits a byte, the lowest first."""
    told = bytearray()
    while number > 127:
        told.append(number & 127 | 128)
        number >>= 7
    return bytes([*told, number])
