# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster read once from top to bottom, cut into overlapping tiles, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..classification.cell_plan import CellPlan
from ..raster.source import Validity
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from .ahead import in_order
from .grid import Span
from .prepare import View, mirrored

BATCH = 64
"""Tiles asked about in one call."""
ROWS_READ = 256
"""Network rows in one call of the reader, at most."""
PIXELS_READ = 64_000_000
"""Pixels of the raster in one call of the reader, about: it cannot be cancelled meanwhile."""
_READ_AHEAD = 2

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Strip:
    """Rows of a block as they were read: picture (bands, rows, columns) 0..255, and validity."""

    window: Window
    picture: NDArray[Any]
    valid: Validity | None

    def joined(self, below: Strip) -> Strip:
        """This strip and the one below it."""
        window = Window(
            self.window.row_off,
            self.window.col_off,
            self.window.height + below.window.height,
            self.window.width,
        )
        picture = np.concatenate([self.picture, below.picture], axis=1)
        if self.valid is None and below.valid is None:
            return Strip(window, picture, None)
        return Strip(window, picture, np.concatenate([self._validity(), below._validity()]))

    def _validity(self) -> Validity:
        shape = self.window.height, self.window.width
        return np.ones(shape, np.bool_) if self.valid is None else self.valid

    def below(self, row: int) -> Strip | None:
        """What lies from a row of the raster on; None where the strip ends above it."""
        cut = row - self.window.row_off
        if cut >= self.window.height:
            return None
        window = Window(row, self.window.col_off, self.window.height - cut, self.window.width)
        return Strip(
            window, self.picture[:, cut:], None if self.valid is None else self.valid[cut:]
        )


def strips(
    view: View, plan: CellPlan, cells: Window, *, pool: ThreadPoolExecutor, watch: Stopwatch
) -> Iterator[Strip]:
    """The pixels under all tiles over a block of cells, each read once, a few strips ahead.

    Cut at the same rows whatever part of the raster is wanted.
    """
    rows, cols = plan.tiles(cells)
    top, bottom = _reach(plan.rows.cells_under(rows), plan.rows.stops[rows.stop - 1], plan.step)
    left, right = _reach(plan.cols.cells_under(cols), plan.cols.stops[cols.stop - 1], plan.step)
    tall = _rows_at_once(view)
    cuts = [top, *range((top // tall + 1) * tall, bottom, tall), bottom]
    windows = (Window(a, left, b - a, right - left) for a, b in zip(cuts, cuts[1:]))

    def read(window: Window) -> Strip:
        with watch.stage("read"):
            pixels, valid = view.read(window)
        with watch.stage("prepare"):
            return Strip(window, view.picture(pixels, valid), valid)

    for _, strip in in_order(pool, windows, read, ahead=_READ_AHEAD):
        yield strip


def _rows_at_once(view: View) -> int:
    """Network rows in a strip: fewer where each stands for many of the raster's."""
    raster = view.source.frame.window
    return max(min(ROWS_READ, PIXELS_READ * view.height // raster.pixels), 1)


def _reach(cells: Span, stop: int, step: int) -> tuple[int, int]:
    return cells.start * step, int(stop)


@dataclass(frozen=True)
class Sheet:
    """Rows of tiles that are all in memory: `rows` and `cols` count tiles of the whole raster.

    `image` is what the network takes of the strip; where the raster is smaller than a tile, it is
    mirrored to one.
    """

    plan: CellPlan
    strip: Strip
    image: NDArray[Any]
    rows: Span
    cols: Span

    def seen(self, wanted: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """(rows, columns): tiles with a valid pixel over any `wanted` cell (of `cells`)."""
        plan = self.plan
        found = np.ones((self.rows.length, self.cols.length), np.bool_)
        if self.strip.valid is not None:
            rows, cols = self._pixels()
            found &= any_in(self.strip.valid, rows, cols)
        if wanted is not None:
            cells = self.cells
            rows = _under(plan.rows.starts, plan.rows.stops, self.rows, plan.step, cells.row_off)
            cols = _under(plan.cols.starts, plan.cols.stops, self.cols, plan.step, cells.col_off)
            found &= any_in(wanted, rows, cols)
        return found

    @property
    def cells(self) -> Window:
        """The cells under these tiles."""
        rows = self.plan.rows.cells_under(self.rows)
        cols = self.plan.cols.cells_under(self.cols)
        return Window(rows.start, cols.start, rows.length, cols.length)

    def answered(self, cells: Window) -> NDArray[np.bool_]:
        """Which cells of the sheet hold a valid pixel, (rows, columns)."""
        if self.strip.valid is None:
            return np.ones((cells.height, cells.width), np.bool_)
        rows, cols = self.plan.edges(cells)
        rows, cols = rows - self.strip.window.row_off, cols - self.strip.window.col_off
        return any_in(self.strip.valid, (rows[:-1], rows[1:]), (cols[:-1], cols[1:]))

    def tiles(self, rows: Places, cols: Places) -> NDArray[Any]:
        """(n, bands, side, side) of tiles of the sheet, each copied once."""
        side = self.plan.rows.tile
        top = self.plan.rows.starts[self.rows.start + rows] - self.strip.window.row_off
        left = self.plan.cols.starts[self.cols.start + cols] - self.strip.window.col_off
        windows = sliding_window_view(self.image, (side, side), axis=(1, 2))
        return windows.transpose(1, 2, 0, 3, 4)[top, left]

    def picture(self, row: int, col: int) -> NDArray[Any] | None:
        """(bands, side, side) of a tile, 0..255; None where any of its pixels is invalid."""
        side = self.plan.rows.tile
        top = int(self.plan.rows.starts[self.rows.start + row]) - self.strip.window.row_off
        left = int(self.plan.cols.starts[self.cols.start + col]) - self.strip.window.col_off
        where = slice(top, top + side), slice(left, left + side)
        if self.strip.valid is not None and not self.strip.valid[where].all():
            return None
        found = self.strip.picture[(slice(None), *where)]
        return found if found.shape[1:] == (side, side) else None

    def _pixels(self) -> tuple[tuple[Places, Places], tuple[Places, Places]]:
        """First and last row, first and last column of the tiles, in the strip."""
        corner = self.strip.window
        rows, cols = self.plan.rows, self.plan.cols
        down = slice(self.rows.start, self.rows.stop)
        across = slice(self.cols.start, self.cols.stop)
        return (
            (rows.starts[down] - corner.row_off, rows.stops[down] - corner.row_off),
            (cols.starts[across] - corner.col_off, cols.stops[across] - corner.col_off),
        )


def _under(
    starts: Places, stops: Places, tiles: Span, step: int, first: int
) -> tuple[Places, Places]:
    """First and one past the last cell under each tile, counted from cell `first`."""
    part = slice(tiles.start, tiles.stop)
    return starts[part] // step - first, -(-stops[part] // step) - first


def any_in(
    mask: NDArray[np.bool_], rows: tuple[Places, Places], cols: tuple[Places, Places]
) -> NDArray[np.bool_]:
    """Whether anything is true between each two rows and each two columns, by a table of sums."""
    table = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    np.cumsum(np.cumsum(mask, axis=0, dtype=np.int64), axis=1, out=table[1:, 1:])
    down = table[rows[1]] - table[rows[0]]
    return down[:, cols[1]] > down[:, cols[0]]


def sheets(view: View, plan: CellPlan, cells: Window, parts: Iterable[Strip]) -> Iterator[Sheet]:
    """Every row of tiles over a block of cells once, as soon as the strips under it are there."""
    rows, cols = plan.tiles(cells)
    first, held = rows.start, None
    for part in parts:
        held = part if held is None else held.joined(part)
        bottom = held.window.row_end
        ready = int(np.searchsorted(plan.rows.stops[: rows.stop], bottom, side="right"))
        if ready <= first:
            continue
        yield Sheet(plan, held, _image(view, held, plan.rows.tile), Span(first, ready), cols)
        first = ready
        if ready < rows.stop:
            held = held.below(plan.rows.final_before(ready) * plan.step)


def _image(view: View, strip: Strip, tile: int) -> NDArray[Any]:
    image = view.standardise(strip.picture)
    return mirrored(image, tile, tile)
