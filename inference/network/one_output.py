# SPDX-License-Identifier: GPL-2.0-or-later
"""A network that answers several things, cut down to one of them.

onnxruntime computes every output that a file lists, whether it is asked for or not.
"""

from __future__ import annotations

from io import BytesIO

from ..foreign.wire import LENGTH, Field, Wire

_GRAPH, _OUTPUT, _NAME = 7, 12, 1
"""Numbers of fields: ModelProto.graph, GraphProto.output, ValueInfoProto.name."""


def answering(model: bytes, output: str) -> bytes:
    """The ONNX model with `output` as its only one; what others need is left out when it is loaded.

    Law: a model that has no other output stays as it is.
    """
    wire = Wire(BytesIO(model), len(model))
    parts, before = [], 0
    for field in wire.fields(0, len(model)):
        whole = model[before : field.stop]
        if field.number == _GRAPH and field.wire == LENGTH:
            graph = _graph(model, wire, field, output)
            whole = bytes([_GRAPH << 3 | LENGTH]) + _varint(len(graph)) + graph
        parts.append(whole)
        before = field.stop
    return b"".join(parts)


def _graph(model: bytes, wire: Wire, graph: Field, output: str) -> bytes:
    parts, before = [], graph.start
    for field in wire.fields(graph.start, graph.stop):
        if field.number != _OUTPUT or _name(model, wire, field) == output.encode():
            parts.append(model[before : field.stop])
        before = field.stop
    return b"".join(parts)


def _name(model: bytes, wire: Wire, value: Field) -> bytes:
    names = [each for each in wire.fields(value.start, value.stop) if each.number == _NAME]
    return model[names[-1].start : names[-1].stop] if names else b""


def _varint(number: int) -> bytes:
    """A length as protobuf writes it: seven bits a byte, the lowest first."""
    told = bytearray()
    while number > 127:
        told.append(number & 127 | 128)
        number >>= 7
    return bytes([*told, number])
