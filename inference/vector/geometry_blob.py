# SPDX-License-Identifier: GPL-2.0-or-later
"""Shapes as GeoPackage binary: a header with the envelope, then well-known binary."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Rings = tuple[NDArray[np.float64], ...]
"""Closed rings (n, 2) of map coordinates (x, y), the outer one first."""

Edges = tuple[float, float, float, float]
"""Left, bottom, right, top."""

_MAGIC, _VERSION = b"GP", 0
_LITTLE_ENDIAN_WITH_ENVELOPE = 0b00000011
_POINT, _LINE, _POLYGON, _MULTIPOLYGON = 1, 2, 3, 6

_SQUARE = np.dtype(
    [
        ("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"),
        ("envelope", "<f8", (4,)), ("order", "u1"), ("type", "<u4"), ("rings", "<u4"),
        ("points", "<u4"), ("ring", "<f8", (5, 2)),
    ]
)  # fmt: skip
"""A polygon of one ring of four corners, byte by byte."""


def geometry_blob(
    polygons: tuple[Rings, ...], *, srs: int, box: Edges, multi: bool = False
) -> bytes:
    """One polygon, or all of them as a `multi` polygon, with `box` around."""
    outer = (struct.pack("<BII", 1, _MULTIPOLYGON, len(polygons)),) if multi else ()
    parts = (part for each in polygons for part in _packed(each))
    return b"".join((header(srs, box), *outer, *parts))


def line_blob(points: NDArray[np.float64], *, srs: int, box: Edges) -> bytes:
    """A line through (n, 2) points of map coordinates, with `box` around."""
    start = struct.pack("<BII", 1, _LINE, len(points))
    return b"".join((header(srs, box), start, np.ascontiguousarray(points, "<f8").tobytes()))


def point_blob(x: float, y: float, *, srs: int) -> bytes:
    """A point in map coordinates."""
    return header(srs, (x, y, x, y)) + struct.pack("<BI2d", 1, _POINT, x, y)


def header(srs: int, box: Edges) -> bytes:
    """What goes before well-known binary: the coordinate system, and the box around it."""
    left, bottom, right, top = box
    flags = _LITTLE_ENDIAN_WITH_ENVELOPE
    return struct.pack("<2sBBi4d", _MAGIC, _VERSION, flags, srs, left, right, bottom, top)


def _packed(rings: Rings) -> Iterator[bytes]:
    yield struct.pack("<BII", 1, _POLYGON, len(rings))
    for ring in rings:
        yield struct.pack("<I", len(ring))
        yield np.ascontiguousarray(ring, "<f8").tobytes()


def square_blobs(
    corners: NDArray[np.float64], edges: NDArray[np.float64], *, srs: int
) -> Iterable[bytes]:
    """The same of many polygons of four corners, (n, 4, 2), with left, bottom, right, top (n, 4).

    All at once: a hundred thousand cells are not to take as long as the network.
    """
    made = np.zeros(len(corners), _SQUARE)
    made["magic"], made["version"], made["flags"] = _MAGIC, _VERSION, _LITTLE_ENDIAN_WITH_ENVELOPE
    made["srs"], made["envelope"] = srs, edges[:, [0, 2, 1, 3]]
    made["order"], made["type"], made["rings"], made["points"] = 1, _POLYGON, 1, 5
    made["ring"][:, :4], made["ring"][:, 4] = corners, corners[:, 0]
    content, size = made.tobytes(), _SQUARE.itemsize
    return (content[start : start + size] for start in range(0, len(content), size))
