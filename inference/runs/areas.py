# SPDX-License-Identifier: GPL-2.0-or-later
"""How much ground each class covers."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.frame import Frame
from ..raster.window import Window

_STRIPS, _COLUMNS = 128, 8
"""Parts of a raster, down and across, within which all pixels count as equally large."""


@dataclass(frozen=True)
class ClassArea:
    """One row of the area table; `area_m2` is None where the raster has no CRS."""

    id: int
    name: str
    color: str
    pixels: int
    area_m2: float | None
    share: float
    """Of everything with an answer, 0..1."""


def area_table(
    card: ModelCard,
    pixels: NDArray[np.integer],
    area_m2: NDArray[np.float64] | None,
    weights: NDArray[np.number],
) -> tuple[ClassArea, ...]:
    """One row for every class of the card, also for those that do not occur.

    All by class id; shares are those of the `weights`.
    """
    answered = max(float(weights[: len(card.classes)].sum()), 1e-12)
    return tuple(
        ClassArea(
            id=info.id,
            name=info.name,
            color=info.color,
            pixels=int(pixels[info.id]),
            area_m2=None if area_m2 is None else float(area_m2[info.id]),
            share=float(weights[info.id] / answered),
        )
        for info in card.classes
    )


class AreaTally:
    """Counts classes, and their ellipsoidal area, as windows of the answer are finished."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._part = -(-frame.height // _STRIPS), -(-frame.width // _COLUMNS)
        self.pixels = np.zeros(256, np.int64)
        self._area = np.zeros(256, np.float64) if frame.is_georeferenced else None

    def add(self, window: Window, classes: NDArray[np.uint8]) -> None:
        """Count one window, (height, width) class ids."""
        tops, rows = _cut(window.row_off, window.height, self._part[0])
        lefts, cols = _cut(window.col_off, window.width, self._part[1])
        counts = np.array(
            [
                _histogram(classes[top : top + self._part[0], left : left + self._part[1]])
                for top in tops
                for left in lefts
            ]
        )
        self.pixels += counts.sum(axis=0)
        if self._area is not None:
            each = self._frame.pixel_area_m2(*np.meshgrid(rows, cols, indexing="ij"))
            self._area += each.ravel() @ counts

    def area_m2(self, class_id: int) -> float | None:
        """Of one class; None where the raster has no CRS."""
        return None if self._area is None else float(self._area[class_id])

    def table(self, card: ModelCard) -> tuple[ClassArea, ...]:
        """One row for every class of the card, also for those that do not occur."""
        return area_table(card, self.pixels, self._area, self.pixels)


def _cut(start: int, length: int, step: int) -> tuple[range, NDArray[np.float64]]:
    """Where parts of a stretch begin, from its start, and the middle of each in the raster."""
    begins = range(0, length, step)
    ends = np.minimum(np.arange(0, length, step) + step, length)
    return begins, start + (np.array(begins) + ends) / 2


def _histogram(part: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each of the 256 values occurs."""
    counts = cv2.calcHist([np.ascontiguousarray(part)], [0], None, [256], [0, 256])
    return counts.ravel().astype(np.int64)
