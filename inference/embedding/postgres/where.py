# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters as conditions in SQL, which hold for the very patches they hold for on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..filters import Extent, Filters, turned_parts
from ..index import Index
from ..nearest import east_by_north, middle_of
from ..turns import turned
from .send import srid
from .server import Server
from .sql_text import texts
from .tables import BOX

_X, _Y = "(west + east) / 2", "(south + north) / 2"
_SCALE = float(2**20)
"""PostgreSQL takes points for equal that are a millionth apart: in degrees a decimetre. With all
coordinates enlarged, by a power of two which changes no digit, that becomes nothing."""
_NEAR = 100
"""Patches among which the nearest is: of those that are as near in all digits the last counts."""
_POINT = f"point((west + east) * {_SCALE / 2:.0f}, (south + north) * {_SCALE / 2:.0f})"


def conditions(filters: Filters, index: Index, server: Server) -> Iterator[str]:
    """All of them have to hold; of `index` the sources and the coordinates count.

    A patch whose middle lies on the very border of a polygon counts here; on the disk it may not.
    """
    numbers = filters.numbers(index)
    if numbers is not None:
        names = (index.info.sources[number].file.path for number in sorted(numbers))
        yield f"source = ANY ({texts(names)})"
    box = filters.box(index)
    if box is not None:
        yield in_box(box, index, server)
    for shapes in filters.areas(index):
        yield any_of(in_polygon(shape, index, server) for shape in shapes)


def in_box(extent: Extent, index: Index, server: Server) -> str:
    """Patches whose middle is inside."""
    return any_of(_middle_in(box, index, server) for box in turned(index, extent))


def _middle_in(box: Extent, index: Index, server: Server) -> str:
    left, bottom, right, top = map(_number, box)
    inside = f"{_X} BETWEEN {left} AND {right} AND {_Y} BETWEEN {bottom} AND {top}"
    return f"{touching(box, index, server)} AND {inside}"


def nearest_to(box: Extent, index: Index, server: Server, table: str) -> str:
    """Patches that may be the nearest to the middle of a box, of those that it meets.

    Rasters of a thousand days lie over one place: so many vectors nobody needs.
    """
    return any_of(_nearest_to(each, index, server, table) for each in turned(index, box))


def _nearest_to(box: Extent, index: Index, server: Server, table: str) -> str:
    left, bottom, right, top = map(_number, box)
    x, y = middle_of(box)
    across = f"({_X} - {_number(x)}) * {_number(east_by_north(index, y))}"
    up = f"({_Y} - {_number(y)})"
    met = f"west <= {right} AND {left} <= east AND south <= {top} AND {bottom} <= north"
    return (
        f"id = ANY (ARRAY(SELECT id FROM {table} "  # nosec B608
        f"WHERE {touching(box, index, server)} AND {met} "
        f"ORDER BY {across} * {across} + {up} * {up}, id DESC LIMIT {_NEAR}))"
    )


def touching(box: Extent, index: Index, server: Server) -> str:
    """What a spatial index answers; it may let through more, but nothing less."""
    left, bottom, right, top = map(_number, box)
    if server.postgis is None:
        return f"{BOX} && box(point({left}, {bottom}), point({right}, {top}))"
    number = srid(placed=index.crs is not None)
    made = f"{server.postgis}.ST_MakeEnvelope({left}, {bottom}, {right}, {top}, {number})"
    return f"geom OPERATOR({server.postgis}.&&) {made}"


def in_polygon(shape: Mapping[str, Any], index: Index, server: Server) -> str:
    """Patches whose middle is inside a polygon, or any part of it."""
    parts = turned_parts(index, shape)
    return any_of(_in_part(rings, box, index, server) for rings, box in parts)


def any_of(conditions: Iterator[str]) -> str:
    """Nothing where there is none."""
    return f"({' OR '.join(f'({each})' for each in conditions) or 'FALSE'})"


def _in_part(
    rings: Sequence[NDArray[np.float64]], box: Extent, index: Index, server: Server
) -> str:
    """Inside the outer ring and outside the others."""
    held = (f"{_polygon(ring)} @> {_POINT}" for ring in rings)
    return f"{touching(box, index, server)} AND {' AND NOT '.join(held)}"


def _polygon(ring: NDArray[np.float64]) -> str:
    points = ",".join(f"({x!r},{y!r})" for x, y in (ring * _SCALE).tolist())
    return f"'({points})'::polygon"


def _number(value: float) -> str:
    """To the last bit; in quotes, since -1 may not stand after a minus, nor infinity alone."""
    return f"'{float(value)!r}'::double precision"
