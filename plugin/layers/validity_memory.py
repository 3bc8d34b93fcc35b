# SPDX-License-Identifier: GPL-2.0-or-later
"""Which pixels the last reads found valid, so that nobody is asked twice for the same ones."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from ...inference.raster.box import Box
from ...inference.raster.window import Window

_MOST_PIXELS = 32_000_000
"""Two rows of the largest tiles across a column block, at one byte a pixel."""

Validity = NDArray[np.bool_]


class ValidityMemory:
    """Keeps the newest reads of whole pixels at their own size; the oldest are forgotten.

    The engine reads a raster in tiles, and asks for validity of the rows it writes a little later.
    """

    def __init__(self, most_pixels: int = _MOST_PIXELS) -> None:
        self._most, self._pixels = most_pixels, 0
        self._reads: deque[tuple[Window, Validity]] = deque()
        self._lock = threading.Lock()

    def keep(self, box: Box, valid: Validity) -> None:
        """Remember what a read of `box` found, (height, width)."""
        window = _whole_pixels(box, *valid.shape)
        if window is None:
            return
        with self._lock:
            self._reads.append((window, valid))
            self._pixels += window.pixels
            while self._pixels > self._most:
                self._pixels -= self._reads.popleft()[0].pixels

    def recall(self, box: Box, *, height: int, width: int) -> Validity | None:
        """Which pixels of `box` are valid; None where some were not read, or are forgotten."""
        window = _whole_pixels(box, height, width)
        if window is None:
            return None
        valid, known = np.zeros((height, width), bool), np.zeros((height, width), bool)
        with self._lock:
            reads = list(self._reads)
        for seen, found in reads:
            common = window.intersection(seen)
            if common is not None:
                here = common.relative_to(window).slices()
                valid[here] = found[common.relative_to(seen).slices()]
                known[here] = True
        return valid if known.all() else None


def _whole_pixels(box: Box, height: int, width: int) -> Window | None:
    """The box as pixels, None where its pixels are others than the raster's own."""
    window = Window(int(box.top), int(box.left), height, width)
    edges = (window.row_off, window.col_off, window.row_end, window.col_end)
    return window if edges == (box.top, box.left, box.bottom, box.right) else None
