# SPDX-License-Identifier: GPL-2.0-or-later
"""Fractures as nodes and the branches between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from .mask import MaskRules
from .probability import Probability


@dataclass(frozen=True)
class Branch:
    """A line from one node to another, or back to the same; k points, its nodes' among them."""

    start: int
    """Index of a node."""
    end: int
    points: NDArray[np.float64]
    """(k, 2) x, y in pixels; the centre of the first pixel is (0.5, 0.5)."""
    widths: NDArray[np.float32]
    """(k,) of the mask, in pixels."""
    probabilities: NDArray[np.float32]
    """(k,) 0..1"""


@dataclass(frozen=True)
class Graph:
    """m nodes in the order of the raster, and branches in the order of their nodes."""

    nodes: NDArray[np.float64]
    """(m, 2) x, y in pixels; the centre of the first pixel is (0.5, 0.5)."""
    at_border: NDArray[np.bool_]
    """(m,) whether the mask of an end reaches the raster's border: the fracture may go on there."""
    branches: tuple[Branch, ...]
    shape: tuple[int, int]
    """(height, width) of the raster in pixels."""


def graph_of(
    probability: Probability, *, rules: MaskRules, tell: Tell = lambda done: None
) -> Graph:
    """The fractures of a raster of any size, strip by strip; empty where there are none.

    Law: the same graph whatever the strips.
    """
    raise NotImplementedError
