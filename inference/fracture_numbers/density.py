# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies inside one sampling area: length, ends, nodes, branches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import NO_BLOCKS
from .clipping import Pieces, distance_to, inside
from .lengths import lengths_of
from .noding import ABUTTING, CROSSING, FREE, FractureNetwork
from .numbers import AreaNumbers, Blocks
from .segments import Segments
from .topology import Topology

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Region:
    """A sampling area on the plane: its closed rings, `area` in the unit squared.

    Without what was not seen of it, which is the share `blind` (0..1). `cuts` is False of the
    lines' own hull: nobody stopped looking there.
    """

    name: str
    kind: str
    outline: Segments
    area: float
    cuts: bool
    blind: float = 0.0

    def has(self, points: Floats) -> Mask:
        """(n,) whether points (n, 2) lie inside; at a hull's edge, too."""
        return inside(points, self.outline) if self.cuts else np.ones(len(points), np.bool_)


@dataclass(frozen=True, eq=False)
class Counted:
    """What was counted in one area, in a form that can be added up."""

    name: str
    kind: str
    area: float | None
    traces: Mask
    """(lines,) which have a part inside."""
    lengths: Floats
    """Of the parts inside, one number a trace."""
    censored: int
    ends: int
    topology: Topology
    blocks: Blocks = NO_BLOCKS


def count_in(
    region: Region | None, pieces: Pieces, network: FractureNetwork, cut: Mask, *, snap: float
) -> Counted:
    """Count; `pieces` are what of the lines is inside, `cut` (lines, 2) the ends nobody saw."""
    by_line = pieces.length_by_line()
    there = by_line > 0
    own = seen_ends(region, pieces.segments, cut, snap).reshape(-1, 2).sum(axis=1)
    return Counted(
        name="" if region is None else region.name,
        kind="" if region is None else region.kind,
        area=None if region is None else region.area,
        traces=there,
        lengths=by_line[there],
        censored=int((own[there] < 2).sum()),
        ends=int(own.sum()),
        topology=_topology(region, pieces, network, cut, snap),
    )


def seen_ends(region: Region | None, segments: Segments, cut: Mask, snap: float) -> Mask:
    """(2 lines,) which ends of lines lie inside an area and are true ones.

    None within `snap` of its edge is: there the line was cut.
    """
    ends, seen = segments.ends.reshape(-1, 2), ~cut.ravel()
    if region is not None and region.cuts:
        seen &= region.has(ends)
        near = np.flatnonzero(seen)
        seen[near] = distance_to(ends[near], region.outline) > snap
    return seen


def seen_nodes(
    region: Region | None, network: FractureNetwork, cut: Mask, snap: float
) -> NDArray[np.bool_]:
    """(3, nodes) which nodes inside an area are I, Y and X."""
    kind, unseen = network.kind, _unseen(network, cut)
    within = np.ones(len(kind), np.bool_)
    if region is not None and region.cuts:
        within = region.has(network.nodes)
        free = np.flatnonzero(within & (kind == FREE) & ~unseen)
        unseen[free] = distance_to(network.nodes[free], region.outline) <= snap
    seen = (kind == FREE) & ~unseen
    return within & np.stack([seen, kind == ABUTTING, kind == CROSSING])


def _topology(
    region: Region | None, pieces: Pieces, network: FractureNetwork, cut: Mask, snap: float
) -> Topology:
    i, y, x = seen_nodes(region, network, cut, snap)
    ends = int(seen_ends(region, pieces.segments, cut, snap).sum())
    return Topology(
        i=int(i.sum()),
        y=int(y.sum()),
        x=int(x.sum()),
        e=max(2 * pieces.run_count - ends, 0),
        branch_kinds=_branch_kinds(network, i, y | x),
    )


def _unseen(network: FractureNetwork, cut: Mask) -> Mask:
    """(nodes,) the free ends of lines that go on where nobody saw."""
    found = np.zeros(len(network.nodes), np.bool_)
    length = network.segments.line_length[network.line]
    for end, at_end in ((0, network.arcs[:, 0] <= 0), (1, network.arcs[:, 1] >= length)):
        found[network.nodes_of[at_end & cut[network.line, end], end]] = True
    return found


def _branch_kinds(network: FractureNetwork, free: Mask, connected: Mask) -> tuple[int, int, int]:
    """Branches both of whose ends are inside: I-I, I-C, C-C; joints do not end a branch."""
    count = int(network.chain.max()) + 1 if len(network.chain) else 0
    owner, node = np.repeat(network.chain, 2), network.nodes_of.ravel()
    ends_free = np.bincount(owner[free[node]], minlength=count)
    ends_connected = np.bincount(owner[connected[node]], minlength=count)
    kinds = ((ends_free, ends_connected) == np.array([[[2], [0]], [[1], [1]], [[0], [2]]])).all(1)
    ii, ic, cc = kinds.sum(axis=1).tolist()
    return ii, ic, cc


def together(counted: list[Counted], name: str) -> Counted:
    """All areas as one: what lies in several counts in each."""
    tops = [each.topology for each in counted]
    kinds = np.array([top.branch_kinds for top in tops]).sum(axis=0).tolist()
    return Counted(
        name=name,
        kind=counted[0].kind,
        area=sum(each.area or 0.0 for each in counted),
        traces=np.any([each.traces for each in counted], axis=0),
        lengths=np.concatenate([each.lengths for each in counted]),
        censored=sum(each.censored for each in counted),
        ends=sum(each.ends for each in counted),
        topology=Topology(
            *(sum(getattr(top, letter) for top in tops) for letter in "iyxe"), tuple(kinds)
        ),
    )


def figures(counted: Counted) -> AreaNumbers:
    """The numbers of an area, from what was counted in it."""
    area, length, top = counted.area or None, float(counted.lengths.sum()), counted.topology
    traces = counted.ends / 2
    p21 = length / area if area else None
    return AreaNumbers(
        name=counted.name,
        kind=counted.kind,
        area=area,
        traces=int(counted.traces.sum()),
        ends=counted.ends,
        length=length,
        p20=traces / area if area else None,
        p21=p21,
        p22=p21 * length / top.lines if p21 is not None and top.lines else None,
        b20=top.branches / area if area else None,
        b22=p21 * length / top.branches if p21 is not None and top.branches else None,
        mean_length=length / traces if traces else None,
        topology=top,
        lengths=lengths_of(counted.lengths, censored=counted.censored),
        blocks=counted.blocks,
    )
