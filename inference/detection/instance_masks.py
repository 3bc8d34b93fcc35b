# SPDX-License-Identifier: GPL-2.0-or-later
"""Instance masks: each object mixes the network's prototypes, and its box cuts it out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .found import Mask

Prototypes = NDArray[np.float32]
"""(coefficients, rows, columns) over one tile."""


def mask_of(
    coefficients: NDArray[np.float32],
    prototypes: Prototypes,
    box: NDArray[np.float64],
    *,
    tile: tuple[int, int],
    seen: Window,
) -> Mask | None:
    """Where the mixed prototypes are above 0 within a box (left, top, right, bottom).

    `tile` is the height and width the prototypes lie over, `seen` the part of it that is raster.
    The mixture is enlarged bilinearly between the prototypes' centres, only as far as needed: the
    whole of it is never made. None where no pixel is left.
    """
    where = _pixels_of(box).intersection(seen) if np.isfinite(box).all() else None
    if where is None:
        return None
    _, down, across = prototypes.shape
    rows = _Samples.of(where.row_off, where.height, down / tile[0], down)
    cols = _Samples.of(where.col_off, where.width, across / tile[1], across)
    part = prototypes[:, rows.first : rows.last, cols.first : cols.last]
    mixed = np.tensordot(coefficients, part, axes=1)
    return Mask.trimmed(where, cols.between(rows.between(mixed).T).T > 0)


def _pixels_of(box: NDArray[np.float64]) -> Window:
    """Pixels whose centre is in the box, one at least."""
    left, top, right, bottom = (math.ceil(edge - 0.5) for edge in box)
    return Window(top, left, max(bottom - top, 1), max(right - left, 1))


class _Samples:
    """Pixels of one axis between the cells of a coarser one, whose edge values hold beyond it."""

    def __init__(self, first: int, last: int, cell: NDArray[np.intp], share: NDArray[np.float32]):
        self.first, self.last = first, last
        self._cell, self._share = cell, share

    @classmethod
    def of(cls, start: int, length: int, scale: float, cells: int) -> _Samples:
        """`scale` is cells per pixel."""
        at = (start + np.arange(length) + 0.5) * scale - 0.5
        at = np.clip(at, 0.0, cells - 1)
        cell = np.minimum(np.floor(at).astype(np.intp), max(cells - 2, 0))
        first, last = int(cell[0]), min(int(cell[-1]) + 2, cells)
        return cls(first, last, cell - first, (at - cell).astype(np.float32))

    def between(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows of values (cells, n), linear in between: (pixels, n)."""
        after = np.minimum(self._cell + 1, len(values) - 1)
        share = self._share[:, None]
        return values[self._cell] * (1 - share) + values[after] * share
