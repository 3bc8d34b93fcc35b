# SPDX-License-Identifier: GPL-2.0-or-later
"""Which connected parts of a mask are the object that was pointed at."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from .prompts import Prompt

_NO_SPECK = 0.1
"""Parts in a box below this share of the largest are specks."""

Mask = NDArray[np.bool_]


def pointed_at(mask: Mask, prompt: Prompt) -> Mask:
    """The parts of a mask under the clicks; without a click under one, those in the box.

    The prompt is in pixels of the mask. Where nothing was hit, the largest part is meant. Pixels
    that share a side connect.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    if count <= 2:
        return mask
    hit = set(_under_clicks(labels, prompt))
    if not hit:
        hit = set(_in_box(labels, stats[:, cv2.CC_STAT_AREA], prompt))
    chosen = np.zeros(count, np.bool_)
    chosen[list(hit)] = True
    return np.asarray(chosen[labels])


def without_pinholes(mask: Mask, most: int) -> Mask:
    """The mask with holes of up to `most` pixels filled."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8), connectivity=8)
    height, width = mask.shape
    left, top, wide, high, area = stats.T[: cv2.CC_STAT_AREA + 1]
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    pinhole = inside & (area <= most)
    pinhole[0] = False  # the mask itself
    return mask | pinhole[labels] if pinhole.any() else mask


def _under_clicks(labels: NDArray[np.int32], prompt: Prompt) -> Iterable[int]:
    height, width = labels.shape
    for click in prompt.clicks:
        row, col = int(click.y), int(click.x)
        if click.positive and 0 <= row < height and 0 <= col < width and labels[row, col]:
            yield int(labels[row, col])


def _in_box(labels: NDArray[np.int32], areas: NDArray[np.int32], prompt: Prompt) -> list[int]:
    """The large parts of what lies in the box; the largest of all where there is no box."""
    inside = areas[1:]
    if prompt.box is not None:
        box, (height, width) = prompt.box, labels.shape
        top, bottom = (int(np.clip(edge, 0, height)) for edge in (box.top, box.bottom + 1))
        left, right = (int(np.clip(edge, 0, width)) for edge in (box.left, box.right + 1))
        found = np.bincount(labels[top:bottom, left:right].ravel(), minlength=len(areas))[1:]
        inside = found if found.any() else inside
    if prompt.box is None or not inside.any():
        return [int(inside.argmax()) + 1]
    return [int(each) + 1 for each in np.flatnonzero(inside >= _NO_SPECK * inside.max())]
