# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters as conditions in SQL, which hold for the very patches they hold for on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..filters import Extent, Filters
from ..index import Index
from .send import srid
from .server import Server
from .sql_text import texts
from .tables import BOX

_X, _Y = "(west + east) / 2", "(south + north) / 2"
_SCALE = float(2**20)
"""PostgreSQL takes points for equal that are a millionth apart: in degrees a decimetre. With all
coordinates enlarged, by a power of two which changes no digit, that becomes nothing."""
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


def in_box(box: Extent, index: Index, server: Server) -> str:
    """Patches whose middle is inside."""
    left, bottom, right, top = map(_number, box)
    inside = f"{_X} BETWEEN {left} AND {right} AND {_Y} BETWEEN {bottom} AND {top}"
    return f"{touching(box, index, server)} AND {inside}"


def over(x: float, y: float, index: Index, server: Server) -> str:
    """Patches a place lies in."""
    at = f"{_number(x)} BETWEEN west AND east AND {_number(y)} BETWEEN south AND north"
    return f"{touching((x, y, x, y), index, server)} AND {at}"


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
    is_one = shape["type"] == "Polygon"
    parts = [shape["coordinates"]] if is_one else shape["coordinates"]
    return any_of(
        _in_part([np.array(ring, float)[:, :2] for ring in rings], index, server) for rings in parts
    )


def any_of(conditions: Iterator[str]) -> str:
    """Nothing where there is none."""
    return f"({' OR '.join(f'({each})' for each in conditions) or 'FALSE'})"


def _in_part(rings: Sequence[NDArray[np.float64]], index: Index, server: Server) -> str:
    """Inside the outer ring and outside the others."""
    outer = rings[0]
    box = (*outer.min(axis=0).tolist(), *outer.max(axis=0).tolist())
    held = (f"{_polygon(ring)} @> {_POINT}" for ring in rings)
    return f"{touching(box, index, server)} AND {' AND NOT '.join(held)}"


def _polygon(ring: NDArray[np.float64]) -> str:
    points = ",".join(f"({x!r},{y!r})" for x, y in (ring * _SCALE).tolist())
    return f"'({points})'::polygon"


def _number(value: float) -> str:
    """To the last bit; in quotes, since -1 may not stand after a minus, nor infinity alone."""
    return f"'{float(value)!r}'::double precision"
