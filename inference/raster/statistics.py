# SPDX-License-Identifier: GPL-2.0-or-later
"""GDAL's statistics of a band, from what was written to it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Moments:
    """Least, largest, mean and spread of numbers that come piece by piece; NaN does not count."""

    def __init__(self) -> None:
        self.count = 0
        self.seen = 0
        self._least, self._most = np.inf, -np.inf
        self._mean, self._squares = 0.0, 0.0

    def add(self, values: NDArray[Any]) -> None:
        """Any number of values; each piece is brought together with those before (Chan 1979)."""
        self.seen += values.size
        values = values[np.isfinite(values)].astype(np.float64)
        if values.size == 0:
            return
        mean, before = float(values.mean()), self.count
        self.count += values.size
        step = mean - self._mean
        self._squares += float(((values - mean) ** 2).sum())
        self._squares += step**2 * before * values.size / self.count
        self._mean += step * values.size / self.count
        self._least = min(self._least, float(values.min()))
        self._most = max(self._most, float(values.max()))

    @property
    def figures(self) -> tuple[float, float, float, float] | None:
        """Least, largest, mean, standard deviation; None without a number."""
        if self.count == 0:
            return None
        return self._least, self._most, self._mean, (self._squares / self.count) ** 0.5

    def tags(self) -> dict[str, Any]:
        """As GDAL keeps them."""
        if self.figures is None:
            return {}
        return _tags(*self.figures, share=self.count / self.seen)


def histogram_tags(histogram: NDArray[np.int64], *, nodata: int) -> dict[str, Any]:
    """The same from counts of values, those from `nodata` on left out."""
    values = np.arange(nodata)
    counts = histogram[:nodata]
    total = int(counts.sum())
    if total == 0:
        return {}
    present = values[counts > 0]
    mean = float((values * counts).sum() / total)
    spread = float(np.sqrt((counts * (values - mean) ** 2).sum() / total))
    share = total / max(int(histogram.sum()), 1)
    return _tags(int(present[0]), int(present[-1]), mean, spread, share=share)


def _tags(least: float, most: float, mean: float, spread: float, *, share: float) -> dict[str, Any]:
    return {
        "STATISTICS_MINIMUM": least,
        "STATISTICS_MAXIMUM": most,
        "STATISTICS_MEAN": mean,
        "STATISTICS_STDDEV": spread,
        "STATISTICS_VALID_PERCENT": f"{100.0 * share:.4g}",
    }
