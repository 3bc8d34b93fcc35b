# SPDX-License-Identifier: GPL-2.0-or-later
"""Non-maximum suppression: of objects of a class that overlap too much, the surest remains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .found import Found
from .overlaps import box_overlaps, overlaps


def surest(found: Found, iou: float) -> NDArray[np.intp]:
    """Indices of those that remain, the surest first; of equals the first.

    Laws: two of a class that remain overlap by `iou` at most; each that does not remain overlaps
    with a surer one of its class that does by more.
    """
    waiting = np.argsort(-found.scores, kind="stable")
    kept = []
    while waiting.size:
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        waiting = rest[~_too_alike(found, best, rest, iou)]
    return np.array(kept, np.intp)


def _too_alike(
    found: Found, best: np.intp, rest: NDArray[np.intp], iou: float
) -> NDArray[np.bool_]:
    """Which of the rest are of the class of the best and overlap with it by more than `iou`."""
    alike = found.class_ids[rest] == found.class_ids[best]
    by_box = box_overlaps(found.boxes[rest], found.boxes[best])
    if found.corners is None:
        return alike & (by_box.iou > iou)
    near = np.flatnonzero(alike & (by_box.both > 0))
    exact = overlaps(found, found, (rest[near], np.full(near.size, best)))
    alike = np.zeros(rest.size, np.bool_)
    alike[near[exact.iou > iou]] = True
    return alike
