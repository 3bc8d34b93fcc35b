# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: classify a raster, streaming from tiles to finished cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ahead import in_order
from .cell_blend import CellBlender, Shares
from .cell_plan import CellPlan
from .drift import Look
from .engine import Engine
from .errors import Cancelled
from .prepare import View
from .sheets import BATCH, Places, Sheet, sheets, strips
from .window import Window


class CellAnswer(Protocol):
    """Takes what is finished."""

    def wanted(self, cells: Window) -> NDArray[np.bool_] | None:
        """Which cells want an answer, (rows, columns); None for all."""

    def look(self, look: Look) -> None:
        """Hear what some of the tiles look like."""

    def write(self, cells: Window, shares: Shares, answered: NDArray[np.bool_]) -> None:
        """Probabilities (rows, columns, classes), and which cells have an answer."""


@dataclass(frozen=True)
class _Batch:
    """Tiles of a sheet that are asked about in one call, by row and column in the sheet.

    The last of a sheet says so; `done` is how many tiles of the run are behind it.
    """

    sheet: Sheet
    seen: NDArray[np.bool_]
    rows: Places
    cols: Places
    last: bool
    done: int


def classify(
    view: View,
    plan: CellPlan,
    engine: Engine,
    answer: CellAnswer,
    *,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Answer the wanted cells of `plan`: read, cut, run, blend; returns how many tiles were seen.

    Workers read strips and run batches ahead while this thread blends and writes, so the processor
    is never idle. `progress` is told percent; `cancelled` is asked after each batch, and Cancelled
    raised.
    """
    total, behind, seen = plan.count(), 0, 0
    ask = partial(_answers, engine)
    with ThreadPoolExecutor(engine.workers, thread_name_prefix="geosift") as pool:
        for block in plan.blocks():
            rows = _BlockRows(plan, block, engine, answer)
            parts = strips(view, plan, block, pool=pool, watch=engine.watch)
            batches = _batches(sheets(view, plan, block, parts), answer, behind)
            done_ahead = in_order(pool, batches, ask, ahead=2 * engine.workers + 1)
            with closing(parts), closing(batches), closing(done_ahead):
                for batch, (shares, look) in done_ahead:
                    if cancelled():
                        raise Cancelled("Cancelled; nothing was written.")
                    if look is not None:
                        answer.look(look)
                    rows.add(batch, shares)
                    seen += len(shares)
                    progress(100.0 * batch.done / total)
            tile_rows, tile_cols = plan.tiles(block)
            behind += tile_rows.length * tile_cols.length
    return seen


def _batches(made: Iterator[Sheet], answer: CellAnswer, behind: int) -> Iterator[_Batch]:
    """The tiles of every sheet that want an answer, so many at a time; at least one a sheet."""
    for sheet in made:
        seen = sheet.seen(answer.wanted(sheet.cells))
        rows, cols = np.nonzero(seen)
        count = max(-(-len(rows) // BATCH), 1)
        for index in range(count):
            part = slice(index * BATCH, (index + 1) * BATCH)
            done = behind + round(seen.size * (index + 1) / count)
            yield _Batch(sheet, seen, rows[part], cols[part], index + 1 == count, done)
        behind += seen.size


def _answers(engine: Engine, batch: _Batch) -> tuple[Shares, Look | None]:
    """Probabilities (tiles, classes) of a batch, and what one of its tiles looks like."""
    if not len(batch.rows):
        return np.zeros((0, engine.session.channels), np.float32), None
    with engine.watch.stage("cut"):
        images = batch.sheet.tiles(batch.rows, batch.cols)
        picture = batch.sheet.picture(batch.rows[0], batch.cols[0])
        look = None if picture is None else Look.of(picture)
    scores = engine.scores(images)[:, :, 0, 0]
    return probabilities(scores, activation=engine.session.card.activation), look


def probabilities(scores: Shares, *, activation: str) -> Shares:
    """(n, classes) scores as probabilities that sum to 1."""
    if activation == "logits":
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    else:
        scores = np.maximum(scores, 0.0)
    return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-12)


class _BlockRows:
    """Collects the answers of one column block and hands finished cells on."""

    def __init__(self, plan: CellPlan, block: Window, engine: Engine, answer: CellAnswer) -> None:
        self._block, self._answer, self._watch = block, answer, engine.watch
        self._channels = engine.session.channels
        self._blender = CellBlender(plan, block, channels=self._channels)
        self._shares: Shares | None = None

    def add(self, batch: _Batch, shares: Shares) -> None:
        if self._shares is None:
            self._shares = np.zeros((*batch.seen.shape, self._channels), np.float32)
        self._shares[batch.rows, batch.cols] = shares
        if batch.last:
            self._finish(batch.sheet, batch.seen, self._shares)
            self._shares = None

    def _finish(self, sheet: Sheet, seen: NDArray[np.bool_], shares: Shares) -> None:
        with self._watch.stage("blend"):
            finished = [
                self._blender.add(sheet.rows.start + index, shares[index], seen[index])
                for index in range(len(seen))
            ]
            first, last = finished[0][0].start, finished[-1][0].stop
            if first == last:
                return
            cells = Window(first, self._block.col_off, last - first, self._block.width)
            blended = np.concatenate([part for _, part in finished])
            answered = sheet.answered(cells)
            wanted = self._answer.wanted(cells)
            if wanted is not None:
                answered &= wanted
        self._answer.write(cells, blended, answered)
