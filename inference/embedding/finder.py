# SPDX-License-Identifier: GPL-2.0-or-later
"""Searching one index again and again, while examples and filters change and the index grows."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import Cancelled, InputError
from ..runs.whole_run import Asked, rasterio_silent
from .example_network import ExampleNetwork
from .example_vectors import ExampleVectors
from .filters import Filters
from .hit import Hit, told
from .index import Index, Patch
from .index_info import IndexedSource, Making
from .query import Query
from .search import search
from .shelf import Shelf
from .source_raster import SIDE, SourceRaster

EVERYTHING = Filters()


@dataclass(frozen=True)
class Found:
    """The best patches, the best first, and of how many; the index has `rows` of them.

    `notes` are sentences for the user, each once.
    """

    hits: tuple[Hit, ...]
    compared: int
    rows: int
    seconds: float
    notes: tuple[str, ...]


@dataclass
class _Edition:
    """An index as it is for now, and what the last questions found out of it."""

    index: Index
    vectors: ExampleVectors
    filters: Filters
    mask: NDArray[np.bool_] | None = None

    def wanted(self, filters: Filters) -> NDArray[np.bool_] | None:
        """(rows,) that pass; those of the last filters are at hand."""
        if filters != self.filters:
            self.mask = filters.wanted(self.index)
            self.filters = filters
        return self.mask


class Finder:
    """An index that stays open, with what was found out for the last question.

    Any thread may call, one at a time is served; pictures are drawn beside a search. What is asked
    is asked of the index as it is on the disk then.
    """

    def __init__(self, folder: Path, card: ModelCard | None, threads: int | None) -> None:
        self._folder, self._card, self._threads = Path(folder), card, threads
        self._searching, self._drawing = threading.RLock(), threading.Lock()
        self._network: ExampleNetwork | None = None
        self._making: Making | None = None
        self._note = ""
        self._rasters: Shelf[tuple[Making, IndexedSource], SourceRaster] = Shelf(
            lambda key: SourceRaster.open(*key)
        )
        self._edition: _Edition | None = self._opened()

    @classmethod
    def open(
        cls, folder: Path, *, card: ModelCard | None = None, threads: int | None = None
    ) -> Finder:
        """InputError where there is no index; the `card`'s network is loaded when it is needed.

        One that the index was not made with is not asked, which the user is told.
        """
        return cls(folder, card, threads)

    @property
    def index(self) -> Index:
        """As it was when something was last asked."""
        return self._current().index

    def refresh(self) -> bool:
        """Whether the folder holds another edition by now; it is open then."""
        with self._searching:
            before = self._edition
            if before is not None and before.index.is_current():
                return False
            self._edition = self._opened()
            return before is not None

    def prepare(self) -> None:
        """Load the network now, so that the first place does not wait for it."""
        with self._searching:
            self._current()
            if self._network is not None:
                self._network.prepare()

    def rest(self) -> None:
        """Close the rasters alone; what was found out stays, and they are opened when needed."""
        with self._searching, self._drawing:
            self._rasters.close()
            if self._network is not None:
                self._network.close()

    def close(self) -> None:
        """Let go of all files, so that others may replace them; whatever is asked opens them."""
        with self._searching:
            self.rest()
            self._edition = None

    def find(
        self,
        query: Query,
        filters: Filters = EVERYTHING,
        *,
        count: int = 100,
        apart: bool = True,
        cancelled: Asked = lambda: False,
    ) -> Found:
        """The `count` best patches, with `apart` none that overlaps a better one of its raster.

        Raises leaves of GeoSiftError: for what a user can mend, and Cancelled.
        """
        began, notes = time.perf_counter(), [self._note] if self._note else []
        with self._searching, rasterio_silent():
            self.refresh()
            edition = self._current()
            index = edition.index
            if not index.info.rows:
                raise InputError(f"The index {self._folder} is empty; put a raster into it first.")
            vector = query.vector_of(edition.vectors, tell=notes.append)
            _stop(cancelled)
            wanted = edition.wanted(filters)
            _stop(cancelled)
            hits, compared = search(index, vector, wanted, count=count, apart=apart)
            _stop(cancelled)
            found = told(index, hits, query.crs)
        seconds = time.perf_counter() - began
        return Found(found, compared, index.info.rows, seconds, tuple(dict.fromkeys(notes)))

    def thumbnail(self, patch: Hit | Patch, *, side: int = SIDE) -> NDArray[np.uint8]:
        """(side, side, 3) red, green, blue of a patch; InputError where its raster is gone."""
        name, row, col = patch.patch if isinstance(patch, Hit) else patch
        index = self._current().index
        known = index.source(name)[1]
        with self._drawing, rasterio_silent():
            return self._rasters.take((index.making, known)).picture(row, col, side=side)

    def _current(self) -> _Edition:
        edition = self._edition
        if edition is None:
            with self._searching:
                edition = self._edition = self._edition or self._opened()
        return edition

    def _opened(self) -> _Edition:
        """The edition that is there now; its network is the one before, if it is of the same."""
        index = Index.open(self._folder)
        if self._network is not None:
            self._network.close()  # a raster may be another now
        if index.making != self._making:
            self._making, self._network, self._note = index.making, None, ""
            if self._card is not None:
                self._engage(self._card, index.making)
        return _Edition(index, ExampleVectors(index, self._network), EVERYTHING)

    def _engage(self, card: ModelCard, making: Making) -> None:
        if card.sha256 == making.sha256:
            self._network = ExampleNetwork(card, making, threads=self._threads)
        else:
            self._note = (
                f"The index was made with the network '{making.model}', not with '{card.id}' as it "
                "is here, so that examples stand for the nearest patches of the index."
            )


def _stop(cancelled: Asked) -> None:
    if cancelled():
        raise Cancelled("Cancelled; nothing was looked for any further.")
