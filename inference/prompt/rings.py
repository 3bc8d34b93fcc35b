# SPDX-License-Identifier: GPL-2.0-or-later
"""Rings of pixel positions, and polygons made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""(points, 2) as (column, row), open: the first point is not repeated at the end."""
Rings = tuple[Ring, ...]
"""One polygon: the outer ring, clockwise on screen, then its holes, the other way round."""


def signed_area(ring: Ring) -> float:
    """Pixels in a ring, above 0 where it turns clockwise on screen."""
    x, y = (ring - ring[0]).T  # near the origin: products of large numbers would lose digits
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def area(polygon: Rings) -> float:
    """Pixels in a polygon, its holes left out."""
    return sum(signed_area(ring) for ring in polygon)


def closed(ring: Ring) -> Ring:
    """The same with its first point repeated at the end."""
    return np.concatenate([ring, ring[:1]])
