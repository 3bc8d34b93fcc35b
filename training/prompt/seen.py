# SPDX-License-Identifier: GPL-2.0-or-later
"""What a crop shows of the objects of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...inference.prompt.planes import LOGIT_STRIDE
from .scenes import Objects

BEYOND = 65535
"""The number of pixels that lie beyond the scene."""
_LEAST_SEEN = 40
"""Stride-2 pixels of an object that can be pointed at in a crop."""
_BOX_REACH = (48, 200)
"""Longer side of what a box may hold, in pixels: else the product looks from elsewhere."""
_WELL_SEEN = 60
"""Longer side, in pixels, from which an object is pointed at as often as a larger one."""


@dataclass(frozen=True)
class Seen:
    """The objects 1, 2, ... of a scene in a crop: `numbers` (crop / 2, crop / 2), and of each

    its whole area in such pixels (n,), the share of it in the crop (n,), its pixels there (n,), and
    the longer side (n,) of its whole box in pixels of the crop.
    """

    numbers: np.ndarray
    areas: np.ndarray
    shares: np.ndarray
    counts: np.ndarray
    sides: np.ndarray

    @classmethod
    def of(cls, numbers: np.ndarray, scene: Objects, *, zoom: float) -> Seen:
        """What a crop shows of a scene enlarged `zoom` times."""
        within = numbers[numbers != BEYOND]
        counts = np.bincount(within, minlength=len(scene.areas) + 1)[1:]
        areas = scene.areas * (zoom / LOGIT_STRIDE) ** 2
        sides = (scene.boxes[:, 2:] - scene.boxes[:, :2]).max(axis=1) * zoom
        return cls(numbers, areas, np.minimum(counts / areas, 1), counts, sides)

    def clickable(self) -> np.ndarray:
        """Chances (n,): more for what is large and mostly to be seen, none for slivers."""
        large = np.minimum(self.sides / _WELL_SEEN, 1)
        return large * np.sqrt(self.shares) * (self.counts >= _LEAST_SEEN)

    def boxable(self) -> np.ndarray:
        """Chances (n,): all alike that are whole and of the size that a box is looked at in."""
        least, most = _BOX_REACH
        fits = (self.sides >= least) & (self.sides <= most) & (self.counts >= _LEAST_SEEN)
        return (fits & (self.shares > 0.9)).astype(float)
