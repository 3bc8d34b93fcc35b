# SPDX-License-Identifier: GPL-2.0-or-later
"""How much two objects have in common: as boxes, as oriented boxes, or as masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from . import quads
from .found import Boxes, Found, Mask, box_areas, clipped

_ALMOST_NOTHING = 1e-9
"""Pixels, below which an area is none."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Of pairs of objects: the pixels in both, and in each of them; arrays (n,)."""

    both: NDArray[np.float64]
    one: NDArray[np.float64]
    other: NDArray[np.float64]

    @property
    def iou(self) -> NDArray[np.float64]:
        """The share of what is in either that is in both; 0 where there is nothing."""
        either = self.one + self.other - self.both
        return np.where(self.both > _ALMOST_NOTHING, self.both / np.maximum(either, 1e-300), 0.0)


def box_overlaps(one: Boxes, other: Boxes) -> Overlaps:
    """Of boxes (n, 4) and (n, 4), or shapes that broadcast."""
    shared = np.concatenate(
        [np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])],
        axis=-1,
    )
    return Overlaps(box_areas(shared), box_areas(one), box_areas(other))


def overlaps(
    one: Found,
    other: Found,
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
    window: Window | None = None,
) -> Overlaps:
    """Of the pairs (i of one, j of the other), by what they are: masks, oriented boxes or boxes.

    With a `window`, only what is inside of it counts.
    """
    i, j = pairs
    if one.masks is not None and other.masks is not None:
        return _mask_overlaps([one.masks[k] for k in i], [other.masks[k] for k in j], window)
    if one.corners is not None and other.corners is not None:
        return _quad_overlaps(one.corners[i], other.corners[j], window)
    first, second = one.boxes[i], other.boxes[j]
    if window is not None:
        first, second = clipped(first, window), clipped(second, window)
    return box_overlaps(first, second)


def _quad_overlaps(
    one: NDArray[np.float64], other: NDArray[np.float64], window: Window | None
) -> Overlaps:
    both = quads.common(one, other)
    parts = (both, one, other)
    if window is not None:
        parts = tuple(quads.within(each, window) for each in parts)
    return Overlaps(*(np.maximum(quads.areas(each), 0.0) for each in parts))


def _mask_overlaps(one: list[Mask], other: list[Mask], window: Window | None) -> Overlaps:
    counted = [_mask_overlap(*pair, window) for pair in zip(one, other)]
    return Overlaps(*np.array(counted, np.float64).reshape(-1, 3).T)


def _mask_overlap(one: Mask, other: Mask, window: Window | None) -> tuple[int, int, int]:
    """Pixels in both, in one, in the other."""
    sizes = []
    for mask in (one, other):
        seen = mask.pixels if window is None else mask.within(window)
        sizes.append(0 if seen is None else int(np.count_nonzero(seen)))
    shared = one.window.intersection(other.window)
    if shared is not None and window is not None:
        shared = shared.intersection(window)
    if shared is None:
        return 0, sizes[0], sizes[1]
    both = int(np.count_nonzero(one.within(shared) & other.within(shared)))
    return both, sizes[0], sizes[1]
