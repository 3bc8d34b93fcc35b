# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cells of the dense features a label covers.

Of a polygon those of which at least half of the pixels lie inside, or, where it is too thin for
any, those it touches; of a line and a point those it runs through, and those of which its width
covers at least half.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import bounds, rasterize

from ..raster.window import Window
from .blocks import SIDE

MOST_BLOCKS = 48
"""Blocks in which one label counts: a polygon over a whole raster is not encoded whole."""
_MOST_LOOKED_AT = 4096
"""Blocks in which one label is looked for."""
_MOST_REACH = 256.0
"""Pixels: half the width of the widest line."""

Cells = NDArray[np.int64]
"""(n, 2): row and column of cells."""
Shape = Mapping[str, Any]
"""A GeoJSON-like geometry in pixels: x is the column, y the row."""


@dataclass(frozen=True)
class Lattice:
    """Cells of `stride` x `stride` pixels over a raster of `whole` pixels."""

    whole: Window
    stride: int

    def covered(self, shape: Shape, width: float) -> Cells:
        """The cells under a shape; of lines and points so many pixels wide."""
        is_area = shape["type"].endswith("Polygon")
        reach = 0.0 if is_area else min(max(width / 2, 0.0), _MOST_REACH)
        blocks = self._blocks(shape, reach)
        found = self._filled(shape, reach, blocks, thin=not is_area)
        if is_area and not found:
            found = self._filled(shape, 0.0, blocks, thin=True)
        return np.concatenate([np.zeros((0, 2), np.int64), *found])

    def _filled(
        self, shape: Shape, reach: float, blocks: Iterable[Window], *, thin: bool
    ) -> list[Cells]:
        parts = (self._in_block(shape, reach, block, thin=thin) for block in blocks)
        return list(islice((each for each in parts if len(each)), MOST_BLOCKS))

    def _blocks(self, shape: Shape, reach: float) -> list[Window]:
        """Parts of the raster that a shape may meet, in an order that has nothing to do with it."""
        edges = bounds(shape)
        if not all(map(math.isfinite, edges)):
            return []
        left, top, right, bottom = edges
        rows = _blocks_between(top - reach, bottom + reach, self.whole.height)
        cols = _blocks_between(left - reach, right + reach, self.whole.width)
        count = len(rows) * len(cols)
        chosen = np.arange(count)
        if count > MOST_BLOCKS:
            chosen = np.random.default_rng(0).permutation(count)[:_MOST_LOOKED_AT]
        places = (divmod(int(each), len(cols)) for each in chosen)
        corners = ((rows[row] * SIDE, cols[col] * SIDE) for row, col in places)
        found = (Window(*corner, SIDE, SIDE).intersection(self.whole) for corner in corners)
        return [each for each in found if each is not None]

    def _in_block(self, shape: Shape, reach: float, block: Window, *, thin: bool) -> Cells:
        rim = math.ceil(reach)
        seen = block.padded(rim)
        burned = rasterize(
            [shape],
            out_shape=(seen.height, seen.width),
            transform=Affine.translation(seen.col_off, seen.row_off),
            all_touched=thin,
            dtype="uint8",
        )
        if not burned.any():
            return np.zeros((0, 2), np.int64)
        inner = slice(rim, rim + block.height), slice(rim, rim + block.width)
        share = _sums(_widened(burned, reach)[inner], self.stride)
        found = 2 * share >= self.stride**2
        if thin:
            found |= _sums(burned[inner], self.stride) > 0
        corner = block.row_off // self.stride, block.col_off // self.stride
        return np.argwhere(found) + corner


def _blocks_between(first: float, last: float, size: int) -> range:
    """The blocks of an axis of `size` pixels that a stretch meets."""
    start, stop = max(first, 0.0), min(last, size - 1.0)
    if start > stop:
        return range(0)
    return range(math.floor(start) // SIDE, math.floor(stop) // SIDE + 1)


def _widened(burned: NDArray[np.uint8], reach: float) -> NDArray[np.uint8]:
    """All pixels whose centre lies so near to a burned one."""
    if reach < 1:
        return burned
    apart = cv2.distanceTransform(1 - burned, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (apart <= reach - 0.5).astype(np.uint8)


def _sums(pixels: NDArray[np.uint8], stride: int) -> NDArray[np.int64]:
    """How many pixels are 1 in each cell; those at the edge of the raster hold fewer."""
    height, width = pixels.shape
    padded = np.pad(pixels, ((0, -height % stride), (0, -width % stride)))
    rows, cols = (side // stride for side in padded.shape)
    return padded.reshape(rows, stride, cols, stride).sum(axis=(1, 3), dtype=np.int64)
