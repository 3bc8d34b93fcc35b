# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies in round windows around many places: lines and areas cut at the circle, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import part
from ..vector.outlines import batches, ranges
from .clipping import Pieces, distance_to, inside
from .density import Region
from .segments import cross
from .square_cells import cut_at_cells

_AT_ONCE = 2_000_000
_PARTS = 3
"""Cells of the index a radius."""
_ROW = 1 << 31

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Windows:
    """Circles of one `radius` around `centres` (n, 2) of the plane."""

    centres: Floats
    radius: float

    def measured(
        self,
        regions: tuple[Region, ...],
        pieces: tuple[Pieces, ...],
        ends: tuple[Floats, Whole],
        nodes: tuple[Floats, Whole],
        tell: Callable[[float], None],
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Length, (4, n) ends and nodes I, Y, X, share and area of each window in the regions.

        All 0 where the centre lies in none of them.
        """
        tell(0.0)
        areas, within = np.zeros(len(self.centres)), np.zeros(len(self.centres), np.bool_)
        for region in regions:
            areas += circle_areas(self.centres, self.radius, region)
            within |= inside(self.centres, region.outline)
        tell(0.3)
        chosen = Windows(self.centres[within], self.radius)
        edges = np.concatenate([each.edges for each in pieces])
        found = np.zeros((5, len(self.centres)))
        found[0, within] = chosen.lengths(edges, part(tell, 0.3, 0.8))
        tell(0.8)
        found[1, within] = chosen.numbers(ends[0], ends[1][None])[0]
        found[2:, within] = chosen.numbers(*nodes)
        areas[~within] = 0.0
        return found[0], found[1:], areas / (np.pi * self.radius**2), areas

    def lengths(self, edges: Floats, tell: Callable[[float], None] = lambda done: None) -> Floats:
        """(n,) length within each circle of straight lines (k, 4)."""
        total = np.zeros(len(self.centres))
        cell = self.radius / _PARTS
        of, first, last = cut_at_cells(edges / cell)
        along = edges[:, 2:] - edges[:, :2]
        start = edges[of, :2] + first[:, None] * along[of]
        step = (last - first)[:, None] * along[of]
        length = np.hypot(*step.T)
        for window, piece in self._near(start + step / 2, cell):
            tell(float(window[0]) / len(total))
            begin = start[piece] - self.centres[window]
            share = self._share_inside(begin, step[piece], length[piece])
            total += np.bincount(window, share * length[piece], len(total))
        return total

    def _share_inside(self, begin: Floats, step: Floats, length: Floats) -> Floats:
        """(k,) of short lines; only those near the circle itself need to be cut."""
        apart = np.hypot(*(begin + step / 2).T)
        share = (apart <= self.radius).astype(np.float64)
        near = np.flatnonzero(np.abs(apart - self.radius) <= length / 2)
        low, high = chord(begin[near], step[near], self.radius)
        share[near] = high - low
        return share

    def numbers(self, points: Floats, weights: Whole) -> Floats:
        """(kinds, n) how many points (k, 2) lie in each circle, by `weights` (kinds, k)."""
        total = np.zeros((len(weights), len(self.centres)))
        for window, point in self._near(points, self.radius / _PARTS):
            apart = np.hypot(*(points[point] - self.centres[window]).T)
            own = apart <= self.radius
            for kind, each in enumerate(weights):
                total[kind] += np.bincount(window[own], each[point[own]], total.shape[1])
        return total

    def _near(self, points: Floats, cell: float) -> Iterator[tuple[Whole, Whole]]:
        """Pairs of window and point, all that may meet: by the rows of cells a window spans."""
        if not len(points) or not len(self.centres):
            return
        low = np.minimum(points.min(axis=0), self.centres.min(axis=0)) - self.radius - cell
        low = np.floor(low / cell) * cell
        col, row = np.floor((points - low) / cell + 1e-9).astype(np.int64).T
        order = np.argsort(row * _ROW + col, kind="stable")
        keys = (row * _ROW + col)[order]
        first = np.floor((self.centres - self.radius - low) / cell).astype(np.int64) - 1
        last = np.floor((self.centres + self.radius - low) / cell).astype(np.int64) + 1
        rows = last[:, 1] - first[:, 1] + 1
        window = np.repeat(np.arange(len(self.centres)), rows)
        row = ranges(first[:, 1], rows)
        start = np.searchsorted(keys, row * _ROW + first[window, 0], "left")
        count = np.searchsorted(keys, row * _ROW + last[window, 0], "right") - start
        for batch in batches(count, _AT_ONCE):
            near = order[ranges(start[batch], count[batch])]
            yield np.repeat(window[batch], count[batch]), near


def chord(start: Floats, step: Floats, radius: float) -> tuple[Floats, Floats]:
    """From where to where, 0..1, lines `start` + t `step` are in the circle around 0."""
    a = (step**2).sum(axis=-1)
    b = (start * step).sum(axis=-1)
    c = (start**2).sum(axis=-1) - radius**2
    root = b**2 - a * c
    safe = np.where(a > 0, a, 1.0)
    half = np.sqrt(np.maximum(root, 0.0))
    low, high = np.clip((-b - half) / safe, 0, 1), np.clip((-b + half) / safe, 0, 1)
    met = (root > 0) & (a > 0)
    return np.where(met, low, 0.0), np.where(met, high, 0.0)


def circle_areas(centres: Floats, radius: float, region: Region) -> Floats:
    """(n,) how much of each circle lies in a region, holes left out.

    Each edge of a ring adds the part of its triangle with the centre that is in the circle; beyond
    the circle that is a sector.
    """
    outline = region.outline
    areas = np.where(inside(centres, outline), np.pi * radius**2, 0.0)
    near = np.flatnonzero(distance_to(centres, outline) < radius)
    step = max(1, _AT_ONCE // len(outline))
    for first in range(0, near.size, step):
        some = near[first : first + step]
        a = outline.start - centres[some][:, None]
        b = outline.end - centres[some][:, None]
        low, high = chord(a, b - a, radius)
        p, q = a + low[..., None] * (b - a), a + high[..., None] * (b - a)
        # Where the line misses the circle p and q are a, and all is one sector.
        sectors = _angle(a, p) + _angle(q, b)
        parts = radius**2 * sectors + cross(p, q)
        areas[some] = np.abs(parts.sum(axis=1)) / 2
    return areas


def _angle(a: Floats, b: Floats) -> Floats:
    return np.arctan2(cross(a, b), (a * b).sum(axis=-1))
