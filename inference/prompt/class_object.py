# SPDX-License-Identifier: GPL-2.0-or-later
"""A region in which a network for segmentation sees a class: what a word is answered with first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from ..raster.window import Window
from .prompts import Click, Prompt, PromptBox
from .rings import area

MOST_SIDE = 1024
"""Pixels along a side in which a region is looked at closely: of larger ones every second pixel,
every third and so on."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClassObject:
    """Outlined by closed `rings` of pixel corners (column, row), the outer one first.

    `percent` is the mean probability of the class inside; `parts` are what it may consist of.
    """

    rings: tuple[NDArray[np.int64], ...] = field(repr=False)
    label: str
    percent: float
    parts: tuple[ClassObject, ...] = ()

    @property
    def window(self) -> Window:
        """The pixels around it."""
        (left, top), (right, bottom) = self.rings[0].min(axis=0), self.rings[0].max(axis=0)
        return Window(int(top), int(left), int(bottom - top), int(right - left))

    @property
    def area_px(self) -> float:
        """Its pixels, counted without painting them."""
        return area(tuple(ring[:-1].astype(float) for ring in self.rings))

    def mask(self, step: int = 1) -> Mask:
        """Its pixels within `window` (height, width), or every `step`-th of each row and column."""
        return self.mask_in(self.window, step)

    def mask_in(self, window: Window, step: int = 1) -> Mask:
        """The same within another window."""
        shape = {"type": "Polygon", "coordinates": [ring.tolist() for ring in self.rings]}
        size = -(-window.height // step), -(-window.width // step)
        corner = Affine.translation(window.col_off, window.row_off) * Affine.scale(step)
        burned = rasterize([shape], out_shape=size, transform=corner, dtype="uint8")
        return np.asarray(burned.view(np.bool_))

    @property
    def step(self) -> int:
        """Every how many pixels it is looked at."""
        window = self.window
        return -(-max(window.height, window.width) // MOST_SIDE)

    def moved(self, rows: int, cols: int) -> ClassObject:
        """The same so many pixels further down and to the right."""
        shift = np.array([cols, rows])
        return replace(
            self,
            rings=tuple(ring + shift for ring in self.rings),
            parts=tuple(part.moved(rows, cols) for part in self.parts),
        )

    def prompt(self) -> Prompt:
        """The box around it and a click on its innermost point."""
        window, step = self.window, self.step
        mask = self.mask(step)
        if not mask.any():  # thinner than a step everywhere
            mask, step = self.mask(), 1
        row, col = np.unravel_index(int(_depth(mask).argmax()), mask.shape)
        click = Click(
            min((int(col) + 0.5) * step, window.width - 0.5) + window.col_off,
            min((int(row) + 0.5) * step, window.height - 0.5) + window.row_off,
        )
        return Prompt((click,), _around(window))


def _around(window: Window) -> PromptBox:
    return PromptBox(
        float(window.col_off), float(window.row_off), float(window.col_end), float(window.row_end)
    )


def _depth(mask: Mask) -> NDArray[np.float32]:
    """How far each pixel is from the edge of the mask, which the border of the array belongs to."""
    wide = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))[1:-1, 1:-1]
