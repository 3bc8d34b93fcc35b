# SPDX-License-Identifier: GPL-2.0-or-later
"""Sharp resampling beside pixels without a value.

There GDAL's cubic shares its weights, some below 0, among what is left: it overshoots without
bound, and where too little is left it writes nodata into pixels its mask calls valid.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .box import Box
from .window import Window

REACH = 3
"""Pixels to each side that cubic looks at, a little coarser pixels included."""


def window_in_reach(box: Box, raster: Window) -> Window:
    """The raster's own pixels that cubic values in a box may depend on."""
    top, left = math.floor(box.top) - REACH, math.floor(box.left) - REACH
    bottom, right = math.ceil(box.bottom) + REACH, math.ceil(box.right) + REACH
    whole = Window(top, left, bottom - top, right - left).intersection(raster)
    if whole is None:
        raise ValueError(f"{box} should lie on the raster {raster}")
    return whole


def near_gaps(
    valid: NDArray[np.bool_], window: Window, box: Box, *, height: int, width: int
) -> NDArray[np.bool_]:
    """Which of height x width pixels over a box have a gap in reach.

    `valid` are the raster's own pixels of `window`.
    """
    side = 2 * REACH + 1
    close = cv2.dilate((~valid).astype(np.uint8), np.ones((side, side), np.uint8))
    rows = _under(box.top, box.bottom, height, window.row_off, window.height)
    cols = _under(box.left, box.right, width, window.col_off, window.width)
    return close[np.ix_(rows, cols)] > 0


def _under(start: float, stop: float, count: int, first: int, length: int) -> NDArray[np.intp]:
    """The pixel of an axis under the middle of each of `count` new ones."""
    middles = start + (np.arange(count) + 0.5) * (stop - start) / count
    return np.clip(np.floor(middles).astype(np.intp) - first, 0, length - 1)
