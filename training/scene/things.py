# SPDX-License-Identifier: GPL-2.0-or-later
"""The single things of a picture, each with a number of its own."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Canvas

LEAST_PX = 64
"""Pixels of a part of a thing that still counts; nobody points at a smaller one."""


def things_of(canvas: Canvas, truth: np.ndarray, *, factor: int, margin: int) -> np.ndarray:
    """Return uint16 (h, w): the number of every pixel's thing, 0 for none.

    It is the most frequent number among those sub-pixels that have the pixel's class in `truth`.
    """
    height, width = truth.shape
    inside = np.s_[margin * factor :, margin * factor :]
    label, number = (
        layer[inside][: height * factor, : width * factor]
        .reshape(height, factor, width, factor)
        .swapaxes(1, 2)
        .reshape(height, width, -1)
        for layer in (canvas.label, canvas.things)
    )
    seen = label == truth[..., None]
    same = (number[..., None] == number[..., None, :]) & seen[..., None] & seen[..., None, :]
    best = same.sum(axis=-1, dtype=np.uint8).argmax(axis=-1)
    return apart(np.take_along_axis(number, best[..., None], -1)[..., 0])


def apart(numbers: np.ndarray, *, least_px: int = LEAST_PX) -> np.ndarray:
    """Number the 4-connected parts of equal numbers (h, w) from 1: uint16, small ones are 0.

    A field that a road cuts is two fields to whoever looks at it.
    """
    height, width = numbers.shape
    # Between two pixels lies one that joins them if their numbers agree.
    joined = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    joined[::2, ::2] = numbers > 0
    joined[1::2, ::2] = (numbers[1:] == numbers[:-1]) & (numbers[1:] > 0)
    joined[::2, 1::2] = (numbers[:, 1:] == numbers[:, :-1]) & (numbers[:, 1:] > 0)
    part = cv2.connectedComponents(joined, connectivity=4)[1][::2, ::2]
    kept = np.bincount(part.ravel()) >= least_px
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.uint16)[part]
