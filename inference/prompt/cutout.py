# SPDX-License-Identifier: GPL-2.0-or-later
"""One answer to a prompt: the object's pixels, and how sure the network is of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .look import Look


@dataclass(frozen=True, eq=False)
class Cutout:
    """`mask` (height, width) of the base pixels in `window`, which it touches on all sides.

    `predicted_iou` is 0..1, `probability` (rows, columns of cells) what the decoder said in the
    look `seen_in`, before the outline was brought to the pixel; a correction begins from it.
    """

    window: Window
    mask: NDArray[np.bool_]
    predicted_iou: float
    probability: NDArray[np.float32]
    seen_in: Look

    @property
    def level(self) -> int:
        """The level it was looked at from."""
        return self.seen_in.level

    @property
    def look(self) -> Window:
        """The decoder's window, in pixels of the level."""
        return self.seen_in.window

    @property
    def area_px(self) -> int:
        """Base pixels inside."""
        return int(np.count_nonzero(self.mask))

    def iou(self, other: Cutout) -> float:
        """The share of the pixels in either mask that are in both."""
        common = self.window.intersection(other.window)
        if common is None:
            return 0.0
        both = int(np.count_nonzero(self._within(common) & other._within(common)))
        return both / (self.area_px + other.area_px - both)

    def _within(self, window: Window) -> NDArray[np.bool_]:
        return self.mask[window.relative_to(self.window).slices()]
