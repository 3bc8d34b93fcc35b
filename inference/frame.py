# SPDX-License-Identifier: GPL-2.0-or-later
"""A pixel grid and where it lies on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_points

from .errors import InputError
from .window import Window

_EQUATOR_M = 6378137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_LATTICE = 9


@dataclass(frozen=True)
class Frame:
    """A grid of `height` x `width` pixels; `transform` takes (column, row) to map coordinates.

    `crs` is None where the raster does not say where it lies; then lengths and areas are pixels.
    """

    height: int
    width: int
    transform: Affine
    crs: CRS | None

    @property
    def window(self) -> Window:
        """All pixels."""
        return Window(0, 0, self.height, self.width)

    @property
    def is_georeferenced(self) -> bool:
        return self.crs is not None

    @property
    def map_transform(self) -> Affine:
        """(column, row) to the coordinates QGIS draws at: without a georeference rows go down, as -y."""
        if self.crs is None and self.transform == Affine.identity():
            return Affine.scale(1.0, -1.0)
        return self.transform

    def crop(self, window: Window) -> Frame:
        """The grid of a window of this one."""
        corner = self.transform * Affine.translation(window.col_off, window.row_off)
        georeferenced = self.crs is not None or self.transform != Affine.identity()
        transform = corner if georeferenced else Affine.identity()
        return Frame(window.height, window.width, transform, self.crs)

    def resampled(self, height: int, width: int) -> Frame:
        """The same ground cut into `height` x `width` pixels."""
        scale = Affine.scale(self.width / width, self.height / height)
        georeferenced = self.crs is not None or self.transform != Affine.identity()
        transform = self.transform * scale if georeferenced else Affine.identity()
        return Frame(height, width, transform, self.crs)

    def pixel_size_m(self) -> tuple[float, float] | None:
        """(width, height) in metres on the ground of the pixel at the centre; None without a CRS."""
        if self.crs is None:
            return None
        across, down = self._ground_steps(
            np.array([self.height / 2.0]), np.array([self.width / 2.0])
        )
        return float(np.hypot(*across)[0]), float(np.hypot(*down)[0])

    def pixel_area_m2(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.float64] | None:
        """Ellipsoidal area of pixels at (row, column) positions; None without a CRS.

        Read off a lattice of exact values: the area changes slowly, and rasters are large.
        """
        if self._area_lattice is None:
            return None
        r = np.clip(np.asarray(rows, float) / self.height, 0, 1) * (_LATTICE - 1)
        c = np.clip(np.asarray(cols, float) / self.width, 0, 1) * (_LATTICE - 1)
        r0, c0 = np.minimum(r.astype(int), _LATTICE - 2), np.minimum(c.astype(int), _LATTICE - 2)
        fr, fc, node = r - r0, c - c0, self._area_lattice
        upper = node[r0, c0] * (1 - fc) + node[r0, c0 + 1] * fc
        lower = node[r0 + 1, c0] * (1 - fc) + node[r0 + 1, c0 + 1] * fc
        return upper * (1 - fr) + lower * fr

    @cached_property
    def _area_lattice(self) -> NDArray[np.float64] | None:
        if self.crs is None:
            return None
        rows, cols = np.meshgrid(
            np.linspace(0, self.height, _LATTICE),
            np.linspace(0, self.width, _LATTICE),
            indexing="ij",
        )
        (ax, ay), (dx, dy) = self._ground_steps(rows.ravel(), cols.ravel())
        return np.abs(ax * dy - ay * dx).reshape(rows.shape)

    def _ground_steps(
        self, rows: NDArray[np.float64], cols: NDArray[np.float64]
    ) -> tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]:
        """One pixel across and one down, each as (east, north) in metres, at pixel positions.

        Through longitude and latitude on WGS 84, so that a projection's own distortion (Web
        Mercator at 60 degrees: a factor of two) does not pass for ground.
        """
        across = self._ground_difference(rows, cols, along_cols=0.5, along_rows=0.0)
        down = self._ground_difference(rows, cols, along_cols=0.0, along_rows=0.5)
        return across, down

    def _ground_difference(
        self,
        rows: NDArray[np.float64],
        cols: NDArray[np.float64],
        *,
        along_cols: float,
        along_rows: float,
    ) -> tuple[NDArray, NDArray]:
        lon0, lat0 = self._lon_lat(rows - along_rows, cols - along_cols)
        lon1, lat1 = self._lon_lat(rows + along_rows, cols + along_cols)
        turn = (lon1 - lon0 + 180.0) % 360.0 - 180.0
        east, north = metres_per_degree((lat0 + lat1) / 2)
        return turn * east, (lat1 - lat0) * north

    def _lon_lat(
        self, rows: NDArray[np.float64], cols: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        xs, ys = self.transform * (cols, rows)
        try:
            lon, lat = transform_points(self.crs, CRS.from_epsg(4326), list(xs), list(ys))
        except RasterioError as error:
            raise InputError(
                f"The raster's coordinate system cannot be related to the ground ({error}); "
                "assign the right one in the layer's properties."
            ) from error
        lon_lat = np.asarray(lon), np.asarray(lat)
        if not (np.isfinite(lon_lat[0]).all() and np.isfinite(lon_lat[1]).all()):
            raise InputError(
                "The raster lies outside the area its coordinate system is valid for; "
                "assign the right one in the layer's properties."
            )
        return lon_lat


def metres_per_degree(latitude: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres per degree of (longitude, latitude) on WGS 84 at `latitude` degrees.

    The radii of curvature in the prime vertical and in the meridian (Snyder 1987, eq. 4-18, 4-20).
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    w2 = 1 - _E2 * np.sin(phi) ** 2
    prime_vertical = _EQUATOR_M / np.sqrt(w2)
    meridian = _EQUATOR_M * (1 - _E2) / w2**1.5
    radian = math.pi / 180
    return prime_vertical * np.cos(phi) * radian, meridian * radian
