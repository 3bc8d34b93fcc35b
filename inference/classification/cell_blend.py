# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of overlapping tiles, spread over the cells they cover, as rows of finished cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from ..tiles.grid import Span
from .cell_plan import CellPlan

Shares = NDArray[np.float32]
"""Probabilities, the last axis one a class."""


class CellBlender:
    """Adds the answers of each row of tiles, and gives the cells no later tile covers.

    Law: the probability of a cell is the mean over the tiles that were seen, weighted by the area
    of the cell each covers; the sibling of `Blender`, and separable like it. Memory is the rows of
    cells under one row of tiles.
    """

    def __init__(self, plan: CellPlan, cells: Window, *, channels: int) -> None:
        """For a block of cells."""
        self._rows, self._cols = plan.rows, plan.cols
        self._wanted_rows = Span(cells.row_off, cells.row_end)
        self._wanted_cols = Span(cells.col_off, cells.col_end)
        self._tile_rows, self._tile_cols = plan.tiles(cells)
        self._first = plan.rows.cells_under(self._tile_rows).start
        reach = plan.rows.shares.shape[1]
        # The last channel is the weight of what the others are made of.
        self._band = np.zeros((reach, cells.width, channels + 1), np.float32)

    def add(self, row: int, answers: Shares, seen: NDArray[np.bool_]) -> tuple[Span, Shares]:
        """Add a row of tiles in its turn: (tiles, classes), and which of them were seen, (tiles,).

        Returns the rows of cells that are final now, and their probabilities (rows, columns,
        classes), 0 where no tile was seen.
        """
        weighted = np.concatenate([answers, np.ones((len(answers), 1), np.float32)], axis=1)
        weighted[~seen] = 0.0
        across = self._across(weighted)
        for down, share in enumerate(self._rows.shares[row]):
            if share:
                self._band[down] += share * across
        return self._take(row)

    def _across(self, answers: Shares) -> Shares:
        """(tiles, m) of a row of tiles to sums (cells, m) weighted by the pixels in each."""
        tiles = self._tile_cols
        under = self._cols.cells_under(tiles)
        shares = self._cols.shares[tiles.start : tiles.stop]
        first = self._cols.starts[tiles.start : tiles.stop] // self._cols.step - under.start
        out = np.zeros((under.length + shares.shape[1], answers.shape[1]), np.float32)
        # The last two tiles may begin in the same cell; all before begin each in its own.
        for part in (slice(None, -1), slice(-1, None)):
            for offset in range(shares.shape[1]):
                out[first[part] + offset] += shares[part, offset, None] * answers[part]
        skip = self._wanted_cols.start - under.start
        return out[skip : skip + self._wanted_cols.length]

    def _take(self, row: int) -> tuple[Span, Shares]:
        """Hand out what is final, and move the rest up."""
        last = row + 1 == self._tile_rows.stop
        stop = self._wanted_rows.stop if last else self._rows.final_before(row + 1)
        count = stop - self._first
        final = self._band[:count].copy()
        self._band[: len(self._band) - count] = self._band[count:].copy()
        self._band[len(self._band) - count :] = 0.0
        begin = max(self._first, self._wanted_rows.start)
        kept = final[begin - self._first :]
        self._first = stop
        return Span(begin, max(stop, begin)), kept[..., :-1] / np.maximum(kept[..., -1:], 1.0)
