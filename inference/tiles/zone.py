# SPDX-License-Identifier: GPL-2.0-or-later
"""Where an answer is wanted: polygons, as pixels of any part of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.frame import Frame
from ..raster.pixel_polygons import PixelPolygons
from ..raster.window import Window

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
        if not self._polygons.near(self.frame.window).size:
            raise InputError(
                "The mask polygons do not meet the raster (or the extent); check that both lie "
                "where you expect and that the mask has the right coordinate system."
            )

    @cached_property
    def _polygons(self) -> PixelPolygons:
        return PixelPolygons(self.frame, self.geometries, "mask")

    @cached_property
    def _coarse(self) -> NDArray[np.bool_]:
        """One cell for `_CELL` x `_CELL` pixels, true where a polygon touches it."""
        window = Window(0, 0, -(-self.frame.height // _CELL), -(-self.frame.width // _CELL))
        everything = range(len(self.geometries))
        return self._polygons.burn(everything, window, cell=_CELL, touched=True)

    def touches(self, window: Window) -> bool:
        """Whether any polygon may reach into `window` (to 64 pixels)."""
        rows = slice(max(window.row_off, 0) // _CELL, -(-window.row_end // _CELL))
        cols = slice(max(window.col_off, 0) // _CELL, -(-window.col_end // _CELL))
        return bool(self._coarse[rows, cols].any())

    def inside(self, window: Window) -> NDArray[np.bool_]:
        """Which pixels of `window` lie inside, (height, width)."""
        return self._polygons.burn(self._polygons.near(window), window)
