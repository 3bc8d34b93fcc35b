# SPDX-License-Identifier: GPL-2.0-or-later
"""Embeddings of others, or our own, from GeoParquet into an index of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .grouping import group_if_large
from .index import DEGREES
from .index_files import IndexFiles
from .index_info import IndexedSource, IndexInfo, Making
from .index_writer import IndexWriter
from .parquet_columns import Columns, corners_in, iso, length_of, spacing, vectors_in
from .parquet_export import KEY
from .parquet_package import pyarrow, reading
from .source_file import SourceFile

_ROWS = 20_000
_MOST_SOURCES = 500
"""Where each patch has a source of its own, naming all of them would take longer than searching."""
Tell = Callable[[float], None]


def import_parquet(
    path: Path, folder: Path, *, column: str | None = None, tell: Tell = lambda done: None
) -> int:
    """Make an index of a file; returns how many patches it has. Its folder must hold none yet.

    Vectors are searched by their direction; `column` names theirs where it has several. Of files
    that GeoSift did not write the model is called by the file's name, and each source is a raster
    that was never seen here.
    """
    arrow, there = pyarrow(), IndexFiles(folder)
    if there.info.exists():
        raise InputError(f"{folder} is an index already; give a new folder to import into.")
    with reading(path):
        file = arrow.parquet.ParquetFile(path)
        told = file.schema_arrow.metadata or {}
        columns = Columns.of(path, file.schema_arrow, _geometry(told), vectors=column)
        known = IndexInfo.from_json(told[KEY].decode(), name=str(path)) if KEY in told else None
        first = next(iter(file.iter_batches(1, columns=[columns.vectors])), None)
    dimension = 0 if first is None else length_of(first.column(0))
    if not dimension:
        raise InputError(f"{path} holds no vector; give a file with some.")
    making = known.making if known else _making(path, told, columns, dimension)
    with _all_or_nothing(there), IndexWriter.open(folder, making) as writer:
        taking = _Taking(writer, columns, known, rest=str(path))
        with reading(path):
            for batch in file.iter_batches(_ROWS, columns=taking.wanted(file.schema_arrow.names)):
                taking.take(batch)
                tell(writer.info.rows / max(file.metadata.num_rows, 1))
    group_if_large(folder, tell=lambda done: tell(1.0))
    return writer.info.rows


@contextmanager
def _all_or_nothing(files: IndexFiles) -> Iterator[None]:
    """What came of a file that turns out to be bad is no index."""
    try:
        yield
    except BaseException:
        for path in (files.info, files.layer, files.places, files.vectors):
            path.unlink(missing_ok=True)
        raise


class _Taking:
    """Batches of a file on their way into an index."""

    def __init__(
        self, writer: IndexWriter, columns: Columns, known: IndexInfo | None, *, rest: str
    ) -> None:
        """Sources beyond the first `_MOST_SOURCES` are all told as `rest`."""
        self._writer, self._columns, self._rest = writer, columns, rest
        self._side: NDArray[np.float64] | None = None
        # Others' rows and columns may be those of tiles that hold many patches.
        self._has_grid = known is not None
        self._known = {each.file.path: each for each in known.sources} if known else {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._count: dict[str, int] = {}

    def wanted(self, names: Sequence[str]) -> list[str]:
        """The columns that are read: others may be large."""
        columns = self._columns
        grid = ("row", "col") if self._has_grid else ()
        ours = (columns.vectors, *columns.place, columns.source, columns.date, *grid)
        return [name for name in names if name in ours]

    def take(self, batch: Any) -> None:
        """The patches of a batch, source by source."""
        making = self._writer.info.making
        vectors = vectors_in(batch.column(self._columns.vectors), making.dimension)
        corners = corners_in(batch, self._columns.place, self._side_of)
        numbers = np.array([self._number(*of) for of in zip(*self._told(batch))])
        grid = [np.array(batch.column(name)) for name in ("row", "col")] if self._has_grid else None
        for number in np.unique(numbers).tolist():
            mine = np.flatnonzero(numbers == number)
            path = self._writer.info.sources[number].file.path
            seen = self._count.get(path, 0)
            counted = np.arange(seen, seen + len(mine)), np.zeros(len(mine), int)
            rows, cols = counted if grid is None else (axis[mine] for axis in grid)
            self._count[path] = seen + len(mine)
            self._writer.add(number, vectors[mine], corners[mine], rows, cols)
        self._writer.commit({})

    def _side_of(self, middles: NDArray[np.float64]) -> NDArray[np.float64]:
        """That of the first batch for all."""
        if self._side is None:
            self._side = spacing(middles, degrees=bool(self._writer.info.making.crs))
        return self._side

    def _told(self, batch: Any) -> tuple[list[str], list[str]]:
        """The source and the date of each patch."""
        count = len(batch)
        source, date = self._columns.source, self._columns.date
        sources = batch.column(source).to_pylist() if source else [""] * count
        dates = batch.column(date).to_pylist() if date else [""] * count
        return [str(each or "") or self._rest for each in sources], [iso(each) for each in dates]

    def _number(self, path: str, date: str) -> int:
        """The place of a source in the index; one for each date where its file has several."""
        if (path, date) not in self._numbers and len(self._numbers) >= _MOST_SOURCES:
            path, date = self._rest, ""
        if (path, date) not in self._numbers:
            source = self._known.get(path)
            if source is None or source.date != date:
                source = IndexedSource(SourceFile(path), date, "metadata" if date else "", 0, 0)
            plain = IndexedSource(
                source.file, date, source.date_from, source.height, source.width, source.bands
            )
            self._numbers[path, date] = self._writer.tell(None, plain)
        return self._numbers[path, date]


def _geometry(told: dict[bytes, bytes]) -> str:
    return str(json.loads(told.get(b"geo", b"{}")).get("primary_column", "geometry"))


def _making(path: Path, told: dict[bytes, bytes], columns: Columns, dimension: int) -> Making:
    geo = json.loads(told.get(b"geo", b"{}"))
    crs = geo.get("columns", {}).get(columns.place[0], {}).get("crs", DEGREES)
    if isinstance(crs, dict):
        code = crs.get("id", {}).get("code")
        if str(code) not in ("4326", "CRS84"):
            raise InputError(
                f"{path} lies in the coordinate system {str(crs.get('name'))[:60]}; give a file in "
                "longitude and latitude (EPSG:4326)."
            )
    return Making(path.stem, "", dimension, 1, 1, None, "" if crs is None else DEGREES)
