# SPDX-License-Identifier: GPL-2.0-or-later
"""Small files that unfold into something huge: functions in functions, shapes without measure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ModelError
from .facts import FunctionFacts, GraphFacts, NodeFacts, OnnxFacts, TensorFacts

_MOST_OPERATORS = 500_000
_MOST_DEPTH = 32
_MOST_ELEMENTS = 2**28
"""Of one thing an operator makes of a size that the file says: 1 GB of floats."""
_MOST_ROUNDS = 10_000_000
_MOST_ENLARGEMENT = 1024
_SIZES = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1, "EyeLike": 0, "Reshape": 1}
"""Operators that make as many elements as the product of the numbers in that input."""
_RANDOM = ("RandomNormal", "RandomUniform")


def require_bounded(facts: OnnxFacts, *, called: str) -> None:
    """ModelError where a file unfolds without an end, or into more than any network has."""
    _require_few_operators(facts, called)
    for graph in facts.every_graph():
        constants = _constants(graph)
        for node in graph.nodes:
            size = _made(node, constants)
            if size > _MOST_ELEMENTS:
                raise ModelError(
                    f"{called} is not run: its operator {node.op!r:.60} makes {size:.3g} numbers "
                    f"at once, {_MOST_ELEMENTS:.3g} are the most; choose another network."
                )


def repeats(facts: OnnxFacts) -> bool:
    """Whether a network may run without an end: it has loops."""
    return any(node.op == "Loop" for graph in facts.every_graph() for node in graph.nodes)


def _constants(graph: GraphFacts) -> Mapping[str, tuple[int, ...]]:
    """The short lists of whole numbers that are told by name."""
    found: dict[str, tuple[int, ...]] = {}
    for tensor in graph.tensors:
        _remember(found, tensor.name, tensor)
    for node in graph.nodes:
        if node.op == "Constant" and len(node.outputs) == 1:
            for key, attribute in node.attributes.items():
                if key in ("value_int", "value_ints"):
                    found[node.outputs[0]] = attribute.ints
                for tensor in attribute.tensors:
                    _remember(found, node.outputs[0], tensor)
    return found


def _remember(found: dict[str, tuple[int, ...]], name: str, tensor: TensorFacts) -> None:
    if tensor.ints is not None:
        found[name] = tensor.ints


def _made(node: NodeFacts, constants: Mapping[str, tuple[int, ...]]) -> float:
    """How many elements an operator makes at least, as far as the file says; 0: it does not."""
    told = [constants.get(name, ()) for name in node.inputs]
    if node.op in _SIZES and len(told) > _SIZES[node.op]:
        return _product(told[_SIZES[node.op]])
    if node.op in _RANDOM and "shape" in node.attributes:
        return _product(node.attributes["shape"].ints)
    if node.op == "Range" and len(told) == 3 and all(len(each) == 1 for each in told):
        first, end, step = (each[0] for each in told)
        return abs((end - first) / step) if step else 0
    if node.op == "Pad":
        pads = [*(told[1] if len(told) > 1 else ()), *_ints(node, "pads")]
        return _MOST_ELEMENTS * (max(pads, default=0) > 65_536) * 2
    if node.op in ("Resize", "Upsample"):
        scales = node.attributes["scales"].floats if "scales" in node.attributes else ()
        sizes = told[3] if len(told) > 3 else ()
        by_scale = max(scales, default=0) > _MOST_ENLARGEMENT
        return _product(sizes) if not by_scale else 2.0 * _MOST_ELEMENTS
    if node.op == "OneHot" and len(told) > 1:
        return _product(told[1])
    if node.op == "Loop" and told:
        return math.inf if _product(told[0]) > _MOST_ROUNDS else 0
    return 0


def _ints(node: NodeFacts, name: str) -> tuple[int, ...]:
    return node.attributes[name].ints if name in node.attributes else ()


def _product(numbers: tuple[int, ...]) -> float:
    """Of the numbers above 0: others are wildcards. 0 where there are none."""
    return math.prod(float(max(number, 1)) for number in numbers) if numbers else 0.0


def _require_few_operators(facts: OnnxFacts, called: str) -> None:
    functions = {(each.domain, each.name): each for each in facts.functions}
    if not functions:
        return
    known: dict[tuple[str, str], _Unfolded] = {}
    unfolded = [
        _unfolded(node, functions, known, called)
        for graph in facts.graph.every_graph()
        for node in graph.nodes
    ]
    total = sum(each.operators for each in unfolded)
    if total > _MOST_OPERATORS or max((each.depth for each in unfolded), default=0) > _MOST_DEPTH:
        raise ModelError(
            f"{called} is not run: its functions unfold into {float(total):.3g} operators, or lie "
            "too deep in each other; export it without functions in functions."
        )


@dataclass(frozen=True)
class _Unfolded:
    """An operator when its functions are written out: how many, and how deep they lay."""

    operators: int
    depth: int


def _unfolded(
    node: NodeFacts,
    functions: Mapping[tuple[str, str], FunctionFacts],
    known: dict[tuple[str, str], _Unfolded],
    called: str,
    inside: tuple[tuple[str, str], ...] = (),
) -> _Unfolded:
    key = (node.domain, node.op)
    function = functions.get(key)
    if function is None:
        return _Unfolded(1, 0)
    if key in inside or len(inside) > _MOST_DEPTH:
        raise ModelError(
            f"{called} is not run: its function {node.op!r:.60} uses itself or lies too deep in "
            "others; export it without functions."
        )
    if key not in known:
        parts = [
            _unfolded(each, functions, known, called, (*inside, key))
            for graph in GraphFacts(function.nodes, (), (), ()).every_graph()
            for each in graph.nodes
        ]
        operators = min(sum(part.operators for part in parts), 10**18)
        known[key] = _Unfolded(operators, 1 + max((part.depth for part in parts), default=0))
    return known[key]
