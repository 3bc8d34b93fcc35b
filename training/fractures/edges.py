# SPDX-License-Identifier: GPL-2.0-or-later
"""Canny's edges (Canny 1986) as an answer to where fractures are: both rims of a dark line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

_SIGMAS = (1.0, 1.5, 2.0, 3.0, 4.0)
_LOWER = (0.3, 0.6)
_HIGHER = np.geomspace(0.5, 12.0, 16)
"""Upper thresholds, times the mean gradient of the picture or of all pictures."""
_UNITS = 8000.0
"""A gradient from black to white in 16-bit steps."""


@dataclass(frozen=True)
class EdgeSetting:
    """Smoothing, the lower threshold as a share of the upper one, and what both are measured in."""

    sigma: float
    lower: float
    by_picture: bool

    def __str__(self) -> str:
        kind = "each picture's" if self.by_picture else "the pictures'"
        return f"sigma {self.sigma:g}, lower threshold {self.lower:g}, in {kind} mean gradient"


Gradients = dict[float, tuple[NDArray[np.int16], NDArray[np.int16], float]]


class EdgeTool:
    """Canny of OpenCV."""

    name = "canny"

    def settings(self) -> Iterator[EdgeSetting]:
        """All that are tried."""
        for sigma, lower, by_picture in product(_SIGMAS, _LOWER, (False, True)):
            yield EdgeSetting(sigma, lower, by_picture)

    def prepare(self, pictures: Sequence[NDArray[np.float32]]) -> list[Gradients]:
        """Gradients across and down and their mean size, for every smoothing."""
        return [{sigma: _gradient(grey, sigma) for sigma in _SIGMAS} for grey in pictures]

    def levels(
        self, prepared: Sequence[Gradients], setting: EdgeSetting
    ) -> list[NDArray[np.uint8]]:
        """The highest of the upper thresholds at which a pixel is an edge, 1 and up, or 0."""
        of_all = float(np.mean([one[setting.sigma][2] for one in prepared]))
        found = []
        for one in prepared:
            across, down, mean = one[setting.sigma]
            levels = np.zeros(across.shape, np.uint8)
            for level, times in enumerate(_HIGHER, start=1):
                upper = times * (mean if setting.by_picture else of_all)
                edges = cv2.Canny(across, down, setting.lower * upper, upper, L2gradient=True)
                levels[edges > 0] = level
            found.append(levels)
        return found


def _gradient(
    grey: NDArray[np.float32], sigma: float
) -> tuple[NDArray[np.int16], NDArray[np.int16], float]:
    smooth = cv2.GaussianBlur(grey * _UNITS, (0, 0), sigma)
    across, down = (
        np.rint(cv2.Sobel(smooth, cv2.CV_32F, *order) / 4).astype(np.int16)
        for order in ((1, 0), (0, 1))
    )
    return across, down, max(1.0, float(np.hypot(across, down, dtype=np.float32).mean()))
