# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoJSON-like shapes of any kind as GeoPackage binary."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .geometry_blob import Edges, header

_CODES = {
    "Point": 1, "LineString": 2, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5,
    "MultiPolygon": 6,
}  # fmt: skip


def shape_blob(shape: Mapping[str, Any], *, srs: int) -> tuple[bytes, Edges]:
    """One shape, and the box around it; ValueError for a kind or coordinates that are none."""
    kind = str(shape.get("type"))
    if kind not in _CODES:
        raise ValueError(f"a {kind:.40} is no point, line or polygon")
    points = _positions(shape["coordinates"])
    if not len(points) or not np.isfinite(points).all():
        raise ValueError(f"a {kind} has coordinates that are no numbers")
    box: Edges = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    return header(srs, box) + _packed(kind, shape["coordinates"]), box


def _packed(kind: str, coordinates: Sequence[Any]) -> bytes:
    """Well-known binary of a shape."""
    start = struct.pack("<BI", 1, _CODES[kind])
    if kind == "Point":
        return start + _run([coordinates])
    if kind == "LineString":
        return start + struct.pack("<I", len(coordinates)) + _run(coordinates)
    if kind == "Polygon":
        rings = (struct.pack("<I", len(ring)) + _run(ring) for ring in coordinates)
        return start + struct.pack("<I", len(coordinates)) + b"".join(rings)
    parts = (_packed(kind[len("Multi") :], part) for part in coordinates)
    return start + struct.pack("<I", len(coordinates)) + b"".join(parts)


def _run(points: Sequence[Any]) -> bytes:
    return np.array([point[:2] for point in points], "<f8").tobytes()


def _positions(coordinates: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """All positions (n, 2) in nested lists of them."""
    if coordinates and not isinstance(coordinates[0], (Sequence, np.ndarray)):
        return np.array([coordinates[:2]], np.float64)
    parts = [_positions(part) for part in coordinates]
    return np.concatenate([np.zeros((0, 2)), *parts])
