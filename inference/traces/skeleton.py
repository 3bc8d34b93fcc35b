# SPDX-License-Identifier: GPL-2.0-or-later
"""The middle lines of a fracture mask, one pixel wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Skeleton:
    """The pixels of the middle lines, row by row and from left to right; n of them."""

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    width: NDArray[np.float32]
    """Of the mask there, in pixels: 1 where a line is one pixel wide."""
    probability: NDArray[np.float32]
    """0..1"""
    shape: tuple[int, int]
    """(height, width) of the raster in pixels."""
