# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of lines inside polygons with holes, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .near_pairs import near_pairs
from .segments import Segments, cross

_AT_ONCE = 4_000_000

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Parts of segments, in order along the lines: arrays (k,) of which, and from where to where.

    `begin` and `end` are shares of the segment, 0..1.
    """

    segments: Segments
    which: Whole
    begin: Floats
    end: Floats

    @classmethod
    def all_of(cls, segments: Segments) -> Pieces:
        """Nothing cut away."""
        count = len(segments)
        return cls(segments, np.arange(count), np.zeros(count), np.ones(count))

    @property
    def line(self) -> Whole:
        return self.segments.line[self.which]

    @property
    def length(self) -> Floats:
        return (self.end - self.begin) * self.segments.length[self.which]

    @property
    def edges(self) -> Floats:
        """(k, 4): x, y of the start, x, y of the end."""
        parts = [self.segments.at(self.which, share) for share in (self.begin, self.end)]
        return np.concatenate(parts, axis=1)

    def of_lines(self, chosen: NDArray[np.bool_]) -> Pieces:
        """Those of lines that are `chosen`, (lines,)."""
        return _chosen(self, chosen[self.line])

    def length_by_line(self) -> Floats:
        """(lines,) how much of each line there is."""
        return np.bincount(self.line, self.length, self.segments.lines)

    @property
    def goes_on(self) -> NDArray[np.bool_]:
        """(k - 1,) whether a piece begins where the one before it ends."""
        same = self.which[1:] == self.which[:-1]
        following = (self.which[1:] == self.which[:-1] + 1) & (self.line[1:] == self.line[:-1])
        whole = (self.end[:-1] >= 1) & (self.begin[1:] <= 0)
        return (same & (self.begin[1:] == self.end[:-1])) | (following & whole)

    @property
    def run_count(self) -> int:
        """How often a line is inside."""
        return len(self.which) and 1 + int((~self.goes_on).sum())

    def runs(self) -> list[Floats]:
        """The polylines (n, 2) they make, one for each time a line is inside."""
        if not len(self.which):
            return []
        groups = np.split(self.edges, np.flatnonzero(~self.goes_on) + 1)
        return [np.concatenate([group[:1, :2], group[:, 2:]]) for group in groups]


def clipped(segments: Segments, outline: Segments) -> Pieces:
    """What of lines lies inside the closed rings of `outline`, by the even-odd rule.

    Lines are cut wherever they meet a ring; between two cuts one place tells for all.
    """
    ends = _segments_near(segments, outline)
    which, share = _cuts(segments, ends, outline)
    all_which = np.concatenate([ends, which, ends])
    all_share = np.concatenate([np.zeros(len(ends)), share, np.ones(len(ends))])
    is_cut = np.concatenate([np.zeros(len(ends)), np.ones(len(which)), np.zeros(len(ends))])
    order = np.lexsort((all_share, all_which))
    of, at, cut = all_which[order], all_share[order], is_cut[order]
    same = of[:-1] == of[1:]
    fresh = np.diff(segments.line[of], prepend=-1) != 0
    run = np.cumsum(fresh | (cut > 0))[:-1]
    kept = same & (at[1:] > at[:-1])
    pieces = Pieces(segments, of[:-1][kept], at[:-1][kept], at[1:][kept])
    return _chosen(pieces, _inside_runs(pieces, run[kept], outline))


def _segments_near(segments: Segments, outline: Segments) -> Whole:
    """Those of lines that may be inside: hundreds of areas are not to look at all of them."""
    low, high = outline.start.min(axis=0), outline.start.max(axis=0)
    edges = segments.edges.reshape(-1, 2, 2)
    meets = ((edges.min(axis=1) <= high) & (edges.max(axis=1) >= low)).all(axis=1)
    near = np.bincount(segments.line[meets], minlength=segments.lines) > 0
    return np.flatnonzero(near[segments.line])


def _cuts(segments: Segments, near: Whole, outline: Segments) -> tuple[Whole, Floats]:
    """Segments that a ring meets, and where, 0..1; some more than once."""
    pairs = near_pairs(segments.edges[near], outline.edges)
    found = [_cut(segments, outline, near[one], other) for one, other in pairs]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0)
    which, share = zip(*found)
    return np.concatenate(which), np.concatenate(share)


def _cut(segments: Segments, outline: Segments, one: Whole, other: Whole) -> tuple[Whole, Floats]:
    a, b = segments.start[one], outline.start[other]
    along, across = segments.end[one] - a, outline.end[other] - b
    turn = cross(along, across)
    slanting = turn != 0
    safe = np.where(slanting, turn, 1.0)
    s, t = cross(b - a, across) / safe, cross(b - a, along) / safe
    hit = slanting & (s >= 0) & (s <= 1) & (t >= -1e-9) & (t <= 1 + 1e-9)
    return one[hit], s[hit]


def _inside_runs(pieces: Pieces, run: Whole, outline: Segments) -> NDArray[np.bool_]:
    """(k,) whether a piece is inside, asked of the middle of the longest piece of its run."""
    if not len(run):
        return np.zeros(0, np.bool_)
    _, number = np.unique(run, return_inverse=True)
    order = np.lexsort((pieces.length, number))
    last = order[np.flatnonzero(np.diff(number[order], append=-1))]
    middle = pieces.segments.at(pieces.which[last], (pieces.begin[last] + pieces.end[last]) / 2)
    return inside(middle, outline)[number]


def _chosen(pieces: Pieces, kept: NDArray[np.bool_]) -> Pieces:
    return Pieces(pieces.segments, pieces.which[kept], pieces.begin[kept], pieces.end[kept])


def inside(points: Floats, outline: Segments) -> NDArray[np.bool_]:
    """(n,) whether points (n, 2) lie within closed rings, by the even-odd rule."""
    found = np.zeros(len(points), np.bool_)
    low, high = outline.start.min(axis=0), outline.start.max(axis=0)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    step = max(1, _AT_ONCE // len(outline))
    x0, y0, x1, y1 = outline.edges.T
    for first in range(0, near.size, step):
        some = near[first : first + step]
        x, y = points[some].T[:, :, None]
        spans = (y0 > y) != (y1 > y)
        slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
        found[some] = ((spans & (x < x0 + (y - y0) * slope)).sum(axis=1) % 2).astype(np.bool_)
    return found


def distance_to(points: Floats, outline: Segments) -> Floats:
    """(n,) how far points (n, 2) are from the nearest ring."""
    found = np.full(len(points), np.inf)
    step = max(1, _AT_ONCE // len(outline))
    along = outline.end - outline.start
    size = (along**2).sum(axis=1)
    for first in range(0, len(points), step):
        gap = points[first : first + step, None] - outline.start
        share = (gap * along).sum(axis=2) / np.where(size > 0, size, 1.0)
        gap = gap - np.clip(share, 0, 1)[..., None] * along
        found[first : first + step] = np.sqrt((gap**2).sum(axis=2).min(axis=1))
    return found
