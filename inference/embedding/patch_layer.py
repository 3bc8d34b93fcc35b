# SPDX-License-Identifier: GPL-2.0-or-later
"""The patches of an index as a layer of a GeoPackage that grows, is cut, and is copied in part."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..errors import InputError, OutputError
from ..vector.geometry_blob import square_blobs
from ..vector.geopackage_file import GeoPackageFile
from .index_info import IndexInfo, Range
from .places import Places

TABLE = "patches"
_INDEX = f"rtree_{TABLE}_geom"
_ON_INSERT = f"{_INDEX}_insert"
FIELDS = {
    "vector": "INTEGER",
    "source": "TEXT",
    "row": "INTEGER",
    "col": "INTEGER",
    "date": "DATETIME",
    "date_from": "TEXT",
    "model": "TEXT",
    "model_sha256": "TEXT",
}
"""`vector` is the row of the vectors, from 0; the feature's id is one more."""
_NAMES = ", ".join(FIELDS)
HEADER_BYTES = 40
"""Before the well-known binary of a shape of this layer."""
_PATIENCE_S = 30.0
_AT_ONCE = 20_000


@dataclass(frozen=True)
class PatchLayer:
    """The layer `patches` in the file `path`."""

    path: Path

    @classmethod
    def create(cls, path: Path, crs: CRS | None) -> PatchLayer:
        """A new file with no patch in it."""
        file = GeoPackageFile(path)
        with closing(file):
            file.layer(TABLE, geometry="POLYGON", crs=crs, fields=FIELDS)
            file.finish()
        return cls(path)

    def append(
        self, places: Places, corners: NDArray[np.float64], *, first: int, info: IndexInfo
    ) -> None:
        """Add patches from vector `first` on, all or none."""
        edges, making = _edges(places), info.making
        told = [(each.file.path, each.date or None, each.date_from) for each in info.sources]
        columns = (places[name].tolist() for name in ("source", "row", "col"))
        with self._changing() as database:
            blobs = square_blobs(corners, edges, srs=_srs(database))
            features = (
                (number + 1, blob, number, told[source][0], row, col, *told[source][1:],
                 making.model, making.sha256)
                for number, (blob, source, row, col) in enumerate(zip(blobs, *columns), first)
            )  # fmt: skip
            _insert(database, features, range(first + 1, first + 1 + len(edges)), edges)

    def cut(self, rows: int) -> None:
        """Remove what lies beyond so many vectors."""
        with self._changing() as database:
            database.execute(f"DELETE FROM {TABLE} WHERE fid > ?", (rows,))  # nosec B608

    def copy(self, path: Path, ranges: Sequence[Range], places: Places, crs: CRS | None) -> None:
        """A new file of some ranges of vectors, counted from 0 again; `places` are theirs."""
        new, first = PatchLayer.create(path, crs), 0
        with self._reading() as old, new._changing() as database:
            for start, stop in ranges:
                for begin in range(start, stop, _AT_ONCE):
                    found = _features(old, begin, min(begin + _AT_ONCE, stop), first - start)
                    fids = [feature[0] for feature in found]
                    edges = _edges(places[[fid - 1 for fid in fids]])
                    _insert(database, found, fids, edges)
                first += stop - start

    def shapes(self, vectors: Sequence[int]) -> dict[int, bytes]:
        """The geometry of some patches as it is stored; those a user has deleted are left out."""
        table = f"SELECT fid - 1, geom FROM {TABLE} WHERE fid"  # nosec B608
        with self._reading() as database:
            if len(vectors) > 1 and list(vectors) == list(range(vectors[0], vectors[-1] + 1)):
                ends = vectors[0] + 1, vectors[-1] + 1
                return dict(database.execute(f"{table} BETWEEN ? AND ?", ends))
            found = (database.execute(f"{table} = ?", (number + 1,)) for number in vectors)
            return dict(row for rows in found for row in rows)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; OutputError where it cannot be."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE_S)) as database:
                database.isolation_level = None
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutputError(
                f"{self.path} cannot be changed ({error}); check that the disk is not full and "
                "that no other program is editing the layer."
            ) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise InputError(f"There is no {self.path}; the index is not whole, make it anew.")
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE_S)) as database:
                yield database
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path} cannot be read ({error}); the index is damaged, make it anew."
            ) from error


def _edges(places: Places) -> NDArray[np.float64]:
    """(n, 4): left, bottom, right, top."""
    return np.stack([places[name] for name in ("left", "bottom", "right", "top")], axis=1)


def _insert(
    database: sqlite3.Connection,
    features: Iterable[tuple[object, ...]],
    fids: Sequence[int],
    edges: NDArray[np.float64],
) -> None:
    """Features with their boxes, without the trigger that would look for these.

    It calls functions that only GDAL and QGIS bring, and is there for their edits.
    """
    if not len(fids):
        return
    trigger = database.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", (_ON_INSERT,)
    ).fetchone()
    if trigger is not None:
        database.execute(f"DROP TRIGGER {_ON_INSERT}")
    marks = ", ?" * len(FIELDS)
    database.executemany(
        f"INSERT INTO {TABLE} (fid, geom, {_NAMES}) VALUES (?, ?{marks})",  # nosec B608
        features,
    )
    boxes = ((fid, a, c, b, d) for fid, (a, b, c, d) in zip(fids, edges.tolist()))
    database.executemany(f"INSERT INTO {_INDEX} VALUES (?, ?, ?, ?, ?)", boxes)  # nosec B608
    if trigger is not None:
        database.execute(trigger[0])
    low, high = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
    database.execute(
        "UPDATE gpkg_contents SET min_x = MIN(IFNULL(min_x, ?1), ?1), "
        "min_y = MIN(IFNULL(min_y, ?2), ?2), max_x = MAX(IFNULL(max_x, ?3), ?3), "
        "max_y = MAX(IFNULL(max_y, ?4), ?4), "
        "last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?5",
        (*low, *high, TABLE),
    )


def _features(
    database: sqlite3.Connection, start: int, stop: int, shift: int
) -> list[tuple[Any, ...]]:
    """Those of the vectors start..stop, their numbers moved by `shift`."""
    found = database.execute(
        f"SELECT fid, geom, {_NAMES} FROM {TABLE} WHERE fid BETWEEN ? AND ? ORDER BY fid",  # nosec B608
        (start + 1, stop),
    ).fetchall()
    return [(fid + shift, geom, vector + shift, *rest) for fid, geom, vector, *rest in found]


def _srs(database: sqlite3.Connection) -> int:
    """What shapes call the layer's coordinate system."""
    found = database.execute("SELECT srs_id FROM gpkg_contents WHERE table_name = ?", (TABLE,))
    return int(found.fetchone()[0])
