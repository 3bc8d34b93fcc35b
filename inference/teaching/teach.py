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
from .fit import Samples, examine, fit
from .head import Head
from .lesson import Lesson
from .samples import Found, samples_of
from .scene import Scene

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
    found = samples_of(scenes, lesson, progress=progress, cancelled=cancelled)
    samples, ids = found.samples, found.samples.ids
    if len(ids) < 2:
        name = lesson.classes[int(ids[0])].name
        raise InputError(
            f"Of the labels only those of the class '{name}' lie where the raster has values; draw "
            "labels of another class there, too."
        )
    kept = {} if before is None else _kept(before.head)
    counts = np.bincount(samples.class_id)
    taught = Taught(
        head=fit(samples, **kept),
        classes=tuple(lesson.classes[int(each)] for each in ids),
        cells={int(each): int(counts[each]) for each in ids},
        left_out=found.contested + found.unseen,
        told=_told(found, lesson, ids),
        samples=samples,
    )
    return examined(taught, cancelled=cancelled) if with_accuracy else taught


def examined(taught: Taught, *, cancelled: Asked = lambda: False) -> Taught:
    """The same with its accuracy, fitted with the ridge that tells best what was left out."""
    head, accuracy = examine(taught.samples, start=taught.head.weight, cancelled=cancelled)
    return replace(taught, head=head, accuracy=accuracy)


def _kept(head: Head) -> dict[str, float]:
    """What holds until strokes are left out again."""
    return {"ridge": head.ridge, "sharpness": head.sharpness}


def _told(found: Found, lesson: Lesson, ids: NDArray[np.int64]) -> tuple[str, ...]:
    """What the user should know of labels that did not count."""
    lost = [lesson.classes[each].name for each in lesson.labelled_classes if each not in ids]
    told = []
    if found.outside:
        told.append(
            f"{found.outside} of {len(lesson.labels)} labels lie outside the raster and were "
            "left out."
        )
    if found.unseen:
        told.append(f"{found.unseen} labelled cells have no value and were left out.")
    if found.contested:
        told.append(
            f"{found.contested} cells under labels of two classes were left out; draw them anew."
        )
    if lost:
        told.append(f"Nothing was learnt of {', '.join(lost)}: its labels do not count.")
    return tuple(told)
