# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether lengths follow a power law, from where on, and with which exponent.

After Clauset, Shalizi & Newman 2009, Power-law distributions in empirical data, SIAM Review 51.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .numbers import PowerLaw
from .rivals import rivals_of

_LEAST_TAIL = 10
_CANDIDATES = 100
_ROUNDS = 200
_BUDGET = 40_000_000
"""Values compared in all rounds together: what bounds the time of the bootstrap."""

Floats = NDArray[np.float64]
Fit = tuple[float, float, float, int]
"""Exponent, least length of the tail, distance, and how many lengths the tail has."""


def power_law_of(
    values: Floats, *, seed: int = 0, tell: Callable[[float], None] = lambda done: None
) -> PowerLaw | None:
    """The law of lengths (n,); None where fewer than ten have different lengths.

    `tell` hears 0..1. The same `seed` gives the same p.
    """
    values = np.sort(values[values > 0])
    if np.unique(values).size < _LEAST_TAIL:
        return None
    exponent, least, distance, count = best_fit(values)
    p, rounds = _goodness(values, (exponent, least, distance, count), seed, tell)
    return PowerLaw(
        exponent=exponent,
        error=(exponent - 1) / float(np.sqrt(count)),
        least=least,
        count=count,
        distance=distance,
        p=p,
        rounds=rounds,
        rivals=rivals_of(values[values >= least], exponent=exponent, least=least),
    )


def best_fit(values: Floats, *, candidates: int = _CANDIDATES) -> Fit:
    """The tail of sorted lengths (n,) that is nearest to a power law.

    Exponent by maximum likelihood, eq. 3.1; distance by Kolmogorov and Smirnov, eq. 3.9.
    """
    starts = _starts(values, candidates)
    logs = np.log(values)
    sums = np.cumsum(logs[::-1])[::-1]
    best: Fit | None = None
    for start in starts:
        count = len(values) - int(start)
        over = float(sums[start]) - count * float(logs[start])
        if over <= 0:
            continue
        exponent = 1 + count / over
        distance = _distance(logs[start:], exponent)
        if best is None or distance < best[2]:
            best = (exponent, float(values[start]), distance, count)
    if best is None:
        raise ValueError("Lengths that are all alike have no tail.")
    return best


def _starts(values: Floats, candidates: int) -> NDArray[np.int64]:
    """Where tails may begin: at different lengths, ten or more from the end."""
    first = np.flatnonzero(np.diff(values, prepend=-np.inf) > 0)
    first = first[first <= max(len(values) - _LEAST_TAIL, 0)]
    if first.size <= candidates:
        return first
    return first[np.unique(np.linspace(0, first.size - 1, candidates).astype(int))]


def _distance(logs: Floats, exponent: float) -> float:
    """Largest difference between the lengths' own distribution and the law's."""
    law = 1 - np.exp((1 - exponent) * (logs - logs[0]))
    steps = np.arange(len(logs) + 1) / len(logs)
    return float(max((steps[1:] - law).max(), (law - steps[:-1]).max()))


def _goodness(
    values: Floats, fit: Fit, seed: int, tell: Callable[[float], None]
) -> tuple[float | None, int]:
    """The share of made samples that are further from their own law, section 4.1.

    Each has the body of the lengths, drawn again, and a tail drawn from the law.
    """
    exponent, least, distance, count = fit
    candidates = min(_CANDIDATES, 40)
    rounds = min(_ROUNDS, _BUDGET // (candidates * len(values)))
    if rounds < 20:
        return None, 0
    chance = np.random.default_rng(seed)
    body, worse = values[values < least], 0
    for done in range(rounds):
        tell(done / rounds)
        in_tail = int(chance.binomial(len(values), count / len(values))) if body.size else count
        made = least * (1 - chance.random(in_tail)) ** (-1 / (exponent - 1))
        drawn = chance.choice(body, len(values) - in_tail) if body.size else body
        sample = np.sort(np.concatenate([drawn, made]))
        worse += best_fit(sample, candidates=candidates)[2] >= distance
    tell(1.0)
    return worse / rounds, rounds
