# SPDX-License-Identifier: GPL-2.0-or-later
"""Fractures as nodes and the branches between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell, part
from .branches import Branch, trace_branches
from .mask import MaskRules
from .probability import Probability
from .skeleton import Skeleton, find_skeleton

__all__ = ["Branch", "Graph", "graph_of"]


@dataclass(frozen=True)
class Graph:
    """m nodes in the order of the raster; branches in the order of their nodes, loops at last."""

    nodes: NDArray[np.float64]
    """(m, 2) x, y in pixels; the centre of the first pixel is (0.5, 0.5)."""
    at_border: NDArray[np.bool_]
    """(m,) whether the mask there reaches the raster's border, or pixels without a value: the
    fracture may go on where nobody sees it, so an end there is none that is known."""
    branches: tuple[Branch, ...]
    shape: tuple[int, int]
    """(height, width) of the raster in pixels."""

    @classmethod
    def of_skeleton(cls, skeleton: Skeleton, tell: Tell = lambda done: None) -> Graph:
        """The graph its pixels make; where lines meet, all pixels that touch are one node.

        A closed line has a node on its first pixel.
        """
        nodes, branches = trace_branches(skeleton, tell)
        return cls(nodes.points, nodes.is_cut, branches, skeleton.shape)


def graph_of(
    probability: Probability, *, rules: MaskRules, tell: Tell = lambda done: None
) -> Graph:
    """The fractures of a raster of any size, strip by strip; empty where there are none.

    Law: the same graph whatever the strips.
    """
    skeleton = find_skeleton(probability, rules=rules, tell=part(tell, 0.0, 0.9))
    return Graph.of_skeleton(skeleton, part(tell, 0.9, 1.0))
