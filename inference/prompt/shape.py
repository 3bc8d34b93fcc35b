# SPDX-License-Identifier: GPL-2.0-or-later
"""From the mask of an object to its outline on the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..errors import InputError
from ..raster.frame import Frame
from ..raster.window import Window
from ..vector.outlines import Outlines, ranges
from ..vector.polygons import regions_in
from ..vector.simplify import simplified
from .half_steps import HALVES, without_steps
from .rings import Ring, Rings, area, closed, holds, overlap
from .smoothing import smoothed
from .square_corners import ROUGHNESS_PX, squared

MOST_SMOOTHING = 5
"""Rounds; each doubles the points, and more are not to be seen."""
_INSIDE = np.uint8(0)
"""Class of a mask's pixels while it is traced."""


@dataclass(frozen=True)
class ShapeOptions:
    """How the outline of an object is drawn; lengths and areas in pixels of its mask.

    `simplify_px` is how far the outline may leave the pixels' edges (0: not at all), `smooth` how
    often its corners are cut, `fill_holes_px` and `least_area_px` up to which area holes are filled
    and below which parts are dropped. `orthogonal` makes corners right angles where that changes
    little. Without `all_parts`, only the largest part remains.
    """

    simplify_px: float = 0.8
    smooth: int = 0
    fill_holes_px: float = 0.0
    least_area_px: float = 0.0
    orthogonal: bool = False
    all_parts: bool = False

    def __post_init__(self) -> None:
        for name in ("simplify_px", "fill_holes_px", "least_area_px"):
            value = getattr(self, name)
            if not value >= 0 or (name == "simplify_px" and math.isinf(value)):
                raise InputError(f"{name} must be a number of pixels from 0 on, not {value}.")
        if not 0 <= self.smooth <= MOST_SMOOTHING:
            raise InputError(f"smooth must be 0 to {MOST_SMOOTHING} rounds, not {self.smooth}.")


@dataclass(frozen=True)
class Part:
    """A polygon on the map: closed rings (n, 2) of map coordinates, the outer one first.

    `area_px` and `area_m2` (ellipsoidal, None where the raster does not say where it lies) are
    those of the polygon as it is drawn.
    """

    rings: tuple[NDArray[np.float64], ...]
    area_px: float
    area_m2: float | None


@dataclass(frozen=True)
class Outline:
    """One object on the map, in one part or several."""

    parts: tuple[Part, ...]

    @property
    def polygons(self) -> tuple[tuple[NDArray[np.float64], ...], ...]:
        """The rings of each part."""
        return tuple(part.rings for part in self.parts)

    @property
    def area_px(self) -> float:
        """In pixels of the mask."""
        return sum(part.area_px for part in self.parts)

    @property
    def area_m2(self) -> float | None:
        """Square metres on the ground, None where the raster does not say where it lies."""
        areas = [part.area_m2 for part in self.parts]
        return None if None in areas else sum(areas)

    @property
    def separated(self) -> tuple[Outline, ...]:
        """Each part as an object of its own."""
        return tuple(Outline((part,)) for part in self.parts)

    @property
    def geometry(self) -> dict[str, Any]:
        """GeoJSON-like: a Polygon, or a MultiPolygon where there are several parts."""
        parts = [[ring.tolist() for ring in rings] for rings in self.polygons]
        if len(parts) == 1:
            return {"type": "Polygon", "coordinates": parts[0]}
        return {"type": "MultiPolygon", "coordinates": parts}


def outline_of(
    mask: NDArray[np.bool_], window: Window, *, frame: Frame, options: ShapeOptions
) -> Outline | None:
    """The outline of a mask (height, width) that covers `window` of the pixels of `frame`.

    None where the mask, or what the options leave of it, is empty. Pixels that share a side
    connect. Without options the outline runs along the pixels' edges, exactly.
    """
    if mask.shape != (window.height, window.width):
        raise ValueError(f"a mask of {mask.shape} does not cover {window}")
    found = regions_in(np.where(mask, _INSIDE, np.uint8(NODATA_CLASS)))
    return _outlined(found, np.array([window.col_off, window.row_off]), frame, options)


def outline_of_region(
    rings: Sequence[NDArray[np.integer]], *, frame: Frame, options: ShapeOptions
) -> Outline | None:
    """The same of connected pixels whose exact outline is known, so that no mask need be made.

    `rings` are closed and of pixel corners (column, row), the outer one first.
    """
    corner = rings[0].min(axis=0)
    return _outlined(Outlines.of_region([ring - corner for ring in rings]), corner, frame, options)


def _outlined(
    traced: Outlines, corner: NDArray[np.integer], frame: Frame, options: ShapeOptions
) -> Outline | None:
    """`corner` is where the pixels of `traced` begin."""
    found = _wanted(traced, options)
    if len(found) == 0:
        return None
    polygons = (tuple(ring + corner for ring in rings) for rings in _drawn(found, options))
    return Outline(tuple(_part(rings, frame) for rings in polygons))


def _wanted(found: Outlines, options: ShapeOptions) -> Outlines:
    """Without the holes to be filled and the parts that are too small, or not the largest."""
    size = _ring_areas(found)
    outer = np.zeros(size.size, np.bool_)
    outer[found.region_start[:-1]] = True
    ring_kept = outer | (-size > options.fill_holes_px)
    parts = np.bincount(found.region_of_ring[ring_kept], size[ring_kept], len(found))
    part_kept = (parts >= options.least_area_px) & ~_in_filled_holes(found, ~ring_kept)
    if not options.all_parts and part_kept.any():
        part_kept &= np.arange(parts.size) == parts.argmax()
    return _chosen(found, np.flatnonzero(ring_kept & part_kept[found.region_of_ring]))


def _in_filled_holes(found: Outlines, filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of each part: whether it lies in one of the holes that are filled, and so in another part."""
    starts = found.ring_start[found.region_start[:-1]]
    middles = found.points[starts] + 0.5  # of the pixel below the upper left corner, see Outlines
    inside = np.zeros(len(found), np.bool_)
    for ring in np.flatnonzero(filled) if len(found) > 1 else ():
        hole = found.points[found.ring_start[ring] : found.ring_start[ring + 1]]
        near = ((hole.min(axis=0) < middles) & (middles < hole.max(axis=0))).all(axis=1)
        inside[near] |= holds((hole,), middles[near])
    return inside


def _ring_areas(found: Outlines) -> NDArray[np.float64]:
    """Pixels in each ring, below 0 for holes."""
    if not len(found):
        return np.zeros(0)
    x, y = found.points.astype(np.float64).T
    x0, y0 = x[found.before], y[found.before]
    return np.add.reduceat(x0 * y - x * y0, found.ring_start[:-1]) / 2


def _chosen(found: Outlines, rings: NDArray[np.int64]) -> Outlines:
    """Some of the rings, in their order."""
    length = np.diff(found.ring_start)[rings]
    points = ranges(found.ring_start[rings], length)
    region = found.region_of_ring[rings]
    first = np.flatnonzero(np.diff(region, prepend=-1))
    return Outlines(
        points=found.points[points],
        meets=found.meets[points],
        turns=found.turns[points],
        ring_start=np.concatenate([[0], np.cumsum(length)]),
        region_start=np.append(first, rings.size),
        class_ids=found.class_ids[region[first]],
    )


def _drawn(found: Outlines, options: ShapeOptions) -> tuple[Rings, ...]:
    """Every part as the options want it; one that can be squared is not smoothed."""
    exact = _polygons(found)
    plain = _straightened(found, options.simplify_px) if options.simplify_px > 0 else exact
    soft = smoothed(plain, options.smooth)
    if not options.orthogonal:
        return soft
    rough = plain
    if options.simplify_px < ROUGHNESS_PX:
        rough = _straightened(found, ROUGHNESS_PX)
    return _apart([squared(*both) for both in zip(rough, exact)], soft)


def _straightened(found: Outlines, pixels: float) -> tuple[Rings, ...]:
    """Without steps, and with as few points as may be for lines up to so many pixels away."""
    halves = simplified(without_steps(found), HALVES * pixels)
    return tuple(tuple(ring / HALVES for ring in rings) for rings in _polygons(halves))


def _apart(square: list[Rings | None], soft: tuple[Rings, ...]) -> tuple[Rings, ...]:
    """The squared parts, but for those that would lie over another part."""
    drawn = [one or other for one, other in zip(square, soft)]
    while True:
        moved = {i for i, each in enumerate(drawn) if each is not soft[i]}
        pairs = (pair for pair in combinations(range(len(drawn)), 2) if moved.intersection(pair))
        wrong = {i for pair in pairs if overlap(drawn[pair[0]], drawn[pair[1]]) for i in pair}
        wrong &= moved
        if not wrong:
            return tuple(drawn)
        for index in wrong:
            drawn[index] = soft[index]


def _polygons(found: Outlines) -> tuple[Rings, ...]:
    return tuple(tuple(ring[:-1].astype(float) for ring in each.rings) for each in found)


def _part(rings: Rings, frame: Frame) -> Part:
    """A polygon of the pixels of `frame` on the map."""
    metres = sum(_ring_area_m2(ring, frame) for ring in rings) if frame.is_georeferenced else None
    on_map = (np.stack(frame.to_map(*closed(ring).T), axis=1) for ring in rings)
    return Part(tuple(on_map), area_px=area(rings), area_m2=metres)


def _ring_area_m2(ring: Ring, frame: Frame) -> float:
    """Square metres in a ring, below 0 in a hole: the area of a pixel, integrated over a fan.

    The mean of a triangle's three edge midpoints is exact where the area of a pixel changes with
    the square of the place.
    """
    one, two = ring, np.roll(ring, -1, axis=0)
    hub = ring.mean(axis=0)
    doubled = (one - hub)[:, 0] * (two - hub)[:, 1] - (one - hub)[:, 1] * (two - hub)[:, 0]
    middles = np.stack([(one + two) / 2, (one + hub) / 2, (two + hub) / 2])
    pixel = frame.pixel_area_m2(middles[..., 1], middles[..., 0])
    return float((doubled / 2) @ pixel.mean(axis=0))
