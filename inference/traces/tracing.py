# SPDX-License-Identifier: GPL-2.0-or-later
"""From the graph of a skeleton to the network a geologist would draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell
from .assembly import Way, network_of
from .azimuth import Ground
from .crossings import merge_crossings
from .draft import Arm, Draft, length_of, outward
from .ends import Tips, shifts
from .gaps import close_gaps
from .graph import Graph
from .pairing import Chain, chains
from .probability import Probability
from .pruning import dissolve_all, prune, remove_eyes, remove_short
from .smoothing import Drawn, drawn, trimmed
from .trace import Network
from .widths import widths_of

_AT_ONCE = 200
"""Lines between two looks at whether the user still wants them."""


@dataclass(frozen=True)
class Drawing:
    """How a skeleton becomes traces; lengths in pixels.

    Branches that end freely and are shorter than `spur`, or than the line they leave is wide, are
    taken off. Gaps of at most `gap` between two ends, or a third of that between an end and the
    line it points at, are closed. Traces below `least_length` with a free end are left out. `sets`
    is how many orientations there are, 0 to find out.
    """

    least_length: float = 30.0
    spur: float = 8.0
    gap: float = 30.0
    sets: int = 0


def draw(
    graph: Graph,
    probability: Probability,
    drawing: Drawing,
    ground: Ground,
    tell: Tell = lambda done: None,
) -> Network:
    """All traces, numbered from 1 by length; an empty network where there is nothing.

    `probability` is what the graph was made from.
    """
    draft = Draft(graph)
    _mend(draft, drawing, tell)
    found = _long_enough(draft, drawing.least_length)
    tell(0.6)
    ways = [_way(draft, chain) for chain in found]
    lines = []
    for way in ways:
        lines.append(_smooth(draft, way))
        if len(lines) % _AT_ONCE == 0:
            tell(0.6 + 0.1 * len(lines) / len(ways))
    lines = _ended(draft, ways, lines, probability)
    tell(0.7)
    lines = _meeting(ways, lines)
    guesses = np.array([float(np.median(way.widths)) for way in ways])
    widths = widths_of(lines, guesses, probability)
    tell(0.9)
    network = network_of(draft, ways, lines, widths, drawing.sets, ground)
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
        close_gaps(draft, drawing.gap, drawing.gap / 3.0)
    tell(0.5)
    dissolve_all(draft)
    merge_crossings(draft)
    remove_eyes(draft, drawing.spur)
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


def _way(draft: Draft, chain: Chain) -> Way:
    parts = [_along(draft, arm) for arm in chain]
    columns = [np.concatenate([part[0][:1], *(each[1:] for each in part)]) for part in zip(*parts)]
    lengths = np.cumsum([len(points) - 1 for points, _, _ in parts])
    nodes = (draft.node_of(chain[0].other), *(draft.node_of(arm) for arm in chain))
    return Way(*columns, nodes=nodes, fixed=tuple(lengths[:-1].tolist()))


def _along(draft: Draft, arm: Arm) -> tuple[NDArray[np.float64], ...]:
    """Points, widths and probabilities of a branch in the order that it is left by `arm`."""
    branch = draft.branches[arm.branch]
    columns = (branch.points, branch.widths, branch.probabilities)
    return tuple(np.asarray(outward(each, 1 - arm.end), float) for each in columns)


def _smooth(draft: Draft, way: Way) -> Drawn:
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


def _ended(
    draft: Draft, ways: Sequence[Way], lines: Sequence[Drawn], probability: Probability
) -> list[Drawn]:
    """The lines, free ends put where the probability says."""
    free = [
        (at, end)
        for at, way in enumerate(ways)
        for end in (0, -1)
        if draft.degree(way.nodes[end]) == 1 and not draft.at_border[way.nodes[end]]
    ]
    found = list(lines)
    if not free:
        return found
    tips = [lines[at].tip(end) for at, end in free]
    widths = np.array([float(np.median(ways[at].widths)) for at, _ in free])
    places, headings = (np.array(each) for each in zip(*tips))
    for (at, end), shift in zip(free, shifts(probability, Tips(places, headings, widths))):
        found[at] = found[at].reaching(end, float(shift))
    return found


def _meeting(ways: Sequence[Way], lines: Sequence[Drawn]) -> list[Drawn]:
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
