# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: classify a raster, streaming from tiles to finished cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import gcd
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..network.engine import Engine
from ..raster.window import Window
from ..tiles.ahead import in_order
from ..tiles.prepare import View
from ..tiles.sheets import BATCH, Places, Sheet, sheets, strips
from .cell_blend import CellBlender, Shares
from .cell_plan import CellPlan
from .drift import Look

LOOKS = 64
"""Tiles of a run that are compared with the training data, about."""


Item = TypeVar("Item")


class CellAnswer(Protocol):
    """Takes what is finished."""

    def wanted(self, cells: Window) -> NDArray[np.bool_] | None:
        """Which cells want an answer, (rows, columns); None for all."""

    def look(self, look: Look) -> None:
        """Hear what some of the tiles look like."""

    def write(self, cells: Window, shares: Shares, answered: NDArray[np.bool_]) -> None:
        """Probabilities (rows, columns, classes), and which cells have an answer."""


_FIRST_LOOKS = 16
"""Tiles looked at in any case: a few zones on a large raster ask about few."""


@dataclass(frozen=True)
class _Batch:
    """Tiles of a sheet that are asked about in one call, by row and column in the sheet.

    `looks` are the numbers of those to compare with the training data. The last batch of a sheet
    says so; `done` is how many tiles of the run are behind it.
    """

    sheet: Sheet
    seen: NDArray[np.bool_]
    rows: Places
    cols: Places
    looks: Places
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
    is never idle. `progress` is told percent; `cancelled` is asked after each strip and each batch,
    and Cancelled raised.
    """
    total, behind, seen = plan.count(), 0, 0
    every = _look_at_every(plan, total) if view.card.statistics else 0
    ask = partial(_answers, engine)
    with ThreadPoolExecutor(engine.workers, thread_name_prefix="geosift") as pool:
        for block in plan.blocks():
            rows = _BlockRows(plan, block, engine, answer)
            read = strips(view, plan, block, pool=pool, watch=engine.watch)
            parts = _until(cancelled, read)
            batches = _batches(sheets(view, plan, block, parts), answer, behind, every)
            done_ahead = in_order(pool, batches, ask, ahead=2 * engine.workers + 1)
            with closing(read), closing(parts), closing(batches), closing(done_ahead):
                for batch, (shares, looks) in _until(cancelled, done_ahead):
                    for look in looks:
                        answer.look(look)
                    rows.add(batch, shares)
                    seen += len(shares)
                    progress(100.0 * batch.done / total)
            tile_rows, tile_cols = plan.tiles(block)
            behind += tile_rows.length * tile_cols.length
    return seen


def _until(cancelled: Callable[[], bool], work: Iterable[Item]) -> Iterator[Item]:
    """The same, as long as nobody cancels."""
    for item in work:
        if cancelled():
            raise Cancelled("Cancelled; nothing was written.")
        yield item


def _batches(
    made: Iterator[Sheet], answer: CellAnswer, behind: int, every: int
) -> Iterator[_Batch]:
    """The tiles of every sheet that want an answer, so many at a time; at least one a sheet.

    One tile in `every` is looked at, and the first ones; none where it is 0.
    """
    number = 0
    for sheet in made:
        seen = sheet.seen(answer.wanted(sheet.cells))
        rows, cols = np.nonzero(seen)
        count = max(-(-len(rows) // BATCH), 1)
        for index in range(count):
            part = slice(index * BATCH, (index + 1) * BATCH)
            done = behind + round(seen.size * (index + 1) / count)
            looks = _looks(number + np.arange(len(rows[part])), every)
            number += len(rows[part])
            yield _Batch(sheet, seen, rows[part], cols[part], looks, index + 1 == count, done)
        behind += seen.size


def _look_at_every(plan: CellPlan, total: int) -> int:
    """How many tiles lie between two that are looked at: about LOOKS of them, in every column."""
    every, columns = max(total // LOOKS, 1), len(plan.cols.starts)
    while gcd(every, columns) > 1:
        every += 1
    return every


def _looks(numbers: Places, every: int) -> Places:
    """Which of the tiles of these numbers are looked at."""
    if not every:
        return np.zeros(0, np.intp)
    return np.flatnonzero((numbers % every == 0) | (numbers < _FIRST_LOOKS))


def _answers(engine: Engine, batch: _Batch) -> tuple[Shares, list[Look]]:
    """Probabilities (tiles, classes) of a batch, and what some of its tiles look like."""
    if not len(batch.rows):
        return np.zeros((0, engine.session.channels), np.float32), []
    with engine.watch.stage("cut"):
        images = batch.sheet.tiles(batch.rows, batch.cols)
    with engine.watch.stage("look"):
        places = zip(batch.rows[batch.looks], batch.cols[batch.looks])
        pictures = (batch.sheet.picture(row, col) for row, col in places)
        looks = [Look.of(picture) for picture in pictures if picture is not None]
    scores = engine.scores(images)[:, :, 0, 0]
    return probabilities(scores, activation=engine.session.card.activation), looks


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
