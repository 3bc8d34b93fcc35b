# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of the pixels of middle lines: width, probability, whether the mask is cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mask_strips import MaskStrip
from .nearest import nearest
from .thinning import Positions

REACH = 128
"""Rows and columns that are looked at around a pixel: a line is at most said to be 2 * REACH wide.
"""
_FRAYED = 2.0
"""Pixels by which the end of a middle line stays back from the mask's, beyond half its width."""
_FRACTURE, _NO_VALUE = 1, 2
_EDGE, _GAP = (True, False, True), (False, False, True)
"""Of background, fracture and no value: what ends a mask, what may hide more of it."""


@dataclass(frozen=True)
class Measured:
    """Of n pixels by position: what `Skeleton` says of them."""

    positions: Positions
    width: NDArray[np.float32]
    probability: NDArray[np.float32]
    is_cut: NDArray[np.bool_]


class Measuring:
    """Rows of the mask in, then positions in them, REACH rows behind or at the end."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._height, self._width = shape
        self._rows = np.zeros((0, self._width), np.uint8)
        self._top = 0
        self._last_gap = -1
        """No row from this one on has a pixel without a value."""
        self._pixels: list[tuple[Positions, NDArray[np.float32]]] = []
        self._measured: list[Measured] = []

    def push(self, strip: MaskStrip) -> None:
        """The next rows; of the probabilities only those in the mask are kept."""
        gaps = np.isnan(strip.probability)
        if gaps.any():
            self._last_gap = strip.first + len(gaps)
        kinds = strip.mask | gaps.view(np.uint8) * np.uint8(_NO_VALUE)
        self._rows = np.concatenate([self._rows, kinds])
        rows, cols = np.divmod(np.flatnonzero(strip.mask), self._width)
        positions = (rows + strip.first + 1) * (self._width + 2) + cols + 1
        self._pixels.append((positions, strip.probability[rows, cols]))

    def take(self, positions: Positions, end_row: int) -> None:
        """Measure pixels, ascending; none of a row before `end_row` comes later."""
        fresh = self._not_yet(positions)
        if fresh.size:
            self._measured.append(self._measure(fresh))
        drop = max(end_row - REACH - self._top, 0)
        self._rows, self._top = self._rows[drop:], self._top + drop
        over = (end_row + 1) * (self._width + 2)
        self._pixels = [each for each in self._pixels if each[0].size and each[0][-1] >= over]

    def _not_yet(self, positions: Positions) -> Positions:
        """Thinning gives some out again after it went back to them."""
        if not self._measured:
            return positions
        return positions[positions > self._measured[-1].positions[-1]]

    def _measure(self, positions: Positions) -> Measured:
        rows, cols = self._place(positions)
        local = rows - self._top
        away, down, right = nearest(self._rows, local, cols, wanted=_EDGE, reach=REACH)
        over = (
            np.clip(local - down, 0, len(self._rows) - 1),
            np.clip(cols - right, 0, self._width - 1),
        )
        # An even width has no pixel in its middle: on the other side the edge is one farther.
        even = self._rows[over] == _FRACTURE
        width = np.where(np.isinf(away), np.float32(2 * REACH), 2 * away - 1 + even)
        near = width / 2 + np.float32(_FRAYED)
        border = np.minimum(
            np.minimum(rows, self._height - 1 - rows), np.minimum(cols, self._width - 1 - cols)
        )
        is_cut = (border < near) | self._near_no_value(local, cols, near)
        return Measured(positions, width, self._probability(positions), is_cut)

    def _place(self, positions: Positions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows, cols = np.divmod(positions, self._width + 2)
        return rows - 1, cols - 1

    def _near_no_value(
        self, rows: NDArray[np.int64], cols: NDArray[np.int64], near: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        if self._last_gap < self._top:
            return np.zeros(rows.size, np.bool_)
        reach = min(int(np.ceil(near.max())), REACH)
        away, _, _ = nearest(self._rows, rows, cols, wanted=_GAP, reach=reach)
        return away < near

    def _probability(self, positions: Positions) -> NDArray[np.float32]:
        where = np.concatenate([each[0] for each in self._pixels])
        values = np.concatenate([each[1] for each in self._pixels])
        return values[np.searchsorted(where, positions)]

    def of(self, positions: Positions) -> Measured:
        """What was measured of pixels that were taken."""
        if not positions.size:
            none = np.zeros(0, np.float32)
            return Measured(positions, none, none, np.zeros(0, np.bool_))
        where = np.concatenate([each.positions for each in self._measured])
        at = np.searchsorted(where, positions)
        return Measured(
            positions,
            np.concatenate([each.width for each in self._measured])[at],
            np.concatenate([each.probability for each in self._measured])[at],
            np.concatenate([each.is_cut for each in self._measured])[at],
        )
