# SPDX-License-Identifier: GPL-2.0-or-later
"""What examples need of a table: the patches that may stand for them, and means of polygons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...errors import InputError
from ..examples import ExamplePolygon, Examples
from ..filters import Filters, to_index
from ..index import Index
from ..nearest import box_around
from ..query import Query
from . import where
from .database import Database
from .rows import vector_of
from .server import Server
from .sql_text import literal
from .table_name import TableName

_AT_ONCE = 1 << 14
"""Numbers of patches whose vectors are asked for at a time: a few megabytes of text."""


@dataclass(frozen=True)
class TableExamples:
    """Examples as a table tells them; of `known` the sources and the coordinates count."""

    database: Database
    name: TableName
    server: Server
    known: Index

    def settled(self, query: Query) -> Query:
        """The same, with a vector in place of each polygon that holds patches."""
        return replace(
            query,
            positive=self._settled(query.positive, query.crs),
            negative=self._settled(query.negative, query.crs),
        )

    def conditions(self, query: Query) -> Iterator[str]:
        """Of which each holds for the patches that may stand for an example."""
        for examples in (query.positive, query.negative):
            if examples.rows:
                raise InputError(
                    "Patches of a table have no fixed numbers; give places, or patches by raster, "
                    "row and column."
                )
            inside = (polygon.inside for polygon in examples.polygons)
            places = to_index(self.known, [*examples.places, *inside], query.crs).tolist()
            boxes = [(x, y, x, y) for x, y in places]
            boxes += [box_around(self.known, area, query.crs) for area in examples.areas]
            for box in boxes:
                yield where.nearest_to(box, self.known, self.server, self.name.patches)
            for name, row, col in examples.patches:
                path = self.known.source(name)[1].file.path
                yield f'source = {literal(path)} AND "row" = {int(row)} AND col = {int(col)}'

    def _settled(self, examples: Examples, crs: CRS | None) -> Examples:
        means = [(each, self._mean(each, crs)) for each in examples.polygons]
        return replace(
            examples,
            polygons=tuple(polygon for polygon, mean in means if mean is None),
            vectors=(*examples.vectors, *(mean for _, mean in means if mean is not None)),
        )

    def _mean(self, polygon: ExamplePolygon, crs: CRS | None) -> NDArray[np.float64] | None:
        """(dimension,) of the unit vectors of the patches inside; None where there is none.

        Some at a time, by their numbers: a polygon may hold millions.
        """
        filters = Filters(polygons=(polygon.shape,), crs=crs)
        inside = " AND ".join(where.conditions(filters, self.known, self.server))
        table = self.name.patches
        found = self.database.ask(
            f"SELECT DISTINCT id / {_AT_ONCE} FROM {table} WHERE {inside} ORDER BY 1"  # nosec B608
        )
        total, count = np.zeros(self.known.making.dimension), 0
        for (number,) in found:
            first = int(number) * _AT_ONCE
            rows = self.database.ask(
                f"SELECT length, embedding::text FROM {table} WHERE {inside} "  # nosec B608
                f"AND id BETWEEN {first} AND {first + _AT_ONCE - 1} ORDER BY id"
            )
            lengths = np.array([row[0] for row in rows], np.float32).astype(np.float64)
            vectors = np.array([vector_of(row[1]) for row in rows]).reshape(len(rows), len(total))
            total, count = total + (vectors / lengths[:, None]).sum(axis=0), count + len(rows)
        return total / count if count else None
