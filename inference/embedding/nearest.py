# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch of an index that lies nearest to a place."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .filters import Extent
from .index import Index

_SIDES = (("left", "right"), ("bottom", "top"))


def patch_at(index: Index, x: float, y: float) -> int:
    """The row of the patch around a place whose middle is nearest; of equal ones the last added."""
    return patch_on(index, (x, y, x, y))


def patch_on(index: Index, box: Extent) -> int:
    """The same of the patches that a box (xmin, ymin, xmax, ymax) meets, and of its middle."""
    left, bottom, right, top = box
    x, y = (left + right) / 2, (bottom + top) / 2
    places = index.places
    over = np.flatnonzero(
        (places["left"] <= right) & (left <= places["right"])
        & (places["bottom"] <= top) & (bottom <= places["top"])
    )  # fmt: skip
    if not len(over):
        raise InputError(
            f"No patch of the index {index.files.folder} lies at {x:.10g}, {y:.10g}; give a place "
            "inside its rasters, in the right coordinate system."
        )
    wide, tall = (np.ptp([places[name][over[0]] for name in pair]) for pair in _SIDES)
    middles = index.middles[:, over]
    # Degrees east are shorter than degrees north: in sides of the patch both are alike.
    away = np.hypot((middles[0] - x) / (wide or 1.0), (middles[1] - y) / (tall or 1.0))
    return int(over[np.flatnonzero(away <= away.min() + 1e-9)[-1]])
