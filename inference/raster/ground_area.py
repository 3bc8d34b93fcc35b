# SPDX-License-Identifier: GPL-2.0-or-later
"""The ground a polygon of the map covers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_points

from .frame import E2, EQUATOR_M, WGS84

_PARTS = 16
"""Pieces an edge is cut into: it is straight on the map, and none in equal-area coordinates."""


def polygon_area_m2(rings: Sequence[NDArray[np.float64]], crs: CRS) -> float:
    """Square metres, on WGS 84, in closed rings (n, 2) of map coordinates, the outer one first.

    By the trapezoid rule on equal-area cylindrical coordinates (Snyder 1987, eq. 3-12 and 10-15).
    NaN where the polygon lies outside what its coordinate system is valid for.
    """
    areas = [_ring_area(ring, crs) for ring in rings]
    return max(areas[0] - sum(areas[1:]), 0.0)


def _ring_area(ring: NDArray[np.float64], crs: CRS) -> float:
    share = np.arange(_PARTS)[:, None] / _PARTS
    starts, steps = ring[:-1, None], np.diff(ring, axis=0)[:, None]
    xs, ys = (starts + share * steps).reshape(-1, 2).T
    try:
        lon, lat = (np.radians(each) for each in transform_points(crs, WGS84, xs, ys))
    except (RasterioError, CPLE_BaseError):  # some projections raise, others give infinity
        return float("nan")
    turn = np.diff(lon, append=lon[0])
    turn = (turn + np.pi) % (2 * np.pi) - np.pi  # across the date line the short way
    height = _height(np.sin(lat))
    means = (height + np.roll(height, -1)) / 2
    return abs(float((turn * means).sum())) * EQUATOR_M**2


def _height(sine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal-area height of a sine of latitude, for an equator of radius 1."""
    e = np.sqrt(E2)
    inner = sine / (1 - E2 * sine**2) + np.arctanh(e * sine) / e
    return (1 - E2) / 2 * inner
