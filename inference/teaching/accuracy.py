# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of what was left out is told right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .head import Numbers


@dataclass(frozen=True)
class ClassAccuracy:
    """Of one class: of its strokes that were left out, and of what was called so; 0..1.

    None where nothing of the class could be left out, since it has one stroke only.
    """

    recall: float | None
    precision: float | None
    iou: float | None
    strokes: int


@dataclass(frozen=True)
class Accuracy:
    """By leaving out whole strokes. Classes weigh the same, however much of them was drawn, and so
    do the strokes of a class.

    `confusion` is (classes, classes): rows are what was drawn, columns what was told, in strokes.
    `class_ids` are those of rows and columns, `strokes` how many each has.
    """

    confusion: Numbers
    class_ids: tuple[int, ...]
    strokes: tuple[int, ...]

    @classmethod
    def of(
        cls,
        chances: Numbers,
        labels: NDArray[np.intp],
        stroke: NDArray[np.int64],
        class_ids: tuple[int, ...],
    ) -> Accuracy | None:
        """Of probabilities (n, classes), NaN where a cell was never left out; None where fewer than
        two classes could be.
        """
        count = len(class_ids)
        tested = np.isfinite(chances[:, 0])
        if len(np.unique(labels[tested])) < 2:
            return None
        share = 1.0 / np.bincount(stroke[tested])[stroke[tested]]
        told = chances[tested].argmax(axis=1)
        confusion = np.bincount(labels[tested] * count + told, share, count * count)
        pairs = np.unique(np.stack([labels, stroke], axis=1), axis=0)[:, 0]
        strokes = tuple(np.bincount(pairs, minlength=count).tolist())
        return cls(confusion.reshape(count, count), class_ids, strokes)

    @property
    def share(self) -> float:
        """Mean of the classes' recalls, 0..1."""
        found = (self.of_class(each).recall for each in self.class_ids)
        return float(np.mean([each for each in found if each is not None]))

    @property
    def mean_iou(self) -> float:
        """Mean of the classes' intersections over unions, 0..1."""
        found = (self.of_class(each).iou for each in self.class_ids)
        return float(np.mean([each for each in found if each is not None]))

    def of_class(self, class_id: int) -> ClassAccuracy:
        """One class of `class_ids`."""
        row = self.class_ids.index(class_id)
        drawn = self.confusion.sum(axis=1)
        shares = self.confusion / np.where(drawn > 0, drawn, 1.0)[:, None]
        right, called = float(shares[row, row]), float(shares[:, row].sum())
        if drawn[row] == 0:
            return ClassAccuracy(None, None, None, self.strokes[row])
        precision = right / called if called else 0.0
        return ClassAccuracy(right, precision, right / (1 + called - right), self.strokes[row])

    def in_words(self) -> str:
        """One line for the user."""
        return (
            f"{100 * self.share:.0f} % right where whole strokes were left out "
            f"({sum(self.strokes)} strokes)"
        )

    def to_json(self) -> dict[str, Any]:
        """What a card keeps of it."""
        return {
            "stroke_accuracy": round(self.share, 4),
            "mean_iou": round(self.mean_iou, 4),
            "confusion": np.round(self.confusion, 2).tolist(),
            "strokes": list(self.strokes),
        }
