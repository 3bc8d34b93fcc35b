# SPDX-License-Identifier: GPL-2.0-or-later
"""From the decoder's cells to pixels: the outline moves to the edge that the image shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

import cv2
import numpy as np
from numpy.typing import NDArray

from ..raster.source import Validity
from ..raster.window import Window
from .asking import Guess, answered
from .components import Mask, pointed_at, without_pinholes
from .look import Lattice, Pyramid
from .prompts import Prompt

_MOST_FINER = 3
"""Levels that an outline is made finer than what it was seen from; what is larger keeps steps."""
_MARGIN = 2
"""Cells around the mask in which the outline may move."""
_SURE = 4.0
"""Logits beyond this are the same to the outline."""
_PINHOLE = 4
"""Pixels of the look that are no hole in an object."""
_NO_EDGE = 200.0
"""Variance, in levels squared of 0..255, of a picture that shows no edge."""
_MOST_CHANGE = 0.1
"""Share of its area that an object may gain and lose at the picture's edges."""

PictureOf = Callable[[int, Window], tuple[Optional[NDArray[np.uint8]], Optional[Validity]]]
"""(bands, height, width) of a window of a level, and which of its pixels are valid."""


def outlined(
    guess: Guess, prompt: Prompt, pyramid: Pyramid, picture_of: PictureOf
) -> tuple[Window, Mask] | None:
    """The base pixels of a guess, in the window they touch on all sides; None where there is none.

    Only the parts that were pointed at, without specks and pinholes.
    """
    level = max(0, guess.look.level - _MOST_FINER)
    window = _reach(guess, prompt, pyramid, level)
    if window is None:
        return None
    across, down = pyramid.scale(level)
    pixels = Lattice(window.col_off / across, window.row_off / down, 1 / across, 1 / down)
    logits = guess.look.answer.resample(
        np.clip(guess.logits, -_SURE, _SURE), pixels,
        height=window.height, width=window.width, outside=float("nan"),
    )  # fmt: skip
    picture, valid = picture_of(level, window)
    cell = guess.look.sight.cell / guess.look.across * across
    mask = refined(logits, picture, cell=cell) if picture is not None else logits > 0
    if valid is not None:
        mask &= valid
    if not mask.any():
        return None
    there = prompt.scaled(across, down).moved(window.col_off, window.row_off)
    pinhole = round(_PINHOLE * (cell / guess.look.sight.cell) ** 2)
    mask = without_pinholes(pointed_at(mask, there), pinhole)
    return _trimmed(*_at_base(mask, window, pyramid, level))


def refined(logits: NDArray[np.float32], picture: NDArray[np.uint8], *, cell: float) -> Mask:
    """Where logits (height, width) are above 0 once they follow the picture's edges.

    `cell` is pixels per cell of the decoder's answer: how far an edge may lie off. A guided filter
    (He et al. 2013) with the picture as its guide, near the outline only. An object that would
    change a lot, a thin one, stays as it is.
    """
    radius = max(1, round(cell))
    before = logits > 0
    near = _near_outline(before, radius)
    after = np.where(near, _guided(picture, logits, radius) > 0, before)
    changed = np.count_nonzero(after != before)
    return after if changed <= _MOST_CHANGE * np.count_nonzero(before) else before


def _guided(
    picture: NDArray[np.uint8], plane: NDArray[np.float32], radius: int
) -> NDArray[np.float32]:
    guide = picture.astype(np.float32).mean(axis=0)
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(of: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.boxFilter(of, -1, size, borderType=cv2.BORDER_REFLECT)

    guide_mean, plane_mean = mean(guide), mean(plane)
    variance = mean(guide * guide) - guide_mean**2
    slope = (mean(guide * plane) - guide_mean * plane_mean) / (variance + _NO_EDGE)
    return mean(slope) * guide + mean(plane_mean - slope * guide_mean)


def _near_outline(mask: Mask, radius: int) -> Mask:
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    plane = mask.view(np.uint8)
    return cv2.dilate(plane, kernel) != cv2.erode(plane, kernel)


def _reach(guess: Guess, prompt: Prompt, pyramid: Pyramid, level: int) -> Window | None:
    """The pixels of a level that the outline may be among."""
    mask = pointed_at(guess.logits > 0, answered(guess.look, prompt))
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    cells, (across, down) = guess.look.answer, pyramid.scale(level)
    height, width = pyramid.shape(level)
    cells_down, cells_across = guess.look.sight.cells
    top, bottom = _edges(rows, cells_down, cells.top * down, cells.down * down, size=height)
    left, right = _edges(cols, cells_across, cells.left * across, cells.across * across, size=width)
    if top >= bottom or left >= right:
        return None
    return Window(top, left, bottom - top, right - left)


def _edges(
    cells: NDArray[np.int64], count: int, start: float, step: float, *, size: int
) -> tuple[int, int]:
    """First and last pixel of an axis under some of `count` cells, with a margin."""
    first, last = max(cells[0] - _MARGIN, 0), min(cells[-1] + 1 + _MARGIN, count)
    low, high = int(np.floor(start + first * step)), int(np.ceil(start + last * step))
    return max(low, 0), min(high, size)


def _at_base(mask: Mask, window: Window, pyramid: Pyramid, level: int) -> tuple[Mask, Window]:
    """A mask on a coarser level as one of base pixels."""
    if level == 0:
        return mask, window
    box = pyramid.box(level, window)
    top, left, bottom, right = (round(edge) for edge in (box.top, box.left, box.bottom, box.right))
    base = Window(top, left, max(bottom - top, 1), max(right - left, 1))
    larger = cv2.resize(
        mask.view(np.uint8), (base.width, base.height), interpolation=cv2.INTER_NEAREST
    )
    return larger.view(np.bool_), base


def _trimmed(mask: Mask, window: Window) -> tuple[Window, Mask] | None:
    """Without the empty rows and columns at the edges."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(cols[0])
    inner = Window(top, left, int(rows[-1]) + 1 - top, int(cols[-1]) + 1 - left)
    at = Window(window.row_off + top, window.col_off + left, inner.height, inner.width)
    return at, np.ascontiguousarray(mask[inner.slices()])
