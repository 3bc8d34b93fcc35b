# SPDX-License-Identifier: GPL-2.0-or-later
"""Pixels in memory resampled as GDAL does it with those of a file, so that both ways in agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.windows import Window as RasterioWindow

from .box import Box
from .near_gaps import near_gaps
from .window import Window

MARGIN = 4
"""Pixels around a box that its resampling may depend on: cubic, a little coarser."""


def enlarge(
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    box: Box,
    *,
    height: int,
    width: int,
    how: Resampling,
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The `box` in (bands, h, w) as (bands, height, width), and validity (nearest).

    What is not valid adds nothing to its neighbours.
    """
    bands, rows, cols = pixels.shape
    shape = (bands, height, width)
    window = RasterioWindow(box.left, box.top, box.right - box.left, box.bottom - box.top)
    profile = {"driver": "GTiff", "count": bands, "height": rows, "width": cols}
    with MemoryFile() as file, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with file.open(**profile, dtype=pixels.dtype) as made:
            made.write(np.where(valid, pixels, np.zeros((), pixels.dtype)))
            made.write_mask(valid)
        with file.open() as there:
            larger = there.read(window=window, out_shape=shape, resampling=how)
            mask = there.dataset_mask(
                window=window, out_shape=(height, width), resampling=Resampling.nearest
            )
            if how is Resampling.cubic:
                whole = Window(0, 0, rows, cols)
                near = near_gaps(valid, whole, box, height=height, width=width)
                means = there.read(window=window, out_shape=shape, resampling=Resampling.average)
                larger = np.where(near, means, larger)
    return larger, mask != 0
