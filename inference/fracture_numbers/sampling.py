# SPDX-License-Identifier: GPL-2.0-or-later
"""Where fractures were looked for: polygons, the outline of an image, or the hull of the lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.frame import Frame
from ..vector.geometry_blob import Rings

POLYGON, OUTLINE, HULL = "polygon", "outline", "hull"
_EDGE_PARTS = 32


@dataclass(frozen=True, eq=False)
class SamplingArea:
    """Polygons (closed rings, the outer one first) in coordinates of the lines' map.

    `kind` says where it comes from: "polygon" was given, "outline" is that of an image, "hull" was
    drawn around the lines, and cuts none of them. `seen` is how much of it had data, in the unit of
    the answer squared: an image may have holes, and polygons may reach beyond it. None is all.
    """

    name: str
    polygons: tuple[Rings, ...]
    kind: str = POLYGON
    seen: float | None = None

    def __post_init__(self) -> None:
        for ring in self.rings:
            if ring.ndim != 2 or ring.shape[1] != 2 or not np.isfinite(ring).all():
                raise InputError(f"The outline of {self.name} has a corner that is no place.")
            if len(ring) < 4 or (ring[0] != ring[-1]).any():
                raise InputError(
                    f"The outline of {self.name} is not closed, or has fewer than three corners."
                )
        if not self.polygons:
            raise InputError(f"The sampling area {self.name} is empty; give a polygon.")

    @property
    def rings(self) -> tuple[NDArray[np.float64], ...]:
        """All rings of all polygons."""
        return tuple(ring for rings in self.polygons for ring in rings)


def outline_of(frame: Frame) -> SamplingArea:
    """All of a raster, as QGIS draws it; curved edges are followed."""
    along = np.linspace(0.0, 1.0, _EDGE_PARTS + 1)[:-1]
    ones = np.ones_like(along)
    cols = np.concatenate([along, ones, 1 - along, 0 * ones, [0.0]]) * frame.width
    rows = np.concatenate([0 * ones, along, ones, 1 - along, [0.0]]) * frame.height
    ring = np.stack(frame.to_map(cols, rows), axis=1)
    return SamplingArea("the image", ((ring,),), OUTLINE)


def hull_of(points: NDArray[np.float64]) -> SamplingArea | None:
    """The convex hull of points (n, 2); None where it has no area (Andrew 1979)."""
    ordered = np.unique(points, axis=0)
    if len(ordered) < 3:
        return None
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    ring = np.array([*lower[:-1], *upper[:-1], lower[0]])
    x, y = (ring - ring[0]).T
    area = abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())) / 2
    extent = float(np.ptp(ring, axis=0).max())
    if area <= 1e-9 * extent**2:
        return None
    return SamplingArea("the lines' convex hull", ((ring,),), HULL)


def _chain(points: NDArray[np.float64]) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for x, y in points.tolist():
        while len(kept) > 1 and _turn(kept[-2], kept[-1], (x, y)) <= 0:
            kept.pop()
        kept.append((x, y))
    return kept


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
