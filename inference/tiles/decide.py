# SPDX-License-Identifier: GPL-2.0-or-later
"""From blended scores to classes and confidence, on the grid of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]
"""(channels, rows, columns)"""
Plane = NDArray[np.float32]
"""(rows, columns)"""

CHUNK_ROWS = 128
"""Rows decided at once, so that the planes of a chunk stay in the processor's cache."""


@dataclass(frozen=True)
class Axis:
    """How one axis of the answer lies on the axis of the scores.

    The centre of answer pixel i lies at score coordinate `scale * (i + 0.5) + offset - 0.5`, where
    score j has its centre at j; beyond the first and the last score the edge value holds.
    """

    scale: float
    offset: float
    length: int
    """Scores along this axis."""

    def coordinate(self, pixel: float) -> float:
        return self.scale * (pixel + 0.5) + self.offset - 0.5

    def needed(self, start: int, stop: int) -> tuple[int, int]:
        """First score, and one past the last, that answer pixels [start, stop) are made of."""
        first = int(np.floor(self.coordinate(start)))
        last = int(np.floor(self.coordinate(stop - 1))) + 1
        return min(max(first, 0), self.length - 1), min(max(last, 0), self.length - 1) + 1


class ScoreRows:
    """Score rows arrive in strips; answer rows leave as soon as the scores around them are there.

    Keeps only the last score rows that answer rows still to come are made of.
    """

    def __init__(self, rows: Axis, cols: Axis, *, height: int, width: int, channels: int) -> None:
        self._rows, self._cols = rows, cols
        self._height, self._width = height, width
        self._next = 0
        self._first = 0
        self._kept: Planes = np.zeros((channels, 0, cols.length), np.float32)

    def feed(self, strip: Planes) -> Iterator[tuple[int, list[Plane]]]:
        """Add the next strip (channels, rows, width); yields (answer row, planes of some rows)."""
        available = self._first + self._kept.shape[1] + strip.shape[1]
        while self._next < self._height:
            stop = min(self._next + CHUNK_ROWS, self._height)
            first, last = self._rows.needed(self._next, stop)
            if last > available:
                break
            part = self._part(strip, first, last)
            yield self._next, self._planes(part, first_score=first, height=stop - self._next)
            self._next = stop
        needed = self._rows.needed(min(self._next, self._height - 1), self._height)[0]
        keep = min(needed, available)  # an answer may begin below the first strip
        self._kept = self._part(strip, keep, available).copy()
        self._first = keep

    def _part(self, strip: Planes, first: int, last: int) -> Planes:
        """Score rows [first, last), out of those kept and those that just came."""
        first, last, border = first - self._first, last - self._first, self._kept.shape[1]
        if first >= border:
            return strip[:, first - border : last - border]
        return np.concatenate(
            [self._kept[:, first:last], strip[:, : max(last - border, 0)]], axis=1
        )

    def _planes(self, scores: Planes, *, first_score: int, height: int) -> list[Plane]:
        factor = _enlargement(self._rows, self._cols)
        resample = _warp if factor is None else _enlarge
        rows = Axis(
            self._rows.scale,
            self._rows.offset + self._rows.scale * self._next - first_score,
            self._rows.length,
        )
        return resample(scores, rows, self._cols, (height, self._width))


def _enlarge(scores: Planes, rows: Axis, cols: Axis, shape: tuple[int, int]) -> list[Plane]:
    """Bilinear by a whole factor: one resize of all that is there, and a cut."""
    factor = round(1 / rows.scale)
    top, left = round(rows.offset * factor), round(cols.offset * factor)
    cut = slice(top, top + shape[0]), slice(left, left + shape[1])
    if factor == 1:
        return [plane[cut] for plane in scores]
    size = (scores.shape[2] * factor, scores.shape[1] * factor)
    return [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)[cut] for plane in scores]


def _warp(scores: Planes, rows: Axis, cols: Axis, shape: tuple[int, int]) -> list[Plane]:
    """Bilinear at any scale; OpenCV places a sample to a 32nd of a score."""
    matrix = np.array(
        [[cols.scale, 0.0, cols.coordinate(0)], [0.0, rows.scale, rows.coordinate(0)]]
    )
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    return [
        cv2.warpAffine(plane, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        for plane in scores
    ]


def _enlargement(rows: Axis, cols: Axis) -> int | None:
    """The whole factor by which scores become answer pixels, or None where it is none."""
    factor = round(1 / rows.scale) if rows.scale <= 1 else 0
    whole = all(
        factor * axis.scale == 1.0 and (factor * axis.offset).is_integer() for axis in (rows, cols)
    )
    return factor if factor and whole else None


@dataclass(frozen=True)
class Rule:
    """How scores become a class.

    `activation` is "logits" or "probabilities". Below the probability `threshold` (None: none) a
    class does not count, and the pixel is of class 0. With `lone` the network gave one plane, of
    class 1, which is all that is held against the threshold; class 0 is what is left of it.
    """

    activation: str
    threshold: float | None = None
    lone: bool = False

    def decide(self, planes: list[Plane]) -> tuple[NDArray[np.uint8], Plane]:
        """The class of each pixel, and its score; both (height, width)."""
        if self.threshold is None:
            return best_class(planes)
        if self.lone:
            counts = self._probability(planes, planes[1]) >= np.float32(self.threshold)
            return counts.astype(np.uint8), np.where(counts, planes[1], planes[0])
        classes, best = best_class(planes)
        below = self._probability(planes, best) < np.float32(self.threshold)
        classes[below] = 0
        return classes, np.where(below, planes[0], best)

    def percent(self, planes: list[Plane], chosen: Plane) -> NDArray[np.uint8]:
        """Probability of the chosen class in whole percent."""
        return confidence_percent(planes, chosen, activation=self.activation)

    def _probability(self, planes: list[Plane], plane: Plane) -> Plane:
        """Probabilities are held against the threshold as the network gave them."""
        if self.activation == "probabilities":
            return plane
        total = np.zeros(plane.shape, np.float32)
        for other in planes:
            total += cv2.exp(other - plane)
        return 1.0 / total


def best_class(planes: list[Plane]) -> tuple[NDArray[np.uint8], Plane]:
    """Class of the highest score (the first of equals), and that score; both (height, width)."""
    best = planes[0]
    classes = np.zeros(best.shape, np.uint8)
    for index, plane in enumerate(planes[1:], start=1):
        higher = cv2.compare(plane, best, cv2.CMP_GT)
        # Class numbers rise, so the larger number is the later winner: no branch, no mask copy.
        classes = cv2.max(classes, cv2.bitwise_and(higher, np.full_like(higher, index)))
        best = cv2.max(best, plane)
    return classes, best


def confidence_percent(planes: list[Plane], best: Plane, *, activation: str) -> NDArray[np.uint8]:
    """Probability of the chosen class in whole percent: softmax of logits, or its share of 1."""
    total = np.zeros(best.shape, np.float32)
    for plane in planes:
        total += cv2.exp(plane - best) if activation == "logits" else plane
    share = 1.0 / total if activation == "logits" else best / np.maximum(total, 1e-12)
    return np.rint(100.0 * np.clip(share, 0.0, 1.0)).astype(np.uint8)
