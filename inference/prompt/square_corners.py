# SPDX-License-Identifier: GPL-2.0-or-later
"""Right angles for buildings: every edge goes along the main direction of the object or across."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .rings import Ring, Rings, area, holds, perimeter, signed_area

LARGEST_CHANGE = 0.15
"""Of the area: what is added and what is lost, together. The steps of the pixels alone are as much
in a turned building of less than about 16 x 12 pixels, which may stay as it is; a disc has more."""
_LARGEST_SHIFT = 0.02
"""Of the square root of the area: how far the outline moves in the mean. A tree moves farther."""
ROUGHNESS_PX = 0.8
"""How far the outline may leave the pixels' edges that walls are looked for in."""
_SHORTEST_WALL_PX = 3.0
_MOST_WALLS, _MOST_IN_ALL = 200, 2000
"""Of one ring, and of all rings of an object: each wall is compared with each."""
_FINE, _LARGEST_PICTURE = 4.0, 1024.0
"""Of the picture on which areas are compared: dots per pixel, and along its longer side."""


def squared(rough: Rings, exact: Rings) -> Rings | None:
    """The polygon with right angles only; None where it would not be the same object.

    `rough` is its outline without the steps of the pixels, `exact` the one that counts.
    """
    angle = _main_direction(rough[0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rings = [_walled(ring @ turn) for ring in rough]
    if any(ring is None for ring in rings) or sum(map(len, rings)) > _MOST_IN_ALL:
        return None
    if not _is_valid(rings):
        return None
    polygon = tuple(ring @ turn.T for ring in rings)
    changed, size = _changed(polygon, exact), area(exact)
    shift = max(1.0, _LARGEST_SHIFT * size**0.5)
    return polygon if changed < min(LARGEST_CHANGE * size, shift * perimeter(rough)) else None


def _main_direction(ring: Ring) -> float:
    """Radians, up to quarter turns: the mean of all edges, where long ones count most."""
    across, down = (np.roll(ring, -1, axis=0) - ring).T
    weight, turned = across**2 + down**2, 4 * np.arctan2(down, across)
    return float(np.arctan2(weight @ np.sin(turned), weight @ np.cos(turned))) / 4


@dataclass(frozen=True)
class _Wall:
    """A straight piece of an outline: where it lies on its own axis, and how much tells so."""

    is_level: bool
    place: float
    weight: float

    def joined(self, other: _Wall) -> _Wall:
        weight = self.weight + other.weight
        place = (self.place * self.weight + other.place * other.weight) / weight
        return _Wall(self.is_level, place, weight)


def _walled(ring: Ring) -> Ring | None:
    """The ring of walls along the axes, by turns level and upright; None where there are too many.

    Edges that go the same way, more or less, are one wall, and what is shorter than a wall can be
    falls to its neighbours.
    """
    walls = _walls(ring)
    if not 4 <= len(walls) <= _MOST_WALLS:
        return None
    while len(walls) > 4:
        places = np.array([wall.place for wall in walls])
        lengths = np.abs(np.roll(places, -1) - np.roll(places, 1))
        shortest = int(lengths.argmin())
        if lengths[shortest] >= _SHORTEST_WALL_PX:
            break
        walls = walls[shortest:] + walls[:shortest]
        walls = [walls[-1].joined(walls[1]), *walls[2:-1]]
    corners = zip(walls, walls[1:] + walls[:1])
    return np.array(
        [(b.place, a.place) if a.is_level else (a.place, b.place) for a, b in corners], float
    )


def _walls(ring: Ring) -> list[_Wall]:
    start, end = ring, np.roll(ring, -1, axis=0)
    length = np.abs(end - start)
    level = length[:, 0] >= length[:, 1]
    changes = np.flatnonzero(level != np.roll(level, 1))
    if changes.size == 0:
        return []
    level, length = np.roll(level, -changes[0]), np.roll(length, -changes[0], axis=0)
    middle = np.roll((start + end) / 2, -changes[0], axis=0)
    walls: list[_Wall] = []
    for is_level, (across, down), (x, y) in zip(level, length, middle):
        edge = _Wall(bool(is_level), y, across) if is_level else _Wall(False, x, down)
        if walls and walls[-1].is_level == edge.is_level:
            walls[-1] = walls[-1].joined(edge)
        else:
            walls.append(edge)
    return walls


def _is_valid(rings: list[Ring]) -> bool:
    """Whether rings along the axes touch neither themselves nor each other, holes inside."""
    low = np.concatenate([np.minimum(ring, np.roll(ring, -1, axis=0)) for ring in rings])
    high = np.concatenate([np.maximum(ring, np.roll(ring, -1, axis=0)) for ring in rings])
    meet = (low[:, None] <= high[None]).all(axis=2) & (low[None] <= high[:, None]).all(axis=2)
    first = 0
    for ring in rings:  # a wall may meet the next one
        here = np.arange(first, first + len(ring))
        meet[here, here] = meet[here, np.roll(here, 1)] = meet[np.roll(here, 1), here] = False
        first += len(ring)
    turns = all((signed_area(ring) > 0) == (ring is rings[0]) for ring in rings)
    return turns and not meet.any() and all(holds((rings[0],), ring[:1])[0] for ring in rings[1:])


def _changed(polygon: Rings, exact: Rings) -> float:
    """Pixels added and pixels lost, together."""
    corner = np.minimum(polygon[0].min(axis=0), exact[0].min(axis=0)) - 1
    reach = np.maximum(polygon[0].max(axis=0), exact[0].max(axis=0)) + 1 - corner
    scale = min(_FINE, _LARGEST_PICTURE / float(reach.max()))
    width, height = np.ceil(reach * scale).astype(int)
    one, other = (_picture(each, corner, scale, (height, width)) for each in (polygon, exact))
    return float((one != other).sum()) / scale**2


def _picture(
    polygon: Rings, corner: NDArray[np.float64], scale: float, shape: tuple[int, int]
) -> NDArray[np.uint8]:
    picture = np.zeros(shape, np.uint8)
    # The centre of OpenCV's first dot is at 0, ours at half a dot.
    rings = [np.rint((ring - corner) * scale - 0.5).astype(np.int32) for ring in polygon]
    return cv2.fillPoly(picture, rings, 1)
