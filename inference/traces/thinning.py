# SPDX-License-Identifier: GPL-2.0-or-later
"""The middle lines of a mask that comes in rows: the same as those of the whole mask at once.

A half pass of thinning decides on a pixel by its neighbours as the half pass before left them. So
each half pass stays one row behind the one before it, and goes on from there when more rows have
come. It looks again only where a neighbour has gone in one of the last two; so a wide mask costs
its outline, not its area, in every pass. Memory: as many rows as half passes have work left.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .thinning_rules import AROUND, THINNING

Positions = NDArray[np.int64]
"""Pixels as (row + 1) * (width + 2) + column + 1: on the raster with a border of one pixel."""
_NONE = np.zeros(0, np.int64)
_SEEN = 2


class Thinning:
    """Rows of a mask in; positions of what is left of them out."""

    def __init__(self, width: int) -> None:
        self.stride = width + 2
        self._around = np.array([down * self.stride + right for down, right in AROUND])
        self._canvas = np.zeros((1, self.stride), np.uint8)  # the border above the raster
        self._top = 0
        """First row on the canvas, the border above the raster being row 0."""
        self._settled: list[tuple[int, Positions]] = []
        """First row, and what is left, of rows no longer on the canvas."""
        self._waiting: list[list[Positions]] = []
        """For each half pass: pixels it has yet to look at."""
        self._gone_last: list[Positions] = []
        """For each half pass: what it took from the last row it looked at."""

    @property
    def rows_done(self) -> int:
        """Rows of the raster that were given out."""
        return max(self._top - 1, 0)

    def push(self, mask: NDArray[np.uint8], *, keep: int = 0) -> Positions:
        """More rows (rows, width) of 0 and 1; what is left in rows that are probably done.

        The last `keep` rows are not among them.
        """
        first = self._top + len(self._canvas)
        self._canvas = np.concatenate([self._canvas, np.pad(mask, ((0, 0), (1, 1)))])
        new = np.flatnonzero(self._canvas[first - self._top :]) + first * self.stride
        for half in (0, 1):
            self._wait(half, new)
        last = self._top + len(self._canvas) - 1
        self._run(lambda half: last - half)
        # Of the rows above the last half pass's, the nearest is still looked at by it.
        return self._settle(min(last - len(self._waiting) - 1, last + 1 - keep))

    def finish(self) -> Positions:
        """No rows come any more; what is left in the rows not given out yet."""
        self._canvas = np.pad(self._canvas, ((0, 1), (0, 0)))
        end = self._top + len(self._canvas)
        self._run(lambda half: end)
        return self._settle(end)

    def skeleton(self) -> Positions:
        """What is left of the whole mask, ascending; to be asked when it is finished."""
        return np.concatenate([_NONE, *(left for _, left in self._settled)])

    def _wait(self, half: int, pixels: Positions) -> None:
        if not pixels.size:
            return
        while len(self._waiting) <= half:
            self._waiting.append([])
            self._gone_last.append(_NONE)
        self._waiting[half].append(pixels)

    def _run(self, end_row: Callable[[int], int]) -> None:
        half = 0
        while half < len(self._waiting):
            self._half_pass(half, end_row(half))
            half += 1
        while self._waiting and not self._waiting[-1] and not self._gone_last[-1].size:
            self._waiting.pop()
            self._gone_last.pop()

    def _half_pass(self, half: int, end_row: int) -> None:
        """Go on with one half pass in rows before `end_row`."""
        pieces, self._waiting[half] = self._waiting[half], []
        before, self._gone_last[half] = self._gone_last[half], _NONE
        pixels = self._once(pieces)
        later = pixels >= end_row * self.stride
        self._wait(half, pixels[later])
        pixels = pixels[~later]
        if not pixels.size:
            return
        self._reach(int(pixels.min()) // self.stride - 1)
        flat, offset = self._canvas.reshape(-1), self._top * self.stride
        flat[before - offset] = 1
        local = pixels - offset
        code = np.zeros(local.size, np.uint8)
        for bit, step in enumerate(self._around):
            code |= flat[local + step] << np.uint8(bit)
        gone = pixels[THINNING[half % 2][code]]
        flat[before - offset] = 0
        flat[gone - offset] = 0
        self._gone_last[half] = gone[gone >= (end_row - 1) * self.stride]
        if gone.size:
            touched = self._once([gone + step for step in self._around])
            for after in (half + 1, half + 2):
                self._wait(after, touched)

    def _once(self, pieces: list[Positions]) -> Positions:
        """The pixels of the mask among some, each once; a piece has no pixel twice."""
        if pieces:
            self._reach(min(int(piece.min()) for piece in pieces) // self.stride)
        flat, offset = self._canvas.reshape(-1), self._top * self.stride
        found = []
        for piece in pieces:
            local = piece - offset
            new = flat[local] == 1
            flat[local[new]] = _SEEN
            found.append(piece[new])
        pixels = np.concatenate([_NONE, *found])
        flat[pixels - offset] = 1
        return pixels

    def _reach(self, row: int) -> None:
        """Put rows back on the canvas that were taken for done."""
        while self._top > max(row, 0):
            top, left = self._settled.pop()
            rows = np.zeros((self._top - top, self.stride), np.uint8)
            rows.reshape(-1)[left - top * self.stride] = 1
            self._canvas, self._top = np.concatenate([rows, self._canvas]), top

    def _settle(self, end_row: int) -> Positions:
        """Take the rows before `end_row` off the canvas; what is left in them."""
        rows = end_row - self._top
        if rows <= 0:
            return _NONE
        left = np.flatnonzero(self._canvas[:rows]) + self._top * self.stride
        self._settled.append((self._top, left))
        self._canvas, self._top = self._canvas[rows:], end_row
        return left
