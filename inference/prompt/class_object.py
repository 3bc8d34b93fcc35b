# SPDX-License-Identifier: GPL-2.0-or-later
"""A region in which a network for segmentation sees a class: what a word is answered with first."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from ..window import Window
from .prompts import Click, Prompt, PromptBox

_MOST_SIDE = 1024
"""Pixels along a side in which the innermost point is looked for: larger regions are halved."""
_CORE = 0.6
"""Of the greatest distance to the edge: where a region is less wide than that share, it may be two
that touch."""
_LEAST_CORE = 2.5
"""Pixels from the edge to the middle of a part; what is thinner is not taken apart."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClassObject:
    """Outlined by closed `rings` of pixel corners (column, row), the outer one first.

    `percent` is the mean probability of the class inside.
    """

    rings: tuple[NDArray[np.int64], ...] = field(repr=False)
    label: str
    percent: float

    @property
    def window(self) -> Window:
        """The pixels around it."""
        (left, top), (right, bottom) = self.rings[0].min(axis=0), self.rings[0].max(axis=0)
        return Window(int(top), int(left), int(bottom - top), int(right - left))

    def mask(self, step: int = 1) -> Mask:
        """Its pixels within `window` (height, width), or every `step`-th of them."""
        window = self.window
        shape = {"type": "Polygon", "coordinates": [ring.tolist() for ring in self.rings]}
        size = -(-window.height // step), -(-window.width // step)
        corner = Affine.translation(window.col_off, window.row_off) * Affine.scale(step)
        burned = rasterize([shape], out_shape=size, transform=corner, dtype="uint8")
        return np.asarray(burned.view(np.bool_))

    def prompt(self) -> Prompt:
        """The box around it and a click on its innermost point."""
        mask, step = self._small()
        (inner,) = _prompts(mask.astype(np.int32), _depth(mask), self.window, step)
        return Prompt(inner.clicks, _around(self.window))

    def prompts_of_parts(self) -> tuple[Prompt, ...]:
        """The same for each part, where it is narrow between wide parts: houses that touch.

        () where it has no such parts.
        """
        mask, step = self._small()
        parts, depth = _parts(mask)
        if parts is None:
            return ()
        return _prompts(parts, depth, self.window, step)

    def _small(self) -> tuple[Mask, int]:
        window = self.window
        step = -(-max(window.height, window.width) // _MOST_SIDE)
        mask = self.mask(step)
        return (mask, step) if mask.any() else (self.mask(), 1)


def _around(window: Window) -> PromptBox:
    return PromptBox(
        float(window.col_off), float(window.row_off), float(window.col_end), float(window.row_end)
    )


def _depth(mask: Mask) -> NDArray[np.float32]:
    """How far each pixel is from the edge of the mask, which the border of the array belongs to."""
    wide = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))[1:-1, 1:-1]


def _parts(mask: Mask) -> tuple[NDArray[np.int32] | None, NDArray[np.float32]]:
    """Which part (1, 2, ...) each pixel belongs to: that of the nearest core; None for one part."""
    depth = _depth(mask)
    core = depth > max(_CORE * float(depth.max()), _LEAST_CORE)
    count, cores = cv2.connectedComponents(core.view(np.uint8), connectivity=8)
    if count <= 2:
        return None, depth
    _, nearest = cv2.distanceTransformWithLabels(
        (~core).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_CCOMP
    )
    # OpenCV numbers its labels anew: each core says which number it was given.
    rows, cols = np.nonzero(core)
    number = np.zeros(nearest.max() + 1, np.int32)
    number[nearest[rows, cols]] = cores[rows, cols]
    return np.where(mask, number[nearest], 0).astype(np.int32), depth


def _prompts(
    parts: NDArray[np.int32], depth: NDArray[np.float32], window: Window, step: int
) -> tuple[Prompt, ...]:
    """A box around each part and a click on its innermost pixel, in pixels of `window`'s grid."""
    found = []
    for number in range(1, int(parts.max()) + 1):
        rows, cols = np.nonzero(parts == number)
        deepest = int(depth[rows, cols].argmax())
        left, right = int(cols.min()) * step, min(int(cols.max() + 1) * step, window.width)
        top, bottom = int(rows.min()) * step, min(int(rows.max() + 1) * step, window.height)
        corner = top + window.row_off, left + window.col_off
        part = Window(*corner, bottom - top, right - left)
        click = Click(
            min((cols[deepest] + 0.5) * step, window.width) + window.col_off,
            min((rows[deepest] + 0.5) * step, window.height) + window.row_off,
        )
        found.append(Prompt((click,), _around(part)))
    return tuple(found)
