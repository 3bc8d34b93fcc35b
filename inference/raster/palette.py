# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters of one band whose numbers stand for colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp


@dataclass(frozen=True)
class Palette:
    """`colors` is (4, entries) uint8: red, green, blue, alpha of each number."""

    colors: NDArray[np.uint8]

    @classmethod
    def of(cls, dataset: rasterio.DatasetReader) -> Palette | None:
        """The raster's palette, None where its numbers are themselves what is to be seen."""
        if dataset.colorinterp[0] is not ColorInterp.palette:
            return None
        try:
            entries = dataset.colormap(1)
        except ValueError:  # it calls itself a palette and has none
            return None
        colors = np.zeros((4, max(entries) + 1), np.uint8)
        for index, color in entries.items():
            colors[:, index] = color
        return cls(colors)

    @property
    def bands(self) -> int:
        """Colours that can be asked for."""
        return len(self.colors)

    @property
    def has_gaps(self) -> bool:
        """Whether a number stands for nothing at all."""
        return bool((self.colors[3] == 0).any())

    def paint(
        self, numbers: NDArray[np.integer], bands: tuple[int, ...]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The chosen colours (bands, height, width) of numbers, and where they are opaque."""
        index = np.minimum(numbers, self.colors.shape[1] - 1)
        chosen = self.colors[[band - 1 for band in bands]]
        return chosen[:, index], self.colors[3][index] > 0
