# SPDX-License-Identifier: GPL-2.0-or-later
"""From a class raster to polygons with what lies inside them: pixels, area, mean confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..raster.frame import Frame
from ..raster.strips import strips
from ..runs.telling import Tell, part, telling
from .corners import corners_in, find_corners
from .outlines import Outlines, ranges, repeated
from .tracing import trace

_PIXELS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Measures:
    """What lies inside each region, in the order of the regions; arrays of one value a region.

    `area_m2` is None where the raster has no CRS; `confidence` is percent, None without a
    confidence raster.
    """

    pixels: NDArray[np.int64]
    area_m2: NDArray[np.float64] | None
    confidence: NDArray[np.float64] | None


def regions(
    raster: Path,
    *,
    progress: Callable[[float], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outlines:
    """The connected regions of a class raster, nodata left out; pixels that share a side connect.

    `progress` is told 0..1. Memory grows with the outlines, not with the pixels; no call keeps
    Python's lock for long, so that a window stays alive meanwhile.
    """
    tell = telling(progress, cancelled)
    corners = find_corners(raster, part(tell, 0.0, 0.3))
    found = trace(corners, part(tell, 0.3, 1.0))
    tell(1.0)
    return found


def regions_in(pixels: NDArray[np.generic]) -> Outlines:
    """The same of a class raster that is in memory, (height, width), and small."""
    return trace(corners_in(pixels), lambda done: None)


def measure(
    found: Outlines,
    frame: Frame,
    confidence: Path | None,
    *,
    progress: Callable[[float], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Measures:
    """Sum over the pixels inside each region, exactly, without painting one of them.

    By Green's theorem on pixels: with the running sum of a quantity along each row, the sum inside
    a closed outline is the running sum at its right edges minus that at its left edges. So only
    the vertical edges are visited, holes subtract themselves, and a region that spans the whole
    scene costs no more than its outline.
    """
    tell = telling(progress, cancelled)
    edges = _Edges.of(found, part(tell, 0.0, 0.2))
    tell = part(tell, 0.2, 1.0)
    count = len(found)
    pixels, area, weight = np.zeros(count), np.zeros(count), np.zeros(count)
    for first, last, running in _running_sums(frame, confidence):
        tell(first / frame.height)
        which, rows, cols, sign = edges.within(first, last)
        pixels += np.bincount(which, sign * cols, count)
        if frame.is_georeferenced:
            left = frame.area_left_of_m2(rows + 0.5, cols)
            area += np.bincount(which, sign * left, count)
        if running is not None:
            weight += np.bincount(which, sign * running[rows - first, cols], count)
    tell(1.0)
    return Measures(
        pixels=np.rint(pixels).astype(np.int64),
        area_m2=area if frame.is_georeferenced else None,
        confidence=None if confidence is None else weight / np.maximum(pixels, 1),
    )


@dataclass(frozen=True)
class _Edges:
    """All vertical edges by their top: region, column, first and last row, +1 at a region's right
    and -1 at its left.
    """

    region: NDArray[np.int64]
    col: NDArray[np.int32]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    sign: NDArray[np.int8]

    @classmethod
    def of(cls, found: Outlines, tell: Tell) -> _Edges:
        tell(0.0)
        start, end = np.take(found.points, found.before, axis=0), found.points
        tell(0.2)
        upright = np.flatnonzero(start[:, 0] == end[:, 0])
        col, start, end = end[upright, 0], start[upright, 1], end[upright, 1]
        region = repeated(found.region_of_ring, np.diff(found.ring_start))[upright]
        tell(0.5)
        low, high = np.minimum(start, end), np.maximum(start, end)
        order = np.argsort(low, kind="stable")
        tell(0.8)
        sign = np.sign(end - start).astype(np.int8)
        return cls(*(np.take(values, order) for values in (region, col, low, high, sign)))

    def within(
        self, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The edges cut into single rows of [first, last): region, row, column, sign."""
        above = int(np.searchsorted(self.top, last))
        near = np.flatnonzero(self.bottom[:above] > first)
        top = np.maximum(self.top[near], first).astype(np.int64)
        length = np.minimum(self.bottom[near], last) - top
        each = repeated(near, length)
        return self.region[each], ranges(top, length), self.col[each], self.sign[each]


def _running_sums(
    frame: Frame, raster: Path | None
) -> Iterator[tuple[int, int, NDArray[np.int64] | None]]:
    """Rows [first, last) and the running sums along them, None without a raster.

    [row, column] is the sum left of that column.
    """
    if raster is None:
        step = max(1, _PIXELS_AT_ONCE // frame.width)
        for first in range(0, frame.height, step):
            yield first, min(first + step, frame.height), None
        return
    with rasterio.open(raster) as dataset:
        for first, values in strips(dataset):
            running = np.zeros((values.shape[0], values.shape[1] + 1), np.int64)
            np.cumsum(values, axis=1, out=running[:, 1:])
            yield first, first + len(values), running
