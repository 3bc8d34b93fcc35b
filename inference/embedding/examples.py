# SPDX-License-Identifier: GPL-2.0-or-later
"""What a query is given to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .filters import Extent
from .index import Patch


@dataclass(frozen=True)
class ExamplePolygon:
    """A polygon (GeoJSON-like) that stands for the mean of the patches whose middle it holds.

    One that holds none stands for the patch around the place `inside` it. So it counts as one
    example, however large it is: else one lake would outvote ten ponds.
    """

    shape: Mapping[str, Any]
    inside: tuple[float, float]


@dataclass(frozen=True)
class Examples:
    """Places and shapes on the map, patches of the index, pictures, vectors of its network.

    A place (x, y) stands for the patch around it, one of `areas` (xmin, ymin, xmax, ymax) for what
    is inside it. `patches` are told by raster, row and column, `rows` by the number of the vector,
    which changes when rasters are dropped. `pictures` are files.
    """

    places: tuple[tuple[float, float], ...] = ()
    areas: tuple[Extent, ...] = ()
    polygons: tuple[ExamplePolygon, ...] = field(default=(), hash=False)
    patches: tuple[Patch, ...] = ()
    rows: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()
    vectors: tuple[Sequence[float], ...] = field(default=(), hash=False)

    def __bool__(self) -> bool:
        on_map = self.places, self.areas, self.polygons
        others = self.patches, self.rows, self.pictures, self.vectors
        return any(map(len, (*on_map, *others)))
