# SPDX-License-Identifier: GPL-2.0-or-later
"""Things that belong together because pairs of them do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def groups(count: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """(count,) group numbers 0, 1, ... of things that `one` and `other` tie in pairs.

    Every thing takes the least number among those it is tied to, then that one's own, until
    nothing changes: few rounds also for long chains.
    """
    label = np.arange(count)
    while True:
        before = label.copy()
        least = np.minimum(label[one], label[other])
        np.minimum.at(label, before[one], least)
        np.minimum.at(label, before[other], least)
        np.minimum.at(label, one, least)
        np.minimum.at(label, other, least)
        label = label[label]
        if (label == before).all():
            return np.unique(label, return_inverse=True)[1].reshape(count)
