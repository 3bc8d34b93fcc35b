# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch of an index that lies nearest to a place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..errors import InputError
from .filters import Extent, outline, to_index
from .index import Index
from .turns import in_one_piece, turned

_SAME = 1e-10
"""Degrees, or pixels, that are rounding: patches so far apart are equally near."""


def patch_at(index: Index, x: float, y: float) -> int:
    """The row of the patch around a place whose middle is nearest; of equal ones the last added."""
    return patch_on(index, (x, y, x, y))


def patch_on(index: Index, box: Extent) -> int:
    """The same of the patches that a box (xmin, ymin, xmax, ymax) meets, and of its middle."""
    found = [_away(index, each) for each in turned(index, box)]
    rows = np.concatenate([np.zeros(0, np.intp), *(rows for rows, _ in found)])
    if not len(rows):
        x, y = middle_of(box)
        raise InputError(
            f"No patch of the index {index.files.folder} lies at {x:.10g}, {y:.10g}; give a place "
            "inside its rasters, in the right coordinate system."
        )
    away = np.concatenate([away for _, away in found])
    return int(rows[away <= away.min() + _SAME].max())


def middle_of(box: Extent) -> tuple[float, float]:
    """x and y of it."""
    left, bottom, right, top = box
    return (left + right) / 2, (bottom + top) / 2


def east_by_north(index: Index, y: float) -> float:
    """How long a degree to the east is there, of one to the north; of pixels both are alike."""
    return 1.0 if index.crs is None else math.cos(math.radians(y))


def box_around(index: Index, area: Extent, crs: CRS | None) -> Extent:
    """What surrounds a rectangle of another system in the index's coordinates."""
    ring = to_index(index, outline(area), crs)
    if index.crs is not None:
        ring = in_one_piece(ring)
    left, bottom = ring.min(axis=0).tolist()
    right, top = ring.max(axis=0).tolist()
    return left, bottom, right, top


def _away(index: Index, box: Extent) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the patches that a box meets, and how far their middles are from its own."""
    left, bottom, right, top = box
    places = index.places
    over = np.flatnonzero(
        (places["left"] <= right) & (left <= places["right"])
        & (places["bottom"] <= top) & (bottom <= places["top"])
    )  # fmt: skip
    x, y = middle_of(box)
    middles = index.middles[:, over]
    return over, np.hypot((middles[0] - x) * east_by_north(index, y), middles[1] - y)
