# SPDX-License-Identifier: GPL-2.0-or-later
"""ONNX files read without onnx: what they say of themselves, not their numbers.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from .constants import SHORT_LIST, entry, floats, sparse, tensor
from .facts import (
    TYPES,
    AttributeFacts,
    FunctionFacts,
    GraphFacts,
    NodeFacts,
    OnnxFacts,
    Side,
    ValueFacts,
)
from .wire import Damaged, Field, Wire, message, number

MOST_BYTES = 2**31
"""What protobuf, hence onnxruntime, can read of one file."""
_MOST_DEPTH = 12
_SINGLE = (5, 6, 22)
"""Fields of an attribute that protobuf would join where they are written twice."""


def read(path: Path) -> OnnxFacts:
    """What the file says; ModelError where it is no ONNX file, or a damaged one."""
    try:
        if not path.is_file():
            raise ModelError(f"There is no file {path}; choose a network (.onnx).")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ModelError(
                f"{path.name} has {size / 1e9:.1f} GB, onnxruntime reads files up to 2 GB; "
                "export it with its weights in a second file (external data)."
            )
        with path.open("rb") as file:
            return _model(Wire(file, size))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); check its permissions.") from error
    except Damaged as error:
        raise ModelError(
            f"{path.name} is no whole ONNX file: {error}; fetch or export it again."
        ) from error


def _model(wire: Wire) -> OnnxFacts:
    ir_version, graph = 0, None
    opsets: dict[str, int] = {}
    metadata: dict[str, str] = {}
    functions = []
    for field in wire.fields(0, wire.size):
        if field.number == 1:
            ir_version = number(field)
        elif field.number == 7:
            if graph is not None:  # protobuf joins what is written twice; no exporter does that
                raise Damaged("its graph is written twice")
            graph = _graph(wire, field, depth=0)
        elif field.number == 8:
            domain, version = _opset(wire, field)
            opsets[domain] = max(version, opsets.get(domain, 0))
        elif field.number == 14:
            metadata.update([entry(wire, field)])
        elif field.number == 25:
            functions.append(_function(wire, field))
        if len(metadata) > 1000 or len(functions) > 10_000:
            raise Damaged("it has more metadata or functions than any network")
    if graph is None or ir_version < 1:
        raise Damaged("it has no graph or no version")
    return OnnxFacts(ir_version, opsets, metadata, graph, tuple(functions))


def _graph(wire: Wire, holder: Field, *, depth: int) -> GraphFacts:
    if depth > _MOST_DEPTH:
        raise Damaged(f"graphs lie inside each other more than {_MOST_DEPTH} deep")
    nodes, tensors, inputs, outputs = [], [], [], []
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            nodes.append(_node(wire, field, depth=depth))
        elif field.number == 5:
            tensors.append(tensor(wire, field))
        elif field.number == 15:
            tensors.append(sparse(wire, field))
        elif field.number == 11:
            inputs.append(_value(wire, field))
        elif field.number == 12:
            outputs.append(_value(wire, field))
    constant = {tensor.name for tensor in tensors}
    free = tuple(value for value in inputs if value.name not in constant)
    return GraphFacts(tuple(nodes), tuple(tensors), free, tuple(outputs))


def _node(wire: Wire, holder: Field, *, depth: int) -> NodeFacts:
    inputs, outputs, op, domain = [], [], "", ""
    attributes: dict[str, AttributeFacts] = {}
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            inputs.append(wire.text(field))
        elif field.number == 2:
            outputs.append(wire.text(field))
        elif field.number == 4:
            op = wire.text(field)
        elif field.number == 7:
            domain = wire.text(field)
        elif field.number == 5:
            name, told = _attribute(wire, field, depth=depth)
            if name in attributes:
                raise Damaged(f"an attribute {name!r:.40} is written twice")
            attributes[name] = told
    return NodeFacts(op, domain, tuple(inputs), tuple(outputs), attributes)


def _attribute(wire: Wire, holder: Field, *, depth: int) -> tuple[str, AttributeFacts]:
    name, text = "", ""
    ints: tuple[int, ...] = ()
    numbers: list[float] = []
    tensors, graphs = [], []
    for field in wire.fields(*message(holder)):
        if field.number in _SINGLE and (tensors or graphs):
            raise Damaged(f"the attribute {name!r:.40} is written twice")
        if field.number == 1:
            name = wire.text(field)
        elif field.number == 4 and field.length <= 1024:
            text = wire.text(field)
        elif field.number in (3, 8) and len(ints) < SHORT_LIST:
            ints += wire.varints(field, most=SHORT_LIST)
        elif field.number in (2, 7) and len(numbers) < SHORT_LIST:
            numbers.extend(floats(wire, field))
        elif field.number in (5, 10):
            tensors.append(tensor(wire, field))
        elif field.number in (22, 23):
            tensors.append(sparse(wire, field))
        elif field.number in (6, 11):
            graphs.append(_graph(wire, field, depth=depth + 1))
    return name, AttributeFacts(ints, tuple(numbers), text, tuple(tensors), tuple(graphs))


def _value(wire: Wire, holder: Field) -> ValueFacts:
    name, shape, kind = "", (), "nothing GeoSift knows"
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            name = wire.text(field)
        elif field.number == 2:
            shape, kind = _type(wire, field)
    return ValueFacts(name, shape, kind)


def _type(wire: Wire, holder: Field) -> tuple[tuple[Side, ...], str]:
    shape: tuple[Side, ...] = ()
    kind = "no tensor"
    for field in wire.fields(*message(holder)):
        if field.number != 1:
            continue
        for part in wire.fields(*message(field)):
            if part.number == 1:
                kind = f"tensor({TYPES.get(number(part), 'unknown')})"
            elif part.number == 2:
                sides = wire.fields(*message(part))
                shape += tuple(_side(wire, side) for side in sides if side.number == 1)
            if len(shape) > 32:
                raise Damaged("an input or output has more than 32 dimensions")
    return shape, kind


def _side(wire: Wire, holder: Field) -> Side:
    side: Side = None
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            side = number(field)
        elif field.number == 2:
            side = wire.text(field)
    return side


def _opset(wire: Wire, holder: Field) -> tuple[str, int]:
    domain, version = "", 0
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            domain = wire.text(field)
        elif field.number == 2:
            version = number(field)
    return domain, version


def _function(wire: Wire, holder: Field) -> FunctionFacts:
    name, domain, nodes = "", "", []
    for field in wire.fields(*message(holder)):
        if field.number == 1:
            name = wire.text(field)
        elif field.number == 10:
            domain = wire.text(field)
        elif field.number == 7:
            nodes.append(_node(wire, field, depth=0))
    return FunctionFacts(name, domain, tuple(nodes))
