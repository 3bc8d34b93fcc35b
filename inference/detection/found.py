# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects a network has found: where they are, what they are, and how sure it is of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window

Boxes = NDArray[np.float64]
"""(n, 4): left, top, right, bottom."""
Corners = NDArray[np.float64]
"""(n, 4, 2) of oriented boxes as (column, row), clockwise on screen; the first side is the width
the network tells.
"""


@dataclass(frozen=True, eq=False)
class Mask:
    """The pixels of one object, (height, width) of `window`, which it touches on all sides."""

    window: Window
    pixels: NDArray[np.bool_]

    @classmethod
    def trimmed(cls, window: Window, pixels: NDArray[np.bool_]) -> Mask | None:
        """Without the empty rows and columns around it; None where nothing is left."""
        rows, cols = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if rows.size == 0:
            return None
        top, left, bottom, right = rows[0], cols[0], rows[-1] + 1, cols[-1] + 1
        where = Window(
            window.row_off + int(top), window.col_off + int(left),
            int(bottom - top), int(right - left),
        )  # fmt: skip
        return cls(where, pixels[top:bottom, left:right])

    @classmethod
    def union(cls, masks: Sequence[Mask]) -> Mask:
        """All pixels that are in any of them."""
        window = Window.around([each.window for each in masks])
        pixels = np.zeros((window.height, window.width), np.bool_)
        for each in masks:
            pixels[each.window.relative_to(window).slices()] |= each.pixels
        return cls(window, pixels)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        where = self.window
        return where.col_off, where.row_off, where.col_end, where.row_end

    def within(self, window: Window) -> NDArray[np.bool_] | None:
        """The pixels in the common part of both windows; None where there is none."""
        common = self.window.intersection(window)
        if common is None:
            return None
        return self.pixels[common.relative_to(self.window).slices()]

    def moved(self, rows: int, cols: int) -> Mask:
        """The same pixels somewhere else."""
        where = self.window
        there = Window(where.row_off + rows, where.col_off + cols, where.height, where.width)
        return Mask(there, self.pixels)


@dataclass(frozen=True, eq=False)
class Found:
    """Objects, in pixels; one row of each array an object.

    `boxes` are around the objects, whatever their form; `scores` (n,) lie within 0..1, `class_ids`
    (n,) are of the card. `corners` are there for oriented boxes, `masks` for instance masks.
    """

    boxes: Boxes
    scores: NDArray[np.float64]
    class_ids: NDArray[np.int64]
    corners: Corners | None = None
    masks: tuple[Mask, ...] | None = None

    def __len__(self) -> int:
        return len(self.scores)

    def chosen(self, which: NDArray[Any]) -> Found:
        """Some of them: by indices, or by a bool for each."""
        index = np.arange(len(self))[which]
        masks = self.masks
        return Found(
            self.boxes[index],
            self.scores[index],
            self.class_ids[index],
            None if self.corners is None else self.corners[index],
            None if masks is None else tuple(masks[each] for each in index),
        )

    def moved(self, rows: int, cols: int) -> Found:
        """The same objects somewhere else."""
        corners, masks = self.corners, self.masks
        shift = np.array([cols, rows])
        return replace(
            self,
            boxes=self.boxes + np.tile(shift, 2),
            corners=None if corners is None else corners + shift,
            masks=None if masks is None else tuple(each.moved(rows, cols) for each in masks),
        )

    @classmethod
    def of(cls, several: Sequence[Found]) -> Found:
        """All of some, of which there is one at least and which are of one form."""
        first = several[0]
        return cls(
            np.concatenate([each.boxes for each in several]),
            np.concatenate([each.scores for each in several]),
            np.concatenate([each.class_ids for each in several]),
            None if first.corners is None else np.concatenate([each.corners for each in several]),
            None if first.masks is None else tuple(m for each in several for m in each.masks),
        )


def box_areas(boxes: Boxes) -> NDArray[np.float64]:
    """Pixels in each; 0 where right is left of left."""
    size = np.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return size[..., 0] * size[..., 1]


def clipped(boxes: Boxes, window: Window) -> Boxes:
    """The parts within a window; without area where there is none."""
    low = (window.col_off, window.row_off)
    high = (window.col_end, window.row_end)
    return np.concatenate(
        [np.clip(boxes[..., :2], low, high), np.clip(boxes[..., 2:], low, high)], axis=-1
    )
