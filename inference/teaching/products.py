# SPDX-License-Identifier: GPL-2.0-or-later
"""Products of small matrices."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
"""Of 32 or of 64 bits."""


def product(one: Floats, other: Floats) -> Floats:
    """The product of two small matrices of one type.

    OpenCV's: that of numpy wakes a pool of threads, which on a busy computer wait for each other
    ten times longer than they compute.
    """
    return np.asarray(cv2.gemm(one, other, 1.0, None, 0.0))


def turned_product(one: Floats, other: Floats) -> Floats:
    """The same of the transposed first."""
    return np.asarray(cv2.gemm(one, other, 1.0, None, 0.0, flags=cv2.GEMM_1_T))
