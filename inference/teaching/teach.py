# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: from labels on rasters to a head that tells their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cards.parts import ClassInfo
from ..errors import InputError
from .accuracy import Accuracy
from .head import Head, Numbers, Problem, minimise
from .leaving_out import (
    RIDGES,
    USUAL_RIDGE,
    best_of,
    can_choose,
    left_out_chances,
    parts_of,
    sharpness_of,
)
from .lesson import Lesson
from .samples import Samples, samples_of
from .scene import Scene

_MOST_LEFT_OUT = 3000
"""Cells that are looked at where strokes are left out; each fit is one of many."""

Asked = Callable[[], bool]


@dataclass(frozen=True)
class Taught:
    """A head, what it tells, and how well.

    `classes` are those of the lesson that it knows, by their ids there; the head's scores are in
    this order. `cells` counts what was learnt from by class id, `left_out` what was not: shared by
    two classes, or without a value. `accuracy` is None where nobody has examined it, or too few
    strokes are there.
    """

    head: Head
    classes: tuple[ClassInfo, ...]
    cells: dict[int, int]
    left_out: int
    told: tuple[str, ...]
    samples: Samples
    accuracy: Accuracy | None = None

    @property
    def class_ids(self) -> NDArray[np.uint8]:
        """The lesson's id of each of the head's classes."""
        return np.array([each.id for each in self.classes], np.uint8)


def teach(
    scenes: Sequence[Scene],
    lesson: Lesson,
    *,
    before: Taught | None = None,
    with_accuracy: bool = True,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Asked = lambda: False,
) -> Taught:
    """Fit a head to a lesson on these rasters; InputError where nothing can be learnt from it.

    `before` is what was taught last: its ridge and sharpness hold until `examined`, which
    `with_accuracy` does at once. `progress` is told percent of the encoding.
    """
    samples = samples_of(scenes, lesson, progress=progress, cancelled=cancelled)
    ids = np.unique(samples.class_id)
    if len(ids) < 2:
        name = lesson.classes[int(ids[0])].name
        raise InputError(
            f"Of the labels only those of the class '{name}' lie where the raster has values; draw "
            "labels of another class there, too."
        )
    ridge, sharpness = USUAL_RIDGE, 1.0
    if before is not None:
        ridge, sharpness = before.head.ridge, before.head.sharpness
    problem = _problem(samples, ids)
    counts = np.bincount(problem.labels)
    taught = Taught(
        head=Head(samples.scale, minimise(problem, ridge), ridge, sharpness),
        classes=tuple(lesson.classes[int(each)] for each in ids),
        cells={int(each): int(count) for each, count in zip(ids, counts)},
        left_out=samples.contested + samples.unseen,
        told=_told(samples, lesson, ids),
        samples=samples,
    )
    return examined(taught, cancelled=cancelled) if with_accuracy else taught


def examined(taught: Taught, *, cancelled: Asked = lambda: False) -> Taught:
    """The same with its accuracy, fitted with the ridge that tells best what was left out."""
    samples, ids = taught.samples, taught.class_ids.astype(np.int64)
    chosen = _some(samples.stroke)
    problem = _problem(samples, ids, chosen)
    stroke = samples.stroke[chosen]
    part = parts_of(problem.labels, stroke)
    if not (part >= 0).any():
        return taught
    chooses = can_choose(problem.labels, stroke)
    ridges = RIDGES if chooses else (USUAL_RIDGE,)
    told = left_out_chances(problem, part, ridges, cancelled=cancelled)
    best = best_of(told, ridges, problem)
    head = Head(
        samples.scale,
        minimise(_problem(samples, ids), ridges[best], taught.head.weight),
        ridges[best],
        sharpness_of(told[best], problem) if chooses else 1.0,
    )
    accuracy = Accuracy.of(told[best], problem.labels, stroke, tuple(ids.tolist()))
    return replace(taught, head=head, accuracy=accuracy)


def _problem(
    samples: Samples, ids: NDArray[np.int64], chosen: NDArray[np.bool_] | None = None
) -> Problem:
    """Classes weigh the same; of a class each stroke by the root of how many cells it has."""
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


def _told(samples: Samples, lesson: Lesson, ids: NDArray[np.int64]) -> tuple[str, ...]:
    """What the user should know of labels that did not count."""
    lost = [lesson.classes[each].name for each in lesson.labelled_classes if each not in ids]
    found = []
    if samples.outside:
        found.append(
            f"{samples.outside} of {len(lesson.labels)} labels lie outside the raster and were "
            "left out."
        )
    if samples.unseen:
        found.append(f"{samples.unseen} labelled cells have no value and were left out.")
    if samples.contested:
        found.append(
            f"{samples.contested} cells under labels of two classes were left out; draw them anew."
        )
    if lost:
        found.append(f"Nothing was learnt of {', '.join(lost)}: its labels do not count.")
    return tuple(found)
