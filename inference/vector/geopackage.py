# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing one polygon layer as a GeoPackage, feature by feature as they come.

rasterio writes no vectors and the engine has no other geographic library; the standard library's
sqlite3 is all a GeoPackage needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..errors import OutputError
from .geometry_blob import Rings, geometry_blob, square_blobs
from .geopackage_tables import Edges, Table

_AT_ONCE = 500
_NOWHERE: Edges = (np.inf, np.inf, -np.inf, -np.inf)


@dataclass(frozen=True)
class Feature:
    """Polygons of one feature (one, unless the layer is of multi polygons), and field values."""

    polygons: tuple[Rings, ...]
    values: tuple[Any, ...]


class LayerWriter:
    """A new GeoPackage with one polygon layer and a spatial index.

    `add` as often as you like, then `finish`; what was not finished is no GeoPackage. To be used in
    one thread.
    """

    def __init__(
        self, path: Path, *, name: str, crs: CRS | None, fields: dict[str, str], multi: bool = False
    ) -> None:
        """`fields` maps names to SQL types, in the order of the values."""
        self._path, self._multi = path, multi
        self._marks = ", ?" * len(fields)
        self._count, self._edges = 0, _NOWHERE
        with self._in_words():
            self._database = sqlite3.connect(path)
        try:
            with self._in_words():
                geometry = "MULTIPOLYGON" if multi else "POLYGON"
                self._table = Table.create(
                    self._database, name, crs=crs, fields=fields, geometry=geometry
                )
        except BaseException:
            self._database.close()
            raise

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(
                f"The polygons cannot be written into {self._path.parent} ({error}); check that "
                "the folder may be written to and that the disk is not full."
            ) from error

    def add(self, features: Iterable[Feature]) -> None:
        """Add features of any polygons."""
        coming = iter(features)
        while some := list(islice(coming, _AT_ONCE)):
            edges = [_edges(feature) for feature in some]
            blobs = (
                geometry_blob(each.polygons, srs=self._table.srs, box=box, multi=self._multi)
                for each, box in zip(some, edges)
            )
            rows = ((blob, *each.values) for blob, each in zip(blobs, some))
            self._insert(rows, edges)

    def add_squares(self, corners: NDArray[np.float64], values: Iterable[tuple[Any, ...]]) -> None:
        """Add polygons of four corners, (n, 4, 2) map coordinates, with their values."""
        edges = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
        blobs = square_blobs(corners, edges, srs=self._table.srs)
        rows = ((blob, *each) for blob, each in zip(blobs, values))
        self._insert(rows, [tuple(each) for each in edges.tolist()])

    def _insert(self, rows: Iterable[tuple[Any, ...]], edges: list[Edges]) -> None:
        first = self._count + 1
        table, index = self._table.quoted, self._table.index
        with self._in_words():
            self._database.executemany(
                f"INSERT INTO {table} VALUES (?, ?{self._marks})",  # nosec B608
                ((fid, *row) for fid, row in enumerate(rows, first)),
            )
            self._database.executemany(
                f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)",  # nosec B608
                ((fid, a, c, b, d) for fid, (a, b, c, d) in enumerate(edges, first)),
            )
        self._count += len(edges)
        if edges:
            lefts, bottoms, rights, tops = zip(self._edges, *edges)
            self._edges = (min(lefts), min(bottoms), max(rights), max(tops))

    def finish(self) -> int:
        """Make the file whole; returns how many features it holds."""
        with self._in_words():
            self._table.finish(self._edges if self._count else None)
            self._database.commit()
        self.close()
        return self._count

    def close(self) -> None:
        """Let go of the file; what was not finished is lost."""
        self._database.close()


def _edges(feature: Feature) -> Edges:
    rings = [polygon[0] for polygon in feature.polygons]
    points = rings[0] if len(rings) == 1 else np.concatenate(rings)
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def write_layer(
    path: Path, *, name: str, crs: CRS | None, fields: dict[str, str], features: Iterable[Feature]
) -> int:
    """Write a whole layer of polygons; returns the feature count."""
    with closing(LayerWriter(path, name=name, crs=crs, fields=fields)) as layer:
        layer.add(features)
        return layer.finish()
