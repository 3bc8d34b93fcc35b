# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets of lines that run the same way: a mixture of von Mises distributions and a rest.

Azimuths are axes (0 and 180 degrees are the same), so they are doubled before they are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_SETS = 5
_BINS = 360
_TURNS = (np.arange(_BINS) + 0.5) * (2.0 * np.pi / _BINS)
"""Doubled azimuths in the middle of bins of half a degree."""
_KAPPA = (3.0, 250.0)
"""From a set that spreads by 20 degrees to one by 2."""
_LEAST_SHARE = 0.04
_FEWEST = 4.0
"""Lines of one length that are a set."""
_DIP = 0.9
"""What is between two sets is rarer than either, by this at least: else they are one."""
_POWER = 0.5
"""Of the length, that a line counts by: a long one more, and not as much as to be a set alone."""
_ROUNDS = 300
_BLUR = 6.0
"""Degrees of azimuth, of the picture in which first guesses are looked for."""


@dataclass(frozen=True)
class _Mixture:
    """Sets (k,) by mean, concentration and share; `rest` is the share of lines that run anyhow."""

    means: NDArray[np.float64]
    kappas: NDArray[np.float64]
    shares: NDArray[np.float64]
    rest: float

    def parts(self, turns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Densities (k + 1, n); the rest comes last."""
        away = np.cos(turns[None] - self.means[:, None]) - 1.0
        scale = self.shares / (2.0 * np.pi * np.i0(self.kappas) * np.exp(-self.kappas))
        sets = scale[:, None] * np.exp(self.kappas[:, None] * away)
        return np.concatenate([sets, np.full((1, len(turns)), self.rest / (2.0 * np.pi))])

    def is_plain(self, lines: float) -> bool:
        """Whether every set has enough of the lines, and there are fewer between any two."""
        if len(self.means) and self.shares.min() < max(_LEAST_SHARE, _FEWEST / lines):
            return False
        if len(self.means) < 2:
            return True
        order = np.sort(self.means)
        following = np.append(order[1:], order[0] + 2.0 * np.pi)
        between = order[:, None] + (following - order)[:, None] * np.linspace(0.0, 1.0, 41)
        density = self.parts(between.ravel()).sum(axis=0).reshape(between.shape)
        peaks = np.minimum(density[:, 0], density[:, -1])
        return bool((density.min(axis=1) < _DIP * peaks).all())


def find_sets(
    azimuths: NDArray[np.float64], lengths: NDArray[np.float64], *, count: int = 0
) -> NDArray[np.int64]:
    """The set (n,) of each line by its azimuth (degrees) and length: 1, 2, ... by share of length.

    With `count` 0 as many sets, up to five, as the lines show; 0 is for lines of none, which may
    be all of them. Else every line belongs to one of that many. The same lines, the same answer.
    """
    azimuths, lengths = np.asarray(azimuths, float), np.asarray(lengths, float)
    if not len(azimuths) or lengths.sum() <= 0:
        return np.zeros(len(azimuths), np.int64)
    turns = np.radians(2.0 * azimuths) % (2.0 * np.pi)
    weights = lengths**_POWER
    counted = np.bincount((turns / (2.0 * np.pi) * _BINS).astype(int) % _BINS, weights, _BINS)
    # Lines of one length count one each; where a few are long, there are as many as those weigh.
    counted *= weights.sum() / (weights**2).sum()
    mixture = _fit(counted, count) if count else _most_likely(counted)
    parts = mixture.parts(turns)
    chosen = parts[:-1].argmax(axis=0) if count else parts.argmax(axis=0)
    return _by_length(chosen, lengths, len(mixture.means))


def _by_length(
    chosen: NDArray[np.intp], lengths: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Numbers from 1 by share of length; what is none of the sets gets 0."""
    totals = np.bincount(chosen, lengths, count + 1)[:count]
    numbers = np.zeros(count + 1, np.int64)
    order = np.argsort(-totals, kind="stable")
    numbers[order[totals[order] > 0]] = np.arange(1, int((totals > 0).sum()) + 1)
    return numbers[chosen]


def _most_likely(counted: NDArray[np.float64]) -> _Mixture:
    """The mixture with the least Bayesian information criterion, among those that are plain."""
    best = _Mixture(np.zeros(0), np.zeros(0), np.zeros(0), 1.0)
    least = _criterion(best, counted)
    for count in range(1, MOST_SETS + 1):
        mixture = _fit(counted, count)
        told = _criterion(mixture, counted)
        if told < least and mixture.is_plain(counted.sum()):
            best, least = mixture, told
    return best


def _criterion(mixture: _Mixture, counted: NDArray[np.float64]) -> float:
    likelihood = float((counted * np.log(mixture.parts(_TURNS).sum(axis=0))).sum())
    return 3 * len(mixture.means) * float(np.log(max(counted.sum(), 2.0))) - 2.0 * likelihood


def _fit(counted: NDArray[np.float64], count: int) -> _Mixture:
    """Expectation and maximisation from the highest peaks; the shares are those of `counted`."""
    means = _peaks(counted, count)
    mixture = _Mixture(means, np.full(count, 20.0), np.full(count, 0.8 / count), 0.2)
    total = counted.sum()
    for _ in range(_ROUNDS):
        parts = mixture.parts(_TURNS)
        weights = counted * parts / parts.sum(axis=0)
        shares = weights.sum(axis=1) / total
        across, along = weights[:-1] @ np.cos(_TURNS), weights[:-1] @ np.sin(_TURNS)
        mean_cosine = np.hypot(across, along) / np.maximum(weights[:-1].sum(axis=1), 1e-12)
        following = _Mixture(
            np.arctan2(along, across) % (2.0 * np.pi), _kappas(mean_cosine), shares[:-1],
            float(shares[-1]),
        )  # fmt: skip
        settled = np.abs(following.shares - mixture.shares).max() < 1e-6
        mixture = following
        if settled:
            break
    return mixture


def _kappas(mean_cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Concentration by the length of the mean vector (Banerjee et al. 2005, eq. 4.4)."""
    r = np.minimum(mean_cosine, 0.9999)
    return np.clip(r * (2.0 - r**2) / (1.0 - r**2), *_KAPPA)


def _peaks(counted: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Where a first guess puts the sets: the highest peaks, each hiding what is around it."""
    kappa = 1.0 / np.radians(2.0 * _BLUR) ** 2
    kernel = np.exp(kappa * (np.cos(_TURNS - _TURNS[0]) - 1.0))
    blurred = np.fft.irfft(np.fft.rfft(counted) * np.fft.rfft(kernel), _BINS)
    found = []
    for _ in range(count):
        peak = int(np.argmax(blurred))
        found.append(_TURNS[peak])
        blurred = blurred * (1.0 - kernel[(np.arange(_BINS) - peak) % _BINS] ** 0.25)
    return np.array(found)
