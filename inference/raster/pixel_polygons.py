# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons of the map as pixels of a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import bounds as geometry_bounds
from rasterio.features import is_valid_geom, rasterize

from ..errors import InputError
from .frame import Frame
from .window import Window


@dataclass(frozen=True)
class PixelPolygons:
    """GeoJSON-like polygons in map coordinates, over the pixels of `frame`.

    `name` is what they are called in a message.
    """

    frame: Frame
    geometries: tuple[Mapping[str, Any], ...]
    name: str

    def __post_init__(self) -> None:
        wrong = [g for g in self.geometries if g.get("type") not in ("Polygon", "MultiPolygon")]
        if wrong or not all(is_valid_geom(geometry) for geometry in self.geometries):
            raise InputError(
                f"The {self.name} holds something other than polygons; give a polygon layer."
            )
        if self.geometries and not np.isfinite(self.bounds).all():
            raise InputError(
                f"The {self.name} holds a polygon with coordinates that are no numbers on the map; "
                "mend its geometry, or check its coordinate system."
            )

    @cached_property
    def shapes(self) -> tuple[Mapping[str, Any], ...]:
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
    def bounds(self) -> NDArray[np.float64]:
        """Pixel bounds of each polygon: first row, first column, last row, last column."""
        boxes = (geometry_bounds(shape) for shape in self.shapes)
        return np.array([(top, left, bottom, right) for left, top, right, bottom in boxes])

    def near(self, window: Window) -> NDArray[np.intp]:
        """Which polygons have a box around them that meets `window`."""
        if not self.geometries:
            return np.zeros(0, np.intp)
        top, left, bottom, right = self.bounds.T
        return np.flatnonzero(
            (bottom >= window.row_off)
            & (top <= window.row_end)
            & (right >= window.col_off)
            & (left <= window.col_end)
        )

    def burn(
        self, chosen: Iterable[int], window: Window, *, cell: int = 1, touched: bool = False
    ) -> NDArray[np.bool_]:
        """Where some of the polygons lie within `window`, (height, width).

        The window counts squares of `cell` x `cell` pixels; one counts when its centre is inside,
        or, if `touched`, when any of it is.
        """
        shapes = [self.shapes[index] for index in chosen]
        if not shapes:
            return np.zeros((window.height, window.width), np.bool_)
        burned = rasterize(
            shapes,
            out_shape=(window.height, window.width),
            transform=Affine.scale(cell) * Affine.translation(window.col_off, window.row_off),
            all_touched=touched,
            dtype="uint8",
        )
        return burned.astype(np.bool_)

    def numbered(self, chosen: Sequence[int], window: Window) -> NDArray[np.int32]:
        """Which of some polygons lies at each pixel of `window`, (height, width): its place among
        `chosen`, from 1; the last of several; 0 where there is none.

        A pixel counts when its centre is inside.
        """
        shape = (window.height, window.width)
        pairs = [(self.shapes[index], place) for place, index in enumerate(chosen, 1)]
        if not pairs:
            return np.zeros(shape, np.int32)
        corner = Affine.translation(window.col_off, window.row_off)
        return rasterize(pairs, out_shape=shape, transform=corner, dtype="int32")
