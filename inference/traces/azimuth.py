# SPDX-License-Identifier: GPL-2.0-or-later
"""How long lines are on the ground, and which way they run from true north."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.frame import Frame, earth_centred
from .trace import METRES, PIXELS

Lines = Sequence[NDArray[np.float64]]
"""Each (n, 2) x, y in pixels of a frame, n at least 2."""


@dataclass(frozen=True)
class Measures:
    """Arrays (n,), a number a line: its length in the unit, its azimuth in degrees 0..180, and how
    many units a pixel is across the line.
    """

    length: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    across: NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A frame with what is known of its size: `pixel_size` (metres) is the user's word where the
    raster does not say where it lies.
    """

    frame: Frame
    pixel_size: float | None = None

    def __post_init__(self) -> None:
        if self.pixel_size is not None and self.frame.is_georeferenced:
            raise InputError(
                "The raster says itself how large its pixels are; leave the size of a pixel "
                f"({self.pixel_size:g} m) out."
            )

    @property
    def unit(self) -> str:
        """Of lengths and widths."""
        known = self.pixel_size is not None or self.frame.is_georeferenced
        return METRES if known else PIXELS

    @property
    def unit_per_pixel(self) -> float:
        """In the middle of the frame, the mean of both directions."""
        size = self.frame.pixel_size_m()
        if size is None:
            return self.pixel_size or 1.0
        return float(np.sqrt(size[0] * size[1]))

    def measure(self, lines: Lines) -> Measures:
        """Length and azimuth of many lines at once."""
        if not lines:
            none = np.zeros(0)
            return Measures(none, none, none)
        points = np.concatenate(lines)
        counts = np.array([len(line) for line in lines])
        if self.frame.is_georeferenced:
            return self._on_earth(points, counts)
        east, north = self.frame.to_map(*points.T)
        pixels = self.unit_per_pixel
        length = pixels * _lengths(points, counts)
        return Measures(length, _azimuths(east, north, counts), np.full(len(counts), pixels))

    def _on_earth(self, points: NDArray[np.float64], counts: NDArray[np.intp]) -> Measures:
        """In metres on the ellipsoid; north is that of the meridian in the middle of each line.

        A strip of pixels keeps its area on the ground, so how much longer a line gets there says
        how much wider it gets.
        """
        cols, rows = points.T
        lon, lat = self.frame.lon_lat(rows, cols)
        places = earth_centred(lon, lat)
        length = _lengths(places, counts)
        middle = np.cumsum(counts) - counts + counts // 2
        east, north = _east_north(places, lon[middle], lat[middle], counts)
        area = self.frame.pixel_area_m2(rows[middle], cols[middle])
        across = area * _lengths(points, counts) / np.maximum(length, 1e-12)
        return Measures(length, _azimuths(east, north, counts), across)


def _east_north(
    places: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    counts: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres east and north of points (n, 3) in space, from a place for each line of them."""
    turn, phi = np.radians(lon), np.radians(lat)
    zero = np.zeros_like(turn)
    east = np.stack([-np.sin(turn), np.cos(turn), zero], axis=1)
    north = np.stack(
        [-np.sin(phi) * np.cos(turn), -np.sin(phi) * np.sin(turn), np.cos(phi)], axis=1
    )
    away = places - np.repeat(earth_centred(lon, lat), counts, axis=0)
    return tuple((away * np.repeat(axis, counts, axis=0)).sum(axis=1) for axis in (east, north))


def _lengths(points: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of each line, in the unit of the points (n, 2) or (n, 3)."""
    return _added(np.linalg.norm(np.diff(points, axis=0), axis=1), counts)


def _added(values: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums by line of a number for each step between points; those between lines do not count."""
    line = np.repeat(np.arange(len(counts)), counts)
    within = line[1:] == line[:-1]
    return np.bincount(line[1:][within], values[within], minlength=len(counts))


def _azimuths(
    east: NDArray[np.float64], north: NDArray[np.float64], counts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Degrees 0..180 of the straight line that fits each line best, all along its length."""
    steps = np.hypot(np.diff(east), np.diff(north))
    total = np.maximum(_added(steps, counts), 1e-300)
    around = [
        axis - np.repeat(_added(steps * (axis[1:] + axis[:-1]) / 2.0, counts) / total, counts)
        for axis in (east, north)
    ]

    def moment(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        same = a[1:] * b[1:] + a[:-1] * b[:-1]
        other = a[1:] * b[:-1] + a[:-1] * b[1:]
        return _added(steps * (same / 3.0 + other / 6.0), counts)

    e, n = around
    turn = 0.5 * np.arctan2(2.0 * moment(e, n), moment(n, n) - moment(e, e))
    return np.degrees(turn) % 180.0
