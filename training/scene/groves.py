# SPDX-License-Identifier: GPL-2.0-or-later
"""Crowns as things: those that touch are one wood, one grove or one tree."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import CANOPY, VEGETATION, WOODS, Canvas

_GAP = 1.5
"""Metres between two crowns that are of one wood: what shows through there is its shade."""
_LEAST = 40.0
"""Square metres of crowns that are a thing of their own; fewer are shrubs of what is below."""
_GLADE = 100.0
"""Square metres of grass amid crowns that are a glade; less is where a tree is missing."""


def number_groves(canvas: Canvas, loose: np.ndarray) -> None:
    """Number every group of crowns, those of the woods and those in the boolean `loose`."""
    green, metre = canvas.label == VEGETATION, canvas.scale
    crowns = (canvas.material == WOODS) | (loose & (canvas.material == CANOPY))
    closed = _closed(crowns & green, _GAP / 2 * metre) & green
    closed |= green & ~_large_parts(~closed, _GLADE * metre**2)
    with canvas.one_thing():  # what does not touch is told apart when all is drawn
        canvas.mark(_large_parts(closed, _LEAST * metre**2), VEGETATION)


def _closed(mask: np.ndarray, reach: float) -> np.ndarray:
    """Return the mask with gaps of up to twice `reach` sub-pixels filled."""
    near = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= reach
    far = cv2.distanceTransform(near.astype(np.uint8), cv2.DIST_L2, 5) > reach
    return mask | far


def _large_parts(mask: np.ndarray, area: float) -> np.ndarray:
    """Return the 4-connected parts of the mask of `area` sub-pixels or more."""
    _, part, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= area
    kept[0] = False
    return kept[part]
