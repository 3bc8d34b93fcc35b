# SPDX-License-Identifier: GPL-2.0-or-later
"""What an ONNX file says of itself, without its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

Side = Union[int, str, None]
"""A size: so many, a name for any number, or not said."""

TYPES = {
    1: "float", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    8: "string", 9: "bool", 10: "float16", 11: "double", 12: "uint32", 13: "uint64",
    14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
    19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
}  # fmt: skip
"""ONNX's numbers of types and onnxruntime's names of them."""
BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 8: 8, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64,
    14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4,
}  # fmt: skip
"""Bits of one element in raw data; of a text, which has no size of its own, the least."""


@dataclass(frozen=True)
class ValueFacts:
    """An input or output: its name, its shape, and its type in onnxruntime's words."""

    name: str
    shape: tuple[Side, ...]
    type: str


@dataclass(frozen=True)
class TensorFacts:
    """A constant: its shape, its type (see TYPES), how many bytes or elements the file holds of it.

    `raw` is None where the elements are listed, `listed` of them. `external` are the entries that
    say where in another file they lie. `ints` are the values of a short list of whole numbers.
    """

    name: str
    dims: tuple[int, ...]
    type: int
    raw: int | None = None
    listed: int = 0
    external: tuple[tuple[str, str], ...] = ()
    is_external: bool = False
    is_sparse: bool = False
    ints: tuple[int, ...] | None = None

    @property
    def elements(self) -> int:
        """How many elements the shape has."""
        count = 1
        for side in self.dims:
            count *= side
        return count


@dataclass(frozen=True)
class AttributeFacts:
    """What an operator is told besides its inputs: numbers, a constant, or whole graphs."""

    ints: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    text: str = ""
    tensors: tuple[TensorFacts, ...] = ()
    graphs: tuple[GraphFacts, ...] = ()


@dataclass(frozen=True)
class NodeFacts:
    """One operator: its name, the domain it is from, what goes in and what comes out."""

    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeFacts] = field(default_factory=dict)


@dataclass(frozen=True)
class GraphFacts:
    """Operators, the constants they use, inputs without a constant, and outputs."""

    nodes: tuple[NodeFacts, ...]
    tensors: tuple[TensorFacts, ...]
    inputs: tuple[ValueFacts, ...]
    outputs: tuple[ValueFacts, ...]

    def every_graph(self) -> Iterator[GraphFacts]:
        """This one and all inside its operators."""
        yield self
        for node in self.nodes:
            for attribute in node.attributes.values():
                for graph in attribute.graphs:
                    yield from graph.every_graph()


@dataclass(frozen=True)
class FunctionFacts:
    """An operator that the file itself brings, made of others."""

    name: str
    domain: str
    nodes: tuple[NodeFacts, ...]


@dataclass(frozen=True)
class OnnxFacts:
    """A file: its versions, what it takes and answers, metadata, the graph.

    `opsets` are the versions of the domains its operators are from; "" is ONNX's own.
    """

    ir_version: int
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    graph: GraphFacts
    functions: tuple[FunctionFacts, ...] = ()

    @property
    def inputs(self) -> tuple[ValueFacts, ...]:
        return self.graph.inputs

    @property
    def outputs(self) -> tuple[ValueFacts, ...]:
        return self.graph.outputs

    def every_graph(self) -> Iterator[GraphFacts]:
        """The graph, those of the functions, and all inside them."""
        yield from self.graph.every_graph()
        for function in self.functions:
            yield from GraphFacts(function.nodes, (), (), ()).every_graph()

    def every_tensor(self) -> Iterator[TensorFacts]:
        """Every constant there is."""
        for graph in self.every_graph():
            yield from graph.tensors
            for node in graph.nodes:
                for attribute in node.attributes.values():
                    yield from attribute.tensors
