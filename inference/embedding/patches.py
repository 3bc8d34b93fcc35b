# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: a vector for every patch of a raster, streaming."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..classification.cell_plan import CellPlan
from ..network.engine import Engine
from ..raster.window import Window
from ..tiles.ahead import in_order
from ..tiles.prepare import View
from ..tiles.sheets import BATCH, Sheet, sheets, strips
from ..tiles.zone import Zone
from .index_info import Range
from .places import Numbers

_PIXELS_AT_ONCE = BATCH * 64 * 64
"""Pixels in one call of the network, about: small patches go many at a time."""


@dataclass(frozen=True)
class Wanted:
    """Which patches of a raster are asked for: those whose middle lies inside.

    `window` is in network pixels; `zone` holds polygons, None where there are none.
    """

    window: Window
    zone: Zone | None = None

    def of(self, plan: CellPlan, sheet: Sheet) -> NDArray[np.bool_]:
        """(rows, columns) of the patches of a sheet."""
        down = _middles(plan.rows.starts, plan.rows.stops, sheet.rows.start, sheet.rows.stop)
        across = _middles(plan.cols.starts, plan.cols.stops, sheet.cols.start, sheet.cols.stop)
        window = self.window
        rows = (down >= window.row_off) & (down < window.row_end)
        cols = (across >= window.col_off) & (across < window.col_end)
        found = rows[:, None] & cols[None]
        if self.zone is None or not found.any():
            return found
        around = Window(
            int(down[0]), int(across[0]), int(np.ptp(down)) + 1, int(np.ptp(across)) + 1
        )
        if not self.zone.touches(around):
            return np.zeros_like(found)
        inside = self.zone.inside(around)
        return found & inside[np.ix_(down - down[0], across - across[0])]


@dataclass(frozen=True)
class Batch:
    """Patches that were asked about together, by row and column, and the answers (n, dimension).

    After the last ones of a row of patches the run could go on at `following`: the column block and
    the row of patches. `done` is the share of the raster that is behind it, 0..1.
    """

    rows: Numbers
    cols: Numbers
    vectors: NDArray[np.float32]
    following: Range | None
    done: float


def embedded(
    view: View, plan: CellPlan, engine: Engine, wanted: Wanted, *, start: Range = (0, 0)
) -> Iterator[Batch]:
    """Every wanted patch with a valid pixel once, from `start` on; close it to stop early.

    Workers read and ask ahead. What comes is the same wherever a run began.
    """
    blocks = list(plan.blocks())
    total, behind = max(plan.count(), 1), 0
    with ThreadPoolExecutor(engine.workers, thread_name_prefix="geosift") as pool:
        for number, block in enumerate(blocks):
            rows, cols = plan.tiles(block)
            first = max(rows.start, start[1] if number == start[0] else 0)
            if number >= start[0] and first < rows.stop:
                part = _from_row(plan, block, first)
                parts = strips(view, plan, part, pool=pool, watch=engine.watch)
                made = sheets(view, plan, part, parts)
                mine = partial(_mine, plan, blocks, number, first, wanted)
                asks = _asks(made, mine, number, _at_once(engine))
                answers = in_order(
                    pool, asks, partial(_answers, engine), ahead=2 * engine.workers + 1
                )
                with closing(parts), closing(made), closing(asks), closing(answers):
                    for ask, vectors in answers:
                        done = behind + (ask.sheet.rows.stop - rows.start) * cols.length
                        yield replace(ask.batch, vectors=vectors, done=min(done / total, 1.0))
            behind += rows.length * cols.length


@dataclass(frozen=True)
class _Ask:
    """A batch that has no answers yet, and where its pixels are."""

    sheet: Sheet
    batch: Batch


def _asks(
    made: Iterable[Sheet], mine: Callable[[Sheet], NDArray[np.bool_]], block: int, at_once: int
) -> Iterator[_Ask]:
    """The patches of every sheet that are asked about, so many at a time; at least one a sheet."""
    nothing = np.zeros((0, 0), np.float32)
    for sheet in made:
        rows, cols = np.nonzero(mine(sheet))
        count = max(-(-len(rows) // at_once), 1)
        for index in range(count):
            part = slice(index * at_once, (index + 1) * at_once)
            following = (block, sheet.rows.stop) if index + 1 == count else None
            down, across = sheet.rows.start + rows[part], sheet.cols.start + cols[part]
            yield _Ask(sheet, Batch(down, across, nothing, following, 0.0))


def _answers(engine: Engine, ask: _Ask) -> NDArray[np.float32]:
    sheet, batch = ask.sheet, ask.batch
    if not len(batch.rows):
        return np.zeros((0, engine.channels), np.float32)
    with engine.watch.stage("cut"):
        images = sheet.tiles(batch.rows - sheet.rows.start, batch.cols - sheet.cols.start)
    return vectors_of(engine, images)


def vectors_of(engine: Engine, images: NDArray[Any]) -> NDArray[np.float32]:
    """(n, bands, patch, patch) to (n, dimension)."""
    return engine.scores(images)[:, :, 0, 0]


def _at_once(engine: Engine) -> int:
    side = engine.session.card.tile
    count = max(min(_PIXELS_AT_ONCE // (side * side), 4 * BATCH), 1)
    return -(-count // engine.batch) * engine.batch


def _mine(
    plan: CellPlan, blocks: list[Window], number: int, first: int, wanted: Wanted, sheet: Sheet
) -> NDArray[np.bool_]:
    """(rows, columns): patches of a sheet that are asked about in this block, from a row on.

    A patch over two blocks belongs to the one in which it begins.
    """
    found = sheet.seen(None) & wanted.of(plan, sheet)
    found[: max(first - sheet.rows.start, 0)] = False
    begin = plan.cols.starts[sheet.cols.start : sheet.cols.stop] // plan.step
    if number > 0:
        found[:, begin < blocks[number].col_off] = False
    if number + 1 < len(blocks):
        found[:, begin >= blocks[number].col_end] = False
    return found


def _from_row(plan: CellPlan, block: Window, row: int) -> Window:
    """The cells of a block from a row of patches on."""
    top = max(int(plan.rows.starts[row]) // plan.step, block.row_off)
    return Window(top, block.col_off, block.row_end - top, block.width)


def _middles(
    starts: NDArray[np.int64], stops: NDArray[np.int64], first: int, last: int
) -> NDArray[np.int64]:
    """The pixel in the middle of each patch along an axis."""
    return (starts[first:last] + stops[first:last]) // 2
