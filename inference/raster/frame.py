# SPDX-License-Identifier: GPL-2.0-or-later
"""A pixel grid and where it lies on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from rasterio._err import CPLE_BaseError, CPLE_NotSupportedError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_points

from ..errors import InputError
from . import proj_data
from .control_points import XY, ControlPoints
from .window import Window

proj_data.use_own()  # before the first coordinate system is made

WGS84 = CRS.from_epsg(4326)
EQUATOR_M = 6378137.0
_FLATTENING = 1 / 298.257223563
E2 = _FLATTENING * (2 - _FLATTENING)
_LATTICE = 65


@dataclass(frozen=True)
class Frame:
    """A grid of `height` x `width` pixels, and where it lies.

    `transform` takes (column, row) to map coordinates; it is None where the raster does not say,
    and where `control_points` do so instead. `crs` is None where nobody knows what these
    coordinates are. Lengths and areas are pixels then, and also where nobody can relate `crs` to
    the ground: a building site's own, or another planet's.
    """

    height: int
    width: int
    transform: Affine | None
    crs: CRS | None
    control_points: ControlPoints | None = None

    @property
    def window(self) -> Window:
        """All pixels."""
        return Window(0, 0, self.height, self.width)

    @cached_property
    def is_georeferenced(self) -> bool:
        if self.crs is None:
            return False
        try:
            transform_points(self.crs, WGS84, [0.0], [0.0])
        except (RasterioError, CPLE_BaseError) as error:
            # Whatever else is raised is about the point, not about the way from there to here.
            return not isinstance(error, CPLE_NotSupportedError)
        return True

    def to_map(self, cols: ArrayLike, rows: ArrayLike) -> XY:
        """Where QGIS draws pixel corners: map coordinates x and y of arrays of any one shape."""
        if self.control_points is not None:
            return self.control_points.to_map(cols, rows)
        return self._drawn_by * (np.asarray(cols, float), np.asarray(rows, float))

    def to_pixel(self, xs: ArrayLike, ys: ArrayLike) -> XY:
        """Columns and rows of map coordinates: the way back."""
        if self.control_points is not None:
            return self.control_points.to_pixel(xs, ys)
        return ~self._drawn_by * (np.asarray(xs, float), np.asarray(ys, float))

    @property
    def _drawn_by(self) -> Affine:
        """A raster that does not say where it lies, QGIS draws below the origin: rows are -y."""
        return Affine.scale(1.0, -1.0) if self.transform is None else self.transform

    def crop(self, window: Window) -> Frame:
        """The grid of a window of this one: every pixel stays where QGIS draws it."""
        if window == self.window:
            return self
        if self.control_points is not None:
            part = self.control_points.of_part(window.row_off, window.col_off)
            return Frame(window.height, window.width, None, self.crs, part)
        corner = self._drawn_by * Affine.translation(window.col_off, window.row_off)
        return Frame(window.height, window.width, corner, self.crs)

    def resampled(self, height: int, width: int) -> Frame:
        """The same ground cut into `height` x `width` pixels."""
        rows, cols = height / self.height, width / self.width
        points, transform = self.control_points, self.transform
        return Frame(
            height,
            width,
            None if transform is None else transform * Affine.scale(1 / cols, 1 / rows),
            self.crs,
            None if points is None else points.scaled(rows, cols),
        )

    def grouped(self, step: int) -> Frame:
        """Squares of `step` x `step` pixels from the corner; the last may reach over the edge."""
        points = self.control_points
        return Frame(
            -(-self.height // step),
            -(-self.width // step),
            None if points is not None else self._drawn_by * Affine.scale(step),
            self.crs,
            None if points is None else points.scaled(1 / step, 1 / step),
        )

    def pixel_size_m(self) -> tuple[float, float] | None:
        """(width, height) in metres of the pixel at the centre; None without a georeference."""
        if not self.is_georeferenced:
            return None
        across, down = self._steps(np.array([self.height / 2.0]), np.array([self.width / 2.0]))
        return float(np.linalg.norm(across)), float(np.linalg.norm(down))

    def pixel_area_m2(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.float64] | None:
        """Ellipsoidal area of pixels at (row, column) positions; None without a georeference.

        Read off a lattice of exact values: the area changes slowly, and rasters are large.
        """
        node = self._area_lattice
        if node is None:
            return None
        r0, fr = _between_nodes(rows, self.height)
        c0, fc = _between_nodes(cols, self.width)
        upper = node[r0, c0] * (1 - fc) + node[r0, c0 + 1] * fc
        lower = node[r0 + 1, c0] * (1 - fc) + node[r0 + 1, c0 + 1] * fc
        return upper * (1 - fr) + lower * fr

    def area_left_of_m2(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.float64] | None:
        """Ellipsoidal area of one row from the left edge to a column; None without a georeference.

        The integral of `pixel_area_m2` along the row, so that what lies between two columns is the
        difference of two answers, wherever it lies.
        """
        node = self._area_lattice
        if node is None:
            return None
        pixels = self.width / (_LATTICE - 1)
        means = (node[:, 1:] + node[:, :-1]) / 2 * pixels
        whole = np.concatenate([np.zeros((_LATTICE, 1)), means.cumsum(axis=1)], axis=1)
        r0, fr = _between_nodes(rows, self.height)
        c0, fc = _between_nodes(cols, self.width)

        def along(r: NDArray[np.intp]) -> NDArray[np.float64]:
            here = node[r, c0]
            return whole[r, c0] + pixels * fc * (here + fc / 2 * (node[r, c0 + 1] - here))

        return along(r0) * (1 - fr) + along(r0 + 1) * fr

    @cached_property
    def _area_lattice(self) -> NDArray[np.float64] | None:
        if not self.is_georeferenced:
            return None
        rows, cols = np.meshgrid(
            np.linspace(0, self.height, _LATTICE),
            np.linspace(0, self.width, _LATTICE),
            indexing="ij",
        )
        across, down = self._steps(rows.ravel(), cols.ravel())
        return np.linalg.norm(np.cross(across, down), axis=1).reshape(rows.shape)

    def _steps(
        self, rows: NDArray[np.float64], cols: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One pixel across and one down as vectors (n, 3) in metres, at n pixel positions.

        In space and not on the map, so that a projection's own distortion (Web Mercator at 60
        degrees: a factor of two) does not pass for ground, and poles and date line are like
        anywhere else.
        """
        across = self._in_space(rows, cols + 0.5) - self._in_space(rows, cols - 0.5)
        down = self._in_space(rows + 0.5, cols) - self._in_space(rows - 0.5, cols)
        return across, down

    def _in_space(
        self, rows: NDArray[np.float64], cols: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Earth-centred coordinates (n, 3) in metres of n pixel positions."""
        return earth_centred(*self.lon_lat(rows, cols))

    def lon_lat(
        self, rows: NDArray[np.float64], cols: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Degrees of WGS 84 at n pixel positions; the frame must be georeferenced."""
        xs, ys = self.to_map(cols, rows)
        try:
            lon_lat = np.array(transform_points(self.crs, WGS84, list(xs), list(ys)))
        except (RasterioError, CPLE_BaseError):  # some projections raise, others give infinity
            lon_lat = np.full(2, np.inf)
        if not np.isfinite(lon_lat).all():
            raise InputError(
                "The raster lies outside the area its coordinate system is valid for; "
                "assign the right one in the layer's properties."
            )
        return lon_lat[0], lon_lat[1]


def _between_nodes(positions: ArrayLike, size: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The lattice node before each position on an axis of `size` pixels, and how far beyond it."""
    at = np.clip(np.asarray(positions, float) / size, 0, 1) * (_LATTICE - 1)
    node = np.minimum(at.astype(int), _LATTICE - 2)
    return node, at - node


def earth_centred(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Points (n, 3) in metres from the centre of WGS 84, for n longitudes and latitudes in degrees.

    Snyder 1987, eq. 4-20 for the radius of curvature in the prime vertical.
    """
    turn, phi = np.radians(lon), np.radians(lat)
    radius = EQUATOR_M / np.sqrt(1 - E2 * np.sin(phi) ** 2)
    from_axis = radius * np.cos(phi)
    height = radius * (1 - E2) * np.sin(phi)
    return np.stack([from_axis * np.cos(turn), from_axis * np.sin(turn), height], axis=-1)
