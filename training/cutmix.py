# SPDX-License-Identifier: GPL-2.0-or-later
"""Rectangles of one picture pasted into another (CutMix, Yun et al. 2019)."""

from __future__ import annotations

import numpy as np

from ..inference.raster.window import Window


def rectangle(rng: np.random.Generator, side: int) -> Window:
    """A rectangle of a quarter to three quarters of a picture's side, each way, inside it."""
    height, width = rng.integers(side // 4, 3 * side // 4, 2)
    top, left = rng.integers(0, side - height), rng.integers(0, side - width)
    return Window(int(top), int(left), int(height), int(width))
