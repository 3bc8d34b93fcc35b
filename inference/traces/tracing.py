# SPDX-License-Identifier: GPL-2.0-or-later
"""From the graph of a skeleton to the network a geologist would draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from .azimuth import Ground, Lines, Measures
from .crossings import merge_crossings
from .draft import Arm, Draft, length_of, outward
from .gaps import close_gaps
from .graph import Graph
from .pairing import Chain, chains, kind_of
from .pruning import dissolve_all, prune, remove_short
from .sets import find_sets
from .smoothing import Drawn, drawn, trimmed
from .trace import Network, Nodes, Trace, TraceBranch


@dataclass(frozen=True)
class Drawing:
    """How a skeleton becomes traces; lengths in pixels.

    Branches that end freely and are shorter than `spur`, or than the line they leave is wide, are
    taken off. Gaps of at most `gap` between two ends, or between an end and the line it points at,
    are closed. Traces below `least_length` with a free end are left out. `sets` is how many
    orientations there are, 0 to find out.
    """

    least_length: float = 20.0
    spur: float = 8.0
    gap: float = 8.0
    sets: int = 0


@dataclass(frozen=True)
class _Way:
    """The pixels of a trace: points (n, 2), widths and probabilities (n,), the nodes it passes from
    its start to its end, and which points (without the ends) these are.
    """

    points: NDArray[np.float64]
    widths: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    nodes: tuple[int, ...]
    fixed: tuple[int, ...]


def draw(graph: Graph, drawing: Drawing, ground: Ground, tell: Tell = lambda done: None) -> Network:
    """All traces, numbered from 1 by length; an empty network where there is nothing."""
    draft = Draft(graph)
    _mend(draft, drawing, tell)
    found = _long_enough(draft, drawing.least_length)
    tell(0.6)
    ways = [_way(draft, chain) for chain in found]
    lines = _meeting(ways, [_smooth(draft, way) for way in ways])
    tell(0.9)
    network = _network(draft, ways, lines, drawing.sets, ground)
    tell(1.0)
    return network


def _mend(draft: Draft, drawing: Drawing, tell: Tell) -> None:
    """What thinning spoilt is put right, what is missing is filled in."""
    tell(0.0)
    prune(draft, drawing.spur)
    tell(0.2)
    merge_crossings(draft)
    tell(0.3)
    if drawing.gap > 0:
        close_gaps(draft, drawing.gap, drawing.gap)
    tell(0.5)
    dissolve_all(draft)
    merge_crossings(draft)
    remove_short(draft, drawing.least_length)


def _long_enough(draft: Draft, least: float) -> list[Chain]:
    """Traces; those with a free end that are too short go, until none is."""
    while True:
        found = chains(draft)
        short = [chain for chain in found if _is_short(draft, chain, least)]
        if not short:
            return found
        for arm in (arm for chain in short for arm in chain):
            draft.remove(arm.branch)
        dissolve_all(draft)


def _is_short(draft: Draft, chain: Chain, least: float) -> bool:
    ends = draft.node_of(chain[0].other), draft.node_of(chain[-1])
    if min(draft.degree(node) for node in ends) > 1:
        return False
    return sum(length_of(draft.branches[arm.branch].points) for arm in chain) < least


def _way(draft: Draft, chain: Chain) -> _Way:
    parts = [_along(draft, arm) for arm in chain]
    columns = [np.concatenate([part[0][:1], *(each[1:] for each in part)]) for part in zip(*parts)]
    lengths = np.cumsum([len(points) - 1 for points, _, _ in parts])
    nodes = (draft.node_of(chain[0].other), *(draft.node_of(arm) for arm in chain))
    return _Way(*columns, nodes=nodes, fixed=tuple(lengths[:-1].tolist()))


def _along(draft: Draft, arm: Arm) -> tuple[NDArray[np.float64], ...]:
    """Points, widths and probabilities of a branch in the order that it is left by `arm`."""
    branch = draft.branches[arm.branch]
    columns = (branch.points, branch.widths, branch.probabilities)
    return tuple(np.asarray(outward(each, 1 - arm.end), float) for each in columns)


def _smooth(draft: Draft, way: _Way) -> Drawn:
    """Free ends reach to the edge of the mask, within the raster."""
    free = [draft.degree(node) == 1 for node in (way.nodes[0], way.nodes[-1])]
    reach = tuple(float(way.widths[at]) / 2.0 * is_free for at, is_free in zip((0, -1), free))
    cut = trimmed(len(way.points), float(np.median(way.widths)), way.fixed)
    first, last = (each * is_free for each, is_free in zip(cut, free))
    points = way.points[first : len(way.points) - last]
    tips = way.points[0], way.points[-1]
    found = drawn(points, [index - first for index in way.fixed], tips, (reach[0], reach[1]))
    height, width = draft.shape
    return Drawn(np.clip(found.line, 0.0, (width, height)), found.stops)


def _meeting(ways: Sequence[_Way], lines: Sequence[Drawn]) -> list[Drawn]:
    """The smooth lines, meeting in their nodes: where those lie that go through, or else all."""
    through: dict[int, list[NDArray[np.float64]]] = {}
    ending: dict[int, list[NDArray[np.float64]]] = {}
    for way, line in zip(ways, lines):
        last = len(way.nodes) - 1
        for place, (node, stop) in enumerate(zip(way.nodes, line.stops)):
            kind = ending if place in (0, last) else through
            kind.setdefault(node, []).append(line.line[stop])
    places = {node: np.mean(found, axis=0) for node, found in {**ending, **through}.items()}
    return [
        line.pulled({place: places[node] for place, node in enumerate(way.nodes)})
        for way, line in zip(ways, lines)
    ]


def _network(
    draft: Draft, ways: Sequence[_Way], lines: Sequence[Drawn], sets: int, ground: Ground
) -> Network:
    pieces = [line.pieces() for line in lines]
    whole = [np.concatenate([part[0][:1], *(each[1:] for each in part)]) for part in pieces]
    measures = ground.measure(whole)
    order = np.argsort(-measures.length, kind="stable").tolist()
    numbers = find_sets(measures.azimuth, measures.length, count=sets)
    traces = tuple(
        _trace(draft, ways[at], whole[at], measures, at, number=index, group=int(numbers[at]))
        for index, at in enumerate(order, start=1)
    )
    nodes, index = _nodes(draft, ways, lines)
    ids = {at: trace.id for at, trace in zip(order, traces)}
    branches = _branches(ways, pieces, ids, index, ground)
    return Network(ground.frame, ground.unit, nodes, branches, traces)


def _trace(
    draft: Draft,
    way: _Way,
    points: NDArray[np.float64],
    measures: Measures,
    at: int,
    *,
    number: int,
    group: int,
) -> Trace:
    ends = way.nodes[0], way.nodes[-1]
    first, last = (kind_of(draft.degree(node)) for node in ends)
    return Trace(
        id=number,
        points=points,
        length=float(measures.length[at]),
        width=float(way.widths.mean() * measures.across[at]),
        azimuth=float(measures.azimuth[at]),
        confidence=100.0 * float(way.probabilities.mean()),
        set=group,
        ends=(first, last),
        cut=(_is_cut(draft, ends[0]), _is_cut(draft, ends[1])),
    )


def _is_cut(draft: Draft, node: int) -> bool:
    """Whether a line ends there because nobody saw how it goes on."""
    return draft.degree(node) == 1 and draft.at_border[node]


def _nodes(
    draft: Draft, ways: Sequence[_Way], lines: Sequence[Drawn]
) -> tuple[Nodes, dict[int, int]]:
    """All nodes in the order of the draft, and their places in it by its numbers."""
    places = {
        node: line.line[stop]
        for way, line in zip(ways, lines)
        for node, stop in zip(way.nodes, line.stops)
    }
    numbers = sorted(places)
    where = np.array([places[node] for node in numbers]).reshape(-1, 2)
    degree = np.array([draft.degree(node) for node in numbers], np.int64)
    nodes = Nodes(
        x=where[:, 0],
        y=where[:, 1],
        kind=np.array([kind_of(each) for each in degree.tolist()], "<U1"),
        degree=degree,
        border=np.array([_is_cut(draft, node) for node in numbers], np.bool_),
    )
    return nodes, {node: index for index, node in enumerate(numbers)}


def _branches(
    ways: Sequence[_Way],
    pieces: Sequence[Lines],
    ids: dict[int, int],
    index: dict[int, int],
    ground: Ground,
) -> tuple[TraceBranch, ...]:
    found = [
        (ids[at], index[start], index[end], points)
        for at, (way, parts) in enumerate(zip(ways, pieces))
        for start, end, points in zip(way.nodes, way.nodes[1:], parts)
    ]
    lengths = ground.measure([points for *_, points in found]).length.tolist()
    return tuple(TraceBranch(*each, length=length) for each, length in zip(found, lengths))
