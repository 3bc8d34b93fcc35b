# SPDX-License-Identifier: GPL-2.0-or-later
"""How far the masks of GeoSift's own network may be trusted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_APART = 0.7
"""Logits above and below the outline at which a mask is cut to see how firm it stands."""

Floats = NDArray[np.float32]


def sureness(logits: Floats, ious: Floats) -> Floats:
    """Mean of the IoUs (n,) a network expects of masks (n, rows, columns) and of their stability.

    The network learnt its IoUs on pictures it knows by heart; what it says of others follows the
    true IoU better with half of this (see DESIGN.md).
    """
    return np.asarray((ious + stability(logits)) / 2, np.float32)


def stability(logits: Floats) -> Floats:
    """IoU of each mask (n, rows, columns) cut higher with itself cut lower, (n,); empty ones 0.

    The stability score of Kirillov et al. 2023, Segment Anything.
    """
    inner = np.count_nonzero(logits > _APART, axis=(1, 2))
    outer = np.count_nonzero(logits > -_APART, axis=(1, 2))
    return np.asarray(inner / np.maximum(outer, 1), np.float32)
