# SPDX-License-Identifier: GPL-2.0-or-later
"""What brings features to directions that do not go together, each of spread 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .products import product

Numbers = NDArray[np.float64]

_LEAST_SHARE = 0.05
"""Of the mean spread of channels, that a channel has at least."""
_NOISE = 0.1


@dataclass(frozen=True)
class Moments:
    """Of cells: how many, the sum of their features, and the sum of all products of two."""

    count: int
    sums: Numbers
    products: Numbers

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> Moments:
        """Of cells (n, channels)."""
        products = features.T @ features
        return cls(len(features), features.sum(axis=0, dtype=float), products.astype(float))


@dataclass(frozen=True)
class Scale:
    """What takes features (n, channels) to directions that do not go together, each of spread 1.

    `matrix` is (channels, channels). Directions in which cells hardly differ are blown up less: a
    share of every channel's spread counts as noise.
    """

    mean: Numbers
    matrix: Numbers

    @classmethod
    def of(cls, parts: Sequence[Moments]) -> Scale:
        """From several parts of a raster, or several rasters."""
        count = max(sum(each.count for each in parts), 1)
        mean = np.sum([each.sums for each in parts], axis=0) / count
        spread = np.sum([each.products for each in parts], axis=0) / count - np.outer(mean, mean)
        single = np.sqrt(np.maximum(np.diag(spread), 0.0))
        single = np.maximum(single, max(_LEAST_SHARE * float(single.mean()), 1e-6))
        # OpenCV's, as in `product`.
        _, values, turned = cv2.eigen(spread / np.outer(single, single))
        values = (1 - _NOISE) * np.maximum(values[:, 0], 0.0) + _NOISE
        return cls(mean, turned.T / single[:, None] / np.sqrt(values))

    def apply(self, features: NDArray[np.floating]) -> Numbers:
        """(n, channels) to (n, channels + 1), of which the last is 1."""
        turned = product(features - self.mean, self.matrix)
        return np.concatenate([turned, np.ones((len(turned), 1))], axis=1)
