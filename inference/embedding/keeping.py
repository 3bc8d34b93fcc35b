# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches of one raster on their way into the index, while the network looks at the next ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from ..classification.cell_plan import CellPlan
from ..runs.stopwatch import Stopwatch
from .index_info import Range
from .index_writer import IndexWriter
from .patches import Batch
from .places import corners_of

_EVERY_S = 1.0
"""Seconds after which patches are kept: what a kill may cost."""
_AT_MOST = 50_000
"""Patches that are held in memory until then."""


class Keeper:
    """Takes a raster's batches and keeps them, every few seconds what has come by then.

    All at once: of a hundred patches the corners take as long as of ten thousand. And in a thread
    of its own: else the network would wait whenever patches are written. One thing at a time: of
    the index nothing is changed elsewhere until `settle` has returned.
    """

    def __init__(
        self, index: IndexWriter, number: int, plan: CellPlan, watch: Stopwatch,
        thread: ThreadPoolExecutor,
    ) -> None:  # fmt: skip
        """For source `number` of the index; made by `keeping`."""
        self._index, self._number, self._plan = index, number, plan
        self._watch, self._thread = watch, thread
        self._under_way: Future[None] | None = None
        self._row: list[Batch] = []
        self._whole_rows: list[Batch] = []
        self._following: Range | None = None
        self._since = time.perf_counter()

    def take(self, batch: Batch) -> None:
        """Hold a batch, and begin to keep what is held when it is time."""
        self._row.append(batch)
        if batch.following is None:
            return
        self._whole_rows += self._row
        self._row, self._following = [], batch.following
        is_late = time.perf_counter() - self._since > _EVERY_S
        if is_late or sum(len(each.rows) for each in self._whole_rows) > _AT_MOST:
            self._keep(self._following)

    def interrupt(self) -> None:
        """Keep what is held, up to where the run can be gone on with."""
        if self._following is not None:
            self._keep(self._following)
        self.settle()

    def finish(self) -> None:
        """Keep all: there is nothing to come."""
        self._keep(None)
        self.settle()

    def settle(self) -> None:
        """Wait for what is being kept; raises what went wrong with it."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def _keep(self, following: Range | None) -> None:
        self.settle()
        self._since = time.perf_counter()
        held, self._whole_rows = self._whole_rows, []
        self._under_way = self._thread.submit(self._commit, held, following)

    def _commit(self, held: list[Batch], following: Range | None) -> None:
        with self._watch.stage("write"):
            rows = np.concatenate([np.zeros(0, np.intp), *(batch.rows for batch in held)])
            cols = np.concatenate([np.zeros(0, np.intp), *(batch.cols for batch in held)])
            if len(rows):
                vectors = np.concatenate([batch.vectors for batch in held])
                corners = corners_of(self._plan, rows, cols)
                self._index.add(self._number, vectors, corners, rows, cols)
            self._index.commit({self._number: following})


@contextmanager
def keeping(index: IndexWriter, number: int, plan: CellPlan, watch: Stopwatch) -> Iterator[Keeper]:
    """A keeper for one raster; whatever ends it, what is being kept is kept first."""
    with ThreadPoolExecutor(1, thread_name_prefix="geosift-index") as thread:
        keeper = Keeper(index, number, plan, watch, thread)
        try:
            yield keeper
        finally:
            keeper.settle()
