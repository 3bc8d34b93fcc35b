# SPDX-License-Identifier: GPL-2.0-or-later
"""The pixel corners of a class raster where outlines turn or meet, found strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..raster.strips import strips
from ..runs.telling import Tell

RIGHT, DOWN, LEFT, UP = 1, 2, 4, 8
"""Bits of `Corners.borders`: a border leaves the corner this way."""
FALLING, RISING = 16, 32
"""Bits of `Corners.borders`: the pixels on this diagonal are of one class, and alone with it."""


@dataclass(frozen=True)
class Corners:
    """Pixel corners in raster order at which a horizontal and a vertical border come together.

    Arrays of one value a corner. A corner (col, row) is the upper left one of the pixel of that
    column and row. What lies outside the raster counts as nodata.
    """

    col: NDArray[np.int32]
    row: NDArray[np.int32]
    borders: NDArray[np.uint8]
    """Bits: where borders leave, which diagonals touch."""
    above: NDArray[np.generic]
    """Class of the pixel to the upper right of the corner."""
    below: NDArray[np.generic]
    """Class of the pixel to the lower right of the corner."""
    run: NDArray[np.int32]
    """First column of the run of equal pixels in which the pixel to the upper right lies."""

    @property
    def count(self) -> int:
        return self.col.size

    def leaving(self, way: int) -> NDArray[np.bool_]:
        """Where a border leaves this way."""
        return (self.borders & way) != 0

    @property
    def meets(self) -> NDArray[np.bool_]:
        """Where three or four borders meet."""
        ways = self.borders & (RIGHT | DOWN | LEFT | UP)
        return np.array([bin(bits).count("1") >= 3 for bits in range(16)])[ways]


def find_corners(raster: Path, tell: Tell) -> Corners:
    """All corners of band 1; pixels are forgotten strip by strip."""
    parts = []
    with rasterio.open(raster) as dataset:
        for first, strip in _framed(dataset):
            tell(first / dataset.height)
            parts.append(_corners_of(strip, first))
    names = ("col", "row", "borders", "above", "below", "run")
    return Corners(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def corners_in(pixels: NDArray[np.generic]) -> Corners:
    """All corners of a class raster that is in memory, (height, width)."""
    return _corners_of(np.pad(pixels, 1, constant_values=NODATA_CLASS), 0)


def _framed(dataset: rasterio.DatasetReader) -> Iterator[tuple[int, NDArray[np.generic]]]:
    """(first row, pixels): each strip with the row above it and, at last, the row below it.

    A column of nodata stands on either side.
    """
    outside = np.full((1, dataset.width + 2), NODATA_CLASS, dataset.dtypes[0])
    above = outside
    for first, values in strips(dataset):
        inner = np.pad(values, ((0, 0), (1, 1)), constant_values=NODATA_CLASS)
        ending = [outside] if first + len(values) == dataset.height else []
        yield first, np.concatenate([above, inner, *ending])
        above = inner[-1:]


def _corners_of(pixels: NDArray[np.generic], first: int) -> Corners:
    """The corners between the rows of a strip, (rows + 1, columns + 2), `first` being the row of
    its second line of pixels.
    """
    upright = pixels[:, 1:] != pixels[:, :-1]
    level = pixels[1:] != pixels[:-1]
    here = (upright[1:] | upright[:-1]) & (level[:, 1:] | level[:, :-1])
    width = here.shape[1]
    flat = np.flatnonzero(here)
    row, col = np.divmod(flat, width)
    borders = (
        level[row, col + 1] * np.uint8(RIGHT)
        | upright[row + 1, col] * np.uint8(DOWN)
        | level[row, col] * np.uint8(LEFT)
        | upright[row, col] * np.uint8(UP)
    )
    above, below = pixels[row, col + 1], pixels[row + 1, col + 1]
    alone = borders == (RIGHT | DOWN | LEFT | UP)
    falling = alone & (pixels[row, col] == below)
    rising = alone & (above == pixels[row + 1, col])
    starts = np.flatnonzero(upright[:-1])
    run = starts[np.searchsorted(starts, flat, "right") - 1] % width if starts.size else col
    return Corners(
        col=col.astype(np.int32),
        row=(row + first).astype(np.int32),
        borders=borders | falling * np.uint8(FALLING) | rising * np.uint8(RISING),
        above=above,
        below=below,
        run=run.astype(np.int32),
    )
