# SPDX-License-Identifier: GPL-2.0-or-later
"""The mean answer inside each of many polygons, gathered as rows of cells are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.pixel_polygons import PixelPolygons
from ..raster.window import Window
from .cell_blend import Shares
from .cell_plan import CellPlan


class Zonal:
    """Probabilities of zones: the mean of the cells, weighted by the network pixels inside.

    A pixel is inside when its centre is. A zone with no centre inside it takes the cell under it.
    Law: what a zone gets does not depend on the other zones.
    """

    def __init__(
        self, plan: CellPlan, geometries: Sequence[Mapping[str, Any]], *, channels: int
    ) -> None:
        self._plan = plan
        self._polygons = PixelPolygons(plan.network, tuple(geometries), "zones")
        if not self._polygons.near(plan.pixels(plan.wanted)).size:
            raise InputError(
                "The zones do not meet the raster (or the extent); check that both lie where you "
                "expect and that the zones have the right coordinate system."
            )
        self._middle = self._cells_under_middles()
        count = len(geometries)
        self._sums = np.zeros((count, channels))
        self._weights = np.zeros(count)
        self._has_centre = np.zeros(count, np.bool_)
        self._under = np.full((count, channels), np.nan)

    def wanted(self, cells: Window) -> NDArray[np.bool_]:
        """Which cells some zone touches, (rows, columns)."""
        chosen = self._polygons.near(self._plan.pixels(cells))
        found = self._polygons.burn(chosen, cells, cell=self._plan.step, touched=True)
        rows, cols, _ = self._middles_in(cells)
        found[rows, cols] = True
        return found

    def add(self, cells: Window, shares: Shares, answered: NDArray[np.bool_]) -> None:
        """Take finished cells: probabilities (rows, columns, classes), and which have any."""
        rows, cols, zones = self._middles_in(cells)
        known = answered[rows, cols]
        self._under[zones[known]] = shares[rows[known], cols[known]]
        for zone in self._polygons.near(self._plan.pixels(cells)):
            part = self._cells_near(zone).intersection(cells)
            if part is None:
                continue
            where = part.relative_to(cells).slices()
            pixels = self._pixels_inside(zone, part)
            self._has_centre[zone] |= bool(pixels.any())
            weights = pixels * answered[where]
            self._weights[zone] += weights.sum()
            self._sums[zone] += np.tensordot(weights, shares[where].astype(np.float64), axes=2)

    def answers(self) -> NDArray[np.float64]:
        """(zones, classes), NaN for zones that miss the raster or hold only nodata."""
        inside = self._weights > 0
        means = self._sums / np.where(inside, self._weights, 1.0)[:, None]
        under = np.where(self._has_centre[:, None], np.nan, self._under)
        return np.where(inside[:, None], means, under)

    def _cells_under_middles(self) -> NDArray[np.int64]:
        """(zones, 2): row and column of the cell under the middle of each zone's first corner."""
        step = self._plan.step
        places = [np.mean(_first_ring(shape)[:-1], axis=0) for shape in self._polygons.shapes]
        middles, frame = np.array(places)[:, ::-1], self._plan.network
        # The last cells reach over the edge of the raster, where nobody has seen anything.
        inside = ((middles >= 0) & (middles < (frame.height, frame.width))).all(axis=1)
        return np.where(inside[:, None], np.floor(middles / step), -1).astype(np.int64)

    def _middles_in(
        self, cells: Window
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp]]:
        """Row and column in a window of the cells under zones' middles, and these zones."""
        rows, cols = (self._middle - (cells.row_off, cells.col_off)).T
        zones = np.flatnonzero(
            (rows >= 0) & (rows < cells.height) & (cols >= 0) & (cols < cells.width)
        )
        return rows[zones], cols[zones], zones

    def _cells_near(self, zone: int) -> Window:
        """The cells around a zone."""
        top, left, bottom, right = self._polygons.bounds[zone] / self._plan.step
        first_row, first_col = int(np.floor(top)), int(np.floor(left))
        height, width = int(np.ceil(bottom)) - first_row, int(np.ceil(right)) - first_col
        return Window(first_row, first_col, max(height, 1), max(width, 1))

    def _pixels_inside(self, zone: int, cells: Window) -> NDArray[np.int64]:
        """How many pixel centres of each cell lie inside a zone, (rows, columns)."""
        pixels = self._plan.pixels(cells)
        inside = self._polygons.burn([zone], pixels)
        rows, cols = self._plan.edges(cells)
        down = np.add.reduceat(inside, rows[:-1] - rows[0], axis=0, dtype=np.int64)
        return np.add.reduceat(down, cols[:-1] - cols[0], axis=1)


def _first_ring(shape: Mapping[str, Any]) -> list[list[float]]:
    outline = shape["coordinates"][0]
    return outline[0] if shape["type"] == "MultiPolygon" else outline
