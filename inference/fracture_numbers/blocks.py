# SPDX-License-Identifier: GPL-2.0-or-later
"""Blocks: areas that fractures enclose, alone or together with the edge of what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clipping import Pieces
from .faces import Face, faces_of, ring_area, ring_has
from .noding import FractureNetwork, node_lines
from .numbers import Blocks
from .segments import Segments

NO_BLOCKS = Blocks(0, 0.0, None, None, None, None, None, None, 0, 0.0)

Rings = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, eq=False)
class Block:
    """One of them: closed rings (n, 2) on the plane, its area, whether the edge cuts it."""

    rings: Rings
    area: float
    at_edge: bool


def blocks_of(network: FractureNetwork) -> list[Block]:
    """The blocks of a network that nothing cuts."""
    return [Block(face.rings, face.area, False) for face in faces_of(network)]


def blocks_in(pieces: Pieces, outline: Segments, *, snap: float) -> list[Block]:
    """The blocks inside closed rings, which are lines like others here and tell who is cut.

    What is wanted lies to the left of every ring. Law: with an edge around them, all blocks
    together are as large as the area.
    """
    runs = [run for run in pieces.runs() if _long(run) > snap]
    rings = [_ring_of(outline, index) for index in range(outline.lines)]
    lines = [*runs, *rings]
    starts = np.cumsum([0, *map(len, lines)])
    network = node_lines(Segments.of(np.concatenate(lines), starts), snap=snap)
    found = (_block(face, len(runs)) for face in faces_of(network))
    return [each for each in found if each is not None]


def _block(face: Face, first_ring: int) -> Block | None:
    """None where the face lies outside: rings are followed there against their way."""
    at_edge = face.lines >= first_ring
    if (at_edge & ~face.forward).any():
        return None
    return Block(face.rings, face.area, bool(at_edge.any()))


def _long(run: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(run, axis=0).T).sum())


def _ring_of(outline: Segments, index: int) -> NDArray[np.float64]:
    own = slice(outline.first[index], outline.first[index + 1])
    return np.concatenate([outline.start[own], outline.end[own][-1:]])


def turned(rings: Rings) -> Rings:
    """So that what is wanted lies to the left of every ring: holes turn right."""
    found = []
    for index, ring in enumerate(rings):
        others = [each for place, each in enumerate(rings) if place != index]
        around = sum(ring_has(each, ring[0]) for each in others)
        is_left = ring_area(ring) > 0
        found.append(ring if is_left == (around % 2 == 0) else ring[::-1])
    return tuple(found)


def block_figures(blocks: list[Block]) -> Blocks:
    """Their sizes; those at the edge are told apart, as nobody knows how large they are."""
    whole = np.array([each.area for each in blocks if not each.at_edge])
    edge = [each.area for each in blocks if each.at_edge]
    if not whole.size:
        return Blocks(0, 0.0, None, None, None, None, None, None, len(edge), float(sum(edge)))
    lower, median, upper = np.quantile(whole, [0.25, 0.5, 0.75]).tolist()
    return Blocks(
        count=int(whole.size),
        total=float(whole.sum()),
        mean=float(whole.mean()),
        least=float(whole.min()),
        lower=lower,
        median=median,
        upper=upper,
        largest=float(whole.max()),
        edge_count=len(edge),
        edge_total=float(sum(edge)),
    )
