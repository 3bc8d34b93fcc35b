# SPDX-License-Identifier: GPL-2.0-or-later
"""How pixels of another size are made, by how much it differs."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasterio.enums import Resampling

from .box import Box

MILD = 1.4
"""Times coarser or finer, along a side, up to which a raster keeps its sharpness when resampled."""


def resampling_for(box: Box, height: int, width: int, *, dtype: np.dtype[Any]) -> Resampling:
    """Nearest where nothing changes; cubic where pixels hardly change their size; else the mean
    when they become coarser, bilinear when finer.

    A mean, or a bilinear value, of pixels of nearly the same size takes away the texture by which
    a wood is told from a lake. Not cubic for real numbers: a NaN would spread to its neighbours.
    """
    rows, cols = (box.bottom - box.top) / height, (box.right - box.left) / width
    aligned = box.top == int(box.top) and box.left == int(box.left)
    if rows == 1.0 and cols == 1.0 and aligned:
        return Resampling.nearest
    mild = all(1 / MILD <= scale <= MILD for scale in (rows, cols))
    if mild and not np.issubdtype(dtype, np.floating):
        return Resampling.cubic
    return Resampling.average if rows > 1.0 or cols > 1.0 else Resampling.bilinear
