# SPDX-License-Identifier: GPL-2.0-or-later
"""The faces of a network drawn on the plane: what its branches enclose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..vector.cycles import cycles
from .noding import FractureNetwork

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Face:
    """One enclosed area: closed rings (n, 2), the outer one first, and whose lines go around it.

    `lines` are those of all rings; `forward` says which are followed as they run.
    """

    rings: tuple[Floats, ...]
    area: float
    lines: Whole
    forward: NDArray[np.bool_]


def faces_of(network: FractureNetwork) -> list[Face]:
    """Every enclosed area, with holes where another part of the network lies inside it.

    Branches that lead nowhere bound nothing. Each branch has two sides; from each one turns as
    sharply left as one can until one is back (de Berg et al. 2008, chapter 2).
    """
    kept = _without_dangling(network)
    if not len(kept):
        return []
    paths = [network.path(int(branch)) for branch in kept]
    head, steps = cycles(_following(paths, *network.nodes_of[kept].T).astype(np.int32))
    order = np.lexsort((steps, head))
    walks = np.split(order, np.flatnonzero(np.diff(head[order])) + 1)
    found = [_face(walk, paths, network.line[kept]) for walk in walks]
    around = [face for face in found if face.area < 0]
    return _with_holes([face for face in found if face.area > 0], around)


def _face(walk: Whole, paths: list[Floats], lines: Whole) -> Face:
    """What is to the left of a walk; its area is below 0 where that is all around it."""
    parts = [paths[side // 2][:: -1 if side % 2 else 1][:-1] for side in walk]
    ring = np.concatenate([*parts, parts[0][:1]])
    return Face((ring,), ring_area(ring), lines[walk // 2], walk % 2 == 0)


def _without_dangling(network: FractureNetwork) -> Whole:
    """Branches that are left when those with a free end are taken away, again and again."""
    kept = np.arange(len(network.line))
    while True:
        nodes = network.nodes_of[kept]
        degree = np.bincount(nodes.ravel(), minlength=len(network.nodes))
        good = (degree[nodes] > 1).all(axis=1)
        if good.all():
            return kept
        kept = kept[good]


def _following(paths: list[Floats], start: Whole, end: Whole) -> Whole:
    """(2 branches,) the side that follows each: side 2 i runs along branch i, 2 i + 1 back."""
    count = 2 * len(paths)
    origin = np.stack([start, end], axis=1).ravel()
    away = np.array([step for path in paths for step in (path[1] - path[0], path[-2] - path[-1])])
    angle = np.arctan2(away[:, 1], away[:, 0])
    order = np.lexsort((angle, origin))
    first = np.concatenate([[True], np.diff(origin[order]) != 0])
    begins = np.flatnonzero(first)
    last = np.concatenate([begins[1:], [count]]) - 1
    before = np.arange(count) - 1
    before[begins] = last
    clockwise = np.empty(count, np.int64)
    clockwise[order] = order[before]
    return clockwise[np.arange(count) ^ 1]


def ring_area(ring: Floats) -> float:
    """Of a closed ring (n, 2), above 0 where it turns left."""
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2


def _with_holes(faces: list[Face], parts: list[Face]) -> list[Face]:
    """Take each separate part of the network out of the smallest face around it."""
    boxes = np.array([[*face.rings[0].min(axis=0), *face.rings[0].max(axis=0)] for face in faces])
    areas = np.array([face.area for face in faces])
    holes: dict[int, list[Face]] = {}
    for part in parts:
        around = _smallest_around(part, faces, boxes, areas)
        if around is not None:
            holes.setdefault(around, []).append(part)
    return [_cut_out(face, holes.get(index, [])) for index, face in enumerate(faces)]


def _smallest_around(part: Face, faces: list[Face], boxes: Floats, areas: Floats) -> int | None:
    if not len(boxes):
        return None
    ring = part.rings[0]
    low, high = ring.min(axis=0), ring.max(axis=0)
    around = (boxes[:, :2] <= low).all(axis=1) & (boxes[:, 2:] >= high).all(axis=1)
    around &= areas > -part.area * (1 + 1e-9)
    for index in sorted(np.flatnonzero(around), key=lambda each: areas[each]):
        if ring_has(faces[index].rings[0], ring[0]):
            return int(index)
    return None


def ring_has(ring: Floats, point: Floats) -> bool:
    """Whether a point (2,) lies within a closed ring (n, 2)."""
    (x0, y0), (x1, y1), (x, y) = ring[:-1].T, ring[1:].T, point
    spans = (y0 > y) != (y1 > y)
    slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
    return bool((spans & (x < x0 + (y - y0) * slope)).sum() % 2)


def _cut_out(face: Face, holes: list[Face]) -> Face:
    whole = [face, *holes]
    return Face(
        rings=tuple(each.rings[0] for each in whole),
        area=sum(each.area for each in whole),
        lines=np.concatenate([each.lines for each in whole]),
        forward=np.concatenate([each.forward for each in whole]),
    )
