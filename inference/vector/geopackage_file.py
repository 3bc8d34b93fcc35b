# SPDX-License-Identifier: GPL-2.0-or-later
"""A new GeoPackage, and its layers row by row, whatever their geometry.

rasterio writes no vectors and the engine has no other geographic library; the standard library's
sqlite3 is all a GeoPackage needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.crs import CRS

from ..errors import OutputError
from .geometry_blob import Edges
from .geopackage_tables import Table, create_file

_NOWHERE: Edges = (np.inf, np.inf, -np.inf, -np.inf)


class GeoPackageFile:
    """A new file with any number of layers, each with a spatial index.

    Fill the layers, then `finish`; what was not finished is no GeoPackage. To be used in one
    thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._layers: list[LayerRows] = []
        with self.in_words():
            self.database = sqlite3.connect(path)
        try:
            with self.in_words():
                create_file(self.database)
        except BaseException:
            self.database.close()
            raise

    def layer(
        self, name: str, *, geometry: str, crs: CRS | None, fields: dict[str, str]
    ) -> LayerRows:
        """A new layer of a `geometry` such as POLYGON; `fields` are names and SQL types, in the
        order of the values.
        """
        with self.in_words():
            table = Table.create(self.database, name, crs=crs, fields=fields, geometry=geometry)
        self._layers.append(LayerRows(self, table, len(fields)))
        return self._layers[-1]

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turn what goes wrong into one sentence."""
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(
                f"The layer cannot be written into {self._path.parent} ({error}); check that "
                "the folder may be written to and that the disk is not full."
            ) from error

    def finish(self) -> None:
        """Make the file whole."""
        with self.in_words():
            for layer in self._layers:
                layer.finish()
            self.database.commit()
        self.close()

    def close(self) -> None:
        """Let go of the file; what was not finished is lost."""
        self.database.close()


class LayerRows:
    """The rows of one layer."""

    def __init__(self, file: GeoPackageFile, table: Table, fields: int) -> None:
        self._file, self._table = file, table
        self._marks = ", ?" * fields
        self._edges = _NOWHERE
        self.count = 0
        """Of the features so far."""

    @property
    def srs(self) -> int:
        """What shapes call the coordinate system."""
        return self._table.srs

    def insert(self, rows: Iterable[tuple[Any, ...]], edges: list[Edges]) -> None:
        """Add a row for each of `edges`: the shape's blob, and its values."""
        first = self.count + 1
        table, index, database = self._table.quoted, self._table.index, self._file.database
        with self._file.in_words():
            database.executemany(
                f"INSERT INTO {table} VALUES (?, ?{self._marks})",  # nosec B608
                ((fid, *row) for fid, row in enumerate(rows, first)),
            )
            database.executemany(
                f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)",  # nosec B608
                ((fid, a, c, b, d) for fid, (a, b, c, d) in enumerate(edges, first)),
            )
        self.count += len(edges)
        if edges:
            lefts, bottoms, rights, tops = zip(self._edges, *edges)
            self._edges = (min(lefts), min(bottoms), max(rights), max(tops))

    def finish(self) -> None:
        """Tell of the layer in the file's tables."""
        self._table.finish(self._edges if self.count else None)
