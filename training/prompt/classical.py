# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user would take without a network: GrabCut, a magic wand, the box itself.

Tuned on pictures for training only (100 objects of the Dubai tiles 1, 2, 4, 5, 8 and 60 fields), as
one setting for both, by the sum of the two mean IoUs. The wand: 70 combinations of colour space
(RGB, Lab), median filter (none to 11), tolerance (1 to 40) and comparing with the clicked pixel or
with the neighbour; negative clicks take away one after the other, or compete. GrabCut: how much it
sees around the box, how many rounds, how far the box is widened, and how much of its middle is
surely the object.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.prompt.prompts import Click, PromptBox
from ...inference.raster.window import Window
from .instances import Mask

CORE = 0.4
"""Share of the box's width and height, in its middle, that the seeded GrabCut takes for sure."""
_WIDER = 0.1
"""GrabCut takes what is outside of the box as surely no object, and a box is drawn a tenth off."""
_AROUND = 0.25
"""What GrabCut sees beside that, as a share of the longer side."""
_GRABCUT_SIDE, _ROUNDS = 256, 1
_MEDIAN, _TOLERANCE, _UNLIKE = 7, 15, 255

Picture = NDArray[np.uint8]


def fill_box(picture: Picture, box: PromptBox) -> Mask:
    """(H, W): all pixels of the box."""
    mask = np.zeros(picture.shape[:2], bool)
    mask[_pixels(box, mask.shape).slices()] = True
    return mask


def grabcut(picture: Picture, box: PromptBox, *, core: float = 0.0) -> Mask:
    """GrabCut (Rother et al. 2004) from a box on (H, W, 3) RGB, as cv2 has it.

    A `core` above 0 says that so much of the box, in its middle, is surely the object: without it
    GrabCut often ends with nothing at all.
    """
    whole = Window(0, 0, *picture.shape[:2])
    inside = _pixels(_widened(box), picture.shape[:2])
    around = round(_AROUND * max(inside.height, inside.width))
    crop = inside.padded(around).intersection(whole) or whole
    shrink = min(1.0, _GRABCUT_SIDE / max(crop.height, crop.width))
    size = max(1, round(crop.width * shrink)), max(1, round(crop.height * shrink))
    small = cv2.resize(picture[crop.slices()], size, interpolation=cv2.INTER_AREA)
    labels = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    box_here = inside.relative_to(crop)
    labels[_scaled(box_here, shrink, 1.0)] = cv2.GC_PR_FGD
    if core > 0:
        labels[_scaled(box_here, shrink, core)] = cv2.GC_FGD
    if (labels == cv2.GC_BGD).any():
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(small, labels, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    mask = np.zeros(picture.shape[:2], bool)
    mask[crop.slices()] = cv2.resize(found, (crop.width, crop.height)) > 0
    return mask


def smoothed(picture: Picture) -> Picture:
    """What the wand touches: single odd pixels do not stop it."""
    return cv2.medianBlur(np.ascontiguousarray(picture), _MEDIAN)


def wand(picture: Picture, clicks: Iterable[Click]) -> Mask:
    """Region growing on a `smoothed` picture (H, W, 3).

    A click grows to the connected pixels whose colour is like that under it; where those of a
    positive and a negative click overlap, the one with the more similar colour has them.
    """
    on, beside = (np.full(picture.shape[:2], _UNLIKE, np.uint8) for _ in range(2))
    for click in clicks:
        plane = on if click.positive else beside
        np.minimum(plane, _unlikeness(picture, click), out=plane)
    return (on < _UNLIKE) & (on <= beside)


def _unlikeness(picture: Picture, click: Click) -> NDArray[np.uint8]:
    """(H, W): how far the colour is from that under the click, _UNLIKE where it is not reached."""
    column, row = int(click.x), int(click.y)
    found = np.zeros((picture.shape[0] + 2, picture.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    tolerance = (_TOLERANCE,) * 3
    cv2.floodFill(picture, found, (column, row), 0, tolerance, tolerance, flags)
    under = np.broadcast_to(picture[row, column], picture.shape)
    red, green, blue = cv2.split(cv2.absdiff(picture, under))
    apart = cv2.max(cv2.max(red, green), blue)
    return np.where(found[1:-1, 1:-1] > 0, apart, _UNLIKE).astype(np.uint8)


def _widened(box: PromptBox) -> PromptBox:
    across, down = _WIDER * (box.right - box.left), _WIDER * (box.bottom - box.top)
    return PromptBox(box.left - across, box.top - down, box.right + across, box.bottom + down)


def _pixels(box: PromptBox, shape: tuple[int, int]) -> Window:
    """The whole pixels nearest to a box, at least one, inside (H, W)."""
    top, left = (
        min(max(round(edge), 0), length - 1) for edge, length in zip((box.top, box.left), shape)
    )
    bottom, right = min(round(box.bottom), shape[0]), min(round(box.right), shape[1])
    return Window(top, left, max(1, bottom - top), max(1, right - left))


def _scaled(box: Window, factor: float, share: float) -> tuple[slice, slice]:
    """The middle of a box in a picture shrunk by `factor`; at least one pixel."""
    slices = []
    for start, length in ((box.row_off, box.height), (box.col_off, box.width)):
        centre, half = (start + length / 2) * factor, length * share * factor / 2
        first = int(round(centre - half))
        slices.append(slice(first, max(first + 1, int(round(centre + half)))))
    return slices[0], slices[1]
