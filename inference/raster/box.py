# SPDX-License-Identifier: GPL-2.0-or-later
"""A rectangle over a raster whose edges may lie anywhere, also between pixels."""

from __future__ import annotations

from dataclasses import dataclass

from .window import Window


@dataclass(frozen=True)
class Box:
    """A rectangle in pixel coordinates of a raster, edges anywhere: rows `top`..`bottom`."""

    top: float
    left: float
    bottom: float
    right: float

    @classmethod
    def under(cls, window: Window, *, grid: Window, raster: Window) -> Box:
        """What of `raster` lies under a window of a coarser or finer `grid` over all of it."""
        rows, cols = raster.height / grid.height, raster.width / grid.width
        return cls(
            window.row_off * rows,
            window.col_off * cols,
            window.row_end * rows,
            window.col_end * cols,
        )
