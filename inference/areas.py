# SPDX-License-Identifier: GPL-2.0-or-later
"""How much ground each class covers."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .card import NODATA_CLASS, ModelCard
from .frame import Frame
from .window import Window

_COLUMNS = 2048


@dataclass(frozen=True)
class ClassArea:
    """One row of the area table; `area_m2` is None where the raster has no CRS."""

    id: int
    name: str
    color: str
    pixels: int
    area_m2: float | None
    share: float
    """Of all pixels with an answer, 0..1."""


class AreaTally:
    """Counts classes, and their ellipsoidal area, as windows of the answer are finished."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.pixels = np.zeros(256, np.int64)
        self._area = np.zeros(256, np.float64) if frame.is_georeferenced else None

    def add(self, window: Window, classes: NDArray[np.uint8]) -> None:
        """Count one window, (height, width) class ids.

        Within a few hundred rows and columns the size of a pixel changes so nearly linearly that
        the one in the middle stands for all.
        """
        row = window.row_off + window.height / 2
        for first in range(0, window.width, _COLUMNS):
            part = np.ascontiguousarray(classes[:, first : first + _COLUMNS])
            counts = cv2.calcHist([part], [0], None, [256], [0, 256]).ravel()
            self.pixels += counts.astype(np.int64)
            if self._area is not None:
                col = window.col_off + first + part.shape[1] / 2
                self._area += counts * float(self._frame.pixel_area_m2(row, col))

    def table(self, card: ModelCard) -> tuple[ClassArea, ...]:
        """One row for every class of the card, also for those that do not occur."""
        answered = max(int(self.pixels[:NODATA_CLASS].sum()), 1)
        return tuple(
            ClassArea(
                id=info.id,
                name=info.name,
                color=info.color,
                pixels=int(self.pixels[info.id]),
                area_m2=None if self._area is None else float(self._area[info.id]),
                share=float(self.pixels[info.id] / answered),
            )
            for info in card.classes
        )
