# SPDX-License-Identifier: GPL-2.0-or-later
"""The middle lines of a fracture mask, one pixel wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from .mask import MaskRules
from .mask_strips import mask_strips
from .measuring import REACH, Measuring
from .neighbours import without_corners
from .probability import Probability
from .thinning import Thinning


@dataclass(frozen=True)
class Skeleton:
    """The pixels of the middle lines, row by row and from left to right; n of them."""

    rows: NDArray[np.int32]
    cols: NDArray[np.int32]
    width: NDArray[np.float32]
    """Of the mask there, in pixels: 1 where a line is one pixel wide, 256 where 256 or more."""
    probability: NDArray[np.float32]
    """0..1"""
    is_cut: NDArray[np.bool_]
    """Whether the mask there reaches the raster's border, or pixels without a value."""
    shape: tuple[int, int]
    """(height, width) of the raster in pixels."""


def find_skeleton(probability: Probability, *, rules: MaskRules, tell: Tell) -> Skeleton:
    """The middle lines of a raster of any size.

    Laws: the same whatever the strips; as many parts and holes as the mask.
    """
    thinning, measuring = Thinning(probability.shape[1]), Measuring(probability.shape)
    for strip in mask_strips(probability, rules, tell):
        measuring.push(strip)
        measuring.take(thinning.push(strip.mask, keep=REACH), thinning.rows_done)
    measuring.take(thinning.finish(), thinning.rows_done)
    measured = measuring.of(without_corners(thinning.skeleton(), thinning.stride))
    rows, cols = np.divmod(measured.positions, thinning.stride)
    return Skeleton(
        (rows - 1).astype(np.int32), (cols - 1).astype(np.int32),
        measured.width, measured.probability, measured.is_cut, probability.shape,
    )  # fmt: skip
