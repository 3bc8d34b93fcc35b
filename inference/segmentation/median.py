# SPDX-License-Identifier: GPL-2.0-or-later
"""A median filter over a class raster that is already written, strip by strip in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..raster.window import Window

Classes = NDArray[np.uint8]

STRIP_ROWS = 512
"""Rows filtered at once: a row of blocks of the file."""
_LARGEST = 255
"""What OpenCV takes."""
_COLUMNS = 4096
"""Columns filtered at once, so that the counts of a wide raster stay small."""


class ClassFile(Protocol):
    """A raster of classes that can be read where it was written."""

    def read(self, window: Window) -> Classes:
        """(height, width) of a window."""

    def write(self, window: Window, pixels: Classes) -> None:
        """The same, the other way."""


def smooth_classes(
    file: ClassFile, height: int, width: int, size: int
) -> Iterator[tuple[Window, Classes]]:
    """Filter a raster in place, from the top down; yields each finished strip.

    Law: together the strips are `median_of` the whole. Of what is overwritten only the rows that
    the next strip still looks at are kept.
    """
    reach = size // 2
    above = np.zeros((0, width), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        rows = min(STRIP_ROWS, height - top)
        seen = min(rows + reach, height - top)
        context = np.concatenate([above, file.read(Window(top, 0, seen, width))])
        first = len(above)
        strip = np.empty((rows, width), np.uint8)
        for left in range(0, width, _COLUMNS):
            stop, start = min(left + _COLUMNS, width), max(left - reach, 0)
            part = median_of(context[:, start : stop + reach], size)
            strip[:, left:stop] = part[first : first + rows, left - start : stop - start]
        above = context[max(first + rows - reach, 0) : first + rows].copy()
        where = Window(top, 0, rows, width)
        file.write(where, strip)
        yield where, strip


def enlarged_size(size: int, factor: float) -> int:
    """The odd size that covers `factor` times as many pixels; 0, for no filter, where it is one."""
    found = 2 * round((size * factor - 1) / 2) + 1 if size else 0
    return min(found, _LARGEST) if found > 1 else 0


def median_of(classes: Classes, size: int) -> Classes:
    """The median class of the `size` x `size` pixels around each, edges repeated; `size` is odd.

    Pixels without an answer neither count nor change; of an even number of answers it is the lower
    one in the middle.
    """
    answered = classes != NODATA_CLASS
    if answered.all():
        return cv2.medianBlur(np.ascontiguousarray(classes), size)
    total = _counted(answered, size)
    below = np.zeros(classes.shape, np.float32)
    found = classes.copy()
    left = answered.copy()
    for value in np.unique(classes[answered]):
        below += _counted(classes == value, size)
        reached = left & (2 * below >= total)
        found[reached] = value
        left &= ~reached
    return found


def _counted(mask: NDArray[np.bool_], size: int) -> NDArray[np.float32]:
    """How many of the `size` x `size` pixels around each are true, edges repeated."""
    return cv2.boxFilter(
        mask.astype(np.uint8), cv2.CV_32F, (size, size), normalize=False,
        borderType=cv2.BORDER_REPLICATE,
    )  # fmt: skip
