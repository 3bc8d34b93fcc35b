# SPDX-License-Identifier: GPL-2.0-or-later
"""Which columns of other people's GeoParquet hold what, and how they are read.

Clay: `source_url`, `date`, `embeddings`, `geometry`. Major TOM: `embedding` (one row of a matrix),
`timestamp` as in 20180712T101031, `product_id`, `geometry`, `centre_lat`, `centre_lon`, and a list
`pixel_bbox` that is no embedding. Earth Index: `id`, `embedding`, `geometry`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..vector.wkb import Shapes, shapes_in

_VECTORS = ("embedding", "embeddings", "vector")
_SOURCES = ("source_url", "source", "product_id", "item_id")
_DATES = ("datetime", "date", "timestamp")
_BOX = ("xmin", "ymin", "xmax", "ymax")
_MIDDLES = (("centre_lon", "centre_lat"), ("lon", "lat"), ("longitude", "latitude"))
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?$")
_LOOKED_AT = 1000
Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Names of columns; `place` is one of a geometry or of a box, or two of a middle."""

    vectors: str
    place: tuple[str, ...]
    source: str | None
    date: str | None

    @classmethod
    def of(cls, path: Path, schema: Any, geometry: str, *, vectors: str | None) -> Columns:
        """Those of a file; InputError where it is not clear which they are."""
        names = schema.names
        return cls(
            _vector_column(path, schema, vectors),
            _place_columns(path, schema, geometry),
            _one_of(names, _SOURCES),
            _one_of(names, _DATES),
        )


def _one_of(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in names), None)


def _vector_column(path: Path, schema: Any, wanted: str | None) -> str:
    found = [field.name for field in schema if _holds_vectors(field)]
    named = _one_of(found, (wanted,) if wanted is not None else _VECTORS)
    if named is None and wanted is None and len(found) == 1:
        named = found[0]
    if named is None:
        what = f"no column {wanted}" if wanted else "no column embedding or embeddings"
        rest = f"; name one of its columns {', '.join(found[:8])}" if found else ""
        raise InputError(
            f"{path} has {what} with vectors{rest or '; give GeoParquet with embeddings'}."
        )
    return named


def _holds_vectors(field: Any) -> bool:
    """Lists of numbers, or of lists of numbers, that are no box."""
    kind = field.type
    if "bbox" in field.name or not _is_list(kind):
        return False
    while _is_list(kind):
        kind = kind.value_type
    return str(kind) in ("halffloat", "float", "double", "int8")


def _is_list(kind: Any) -> bool:
    return str(kind).startswith(("list<", "large_list<", "fixed_size_list<"))


def _place_columns(path: Path, schema: Any, geometry: str) -> tuple[str, ...]:
    names = schema.names
    if geometry in names:
        return (geometry,)
    for field in schema:
        if str(field.type).startswith("struct<") and set(_BOX) <= {
            each.name for each in field.type
        }:
            return (field.name,)
    for pair in _MIDDLES:
        if set(pair) <= set(names):
            return pair
    raise InputError(
        f"{path} has no column {geometry} with geometry, nor one with boxes or middles; give "
        "GeoParquet with a place for each embedding: the name of a grid cell does not tell it."
    )


def vectors_in(column: Any, dimension: int) -> NDArray[np.float32]:
    """(n, dimension), whatever kind of list they are."""
    from pyarrow import compute  # only here: whoever has a column has it

    flat, count, even = column, len(column), True
    while _is_list(flat.type):
        lengths = compute.unique(compute.list_value_length(flat))
        even = even and not flat.null_count and len(lengths) <= 1
        flat = flat.flatten()
    if not even or len(flat) != count * dimension or flat.null_count:
        raise InputError(
            f"Its vectors are not all of {dimension} values as the first one; give a file in which "
            "they are."
        )
    return flat.to_numpy(zero_copy_only=False).astype(np.float32).reshape(count, dimension)


def length_of(column: Any) -> int:
    """Values of the first vector of a column; 0 where there is none."""
    first = column[0].as_py() if len(column) else None
    while isinstance(first, list) and first and isinstance(first[0], list):
        first = [value for part in first for value in part]
    return len(first or ())


def corners_in(batch: Any, place: tuple[str, ...], side: Callable[[Any], Any]) -> Corners:
    """(n, 4, 2) of a batch: a polygon's own four, else those of the box around it; around a point
    a square that reaches half way to the next, `side` of the middles (n, 2) and wide as it is tall.
    """
    if len(place) == 2:
        return _squares(_middles(batch, place), side)
    column = batch.column(place[0])
    if str(column.type).startswith("struct<"):
        rows = [[each[name] for name in _BOX] for each in column.to_pylist()]
        return _boxes(np.array(rows, float))
    shapes = [shapes_in(each) if each is not None else Shapes() for each in column.to_pylist()]
    if all(len(each.points) == 1 and not each.polygons for each in shapes):
        return _squares(np.array([each.points[0] for each in shapes]), side)
    return np.array([_corners(each) for each in shapes])


def _middles(batch: Any, place: tuple[str, ...]) -> NDArray[np.float64]:
    columns = [batch.column(name) for name in place]
    if any(column.null_count for column in columns):
        raise InputError("An embedding has no place; give a file with one for each of them.")
    return np.stack([column.to_numpy(zero_copy_only=False) for column in columns], 1).astype(float)


def _squares(middles: NDArray[np.float64], side: Callable[[Any], Any]) -> Corners:
    half = side(middles)[None] / 2
    return _boxes(np.concatenate([middles - half, middles + half], axis=1))


def spacing(middles: NDArray[np.float64], *, degrees: bool) -> NDArray[np.float64]:
    """(2,) width and height of a square as wide as most points are apart; in degrees wider towards
    the poles.
    """
    some = middles[:_LOOKED_AT]
    shrunk = np.cos(np.radians(np.clip(some[:, 1].mean(), -89, 89))) if degrees else 1.0
    scaled, every = (each * (shrunk, 1.0) for each in (some, middles))
    nearest = []
    for place in scaled:
        away = np.hypot(*(every - place).T)
        nearest.append(away[away > 0].min(initial=np.inf))
    side = float(np.median(nearest))
    if not np.isfinite(side):
        raise InputError("Its points do not tell how large a patch is; give a file with polygons.")
    return np.array([side / shrunk, side])


def _boxes(edges: NDArray[np.float64]) -> Corners:
    """(n, 4) left, bottom, right, top to corners."""
    return edges[:, [[0, 3], [2, 3], [2, 1], [0, 1]]]


def _corners(shapes: Shapes) -> Corners:
    """(4, 2): those of a polygon of four, else of the box around all."""
    if not shapes.polygons:
        raise InputError(
            "An embedding has neither polygon nor point; give a file with one for each of them."
        )
    rings = [polygon[0] for polygon in shapes.polygons]
    if len(rings) == 1 and len(rings[0]) == 5:
        return rings[0][:4]
    points = np.concatenate(rings)
    return _boxes(np.concatenate([points.min(axis=0), points.max(axis=0)])[None])[0]


def iso(date: Any) -> str:
    """A date of any kind as an index tells it."""
    if date is None or date == "":
        return ""
    text = date.isoformat() if hasattr(date, "isoformat") else str(date)
    found = _COMPACT.match(text)
    if found is not None:
        year, month, day, *clock = found.groups()
        text = f"{year}-{month}-{day}" + (f"T{':'.join(clock)}" if clock[0] else "")
    return text[:19] + ".000Z" if len(text) >= 19 else text
