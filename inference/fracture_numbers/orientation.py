# SPDX-License-Identifier: GPL-2.0-or-later
"""Directions without a head: azimuths from 0 to 180 degrees clockwise from true north."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .clipping import Pieces
from .metric_frame import MetricFrame
from .numbers import Rose

BIN_DEG = 10.0

Floats = NDArray[np.float64]


def piece_azimuths(pieces: Pieces, frame: MetricFrame) -> Floats:
    """(k,) degrees 0..180 clockwise from true north of straight pieces."""
    segments = pieces.segments
    along = (segments.end - segments.start)[pieces.which]
    middle = segments.at(pieces.which, (pieces.begin + pieces.end) / 2)
    return (np.degrees(np.arctan2(along[:, 0], along[:, 1])) - frame.north(middle)) % 180.0


def axial_mean(azimuths: Floats, weights: Floats) -> tuple[float, float]:
    """Mean direction in degrees, and how alike directions are, 0..1 (Mardia & Jupp 2000, 9.1)."""
    total = float(weights.sum())
    if total <= 0:
        return 0.0, 0.0
    c, s = _doubled(azimuths, weights)
    return math.degrees(math.atan2(s, c)) / 2 % 180.0, min(math.hypot(c, s) / total, 1.0)


def axial_means(azimuths: Floats, weights: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """(count,) the mean direction of each group; 0 of one without a member."""
    doubled = np.radians(2 * azimuths)
    c = np.bincount(group, weights * np.cos(doubled), count)
    s = np.bincount(group, weights * np.sin(doubled), count)
    return np.degrees(np.arctan2(s, c)) / 2 % 180.0


def _doubled(azimuths: Floats, weights: Floats) -> tuple[float, float]:
    doubled = np.radians(2 * azimuths)
    return float((weights * np.cos(doubled)).sum()), float((weights * np.sin(doubled)).sum())


def rayleigh(count: int, resultant: float) -> float:
    """The probability of a resultant so long among `count` directions without order.

    Zar 2010, eq. 27.4: right to three digits also for few.
    """
    length = count * resultant
    inner = 1 + 4 * count + 4 * (count**2 - length**2)
    return min(1.0, math.exp(math.sqrt(max(inner, 0.0)) - (1 + 2 * count)))


def circular_spread(resultant: float) -> float:
    """Circular standard deviation of axial directions, degrees; 90 and more is no direction."""
    if resultant <= 0:
        return 90.0
    return min(math.degrees(math.sqrt(max(-2 * math.log(resultant), 0.0))) / 2, 90.0)


def rose_of(lines: Floats, pieces: Floats, lengths: Floats, *, width: float = BIN_DEG) -> Rose:
    """Of mean directions of traces (n,), and directions and lengths of pieces (k,)."""
    bins = round(180.0 / width)
    mean, resultant = axial_mean(lines, np.ones(len(lines)))
    weighted_mean, weighted_resultant = axial_mean(pieces, lengths)
    return Rose(
        width=180.0 / bins,
        count=tuple(np.bincount(_bin(lines, bins), minlength=bins).tolist()),
        length=tuple(np.bincount(_bin(pieces, bins), lengths, bins).tolist()),
        mean=mean,
        resultant=resultant,
        p=rayleigh(len(lines), resultant),
        weighted_mean=weighted_mean,
        weighted_resultant=weighted_resultant,
    )


def _bin(azimuths: Floats, bins: int) -> NDArray[np.int64]:
    """Which bin, with what rounding leaves just below an edge counted to it."""
    return np.floor(azimuths * bins / 180.0 + 1e-9).astype(np.int64) % bins
