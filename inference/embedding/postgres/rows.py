# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches as a server answers with them, as an index in memory: what is searched then is exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...vector.wkb import shapes_in
from ..hit import Hit
from ..index import Index
from ..index_files import IndexFiles
from ..index_info import IndexInfo
from ..places import PLACE
from ..search import Hits
from .database import Rows
from .server import Server

COLUMNS = ("id", "source", '"row"', "col", "west", "south", "east", "north", "length")
_NUMBERS = ("row", "col", "left", "bottom", "right", "top", "length")


def columns(server: Server) -> str:
    """What to ask of each patch; the vector and the shape as text."""
    shape = "geom" if server.postgis is None else f"{server.postgis}.ST_AsBinary(geom)"
    return f"{', '.join(COLUMNS)}, embedding::text, encode({shape}, 'hex')"


@dataclass(frozen=True)
class SomePatches:
    """Patches of a table in rising order of `ids` (n,), as an `index` of their own, with the rings
    that are their outlines.
    """

    index: Index
    ids: NDArray[np.int64]
    shapes: tuple[bytes, ...]

    @classmethod
    def of(cls, rows: Rows, info: IndexInfo, *, name: str) -> SomePatches:
        """`info` is the table's; InputError where it changed between two questions."""
        rows = sorted(rows, key=lambda row: row[0])
        numbers = {source.file.path: number for number, source in enumerate(info.sources)}
        if any(row[1] not in numbers for row in rows):
            raise InputError(f"{name} was changed while it was searched; search again.")
        places = np.zeros(len(rows), PLACE)
        places["source"] = [numbers[row[1]] for row in rows]
        for column, field in enumerate(_NUMBERS, 2):
            places[field] = [row[column] for row in rows]
        vectors = np.array([vector_of(row[9]) for row in rows], np.int8)
        index = Index(
            IndexFiles(Path(name)),
            _ranged(info, places["source"]),
            vectors.reshape(len(rows), info.making.dimension),
            places,
        )
        ids = np.array([row[0] for row in rows], np.int64)
        return cls(index, ids, tuple(bytes.fromhex(row[10]) for row in rows))

    def told(self, hits: Hits) -> tuple[Hit, ...]:
        """All that is known of hits; their vectors' numbers are the ids of the table."""
        pairs = zip(hits.rows.tolist(), hits.scores.tolist())
        return tuple(self._hit(row, score) for row, score in pairs)

    def _hit(self, row: int, score: float) -> Hit:
        place = self.index.places[row]
        source = self.index.info.sources[place["source"]]
        ring = shapes_in(self.shapes[row]).polygons[0][0]
        at = int(place["row"]), int(place["col"])
        return Hit(int(self.ids[row]), score, source.file.path, *at, source.date, ring)


def vector_of(text: str) -> NDArray[np.float64]:
    """From `[1,-2,3]`."""
    return np.array(text[1:-1].split(","), np.float64)


def _ranged(info: IndexInfo, sources: NDArray[np.int32]) -> IndexInfo:
    """The description of these patches alone, where each source has some ranges of them."""
    starts = np.flatnonzero(np.diff(sources, prepend=-1))
    stops = [*starts[1:].tolist(), len(sources)]
    ranges: dict[int, list[tuple[int, int]]] = {}
    for start, stop in zip(starts.tolist(), stops):
        ranges.setdefault(int(sources[start]), []).append((start, stop))
    told = tuple(
        replace(source, ranges=tuple(ranges.get(number, ())))
        for number, source in enumerate(info.sources)
    )
    return replace(info, rows=len(sources), sources=told)
