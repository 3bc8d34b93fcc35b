# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures from counts: confusion, IoU, precision, recall, F1, calibration. Only numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

CALIBRATION_BINS = 15


def confusion_matrix(truth: np.ndarray, answer: np.ndarray, *, rows: int, cols: int) -> Counts:
    """Counts (rows, cols): truth id by answer id; pixels whose truth is no row are left out.

    Law: it is the sum of the matrices of any parts the pixels are cut into.
    """
    labelled = truth < rows
    answers = answer[labelled]
    if answers.size and answers.max() >= cols:
        raise ValueError(
            f"every labelled pixel needs an answer below {cols}, but one is {answers.max()}: "
            "leave pixels without an answer out of the truth"
        )
    cells = truth[labelled].astype(np.int32) * cols + answers
    return np.bincount(cells, minlength=rows * cols).reshape(rows, cols)


def key(name: str) -> str:
    """A class name as part of a JSON key: 'Bare land' is bare_land."""
    return "_".join(name.lower().split())


def class_scores(matrix: Counts) -> dict[str, NDArray[np.float64]]:
    """iou, precision, recall and f1 of every class of a square matrix; NaN for a class in neither
    truth nor answer. A class never answered has precision 0, one never true recall 0.
    """
    hit = np.diag(matrix).astype(np.float64)
    true, answered = matrix.sum(axis=1), matrix.sum(axis=0)
    absent = np.where(true + answered > 0, 1.0, np.nan)
    return {
        "iou": absent * hit / np.maximum(true + answered - hit, 1),
        "precision": absent * hit / np.maximum(answered, 1),
        "recall": absent * hit / np.maximum(true, 1),
        "f1": absent * 2 * hit / np.maximum(true + answered, 1),
    }


def accuracy(matrix: Counts) -> float:
    """Share of the pixels on the diagonal; 0 where there are none."""
    return float(np.trace(matrix) / max(1, matrix.sum()))


def mean_iou(matrix: Counts) -> float:
    """Mean IoU of the classes in truth or answer; 0 where there are none."""
    return _mean(class_scores(matrix)["iou"])


def scores(matrix: Counts, names: Sequence[str]) -> dict[str, float]:
    """Flat figures of a square matrix; means are over the classes in truth or answer."""
    each = class_scores(matrix)
    figures = {
        "mean_iou": _mean(each["iou"]),
        "accuracy": accuracy(matrix),
        "pixel_accuracy": accuracy(matrix),
        **{f"macro_{what}": _mean(each[what]) for what in ("f1", "precision", "recall")},
    }
    for what, values in each.items():
        figures.update({f"{what}_{key(n)}": v for n, v in zip(names, values) if np.isfinite(v)})
    return {name: round(float(value), 5) for name, value in figures.items()}


def confusion_figures(matrix: Counts, rows: Sequence[str], cols: Sequence[str]) -> dict[str, int]:
    """The counts one by one: confusion_<truth>_<answer>."""
    return {
        f"confusion_{key(truth)}_{key(answer)}": int(matrix[i, j])
        for i, truth in enumerate(rows)
        for j, answer in enumerate(cols)
    }


def _mean(values: NDArray[np.float64]) -> float:
    present = values[np.isfinite(values)]
    return float(present.mean()) if present.size else 0.0


@dataclass(frozen=True)
class Reliability:
    """How often answers of each confidence are right.

    `pixels` and `right` are counts (101,) by confidence in whole percent: the engine's confidence
    raster is rounded to those, so a bin's mean is right to half a percent.
    """

    pixels: Counts
    right: Counts

    @classmethod
    def of(cls, percent: np.ndarray, right: np.ndarray) -> Reliability:
        """From the confidence in percent (0..100) and whether the answer was right, per pixel."""
        return cls(np.bincount(percent, minlength=101), np.bincount(percent[right], minlength=101))

    @classmethod
    def none(cls) -> Reliability:
        return cls(np.zeros(101, np.int64), np.zeros(101, np.int64))

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(self.pixels + other.pixels, self.right + other.right)

    def bins(self) -> tuple[Bin, ...]:
        """Fifteen bins of equal width over 0..1; the last holds 1 as well."""
        percent = np.arange(101)
        place = np.minimum(percent * CALIBRATION_BINS // 100, CALIBRATION_BINS - 1)
        pixels, right, weighted = (
            np.bincount(place, weights=values, minlength=CALIBRATION_BINS)
            for values in (self.pixels, self.right, self.pixels * percent / 100)
        )
        return tuple(
            Bin(int(n), float(sure / max(n, 1)), float(hit / max(n, 1)))
            for n, sure, hit in zip(pixels, weighted, right)
        )

    def calibration_error(self) -> float:
        """Expected calibration error (Naeini 2015): mean over pixels of |confidence - accuracy|
        of their bin. From confidences rounded to percent.
        """
        total = max(1, int(self.pixels.sum()))
        return sum(b.pixels * abs(b.confidence - b.accuracy) for b in self.bins()) / total


@dataclass(frozen=True)
class Bin:
    """Answers of similar confidence: how many, their mean confidence, the share that is right."""

    pixels: int
    confidence: float
    accuracy: float
