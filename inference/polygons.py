# SPDX-License-Identifier: GPL-2.0-or-later
"""From a class raster to polygons with what lies inside them: pixels, area, mean confidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.windows import Window as RasterioWindow

from .card import NODATA_CLASS
from .frame import Frame

Ring = NDArray[np.int32]
"""(points, 2) pixel corners as (column, row), first point repeated at the end."""

_PIXELS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Region:
    """Connected pixels of one class: outer ring first (clockwise on screen), then its holes."""

    class_id: int
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class Measures:
    """What lies inside each region, in the order of the regions; arrays of one value a region.

    `area_m2` is None where the raster has no CRS; `confidence` is percent, None without a
    confidence raster.
    """

    pixels: NDArray[np.int64]
    area_m2: NDArray[np.float64] | None
    confidence: NDArray[np.float64] | None


def regions(raster: Path) -> Iterator[Region]:
    """The connected regions of a class raster, nodata left out; pixels that share a side connect."""
    with rasterio.open(raster) as dataset:
        for geometry, value in shapes(rasterio.band(dataset, 1), connectivity=4):
            if value != NODATA_CLASS:
                yield Region(int(value), tuple(_rings(geometry["coordinates"], dataset.transform)))


def _rings(
    coordinates: list[list[tuple[float, float]]], transform: rasterio.Affine
) -> Iterator[Ring]:
    """Rings in pixel corners, the outer one and the holes turning opposite ways."""
    to_pixel = ~transform
    for index, points in enumerate(coordinates):
        xs, ys = np.asarray(points, np.float64).T
        cols, rows = to_pixel * (xs, ys)
        ring = np.rint(np.stack([cols, rows], axis=1)).astype(np.int32)
        wanted = 1 if index == 0 else -1
        yield ring if np.sign(doubled_area(ring)) == wanted else ring[::-1]


def doubled_area(ring: Ring) -> int:
    """Twice the signed area in pixels (the shoelace formula); positive is clockwise on screen."""
    x, y = ring[:, 0].astype(np.int64), ring[:, 1].astype(np.int64)
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def measure(found: list[Region], frame: Frame, confidence: Path | None) -> Measures:
    """Sum over the pixels inside each region, exactly, without painting one of them.

    By Green's theorem on pixels: with the running sum of a quantity along each row, the sum inside
    a closed outline is the running sum at its right edges minus that at its left edges. So only
    the vertical edges are visited, holes subtract themselves, and a region that spans the whole
    scene costs no more than its outline.
    """
    edges = _Edges.of(found)
    count = len(found)
    pixels, area, weight = np.zeros(count), np.zeros(count), np.zeros(count)
    for first, last in _strips(frame):
        which, rows, cols, sign = edges.within(first, last)
        pixels += np.bincount(which, sign * cols, count)
        if frame.is_georeferenced:
            mean_area = frame.pixel_area_m2(rows + 0.5, cols / 2.0)
            area += np.bincount(which, sign * cols * mean_area, count)
        if confidence is not None:
            running = _running_sum(confidence, first, last)
            weight += np.bincount(which, sign * running[rows - first, cols], count)
    return Measures(
        pixels=np.rint(pixels).astype(np.int64),
        area_m2=area if frame.is_georeferenced else None,
        confidence=None if confidence is None else weight / np.maximum(pixels, 1),
    )


@dataclass(frozen=True)
class _Edges:
    """All vertical edges: region, column, first and last row, +1 at a region's right and -1 left."""

    region: NDArray[np.int64]
    col: NDArray[np.int64]
    top: NDArray[np.int64]
    bottom: NDArray[np.int64]
    sign: NDArray[np.int64]

    @classmethod
    def of(cls, found: list[Region]) -> _Edges:
        parts: list[NDArray[np.int64]] = [np.zeros((5, 0), np.int64)]
        for index, region in enumerate(found):
            for ring in region.rings:
                col, start = ring[:-1].T.astype(np.int64)
                end_col, end = ring[1:].T.astype(np.int64)
                upright = col == end_col
                col, start, end = col[upright], start[upright], end[upright]
                ids = np.full(col.size, index, np.int64)
                low, high = np.minimum(start, end), np.maximum(start, end)
                parts.append(np.stack([ids, col, low, high, np.sign(end - start)]))
        return cls(*np.concatenate(parts, axis=1))

    def within(
        self, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The edges cut into single rows of [first, last): region, row, column, sign."""
        near = np.flatnonzero((self.top < last) & (self.bottom > first))
        top = np.maximum(self.top[near], first)
        length = np.minimum(self.bottom[near], last) - top
        total = int(length.sum())
        position = np.arange(total) - np.repeat(np.cumsum(length) - length, length)
        each = np.repeat(near, length)
        rows = np.repeat(top, length) + position
        return self.region[each], rows, self.col[each], self.sign[each]


def _strips(frame: Frame) -> Iterator[tuple[int, int]]:
    step = max(1, _PIXELS_AT_ONCE // frame.width)
    for first in range(0, frame.height, step):
        yield first, min(first + step, frame.height)


def _running_sum(raster: Path, first: int, last: int) -> NDArray[np.int64]:
    """Running sums along rows [first, last): [row, column] is the sum left of that column."""
    with rasterio.open(raster) as dataset:
        window = RasterioWindow(0, first, dataset.width, last - first)
        values = dataset.read(1, window=window)
    running = np.zeros((values.shape[0], values.shape[1] + 1), np.int64)
    np.cumsum(values, axis=1, out=running[:, 1:])
    return running
