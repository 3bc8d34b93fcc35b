# SPDX-License-Identifier: GPL-2.0-or-later
"""Smoother outlines without gaps: a border two regions share is simplified once, for both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterioWindow

from .outlines import Region, Ring

_ROWS = 256
_OUTSIDE = 256


@dataclass(frozen=True)
class Simplifier:
    """Douglas-Peucker on the arcs between the points where three or more regions meet.

    `tolerance` is in pixels. Both neighbours of an arc get the same points, because an arc is
    always simplified in the same direction; so polygons neither overlap nor come apart.
    """

    tolerance: float
    junctions: NDArray[np.int64]
    """Sorted keys of pixel corners where at least three borders meet."""
    stride: int

    @classmethod
    def for_raster(cls, raster: Path, tolerance: float) -> Simplifier:
        """Find the meeting points of a class raster."""
        with rasterio.open(raster) as dataset:
            stride = dataset.width + 1
            keys = [_junction_keys(dataset, first, stride) for first in range(0, dataset.height + 1, _ROWS)]
        return cls(tolerance, np.sort(np.concatenate(keys)), stride)

    def __call__(self, region: Region) -> Region:
        """The region with simpler rings; a ring that would vanish is kept as it is."""
        return Region(region.class_id, tuple(self._ring(ring) for ring in region.rings))

    def _ring(self, ring: Ring) -> Ring:
        path = _unit_steps(ring)
        meets = np.flatnonzero(self._is_junction(path[:-1]))
        arcs = list(_arcs(path, meets) if meets.size else _closed_arcs(path))
        points = [self._arc(arc)[:-1] for arc in arcs]
        simple = np.concatenate([*points, points[0][:1]])
        kept = len(simple) >= 4 and doubled_area(simple) * doubled_area(ring) > 0
        return simple if kept else ring

    def _is_junction(self, path: Ring) -> NDArray[np.bool_]:
        if self.junctions.size == 0:
            return np.zeros(len(path), np.bool_)
        keys = path[:, 1].astype(np.int64) * self.stride + path[:, 0]
        found = np.searchsorted(self.junctions, keys)
        return self.junctions[np.minimum(found, self.junctions.size - 1)] == keys

    def _arc(self, arc: Ring) -> Ring:
        """An open arc, simplified from its lesser end; both ends stay."""
        backwards = tuple(map(tuple, arc[[0, 1]])) > tuple(map(tuple, arc[[-1, -2]]))
        line = arc[::-1] if backwards else arc
        simple = cv2.approxPolyDP(np.ascontiguousarray(line), self.tolerance, False)[:, 0]
        return simple[::-1] if backwards else simple


def _junction_keys(dataset: rasterio.DatasetReader, first: int, stride: int) -> NDArray[np.int64]:
    """Keys (row * stride + column) of meeting corners on the corner rows [first, first + _ROWS)."""
    last = min(first + _ROWS, dataset.height + 1)
    top, bottom = max(first - 1, 0), min(last, dataset.height)
    window = RasterioWindow(0, top, dataset.width, max(bottom - top, 1))
    values = dataset.read(1, window=window)[: bottom - top].astype(np.int16)
    above, below = int(first == 0), int(last == dataset.height + 1)
    padded = np.pad(values, ((above, below), (1, 1)), constant_values=_OUTSIDE)
    a, b = padded[:-1, :-1], padded[:-1, 1:]
    c, d = padded[1:, :-1], padded[1:, 1:]
    borders = (a != b).astype(np.uint8) + (c != d) + (a != c) + (b != d)
    rows, cols = np.nonzero(borders >= 3)
    return (rows + first) * stride + cols


def _unit_steps(ring: Ring) -> Ring:
    """The same outline with a point at every pixel corner it passes."""
    delta = np.diff(ring, axis=0)
    length = np.abs(delta).sum(axis=1)
    total = int(length.sum())
    position = np.arange(total) - np.repeat(np.cumsum(length) - length, length)
    steps = np.repeat(ring[:-1], length, axis=0)
    steps = steps + np.repeat(np.sign(delta), length, axis=0) * position[:, None]
    return np.concatenate([steps, ring[-1:]]).astype(np.int32)


def _arcs(path: Ring, meets: NDArray[np.intp]) -> Iterator[Ring]:
    """A closed path cut at the given points."""
    turned = np.concatenate([path[meets[0] : -1], path[: meets[0] + 1]])
    cuts = [*(meets - meets[0]), len(turned) - 1]
    for start, stop in zip(cuts[:-1], cuts[1:]):
        yield turned[start : stop + 1]


def _closed_arcs(path: Ring) -> Iterator[Ring]:
    """A closed path nobody else meets, cut at its least point and at the point farthest from it."""
    corners = path[:-1]
    least = int(np.lexsort((corners[:, 1], corners[:, 0]))[0])
    turned = np.concatenate([corners[least:], corners[: least + 1]])
    offset = (turned - turned[0]).astype(np.int64)
    distance = (offset**2).sum(axis=1)
    farthest = turned[distance == distance.max()]
    chosen = farthest[np.lexsort((farthest[:, 1], farthest[:, 0]))[0]]
    middle = int(np.flatnonzero((turned == chosen).all(axis=1))[0])
    yield turned[: middle + 1]
    yield turned[middle:]


def doubled_area(ring: Ring) -> int:
    """Twice the signed area in pixels (the shoelace formula); positive is clockwise on screen."""
    x, y = ring[:, 0].astype(np.int64), ring[:, 1].astype(np.int64)
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
