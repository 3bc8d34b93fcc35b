# SPDX-License-Identifier: GPL-2.0-or-later
"""From lines to a network: nodes where lines end, abut or cross, and branches between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..vector.joined import groups
from .meetings import crossings, end_touches
from .segments import Segments

_ROUNDING = 1e-9
FREE, JOINT, ABUTTING, CROSSING = 1, 2, 3, 4
"""Kinds of nodes, by how many branches meet: I; one line goes on as another; Y; X (and more)."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FractureNetwork:
    """Nodes (m, 2) on the plane, and branches (k,) between them on their lines.

    `nodes_of` (k, 2) are the nodes at a branch's ends, `arcs` (k, 2) where it begins and ends
    along its `line` (k,).
    """

    segments: Segments
    nodes: Floats
    nodes_of: Whole
    line: Whole
    arcs: Floats
    doubles: int = 0
    """Branches that were left out because they lie on others."""

    @cached_property
    def degree(self) -> Whole:
        """(m,) how many branches end at each node; one that comes back counts twice."""
        return np.bincount(self.nodes_of.ravel(), minlength=len(self.nodes))

    @property
    def kind(self) -> Whole:
        """(m,) FREE, JOINT, ABUTTING, CROSSING; 0 where no branch is left."""
        return np.minimum(self.degree, CROSSING)

    @property
    def length(self) -> Floats:
        return self.arcs[:, 1] - self.arcs[:, 0]

    @cached_property
    def chain(self) -> Whole:
        """(k,) which branches are one, because they only meet at joints."""
        ends = np.repeat(np.arange(len(self.line)), 2)
        order = np.argsort(self.nodes_of.ravel(), kind="stable")
        at = self.nodes_of.ravel()[order]
        pairs = np.flatnonzero((at[:-1] == at[1:]) & (self.kind[at[:-1]] == JOINT))
        return groups(len(self.line), ends[order][pairs], ends[order][pairs + 1])

    def path(self, branch: int) -> Floats:
        """(n, 2) points of one branch, from node to node."""
        line, (start, end) = self.line[branch], self.arcs[branch]
        own = slice(self.segments.first[line], self.segments.first[line + 1])
        arc = self.segments.arc[own]
        between = self.segments.start[own][(arc > start) & (arc < end)]
        first, last = self.nodes[self.nodes_of[branch]]
        points = np.concatenate([first[None], between, last[None]])
        moved = np.abs(np.diff(points, axis=0)).max(axis=1) > _ROUNDING * (end - start)
        return points[np.concatenate([[True], moved])]


def default_snap(segments: Segments) -> float:
    """Half a percent of the median length: near misses of a hand that draws."""
    return 0.005 * float(np.median(segments.line_length))


def node_lines(segments: Segments, *, snap: float) -> FractureNetwork:
    """The network of lines; an end within `snap` of a line abuts on it, and overshoots are cut.

    Laws: the same whatever way the lines are turned, moved, ordered or directed; a line drawn
    twice counts once. Lines must be longer than `snap`.
    """
    hits = _Hits.of(segments, snap)
    network = _network(segments, hits, snap)
    network = _without_doubles(network, snap)
    return _numbered(network)


@dataclass(frozen=True, eq=False)
class _Hits:
    """Which node lies on which line, how far along: arrays (h,); and the places of the nodes."""

    node: Whole
    line: Whole
    arc: Floats
    places: Floats

    @classmethod
    def of(cls, segments: Segments, snap: float) -> _Hits:
        crossed, touched = crossings(segments), end_touches(segments, reach=snap)
        count, ends = segments.lines, np.arange(2 * segments.lines)
        inner = np.arange(len(crossed.place) + len(touched.place)) + ends.size
        length = segments.line_length
        line = np.concatenate([ends // 2, crossed.line.ravel(), touched.line.ravel()])
        arc = np.concatenate(
            [np.where(ends % 2, length[ends // 2], 0.0), crossed.arc.ravel(), touched.arc.ravel()]
        )
        candidate = np.concatenate([ends, np.repeat(inner, 2)])
        same = _same_end(line, arc, length, snap)
        tied = _same_place(line, arc, max(1e-6 * snap, _ROUNDING * float(length.max())))
        one = np.concatenate([candidate[same[0]], candidate[tied[0]]])
        other = np.concatenate([same[1], candidate[tied[1]]])
        node = groups(2 * count + inner.size, one, other)
        places = np.concatenate([segments.ends.reshape(-1, 2), crossed.place, touched.place])
        return cls(node[candidate], line, arc, _middles(places, node, ends.size))


def _same_end(line: Whole, arc: Floats, length: Floats, snap: float) -> tuple[Whole, Whole]:
    """Hits within `snap` of an end of their line, and that end (two a line)."""
    late = arc > length[line] / 2
    gone = np.where(late, length[line] - arc, arc)
    near = np.flatnonzero(gone <= snap)
    return near, 2 * line[near] + late[near]


def _same_place(line: Whole, arc: Floats, rounding: float) -> tuple[Whole, Whole]:
    order = np.lexsort((arc, line))
    near = (np.diff(line[order]) == 0) & (np.diff(arc[order]) <= rounding)
    where = np.flatnonzero(near)
    return order[where], order[where + 1]


def _middles(places: Floats, node: Whole, ends: int) -> Floats:
    """Where nodes lie: on the line that is crossed or touched, else in the middle of the ends."""
    count = int(node.max()) + 1
    weight = np.ones(len(places))
    inner = np.bincount(node[ends:], minlength=count) > 0
    weight[:ends] = ~inner[node[:ends]]
    total = np.bincount(node, weight, count)
    middle = [np.bincount(node, weight * each, count) / total for each in places.T]
    return np.stack(middle, axis=1)


def _network(segments: Segments, hits: _Hits, snap: float) -> FractureNetwork:
    order = np.lexsort((hits.arc, hits.line))
    node, line, arc = hits.node[order], hits.line[order], hits.arc[order]
    stays = (line[:-1] == line[1:]) & (node[:-1] == node[1:])
    stays &= np.diff(arc) <= max(2.0 * snap, _ROUNDING * float(arc.max()))
    link = np.flatnonzero((line[:-1] == line[1:]) & ~stays)
    return FractureNetwork(
        segments=segments,
        nodes=hits.places,
        nodes_of=np.stack([node[link], node[link + 1]], axis=1),
        line=line[link],
        arcs=np.stack([arc[link], arc[link + 1]], axis=1),
    )


def _without_doubles(network: FractureNetwork, snap: float) -> FractureNetwork:
    """Branches between the same nodes that lie on one another are one."""
    low, high = np.sort(network.nodes_of, axis=1).T
    order = np.lexsort((np.arange(len(low)), high, low))
    same = (low[order][:-1] == low[order][1:]) & (high[order][:-1] == high[order][1:])
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    kept = np.ones(len(low), np.bool_)
    for group in np.split(order, starts[1:]):
        if len(group) > 1:
            _drop_doubles(network, group, kept, snap)
    return _some(network, kept)


def _drop_doubles(
    network: FractureNetwork, group: Whole, kept: NDArray[np.bool_], snap: float
) -> None:
    seen: list[Floats] = []
    for branch in group:
        points = _quarters(network, int(branch))
        extent = float(network.length[branch])
        near = 2.0 * snap + 1e-9 * extent
        if any(np.hypot(*(points - each).T).max() <= near for each in seen):
            kept[branch] = False
        else:
            seen.append(points)


def _quarters(network: FractureNetwork, branch: int) -> Floats:
    """(3, 2) places a quarter, half and three quarters of the way, from the lower node on."""
    path = network.path(branch)
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.array([0.25, 0.5, 0.75]) * arc[-1]
    places = np.stack([np.interp(at, arc, path[:, 0]), np.interp(at, arc, path[:, 1])], axis=1)
    first, last = network.nodes_of[branch]
    turned = first > last or (first == last and tuple(places[0]) > tuple(places[2]))
    return places[::-1] if turned else places


def _some(network: FractureNetwork, kept: NDArray[np.bool_]) -> FractureNetwork:
    return FractureNetwork(
        network.segments, network.nodes, network.nodes_of[kept], network.line[kept],
        network.arcs[kept], int((~kept).sum()),
    )  # fmt: skip


def _numbered(network: FractureNetwork) -> FractureNetwork:
    """Without nodes that no branch has."""
    used, nodes_of = np.unique(network.nodes_of, return_inverse=True)
    return FractureNetwork(
        network.segments, network.nodes[used], nodes_of.reshape(-1, 2), network.line,
        network.arcs, network.doubles,
    )  # fmt: skip
