# SPDX-License-Identifier: GPL-2.0-or-later
"""Precision and recall of lines with a tolerance, at every threshold at once.

An answered pixel is right if a true one lies within `tolerance` pixels, and a true pixel is found
if an answered one does. Masks count as they are, neither answer nor truth is thinned: a line of
the right place may be wider than the truth by the tolerance on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..metrics import Counts

DRAWN_TOLERANCE, REAL_TOLERANCE = 2, 3
"""Pixels: drawn lines are where they are said to be, those of people less so."""
PERCENT = 101
"""Levels of a probability in whole percent."""


@dataclass(frozen=True)
class Tally:
    """Pixels by their level, counts (levels,): answered ones, those of them that are right, and

    true ones by the highest level nearby. Tallies of pictures add up.
    """

    answered: Counts
    right: Counts
    found: Counts

    @classmethod
    def of(
        cls, levels: np.ndarray, truth: np.ndarray, *, tolerance: int, count: int = PERCENT
    ) -> Tally:
        """Of a picture: levels (H, W) uint8 or uint16 below `count`, truth (H, W) not 0."""
        disc = _disc(tolerance)
        true = truth > 0
        near = within(true, tolerance)
        reached = cv2.dilate(levels, disc)
        return cls(
            *(
                np.bincount(values.ravel(), minlength=count)
                for values in (levels, levels[near], reached[true])
            )
        )

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.answered + other.answered, self.right + other.right, self.found + other.found
        )

    def curve(self) -> Curve:
        """At every level: what has it or more is answered."""
        answered, right, found = (
            np.cumsum(counts[::-1])[::-1].astype(np.float64)
            for counts in (self.answered, self.right, self.found)
        )
        return Curve(right / np.maximum(answered, 1), found / max(1.0, found[0]))


@dataclass(frozen=True)
class Curve:
    """Precision and recall by threshold, (levels,) each; recall falls."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    def f1(self) -> NDArray[np.float64]:
        """(levels,): the harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / np.maximum(total, 1e-12)

    def best(self) -> int:
        """The level with the highest F1."""
        return int(self.f1().argmax())

    def average_precision(self) -> float:
        """The area under precision by recall, in steps: each gain of recall at the precision it is
        got at. Nothing is taken for granted where no threshold leads.
        """
        gains = self.recall - np.append(self.recall[1:], 0.0)
        return float((gains * self.precision).sum())


def within(mask: np.ndarray, tolerance: int) -> NDArray[np.bool_]:
    """Where a pixel of the mask (H, W) is not farther than the tolerance."""
    return cv2.dilate(mask.astype(np.uint8), _disc(tolerance)) > 0


def _disc(radius: int) -> np.ndarray:
    """Pixels (2r + 1, 2r + 1) not farther than the radius from the middle."""
    away = np.arange(-radius, radius + 1)
    return np.uint8(away[:, None] ** 2 + away**2 <= radius**2)
