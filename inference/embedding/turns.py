# SPDX-License-Identifier: GPL-2.0-or-later
"""Places a whole turn around the earth apart are one place, however a map counts its degrees.

A patch across the date line goes on beyond 180 degrees, as does a raster that counts to 360, and a
map that is moved across that line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .index import Index

TURN = 360.0
_MOST = 2
"""Turns either way: nobody counts further."""
_ALONG = 32
"""Points along a side, where it has to be told which way around the earth it goes."""

Ring = NDArray[np.float64]


def turns(index: Index, west: float, east: float) -> list[float]:
    """What to add to x between `west` and `east`, so that it may meet patches of an index."""
    if index.crs is None or not (math.isfinite(west) and math.isfinite(east)):
        return [0.0]
    first, last = index.reach
    low = max(math.ceil((first - east) / TURN), -_MOST)
    high = min(math.floor((last - west) / TURN), _MOST)
    return [TURN * number for number in range(low, high + 1)]


def turned(
    index: Index, box: tuple[float, float, float, float]
) -> list[tuple[float, float, float, float]]:
    """A box (west, south, east, north) wherever it may meet patches of an index."""
    west, south, east, north = box
    return [(west + by, south, east + by, north) for by in turns(index, west, east)]


def in_one_piece(degrees: Ring) -> Ring:
    """A line (n, 2) of short steps that jumps around the earth nowhere."""
    steps = np.diff(degrees[:, 0])
    around = np.concatenate([[0.0], np.cumsum(np.rint(steps / TURN))])
    return np.column_stack([degrees[:, 0] - TURN * around, degrees[:, 1]])


def jumps(degrees: Ring) -> bool:
    """Whether neighbours lie so far apart that the shorter way between them is another."""
    return bool((np.abs(np.diff(degrees[:, 0])) >= TURN / 2).any())


def ring_in_degrees(ring: Ring, moved: Callable[[Ring], Ring]) -> Ring:
    """A closed ring (n, 2) of another system in degrees, corner by corner, in one piece.

    `moved` brings points (n, 2) to degrees. A ring around a pole is closed along it. ValueError
    where a corner lies nowhere on the earth.
    """
    share = np.arange(_ALONG)[:, None] / _ALONG
    sides = [a + (b - a) * share for a, b in zip(ring, ring[1:])]
    found = moved(np.concatenate([*sides, ring[-1:]]))
    if not np.isfinite(found).all():
        raise ValueError("some of it lies nowhere on the earth")
    corners = in_one_piece(found)[::_ALONG]
    if abs(corners[-1, 0] - corners[0, 0]) < TURN / 2:
        return corners
    pole = math.copysign(90.0, float(corners[:, 1].mean()))
    west, east = corners[0, 0], corners[-1, 0]
    return np.concatenate([corners, [(east, pole), (west, pole), corners[0]]])


def polygon_in_degrees(
    parts: Sequence[Sequence[Ring]], moved: Callable[[Ring], Ring]
) -> dict[str, Any]:
    """Rings of each part of a polygon, the outer one first, as GeoJSON in degrees."""
    told = [in_one_turn([ring_in_degrees(ring, moved) for ring in rings]) for rings in parts]
    return {"type": "MultiPolygon", "coordinates": told}


def beside(ring: Ring, middle: float) -> Ring:
    """The same ring by whole turns as near as can be to an x."""
    away = middle - (ring[:, 0].min() + ring[:, 0].max()) / 2
    return ring + np.array((TURN * round(float(away) / TURN), 0.0))


def in_one_turn(rings: Sequence[Ring]) -> list[list[Any]]:
    """An outer ring and its holes, which may have been told a turn apart, as GeoJSON has them."""
    outer = rings[0]
    middle = float(outer[:, 0].min() + outer[:, 0].max()) / 2
    return [[tuple(point) for point in beside(ring, middle).tolist()] for ring in rings]
