# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters that lie on the ground by control points alone: some pixels, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import rasterio
from numpy.typing import ArrayLike, NDArray
from rasterio._err import CPLE_BaseError
from rasterio.control import GroundControlPoint
from rasterio.errors import RasterioError
from rasterio.transform import GCPTransformer

_LEAST = 3
"""Points that make a plane."""

XY = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class ControlPoint:
    """A pixel position and its map coordinates."""

    row: float
    col: float
    x: float
    y: float


@dataclass(frozen=True)
class ControlPoints:
    """Control points, and GDAL's polynomial through them, by which QGIS draws such a raster.

    Law: a part or another size of the raster has control points with which it lies in the same
    place.
    """

    points: tuple[ControlPoint, ...]

    @classmethod
    def of(cls, dataset: rasterio.DatasetReader) -> ControlPoints | None:
        """Those of a raster that has nothing else; None where they are too few, or in a line."""
        given = dataset.gcps[0] if dataset.transform.is_identity else []
        if len(given) < _LEAST:
            return None
        found = cls(tuple(ControlPoint(each.row, each.col, each.x, each.y) for each in given))
        try:
            found.to_map([0.0], [0.0])
        except (RasterioError, CPLE_BaseError, ValueError):
            return None
        return found

    def to_map(self, cols: ArrayLike, rows: ArrayLike) -> XY:
        """Map coordinates of n pixel corners, counted from the raster's upper left."""
        shape = np.shape(cols)
        xs, ys = self._transformer.xy(np.ravel(rows), np.ravel(cols), offset="ul")
        return np.reshape(xs, shape), np.reshape(ys, shape)

    def to_pixel(self, xs: ArrayLike, ys: ArrayLike) -> XY:
        """Columns and rows of n map coordinates."""
        shape = np.shape(xs)
        rows, cols = self._transformer.rowcol(np.ravel(xs), np.ravel(ys), op=float)
        return np.reshape(cols, shape), np.reshape(rows, shape)

    def of_part(self, row_off: float, col_off: float) -> ControlPoints:
        """For the part that begins there."""
        return ControlPoints(
            tuple(ControlPoint(p.row - row_off, p.col - col_off, p.x, p.y) for p in self.points)
        )

    def scaled(self, rows: float, cols: float) -> ControlPoints:
        """For so many times as many rows and columns over the same ground."""
        return ControlPoints(
            tuple(ControlPoint(p.row * rows, p.col * cols, p.x, p.y) for p in self.points)
        )

    def for_rasterio(self) -> list[GroundControlPoint]:
        return [GroundControlPoint(row=p.row, col=p.col, x=p.x, y=p.y) for p in self.points]

    @cached_property
    def _transformer(self) -> GCPTransformer:
        return GCPTransformer(self.for_rasterio())
