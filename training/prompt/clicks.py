# SPDX-License-Identifier: GPL-2.0-or-later
"""How somebody would point at an object they see: where they click, how well they draw a box."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.prompt.prompts import Click, PromptBox
from .instances import Instance, Mask

JITTER = 0.10
"""Each edge of a box is off by up to that share of the box's width or height."""


def innermost(mask: Mask) -> tuple[int, int]:
    """Row and column of the pixel of (H, W) that is farthest from all that is not `mask`.

    The edge of the array counts as such: nobody clicks on the rim of what they see.
    """
    return _deepest(_depth(mask))


def next_click(truth: Mask, answer: Mask, clicks: Sequence[Click] = ()) -> Click | None:
    """Where the answer (H, W) is most wrong: the middle of the largest circle of wrong pixels.

    On what is missing the click is positive, on what is too much negative. Pixels clicked already
    are left out, so that no click comes twice; None where nothing is wrong. (The rule of most
    papers on interactive segmentation, as in Sofiiuk et al. 2022.)
    """
    wrong = truth ^ answer
    for click in clicks:
        row, column = int(click.y), int(click.x)
        if 0 <= row < truth.shape[0] and 0 <= column < truth.shape[1]:
            wrong[row, column] = False
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if not len(rows):
        return None
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    missing, surplus = _depth((wrong & truth)[part]), _depth((wrong & answer)[part])
    positive = bool(missing.max() >= surplus.max())
    row, column = _deepest(missing if positive else surplus)
    return Click(int(columns[0]) + column + 0.5, int(rows[0]) + row + 0.5, positive)


def drawn_box(instance: Instance, *, jitter: float = JITTER, seed: int = 0) -> PromptBox:
    """The box of an object as a hand draws it, in pixels of the picture and inside `within`.

    The same for the same instance and seed, whatever was drawn before and wherever the file lies.
    """
    picture = zlib.crc32(instance.image.stem.encode())
    dice = np.random.default_rng((seed, picture, instance.number))
    window, within = instance.window, instance.within
    off = dice.uniform(-jitter, jitter, 4) * np.array(
        [window.width, window.height, window.width, window.height]
    )
    return PromptBox(
        left=max(float(within.col_off), window.col_off + off[0]),
        top=max(float(within.row_off), window.row_off + off[1]),
        right=min(float(within.col_end), window.col_end + off[2]),
        bottom=min(float(within.row_end), window.row_end + off[3]),
    )


def _depth(mask: Mask) -> NDArray[np.float32]:
    """Distance in pixels to what is not the mask, 0 outside of it."""
    padded = np.pad(mask.astype(np.uint8), 1)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def _deepest(depth: NDArray[np.float32]) -> tuple[int, int]:
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(row), int(column)
