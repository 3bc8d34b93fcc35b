# SPDX-License-Identifier: GPL-2.0-or-later
"""What is traced: fracture traces, and the network of nodes and branches they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.frame import Frame

FREE, ABUTTING, CROSSING = "I", "Y", "X"
"""Kinds of nodes, and of a trace's ends: nothing there, a line it ends at, lines that cross."""
METRES, PIXELS = "m", "px"
NO_SET = 0


@dataclass(frozen=True)
class Trace:
    """One line as a geologist draws it: branches joined through crossings and the straight way.

    `points` (n, 2) are float64 x, y in pixels of the frame, pixel centres at .5. `length` and
    `width` (the mean) are in the network's unit, `azimuth` degrees 0..180 clockwise from true north
    of the whole line, `confidence` 0..100. `set` is 0 for none, else 1, 2, ... by share of length.
    `ends` are the kinds of the first and the last point; `cut` tells which of them lie at the edge
    of what was seen, so that the line may be longer than was measured.
    """

    id: int
    points: NDArray[np.float64]
    length: float
    width: float
    azimuth: float
    confidence: float
    set: int
    ends: tuple[str, str]
    cut: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Nodes:
    """Where branches begin and end: arrays (m,) of x, y in pixels of the frame.

    `kind` is "I", "Y" or "X"; `degree` how many branches meet; `border` whether a free end lies at
    the edge of what was seen, where it is nobody's end.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    kind: NDArray[np.str_]
    degree: NDArray[np.int64]
    border: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.x)

    def count(self, kind: str) -> int:
        """How many nodes of a kind there are, without those at the border."""
        return int(((self.kind == kind) & ~self.border).sum())


@dataclass(frozen=True)
class TraceBranch:
    """The piece of a trace (its `id`) between two nodes (their indices), `length` in the unit."""

    trace: int
    start: int
    end: int
    points: NDArray[np.float64]
    length: float


@dataclass(frozen=True)
class Network:
    """All that was traced on a frame; `unit` is "m", or "px" where nobody knows the ground."""

    frame: Frame
    unit: str
    nodes: Nodes
    branches: tuple[TraceBranch, ...]
    traces: tuple[Trace, ...]
