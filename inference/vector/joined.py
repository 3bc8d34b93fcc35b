# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of many numbered things hang together, by the pairs that touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def least_joined(count: int, one: Ids, other: Ids) -> Ids:
    """(count,) for each thing the least number of all that hang together with it.

    `one` and `other` are pairs that touch. Every round each group takes the least number its
    neighbours know, and chains of numbers are cut short: a few rounds, whatever the groups.
    """
    least = np.arange(count)
    while True:
        mine, theirs = least[one], least[other]
        apart = mine != theirs
        if not apart.any():
            return least
        one, other = one[apart], other[apart]
        low, high = np.minimum(mine, theirs)[apart], np.maximum(mine, theirs)[apart]
        np.minimum.at(least, high, low)
        while True:
            shorter = least[least]
            if np.array_equal(shorter, least):
                break
            least = shorter


def groups(count: int, one: Ids, other: Ids) -> Ids:
    """(count,) group numbers 0, 1, ... of things that `one` and `other` tie in pairs."""
    return np.unique(least_joined(count, one, other), return_inverse=True)[1].reshape(count)
