# SPDX-License-Identifier: GPL-2.0-or-later
"""What a head says of strokes that it has not learnt from, and which ridge tells them best.

Whole strokes are left out: cells of one stroke lie side by side and are much alike, so leaving out
cells would flatter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from .head import Numbers, Problem, minimise, softmax

RIDGES = (1.0, 0.3, 0.1, 0.03, 0.01)
"""What is tried, the stiffest first."""
USUAL_RIDGE = 0.1
"""Where too few strokes are there to choose by; best on the tiles that were tried (DESIGN.md)."""
PARTS = 5
_LEAST_STROKES = 3
"""Of each class, for choosing a ridge."""
_LEAST_CHANCE = 1e-6

Whole = NDArray[np.int64]
Asked = Callable[[], bool]


def parts_of(labels: NDArray[np.intp], stroke: Whole) -> Whole:
    """In which part each cell is left out, -1: in none, because its class has no other stroke.

    Strokes of each class go to the parts in turn.
    """
    part = np.full(len(stroke), -1, np.int64)
    for label in np.unique(labels):
        names = np.unique(stroke[labels == label])
        if len(names) < 2:
            continue
        for number, name in enumerate(names):
            part[stroke == name] = number % PARTS
    return part


def left_out_chances(
    problem: Problem, part: Whole, ridges: Sequence[float], *, cancelled: Asked = lambda: False
) -> list[Numbers]:
    """For each ridge the probabilities (n, classes) of each cell by a head that did not see it.

    NaN for cells that are never left out.
    """
    found = [np.full((len(part), problem.classes), np.nan) for _ in ridges]
    for number in range(PARTS):
        tested = part == number
        if not tested.any():
            continue
        rest = problem.part(~tested)
        for chances, weight in zip(found, _along(rest, ridges, cancelled)):
            chances[tested] = softmax(problem.inputs[tested] @ weight)
    return found


def _along(problem: Problem, ridges: Sequence[float], cancelled: Asked) -> Iterator[Numbers]:
    """The fit with each ridge, begun where the one before ended."""
    weight = None
    for ridge in ridges:
        if cancelled():
            raise Cancelled("Cancelled; nothing was changed.")
        weight = minimise(problem, ridge, weight)
        yield weight


def can_choose(labels: NDArray[np.intp], stroke: Whole) -> bool:
    """Whether every class has strokes enough for choosing a ridge."""
    pairs = np.unique(np.stack([labels, stroke], axis=1), axis=0)
    return bool(np.bincount(pairs[:, 0]).min() >= _LEAST_STROKES)


def missed(chances: Numbers, problem: Problem) -> float:
    """Mean log loss of what was left out, classes and strokes weighing as in the problem."""
    tested = np.isfinite(chances[:, 0])
    own = chances[tested, problem.labels[tested]]
    share = problem.weights[tested]
    return float(-(share * np.log(np.maximum(own, _LEAST_CHANCE))).sum() / share.sum())


def best_of(told: Sequence[Numbers], problem: Problem) -> int:
    """Which of several tells best what was left out; of equals the first."""
    return int(np.argmin([missed(chances, problem) for chances in told]))
