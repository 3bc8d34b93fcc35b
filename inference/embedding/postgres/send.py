# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements that bring patches of an index to a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..hit import blobs as shape_blobs
from ..index import Index
from ..index_info import IndexedSource
from ..patch_layer import HEADER_BYTES
from .server import Server
from .sql_text import blobs, literal, numbers, vectors

AT_ONCE = 1 << 16
"""Values of vectors in one statement, half a megabyte of text: 1024 patches of 64. A statement of a
quarter of that took half as long for a quarter of the patches, where both sides had to wait."""
GROUND, NOWHERE = 4326, 0
"""What PostGIS calls degrees of WGS 84, and coordinates nobody can place."""

COLUMNS = (
    "source", "date", "date_from", "model", "model_sha256", '"row"', "col",
    "west", "south", "east", "north", "length", "embedding", "geom",
)  # fmt: skip
"""In the order of the values; `geom` is bytes where there is no PostGIS."""
_SIDES = {"west": "left", "south": "bottom", "east": "right", "north": "top"}


def inserts(
    index: Index, source: IndexedSource, table: str, server: Server
) -> Iterator[tuple[str, int]]:
    """Statements that add the patches of a source, in the order of the index, and how many each."""
    at_once = max(AT_ONCE // index.making.dimension, 1)
    for start, stop in source.ranges:
        for first in range(start, stop, at_once):
            rows = np.arange(first, min(first + at_once, stop))
            yield _insert(index, source, rows, table, server), len(rows)


def _insert(
    index: Index, source: IndexedSource, rows: NDArray[np.intp], table: str, server: Server
) -> str:
    """Arrays taken apart by the server: half as much work for it as rows of values."""
    places, making = index.places[rows], index.making
    same = (
        literal(source.file.path), moment(source.date), *map(literal, _facts(index, source)),
    )  # fmt: skip
    arrays = (
        numbers(places["row"], "integer"),
        numbers(places["col"], "integer"),
        *(numbers(places[name], "double precision") for name in _SIDES.values()),
        numbers(places["length"], "real"),
        vectors(index.vectors[rows]) + f"::{server.vector_type()}[]",
        blobs(blob[HEADER_BYTES:] for blob in shape_blobs(index, rows)),
    )
    names = [f"v{number}" for number in range(len(arrays))]
    shape = geometry(f"decode({names[-1]}, 'hex')", server, placed=bool(making.crs))
    chosen = ", ".join((*same, *names[:-1], shape))
    return (
        f"INSERT INTO {table} ({', '.join(COLUMNS)}) SELECT {chosen} "  # nosec B608
        f"FROM unnest({', '.join(arrays)}) AS t ({', '.join(names)})"
    )


def moment(date: str) -> str:
    """A date of an index; NULL for what is none, as "2024", which an imported one may say."""
    try:
        datetime.fromisoformat(date[:19])
    except ValueError:
        return "NULL::timestamptz"
    return literal(date) + "::timestamptz"


def _facts(index: Index, source: IndexedSource) -> tuple[str, str, str]:
    return source.date_from, index.making.model, index.making.sha256


def geometry(binary: str, server: Server, *, placed: bool) -> str:
    """Well-known binary as what the column `geom` holds."""
    if server.postgis is None:
        return binary
    return f"{server.postgis}.ST_GeomFromWKB({binary}, {srid(placed=placed)})"


def srid(*, placed: bool) -> int:
    return GROUND if placed else NOWHERE
