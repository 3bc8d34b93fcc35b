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
from ..vector.wkb import shapes_in
from .index import DEGREES
from .index_files import IndexFiles
from .index_info import IndexedSource, IndexInfo, Making
from .index_writer import IndexWriter
from .parquet_export import KEY
from .parquet_package import pyarrow, reading
from .source_file import SourceFile

_ROWS = 20_000
_MOST_SOURCES = 500
"""Where each patch has a source of its own, naming all of them would take longer than searching."""
_VECTORS = ("embedding", "embeddings")
_SOURCES = ("source_url", "source", "product_id")
_DATES = ("datetime", "date", "timestamp")
Tell = Callable[[float], None]


def import_parquet(path: Path, folder: Path, *, tell: Tell = lambda done: None) -> int:
    """Make an index of a file; returns how many patches it has. Its folder must hold none yet.

    Vectors are searched by their direction. Of files that GeoSift did not write the model is
    called by the file's name, and each source is a raster that was never seen here.
    """
    arrow, there = pyarrow(), IndexFiles(folder)
    if there.info.exists():
        raise InputError(f"{folder} is an index already; give a new folder to import into.")
    with reading(path):
        file = arrow.parquet.ParquetFile(path)
        names = file.schema_arrow.names
        told = file.schema_arrow.metadata or {}
        column = _geometry(told)
        _require(path, names, column)
        known = IndexInfo.from_json(told[KEY].decode(), name=str(path)) if KEY in told else None
        first = next(iter(file.iter_batches(1, columns=[_one_of(names, _VECTORS)])), None)
    if first is None or not len(first.column(0)[0].as_py() or ()):
        raise InputError(f"{path} holds no vector; give a file with some.")
    making = _making(path, told, column, len(first.column(0)[0].as_py()), known)
    with _all_or_nothing(there), IndexWriter.open(folder, making) as writer:
        taking = _Taking(writer, names, column, known, rest=str(path))
        with reading(path):
            for batch in file.iter_batches(_ROWS):
                taking.take(batch)
                tell(writer.info.rows / max(file.metadata.num_rows, 1))
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
        self,
        writer: IndexWriter,
        names: Sequence[str],
        column: str,
        known: IndexInfo | None,
        *,
        rest: str,
    ) -> None:
        """Sources beyond the first `_MOST_SOURCES` are all told as `rest`."""
        self._writer, self._column, self._rest = writer, column, rest
        self._vectors, self._source, self._date = (
            _one_of(names, some) for some in (_VECTORS, _SOURCES, _DATES)
        )
        self._has_grid = {"row", "col"} <= set(names)
        self._known = {each.file.path: each for each in known.sources} if known else {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._count: dict[int, int] = {}

    def take(self, batch: Any) -> None:
        """The patches of a batch, source by source."""
        vectors = _vectors(batch.column(self._vectors), self._writer.info.making.dimension)
        corners = np.array([_corners(each.as_py()) for each in batch.column(self._column)])
        numbers = np.array([self._number(*of) for of in zip(*self._told(batch))])
        grid = [np.array(batch.column(name)) for name in ("row", "col")] if self._has_grid else None
        for number in np.unique(numbers).tolist():
            mine = np.flatnonzero(numbers == number)
            seen = self._count.get(number, 0)
            counted = np.arange(seen, seen + len(mine)), np.zeros(len(mine), int)
            rows, cols = counted if grid is None else (axis[mine] for axis in grid)
            self._count[number] = seen + len(mine)
            self._writer.add(number, vectors[mine], corners[mine], rows, cols)
        self._writer.commit({})

    def _told(self, batch: Any) -> tuple[list[str], list[str]]:
        """The source and the date of each patch."""
        count = len(batch)
        sources = batch.column(self._source).to_pylist() if self._source else [""] * count
        dates = batch.column(self._date).to_pylist() if self._date else [""] * count
        return [str(each or "") for each in sources], [_iso(each) for each in dates]

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


def _require(path: Path, names: Sequence[str], column: str) -> None:
    for wanted, kind in (((column,), "geometry"), (_VECTORS, "vectors")):
        if _one_of(names, wanted) is None:
            raise InputError(
                f"{path} has no column {' or '.join(wanted)} with {kind}; give GeoParquet with "
                "the columns geometry and embedding."
            )


def _one_of(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in names), None)


def _geometry(told: dict[bytes, bytes]) -> str:
    return str(json.loads(told.get(b"geo", b"{}")).get("primary_column", "geometry"))


def _making(
    path: Path, told: dict[bytes, bytes], column: str, dimension: int, known: IndexInfo | None
) -> Making:
    if known is not None:
        return known.making
    geo = json.loads(told.get(b"geo", b"{}"))
    crs = geo.get("columns", {}).get(column, {}).get("crs", DEGREES)
    if isinstance(crs, dict):
        code = crs.get("id", {}).get("code")
        if str(code) not in ("4326", "CRS84"):
            raise InputError(
                f"{path} lies in the coordinate system {str(crs.get('name'))[:60]}; give a file in "
                "longitude and latitude (EPSG:4326)."
            )
    return Making(path.stem, "", dimension, 1, 1, None, "" if crs is None else DEGREES)


def _vectors(column: Any, dimension: int) -> NDArray[np.float32]:
    """(n, dimension), whatever kind of list they are."""
    found = column.to_pylist()
    if any(each is None or len(each) != dimension for each in found):
        raise InputError(
            f"Its vectors are not all of {dimension} values as the first one; give a file in which "
            "they are."
        )
    return np.array(found, np.float32)


def _corners(binary: bytes | None) -> NDArray[np.float64]:
    """(4, 2): those of a polygon of four, else of the box around all."""
    shapes = None if binary is None else shapes_in(binary)
    if shapes is None or not shapes.polygons:
        raise InputError("A vector has no polygon; give a file with one for each of them.")
    rings = [polygon[0] for polygon in shapes.polygons]
    if len(rings) == 1 and len(rings[0]) == 5:
        return rings[0][:4]
    points = np.concatenate(rings)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _iso(date: Any) -> str:
    """A date of any kind as an index tells it."""
    if date is None or date == "":
        return ""
    text = date.isoformat() if hasattr(date, "isoformat") else str(date)
    return text[:19] + ".000Z" if len(text) >= 19 else text
