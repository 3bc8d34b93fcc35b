# SPDX-License-Identifier: GPL-2.0-or-later
"""Where an answer is wanted: polygons, as pixels of any part of a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import bounds as geometry_bounds
from rasterio.features import is_valid_geom, rasterize

from .errors import InputError
from .frame import Frame
from .window import Window

_CELL = 64


@dataclass(frozen=True)
class Zone:
    """GeoJSON-like polygons in map coordinates, over the pixels of `frame`.

    A pixel is inside when its centre is. `touches` asks a coarse picture of all polygons, so that
    a hundred thousand tiles cost no more than looking up.
    """

    frame: Frame
    geometries: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        wrong = [g for g in self.geometries if g.get("type") not in ("Polygon", "MultiPolygon")]
        if wrong or not all(is_valid_geom(geometry) for geometry in self.geometries):
            raise InputError("The mask holds something other than polygons; give a polygon layer.")
        if not self.geometries or not self._near(self.frame.window).any():
            raise InputError(
                "The mask polygons do not meet the raster (or the extent); check that both lie "
                "where you expect and that the mask has the right coordinate system."
            )

    @cached_property
    def _shapes(self) -> tuple[Mapping[str, Any], ...]:
        """The polygons in pixels of the frame."""
        return tuple(
            {"type": each["type"], "coordinates": self._in_pixels(each["coordinates"])}
            for each in self.geometries
        )

    def _in_pixels(self, coordinates: Sequence[Any]) -> list[Any]:
        """Nested lists of positions, each (x, y) as (column, row)."""
        if isinstance(coordinates[0][0], Sequence):
            return [self._in_pixels(part) for part in coordinates]
        return np.stack(
            self.frame.to_pixel(*np.array(coordinates, float)[:, :2].T), axis=1
        ).tolist()

    @cached_property
    def _coarse(self) -> NDArray[np.bool_]:
        """One cell for `_CELL` x `_CELL` pixels, true where a polygon touches it."""
        shape = -(-self.frame.height // _CELL), -(-self.frame.width // _CELL)
        return self._burn(shape, Affine.scale(_CELL), self._shapes, touched=True)

    @cached_property
    def _bounds(self) -> NDArray[np.float64]:
        """Pixel bounds of each polygon: first row, first column, last row, last column."""
        boxes = (geometry_bounds(shape) for shape in self._shapes)
        return np.array([(top, left, bottom, right) for left, top, right, bottom in boxes])

    def touches(self, window: Window) -> bool:
        """Whether any polygon may reach into `window` (to 64 pixels)."""
        rows = slice(max(window.row_off, 0) // _CELL, -(-window.row_end // _CELL))
        cols = slice(max(window.col_off, 0) // _CELL, -(-window.col_end // _CELL))
        return bool(self._coarse[rows, cols].any())

    def inside(self, window: Window) -> NDArray[np.bool_]:
        """Which pixels of `window` lie inside, (height, width)."""
        chosen = tuple(self._shapes[index] for index in np.flatnonzero(self._near(window)))
        corner = Affine.translation(window.col_off, window.row_off)
        shape = (window.height, window.width)
        return self._burn(shape, corner, chosen, touched=False)

    def _near(self, window: Window) -> NDArray[np.bool_]:
        """Which polygons have a box around them that meets `window`."""
        top, left, bottom, right = self._bounds.T
        return (
            (bottom >= window.row_off)
            & (top <= window.row_end)
            & (right >= window.col_off)
            & (left <= window.col_end)
        )

    @staticmethod
    def _burn(
        shape: tuple[int, int],
        transform: Affine,
        geometries: Sequence[Mapping[str, Any]],
        *,
        touched: bool,
    ) -> NDArray[np.bool_]:
        if not geometries:
            return np.zeros(shape, np.bool_)
        burned = rasterize(
            geometries, out_shape=shape, transform=transform, all_touched=touched, dtype="uint8"
        )
        return burned.astype(np.bool_)
