# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading a band from top to bottom, a strip of rows at a time, every block of the file once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterioWindow

_PIXELS_AT_ONCE = 1_000_000
_PIXELS_READ = 64_000_000
"""A row of blocks of the widest raster, so that a small block cache does no harm."""


def strips(dataset: rasterio.DatasetReader) -> Iterator[tuple[int, NDArray[np.generic]]]:
    """(first row, pixels) of band 1 in strips of about a megapixel, at least one row."""
    width, height = dataset.width, dataset.height
    step = max(1, _PIXELS_AT_ONCE // width)
    block = dataset.block_shapes[0][0]
    tall = max(step // block * block, min(block, max(1, _PIXELS_READ // width)))
    for top in range(0, height, tall):
        window = RasterioWindow(0, top, width, min(tall, height - top))
        pixels = dataset.read(1, window=window)
        for first in range(0, len(pixels), step):
            yield top + first, pixels[first : first + step]
