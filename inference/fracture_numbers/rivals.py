# SPDX-License-Identifier: GPL-2.0-or-later
"""Other distributions that may explain a tail as well as a power law does."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .numbers import Rival

Floats = NDArray[np.float64]
_STEPS = 400


def rivals_of(tail: Floats, *, exponent: float, least: float) -> tuple[Rival, ...]:
    """Lognormal and exponential, each fitted to the lengths from `least` on (Vuong 1989)."""
    power = math.log((exponent - 1) / least) - exponent * np.log(tail / least)
    rate = 1 / max(float(tail.mean()) - least, 1e-300)
    exponential = math.log(rate) - rate * (tail - least)
    return (
        _compared("lognormal", power, _lognormal(tail, least)),
        _compared("exponential", power, exponential),
    )


def _compared(name: str, power: Floats, other: Floats) -> Rival:
    difference = power - other
    spread = float(difference.std()) * math.sqrt(len(difference))
    if spread == 0:
        return Rival(name, 0.0, 1.0)
    ratio = float(difference.sum()) / spread
    return Rival(name, ratio, math.erfc(abs(ratio) / math.sqrt(2)))


def _lognormal(tail: Floats, least: float) -> Floats:
    """Log-likelihood (n,) under the lognormal, cut at `least`, that fits best."""
    logs = np.log(tail / least)
    mean, square = float(logs.mean()), float((logs**2).mean())

    def unlikely(at: Floats) -> float:
        middle, width = float(at[0]), math.exp(float(at[1]))
        if abs(middle) > 50 or width > 50 or width < 1e-3:
            return math.inf
        spread = (square - 2 * middle * mean + middle**2) / (2 * width**2)
        return spread + math.log(width) + _log_upper(-middle / width)

    start = np.array([mean, math.log(max(math.sqrt(max(square - mean**2, 0.0)), 1e-2))])
    middle, log_width = lowest(unlikely, start)
    width = math.exp(log_width)
    shape = -((logs - middle) ** 2) / (2 * width**2) - 0.5 * math.log(2 * math.pi)
    return shape - log_width - _log_upper(-middle / width) - np.log(tail)


def _log_upper(z: float) -> float:
    """Log of the share of a normal distribution above `z`."""
    if z > 25:
        return -z * z / 2 - math.log(z * math.sqrt(2 * math.pi))
    return math.log(math.erfc(z / math.sqrt(2)) / 2)


def lowest(function: Callable[[Floats], float], start: Floats) -> Floats:
    """Where a function of two numbers is least (Nelder & Mead 1965)."""
    corners = [start, *(start + 0.5 * np.eye(2))]
    values = [function(each) for each in corners]
    for _ in range(_STEPS):
        order = np.argsort(values, kind="stable")
        corners, values = [corners[i] for i in order], [values[i] for i in order]
        if max(np.abs(each - corners[0]).max() for each in corners) < 1e-9:
            break
        _step(function, corners, values)
    return corners[int(np.argmin(values))]


def _step(function: Callable[[Floats], float], corners: list[Floats], values: list[float]) -> None:
    """Replace the worst corner by a better one across from it, or draw all towards the best."""
    middle, worst = (corners[0] + corners[1]) / 2, corners[2]
    tried = [middle + reach * (middle - worst) for reach in (1.0, 2.0, -0.5, 0.5)]
    across = function(tried[0])
    if across < values[0]:
        further = function(tried[1])
        corners[2], values[2] = (tried[1], further) if further < across else (tried[0], across)
        return
    if across < values[1]:
        corners[2], values[2] = tried[0], across
        return
    for nearer in tried[2:]:
        value = function(nearer)
        if value < values[2]:
            corners[2], values[2] = nearer, value
            return
    for index in (1, 2):
        corners[index] = (corners[0] + corners[index]) / 2
        values[index] = function(corners[index])
