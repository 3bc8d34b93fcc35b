# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user would take without a network: GrabCut, a magic wand, the box itself.

Tuned on pictures for training only (100 objects of the Dubai tiles 1, 2, 4, 5, 8 and 60 fields), as
one setting for both, by the sum of the two mean IoUs: of the wand 61 combinations of colour space
(RGB, Lab), median filter (none, 5, 7, 9, 11), tolerance (1 to 40) and comparing with the clicked
pixel or with the neighbour; of GrabCut 10 of what it sees around the box and how many rounds, and
24 with a core of the box taken as surely the object.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.prompt.prompts import Click, PromptBox
from ...inference.window import Window
from .instances import Mask

CORE = 0.4
"""Share of the box's width and height, in its middle, that the seeded GrabCut takes for sure."""
_AROUND = 0.5
"""What GrabCut sees beside the box, as a share of its longer side."""
_GRABCUT_SIDE, _ROUNDS = 256, 1
_MEDIAN, _TOLERANCE = 7, 15

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
    inside = _pixels(box, picture.shape[:2])
    whole = Window(0, 0, *picture.shape[:2])
    crop = inside.padded(round(_AROUND * box.side)).intersection(whole) or whole
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
    """Region growing on a `smoothed` picture (H, W, 3): the clicks one after the other.

    A positive click adds the connected pixels whose colour is like that under it, a negative one
    takes them away.
    """
    mask = np.zeros(picture.shape[:2], bool)
    for click in clicks:
        mask[_like(picture, click)] = click.positive
    return mask


def _like(picture: Picture, click: Click) -> Mask:
    found = np.zeros((picture.shape[0] + 2, picture.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    tolerance = (_TOLERANCE,) * 3
    cv2.floodFill(picture, found, (int(click.x), int(click.y)), 0, tolerance, tolerance, flags)
    return found[1:-1, 1:-1] > 0


def _pixels(box: PromptBox, shape: tuple[int, int]) -> Window:
    """The whole pixels nearest to a box, at least one, inside (H, W)."""
    top, left = min(round(box.top), shape[0] - 1), min(round(box.left), shape[1] - 1)
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
