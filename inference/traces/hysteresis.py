# SPDX-License-Identifier: GPL-2.0-or-later
"""Which connected pixels of at least a low probability are fractures, over strips of a raster.

What lies within one strip is decided there. Of a component that reaches a strip's first or last
row, a strip knows a piece: pieces that touch across the strips are joined when all are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from ..vector.joined import least_joined
from .mask import MaskRules
from .probability import Probability

Samples = NDArray[np.int64]
"""One pixel, counted row by row within its strip, of each piece that is kept."""
_DOWN = ((slice(None), slice(None)), (slice(1, None), slice(None, -1)),
         (slice(None, -1), slice(1, None)))  # fmt: skip
"""How the last row of a strip and the first of the next touch: below, and to either side."""


@dataclass(frozen=True)
class _Pieces:
    """Pieces of components: one pixel of each, how many there are, whether one is surely it."""

    sample: NDArray[np.int64]
    size: NDArray[np.int64]
    sure: NDArray[np.bool_]

    def some(self, chosen: NDArray[np.generic]) -> _Pieces:
        return _Pieces(self.sample[chosen], self.size[chosen], self.sure[chosen])


def labelled(low: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32]]:
    """How many labels there are, 0 among them; and the label of each pixel, 0 where none is."""
    return cv2.connectedComponents(low.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)


def kept_samples(probability: Probability, rules: MaskRules, tell: Tell) -> list[Samples]:
    """For each strip, a pixel of every piece of a component that is kept.

    Numbers of labels are not kept: whoever labels the strip again need not do so in this order.
    """
    seams = _Seams()
    kept = []
    for first, values in probability.strips():
        tell(first / probability.shape[0])
        count, labels = labelled(values >= rules.low)
        pieces = _pieces(count, labels, values >= rules.high)
        crossing = np.unique(labels[[0, -1]])
        inner = np.ones(count, np.bool_)
        inner[crossing] = False
        kept.append(pieces.sample[inner & _are_kept(pieces.size, pieces.sure, rules)])
        seams.add(labels[0], labels[-1], crossing, pieces.some(crossing))
    return [np.concatenate(each) for each in zip(kept, seams.kept(rules))]


def _pieces(count: int, labels: NDArray[np.int32], high: NDArray[np.bool_]) -> _Pieces:
    """Pieces by label; the background, label 0, is never sure."""
    where = np.flatnonzero(labels)
    label = labels.ravel()[where]
    sample, sure = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    sample[label] = where
    sure[label[high.ravel()[where]]] = True
    return _Pieces(sample, np.bincount(label, minlength=count), sure)


def _are_kept(
    size: NDArray[np.int64], sure: NDArray[np.bool_], rules: MaskRules
) -> NDArray[np.bool_]:
    return sure & (size >= rules.least_pixels)


class _Seams:
    """The pieces that reach a strip's first or last row, and which of them touch."""

    def __init__(self) -> None:
        self._pieces: list[_Pieces] = []
        self._count = 0
        self._below: NDArray[np.int64] | None = None
        self._marked = np.zeros(0, np.bool_)
        self._pairs: list[NDArray[np.int64]] = []

    def add(
        self, top: NDArray[np.int32], bottom: NDArray[np.int32],
        crossing: NDArray[np.int32], pieces: _Pieces,
    ) -> None:  # fmt: skip
        """The next strip: labels of its first and last row; which labels they are, ascending."""
        upper, lower = (self._count + np.searchsorted(crossing, row) for row in (top, bottom))
        if self._below is not None:
            above = self._below
            for one, other in _DOWN:
                touch = self._marked[one] & (top[other] != 0)
                pairs = np.stack([above[one][touch], upper[other][touch]])
                self._pairs.append(np.unique(pairs, axis=1))
        self._below, self._marked = lower, bottom != 0
        self._pieces.append(pieces)
        self._count += crossing.size

    def kept(self, rules: MaskRules) -> list[Samples]:
        """Of each strip: samples of the pieces whose whole component is kept."""
        if not self._pieces:
            return []
        pairs = np.concatenate([np.zeros((2, 0), np.int64), *self._pairs], axis=1)
        group = least_joined(self._count, *pairs)
        size, sure = np.zeros(self._count, np.int64), np.zeros(self._count, np.bool_)
        np.add.at(size, group, np.concatenate([each.size for each in self._pieces]))
        np.logical_or.at(sure, group, np.concatenate([each.sure for each in self._pieces]))
        kept = _are_kept(size, sure, rules)[group]
        ends = np.cumsum([each.sample.size for each in self._pieces])[:-1]
        return [pieces.sample[chosen] for pieces, chosen in zip(self._pieces, np.split(kept, ends))]
