# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a decoder looks, and how its cells lie over the pixels of level 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..raster.box import Box
from ..raster.window import Window
from .levels import FINEST
from .prompts import Prompt
from .sight import SLIDING, Sight


@dataclass(frozen=True)
class Lattice:
    """Cells `across` x `down` base pixels large, the first one's corner at (`left`, `top`)."""

    left: float
    top: float
    across: float
    down: float

    @classmethod
    def of(cls, window: Window) -> Lattice:
        """The base pixels of a window."""
        return cls(window.col_off, window.row_off, 1.0, 1.0)

    def resample(
        self, plane: NDArray[np.float32], to: Lattice, *, height: int, width: int, outside: float
    ) -> NDArray[np.float32]:
        """A plane on this lattice as (height, width) on another, bilinear between cell centres.

        NaN `outside` repeats the edge, another number is what lies beyond it.
        """
        columns = (to.across / self.across, (to.left - self.left) / self.across)
        rows = (to.down / self.down, (to.top - self.top) / self.down)
        matrix = np.array(
            [
                [columns[0], 0, columns[0] / 2 + columns[1] - 0.5],
                [0, rows[0], rows[0] / 2 + rows[1] - 0.5],
            ]
        )
        repeat = math.isnan(outside)
        return np.asarray(
            cv2.warpAffine(
                plane, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE if repeat else cv2.BORDER_CONSTANT,
                borderValue=0.0 if repeat else outside,
            ),
            np.float32,
        )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """The window of a level that a decoder sees, as large as its `sight`.

    `across` and `down` are pixels of the level per base pixel: 0.5 on level 1, but for rounding.
    """

    level: int
    window: Window
    across: float
    down: float
    sight: Sight = SLIDING

    def planned(self, prompt: Prompt) -> Prompt:
        """A prompt in base pixels, in pixels of the window."""
        there = prompt.scaled(self.across, self.down)
        return there.moved(self.window.col_off, self.window.row_off)

    @property
    def answer(self) -> Lattice:
        """The cells of the decoder's masks."""
        return Lattice(
            self.window.col_off / self.across,
            self.window.row_off / self.down,
            self.sight.cell / self.across,
            self.sight.cell / self.down,
        )

    def carried(self, probability: NDArray[np.float32], origin: Look) -> NDArray[np.float32]:
        """A mask seen in another look as this one would see it; nothing beyond that one's edge."""
        if origin == self:
            return probability
        rows, cols = self.sight.cells
        return origin.answer.resample(
            probability, self.answer, height=rows, width=cols, outside=0.0
        )


@dataclass(frozen=True)
class Pyramid:
    """A raster of `height` x `width` base pixels, seen in smaller and in larger pixels."""

    height: int
    width: int
    sight: Sight = SLIDING

    @property
    def coarsest(self) -> int:
        """The level from which all of the raster is seen at once; beyond, nothing is gained."""
        sight = self.sight
        windows = max(self.height / sight.height, self.width / sight.width)
        return max(math.ceil(math.log2(windows)), FINEST)

    def shape(self, level: int) -> tuple[int, int]:
        """Rows and columns at a level."""
        factor = 2.0**level
        return max(1, round(self.height / factor)), max(1, round(self.width / factor))

    def scale(self, level: int) -> tuple[float, float]:
        """Pixels of the level per base pixel, across and down."""
        height, width = self.shape(level)
        return width / self.width, height / self.height

    def look(self, level: int, x: float, y: float, size: float = 0.0) -> Look:
        """The decoder's window around a place in base pixels, inside the raster where it fits.

        `size` is the longer side of what lies there.
        """
        (height, width), (across, down) = self.shape(level), self.scale(level)
        top, left = self.sight.start(
            x * across, y * down, size=size * max(across, down), height=height, width=width
        )
        window = Window(top, left, self.sight.height, self.sight.width)
        return Look(level, window, across, down, self.sight)

    def box(self, level: int, window: Window) -> Box:
        """What a window of a level covers, in base pixels."""
        across, down = self.scale(level)
        return Box(
            window.row_off / down,
            window.col_off / across,
            window.row_end / down,
            window.col_end / across,
        )
