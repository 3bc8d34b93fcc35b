# SPDX-License-Identifier: GPL-2.0-or-later
"""How a raster's pixels come to lie under those of the screen; loading this loads the engine."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.raster.frame import Frame
from .screen import Screen

_KNOTS = 33
"""Along each side of the window, places between which the way to the raster is interpolated."""
_NOWHERE = -1e6
OUTSIDE = 255
"""The number of what is no pixel."""

Where = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(columns, rows) of a frame under the middle of each pixel of the screen, (height, width) both."""


def under(screen: Screen, frame: Frame) -> Where:
    """Which place of the frame, in its pixels, lies under each pixel of the screen."""
    steps = (np.arange(_KNOTS) + 0.5) / _KNOTS
    places = np.array([screen.place(across, down) for down in steps for across in steps])
    found = frame.to_pixel(places[:, 0], places[:, 1])
    cols, rows = (_between(np.asarray(each), screen.height, screen.width) for each in found)
    return cols, rows


def seen(numbers: NDArray[np.uint8], where: Where) -> NDArray[np.uint8]:
    """The number of the pixel (rows, columns) under each of the screen's; OUTSIDE where none is."""
    # A pixel's own middle is at half in `where`, and a whole number for remap().
    cols, rows = (np.nan_to_num(each - np.float32(0.5), nan=_NOWHERE) for each in where)
    return cv2.remap(
        numbers, cols, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=OUTSIDE
    )


def _between(knots: NDArray[Any], height: int, width: int) -> NDArray[np.float32]:
    """Every pixel's value from those at the knots, continued straight at the rim."""
    rows = _stretched(knots.reshape(_KNOTS, _KNOTS), height).astype(np.float32)
    return np.ascontiguousarray(_stretched(rows.T, width).T)


def _stretched(grid: NDArray[Any], count: int) -> NDArray[Any]:
    """`count` rows between those of the grid, linearly."""
    at = (np.arange(count) + 0.5) * (len(grid) / count) - 0.5
    first = np.clip(np.floor(at).astype(int), 0, len(grid) - 2)
    share = (at - first)[:, None].astype(grid.dtype)
    return grid[first] * (1 - share) + grid[first + 1] * share
