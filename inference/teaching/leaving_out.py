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
from .products import product

RIDGES = (3.0, 1.0, 0.3, 0.1, 0.03)
"""What is tried, the stiffest first."""
USUAL_RIDGE = 0.3
"""Best on the tiles that were tried (DESIGN.md)."""
_GAIN = 0.02
"""By how much more must be told right for another ridge to be taken: few strokes say little."""
_SHARPER = np.exp(np.linspace(np.log(0.5), np.log(12.0), 33))
"""By how much scores are stretched, at most."""
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
            chances[tested] = softmax(product(problem.inputs[tested], weight))
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


def best_of(told: Sequence[Numbers], ridges: Sequence[float], problem: Problem) -> int:
    """Which ridge tells most of what was left out right; the usual one unless another is clearly
    better.

    By how much is told right, not by likelihood: that takes ridges so small that strokes are
    learnt by heart.
    """
    shares = [_right(chances, problem) for chances in told]
    usual, best = ridges.index(USUAL_RIDGE), int(np.argmax(shares))
    return best if shares[best] > shares[usual] + _GAIN else usual


def judged_apart(
    told: Sequence[Numbers], ridges: Sequence[float], problem: Problem, part: Whole
) -> Numbers:
    """(n, classes): each cell as told with the ridge that the other parts choose.

    With the ridge that all choose, each stroke would have had a say in how it is told itself.
    """
    found = np.full_like(told[0], np.nan)
    for number in range(PARTS):
        mine = part == number
        if mine.any():
            others = [np.where(mine[:, None], np.nan, chances) for chances in told]
            found[mine] = told[best_of(others, ridges, problem)][mine]
    return found


def _right(chances: Numbers, problem: Problem) -> float:
    """Share of what was left out that is told right, weighing as in the problem."""
    tested = np.isfinite(chances[:, 0])
    right = chances[tested].argmax(axis=1) == problem.labels[tested]
    share = problem.weights[tested]
    return float((share * right).sum() / share.sum())


def sharpness_of(chances: Numbers, problem: Problem) -> float:
    """What to multiply scores by so that they are as sure as they are right, by likelihood.

    A ridge makes a head less sure than it may be. The class of the highest score stays the same.
    """
    tested = np.isfinite(chances[:, 0])
    scores = np.log(np.maximum(chances[tested], _LEAST_CHANCE))
    rows, own, share = np.arange(len(scores)), problem.labels[tested], problem.weights[tested]
    losses = [
        float(-(share * np.log(softmax(sharper * scores)[rows, own] + _LEAST_CHANCE)).sum())
        for sharper in _SHARPER
    ]
    return float(_SHARPER[int(np.argmin(losses))])
