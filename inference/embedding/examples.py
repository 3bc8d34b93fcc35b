# SPDX-License-Identifier: GPL-2.0-or-later
"""What a query is given to go by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .filters import Extent
from .index import Patch


@dataclass(frozen=True)
class Examples:
    """Places and rectangles on the map, patches of the index, pictures, vectors of its network.

    A place (x, y) stands for the patch around it, one of `areas` (xmin, ymin, xmax, ymax) for what
    is inside it. `patches` are told by raster, row and column, `rows` by the number of the vector,
    which changes when rasters are dropped. `pictures` are files.
    """

    places: tuple[tuple[float, float], ...] = ()
    areas: tuple[Extent, ...] = ()
    patches: tuple[Patch, ...] = ()
    rows: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()
    vectors: tuple[Sequence[float], ...] = field(default=(), hash=False)

    def __bool__(self) -> bool:
        told = self.places, self.areas, self.patches, self.rows, self.pictures, self.vectors
        return any(map(len, told))
