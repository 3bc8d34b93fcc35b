# SPDX-License-Identifier: GPL-2.0-or-later
"""A head for cells of strokes, and how well it tells what it had not learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .accuracy import Accuracy
from .head import Head, Numbers, Problem, minimise
from .leaving_out import (
    RIDGES,
    USUAL_RIDGE,
    best_of,
    can_choose,
    judged_apart,
    left_out_chances,
    parts_of,
    sharpness_of,
)
from .scale import Scale

_MOST_LEFT_OUT = 3000
"""Cells that are looked at where strokes are left out; each fit is one of many."""

Asked = Callable[[], bool]


@dataclass(frozen=True)
class Samples:
    """Features (n, channels) of cells, their class ids and strokes 0, 1, 2, ...; n for all.

    `scale` is that of all cells around them.
    """

    features: NDArray[np.float64]
    class_id: NDArray[np.int64]
    stroke: NDArray[np.int64]
    scale: Scale

    @property
    def ids(self) -> NDArray[np.int64]:
        """The classes there are, in the order of a head's scores."""
        return np.unique(self.class_id)

    @property
    def strokes(self) -> int:
        """How many strokes there are."""
        return int(self.stroke.max()) + 1


def fit(samples: Samples, *, ridge: float = USUAL_RIDGE, sharpness: float = 1.0) -> Head:
    """A head with that ridge, as sure as told."""
    return Head(samples.scale, minimise(_problem(samples), ridge), ridge, sharpness)


def examine(
    samples: Samples, *, start: Numbers | None = None, cancelled: Asked = lambda: False
) -> tuple[Head, Accuracy | None]:
    """The head with the ridge that tells best what was left out, and how well such a head does.

    None, and the usual ridge, where no class has two strokes. `start` is the weights of a head that
    is near.
    """
    chosen = _some(samples.stroke)
    problem = _problem(samples, chosen)
    stroke = samples.stroke[chosen]
    part = parts_of(problem.labels, stroke)
    if not (part >= 0).any():
        return fit(samples), None
    chooses = can_choose(problem.labels, stroke)
    ridges = RIDGES if chooses else (USUAL_RIDGE,)
    told = left_out_chances(problem, part, ridges, cancelled=cancelled)
    best = best_of(told, ridges, problem)
    weight = minimise(_problem(samples), ridges[best], start)
    sharpness = sharpness_of(told[best], problem) if chooses else 1.0
    ids = tuple(samples.ids.tolist())
    judged = judged_apart(told, ridges, problem, part) if chooses else told[best]
    accuracy = Accuracy.of(judged, problem.labels, stroke, ids)
    return Head(samples.scale, weight, ridges[best], sharpness), accuracy


def _problem(samples: Samples, chosen: NDArray[np.bool_] | None = None) -> Problem:
    """Classes weigh the same; of a class each stroke by the root of how many cells it has."""
    ids = samples.ids
    all_of = np.ones(len(samples.stroke), np.bool_) if chosen is None else chosen
    labels = np.searchsorted(ids, samples.class_id[all_of])
    stroke = samples.stroke[all_of]
    weights: Numbers = 1.0 / np.sqrt(np.bincount(stroke)[stroke])
    weights /= np.bincount(labels, weights)[labels] * len(ids)
    return Problem(samples.scale.apply(samples.features[all_of]), labels, weights, len(ids))


def _some(stroke: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Every cell, or of each stroke evenly spread ones, so that they are not too many."""
    each = max(_MOST_LEFT_OUT // (int(stroke.max()) + 1), 4)
    order = np.argsort(stroke, kind="stable")
    count = np.bincount(stroke)
    rank = np.empty(len(stroke), np.int64)
    rank[order] = np.arange(len(stroke)) - (np.cumsum(count) - count)[stroke[order]]
    step = np.maximum(-(-count // each), 1)
    return rank % step[stroke] == 0
