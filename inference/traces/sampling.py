# SPDX-License-Identifier: GPL-2.0-or-later
"""Probabilities at places between the pixels, in one pass over a raster of any size."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .probability import Probability

_AT_ONCE = 10_000
"""OpenCV takes pictures of less than 32768 rows."""


def around(
    probability: Probability, ys: NDArray[np.float64], margin: int
) -> Iterator[tuple[NDArray[np.intp], int, NDArray[np.float32]]]:
    """(which of the heights, first row, pixels): each height once, `margin` rows around it."""
    order, done = np.argsort(ys, kind="stable"), 0
    height, width = probability.shape
    kept, top = np.zeros((0, width), np.float32), 0
    for first, pixels in probability.strips():
        kept = np.concatenate([kept, np.nan_to_num(pixels)])
        bottom = first + len(pixels)
        ready = len(ys) if bottom == height else int((ys <= bottom - margin).sum())
        if ready > done:
            yield order[done:ready], top, kept
            done = ready
        left = min(len(kept), 2 * margin)
        kept, top = kept[len(kept) - left :], bottom - left


def seen(pixels: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Between pixels (n, along, across), nothing beyond them; x, y count from pixel centres."""
    maps = places.astype(np.float32).reshape(len(places), -1, 2)
    found = np.concatenate(
        [
            cv2.remap(pixels, part, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            for part in np.array_split(maps, -(-len(maps) // _AT_ONCE))
        ]
    )
    return found.reshape(places.shape[:-1])
