# SPDX-License-Identifier: GPL-2.0-or-later
"""Small files that unfold into something huge: functions in functions."""

from __future__ import annotations

from ..errors import ModelError
from .facts import FunctionFacts, GraphFacts, NodeFacts, OnnxFacts

_MOST_OPERATORS = 500_000
_MOST_DEPTH = 32


def require_bounded(facts: OnnxFacts, *, called: str) -> None:
    """ModelError where functions unfold without an end, or into more than any network has."""
    functions = {(each.domain, each.name): each for each in facts.functions}
    if not functions:
        return
    sizes: dict[tuple[str, str], int] = {}
    total = sum(
        _unfolded(node, functions, sizes, (), called)
        for graph in facts.graph.every_graph()
        for node in graph.nodes
    )
    if total > _MOST_OPERATORS:
        raise ModelError(
            f"{called} is not run: its functions unfold into {total:.3g} operators; "
            "export it without functions in functions."
        )


def _unfolded(
    node: NodeFacts,
    functions: dict[tuple[str, str], FunctionFacts],
    sizes: dict[tuple[str, str], int],
    inside: tuple[tuple[str, str], ...],
    called: str,
) -> int:
    """How many operators one becomes when its functions are written out."""
    key = (node.domain, node.op)
    function = functions.get(key)
    if function is None:
        return 1
    if key in inside or len(inside) >= _MOST_DEPTH:
        raise ModelError(
            f"{called} is not run: its function '{node.op:.60}' uses itself or lies too deep in "
            "others; export it without functions."
        )
    if key not in sizes:
        sizes[key] = sum(
            _unfolded(each, functions, sizes, (*inside, key), called)
            for graph in GraphFacts(function.nodes, (), (), ()).every_graph()
            for each in graph.nodes
        )
    return sizes[key]
