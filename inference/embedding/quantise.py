# SPDX-License-Identifier: GPL-2.0-or-later
"""Vectors in eight bits: only their direction counts, so each fills the range by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
_LARGEST = 127


def quantised(vectors: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(n, D) vectors as int8, and the lengths (n,) of these; a vector without direction is zeros.

    Each is scaled so that its largest component is 127: with one scale for all, such as 127 for a
    component of 1, unit vectors of 64 and more values would use a fifth of the range. The length
    of a vector of zeros is told as 1, so that its cosine is 0.
    """
    vectors = np.asarray(vectors, np.float64)
    vectors = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    # In two steps: 127 divided by a tiny number is more than there are numbers for.
    whole = np.rint(vectors / np.where(largest > 0, largest, 1.0) * _LARGEST).astype(np.int8)
    lengths = np.linalg.norm(whole.astype(np.float64), axis=1)
    return whole, np.where(lengths > 0, lengths, 1.0).astype(np.float32)


def unit(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """(n, D) of any numbers as unit vectors; zeros stay zeros."""
    vectors = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)
