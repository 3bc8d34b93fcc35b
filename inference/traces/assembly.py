# SPDX-License-Identifier: GPL-2.0-or-later
"""The network that smooth lines make: measured, numbered, with nodes and branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fracture_numbers.sets import find_sets
from .azimuth import Ground, Lines, Measures
from .draft import Draft
from .pairing import kind_of
from .smoothing import Drawn
from .trace import Network, Nodes, Trace, TraceBranch


@dataclass(frozen=True)
class Way:
    """The pixels of a trace: points (n, 2), widths and probabilities (n,), the nodes it passes from
    its start to its end, and which points (without the ends) these are.
    """

    points: NDArray[np.float64]
    widths: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    nodes: tuple[int, ...]
    fixed: tuple[int, ...]


def network_of(
    draft: Draft,
    ways: Sequence[Way],
    lines: Sequence[Drawn],
    widths: NDArray[np.float64],
    sets: int,
    ground: Ground,
) -> Network:
    """All of it; `widths` (n,) are those of the lines in pixels, `sets` is how many there are."""
    pieces = [line.pieces() for line in lines]
    whole = [np.concatenate([part[0][:1], *(each[1:] for each in part)]) for part in pieces]
    measures = ground.measure(whole)
    order = np.argsort(-measures.length, kind="stable").tolist()
    numbers = find_sets(measures.azimuth, measures.length, count=sets)
    traces = tuple(
        _trace(
            draft,
            ways[at],
            whole[at],
            float(widths[at]),
            measures,
            at,
            number=index,
            group=int(numbers[at]),
        )
        for index, at in enumerate(order, start=1)
    )
    nodes, index = _nodes(draft, ways, lines)
    ids = {at: trace.id for at, trace in zip(order, traces)}
    branches = _branches(ways, pieces, ids, index, ground)
    return Network(ground.frame, ground.unit, nodes, branches, traces)


def _trace(
    draft: Draft,
    way: Way,
    points: NDArray[np.float64],
    width: float,
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
        width=width * float(measures.across[at]),
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
    draft: Draft, ways: Sequence[Way], lines: Sequence[Drawn]
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
    ways: Sequence[Way],
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
