# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the tiles of a scene classification are seen, and the cells their answers live on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.frame import Frame
from ..raster.window import Window
from ..tiles.grid import Span
from ..tiles.plan import window_of_extent

BLOCK_WIDTH = 8192
"""Network columns worked on at a time: what keeps memory the same at any width of raster."""


_LEAST_STEP = 8


@dataclass(frozen=True)
class TileAxis:
    """One axis of `length` network pixels: tiles every `step`, and cells of `step` pixels.

    Laws: tiles begin at multiples of `step`, but for the last, which begins earlier so that it lies
    inside; they cover the axis, as do the cells. All counted from the raster's corner, so that a
    part of a raster is answered like the whole.
    """

    length: int
    tile: int
    step: int

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First pixel of each tile."""
        last = max(self.length - self.tile, 0)
        regular = np.arange(0, last + 1, self.step)
        return regular if regular[-1] == last else np.append(regular, last)

    @cached_property
    def stops(self) -> NDArray[np.int64]:
        """One past the last pixel of the raster under each tile."""
        return np.minimum(self.starts + self.tile, self.length)

    @property
    def cells(self) -> int:
        return -(-self.length // self.step)

    def tiles_over(self, cells: Span) -> Span:
        """The tiles that cover anything of these cells."""
        first = np.searchsorted(self.stops, cells.start * self.step, side="right")
        last = np.searchsorted(self.starts, min(cells.stop * self.step, self.length))
        return Span(int(first), int(last))

    def cells_under(self, tiles: Span) -> Span:
        """The cells that these tiles cover anything of."""
        last = int(self.stops[tiles.stop - 1])
        return Span(int(self.starts[tiles.start]) // self.step, -(-last // self.step))

    def final_before(self, tile: int) -> int:
        """The first cell that tile `tile` or a later one covers: those before it are final."""
        return int(self.starts[tile]) // self.step if tile < len(self.starts) else self.cells

    def edges(self, cells: Span) -> NDArray[np.int64]:
        """The pixels between which the cells lie: one more than there are cells."""
        return np.minimum(np.arange(cells.start, cells.stop + 1) * self.step, self.length)

    @cached_property
    def shares(self) -> NDArray[np.float32]:
        """(tiles, reach): how many pixels of a tile lie in its first cell, the second, ..."""
        first = self.starts // self.step * self.step
        reach = int(np.ceil((self.stops - first) / self.step).max())
        edges = first[:, None] + np.arange(reach + 1) * self.step
        inside = np.clip(edges, self.starts[:, None], self.stops[:, None])
        return np.diff(inside, axis=1).astype(np.float32)


@dataclass(frozen=True)
class CellPlan:
    """The geometry of one run: `wanted` are cells, everything else is in network pixels."""

    network: Frame
    wanted: Window
    rows: TileAxis
    cols: TileAxis

    @property
    def step(self) -> int:
        return self.rows.step

    @property
    def answer(self) -> Frame:
        """The frame of the output: a pixel a cell."""
        return self.network.grouped(self.step).crop(self.wanted)

    def blocks(self) -> Iterator[Window]:
        """Column blocks of cells from left to right; together they are the wanted window."""
        # Where steps are small it is the cells that weigh, not the pixels.
        count = -(-self.wanted.width * max(self.step, _LEAST_STEP) // BLOCK_WIDTH)
        each = -(-self.wanted.width // count)
        for first in range(0, self.wanted.width, each):
            width = min(each, self.wanted.width - first)
            yield Window(
                self.wanted.row_off, self.wanted.col_off + first, self.wanted.height, width
            )

    def tiles(self, cells: Window) -> tuple[Span, Span]:
        """Rows and columns of the tiles that cover anything of these cells."""
        rows = self.rows.tiles_over(Span(cells.row_off, cells.row_end))
        return rows, self.cols.tiles_over(Span(cells.col_off, cells.col_end))

    def count(self) -> int:
        """Tiles of all blocks."""
        pairs = map(self.tiles, self.blocks())
        return sum(rows.length * cols.length for rows, cols in pairs)

    def edges(self, cells: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of pixels between which the cells lie."""
        rows = self.rows.edges(Span(cells.row_off, cells.row_end))
        return rows, self.cols.edges(Span(cells.col_off, cells.col_end))

    def pixels(self, cells: Window) -> Window:
        """The network pixels of some cells."""
        rows, cols = self.edges(cells)
        return Window(int(rows[0]), int(cols[0]), int(rows[-1] - rows[0]), int(cols[-1] - cols[0]))


def make_cell_plan(
    native: Frame,
    card: ModelCard,
    *,
    network_shape: tuple[int, int],
    step: int | None,
    extent: tuple[float, float, float, float] | None,
) -> CellPlan:
    """Lay out a run over a raster of the `native` frame; raises InputError for what cannot be."""
    same = network_shape == (native.height, native.width)
    network = native if same else native.resampled(*network_shape)
    step = step or max(card.tile // 2, 1)
    cells = network.grouped(step)
    if extent is not None:
        window_of_extent(network, extent)  # cells reach over the edge of the raster
    wanted = cells.window if extent is None else window_of_extent(cells, extent)
    rows, cols = (TileAxis(side, card.tile, step) for side in network_shape)
    return CellPlan(network, wanted, rows, cols)
