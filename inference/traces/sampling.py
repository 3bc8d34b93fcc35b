# SPDX-License-Identifier: GPL-2.0-or-later
"""Probabilities at places between the pixels, in one pass over a raster of any size."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .probability import Probability

_AT_ONCE, _SIDE = 10_000, 16_000
"""OpenCV takes pictures, and gives answers, of less than 32767 rows and columns."""


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
    """(n, ...) between pixels at places (n, ..., 2), nothing beyond them.

    x, y count from pixel centres; the places of each of the n lie near one another.
    """
    groups = places.reshape(len(places), -1, 2)
    found = np.zeros(groups.shape[:-1], np.float32)
    squares, square = np.unique(groups[:, 0] // _SIDE, axis=0, return_inverse=True)
    for number in range(len(squares)):
        own = np.flatnonzero(square.reshape(-1) == number)
        found[own] = _seen_together(pixels, groups[own])
    return found.reshape(places.shape[:-1])


def _seen_together(pixels: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Of places (n, k, 2) that all lie in a part of the pixels small enough for OpenCV."""
    corner = np.maximum(np.floor(places.min(axis=(0, 1))), 0).astype(int)
    left, top = np.minimum(corner, np.array(pixels.shape[::-1]) - 1)
    right, bottom = np.maximum(np.floor(places.max(axis=(0, 1))), 0).astype(int) + 2
    here = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    maps = (places - [left, top]).astype(np.float32)
    return np.concatenate(
        [
            cv2.remap(here, some, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            for some in np.array_split(maps, -(-len(maps) // _AT_ONCE))
        ]
    )
