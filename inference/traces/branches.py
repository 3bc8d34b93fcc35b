# SPDX-License-Identifier: GPL-2.0-or-later
"""From the pixels of middle lines to nodes and the branches between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell, part
from .knots import Knots, find_knots
from .neighbours import NOBODY, neighbours
from .paths import Paths, follow
from .skeleton import Skeleton

Pixels = NDArray[np.int64]
"""Indices into the skeleton. A node goes by the first of its pixels until all are known."""


@dataclass(frozen=True)
class Branch:
    """A line from one node to another, or back to the same; k points, its nodes' among them."""

    start: int
    """Index of a node."""
    end: int
    points: NDArray[np.float64]
    """(k, 2) x, y in pixels; the centre of the first pixel is (0.5, 0.5)."""
    widths: NDArray[np.float32]
    """(k,) of the mask, in pixels."""
    probabilities: NDArray[np.float32]
    """(k,) 0..1"""


@dataclass(frozen=True)
class Nodes:
    """m nodes in the order of their first pixels."""

    pixels: Pixels
    points: NDArray[np.float64]
    """(m, 2) x, y in pixels: the middle of a node's pixels."""
    widths: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    is_cut: NDArray[np.bool_]


def trace_branches(skeleton: Skeleton, tell: Tell) -> tuple[Nodes, tuple[Branch, ...]]:
    """The nodes and branches of a skeleton; pixels that touch no line are none of either."""
    knots, line, sides, beyond = _parts(skeleton, part(tell, 0.0, 0.4))
    paths = follow(sides, beyond, part(tell, 0.4, 0.9))
    first = line[paths.pixels[paths.start[:-1]]]
    begins = np.where(paths.is_loop, first, beyond[paths.first_step ^ 1])
    ends = np.where(paths.is_loop, first, beyond[paths.last_step])
    nodes = _nodes(skeleton, knots, np.union1d(begins, ends))
    lines = _Lines(line[paths.pixels], paths.start, begins, ends)
    return nodes, tuple(lines.branches(skeleton, nodes, knots, paths))


def _parts(
    skeleton: Skeleton, tell: Tell
) -> tuple[Knots, Pixels, NDArray[np.int32], NDArray[np.int32]]:
    """The knots, the n pixels of lines; (n, 2) the pixels on either side of these, counted among
    them, or NOBODY; and (2 n,) the node there.
    """
    stride = skeleton.shape[1] + 2
    around = neighbours(skeleton.rows.astype(np.int64) * stride + skeleton.cols, stride)
    tell(0.5)
    knots = find_knots(around)
    line = np.flatnonzero((knots.degree > 0) & ~knots.in_knot)
    touched = np.full((line.size, 2), NOBODY, np.int32)
    for each in around:
        beside = each[line]
        new = beside != NOBODY
        second = new & (touched[:, 0] != NOBODY)
        touched[second, 1] = beside[second]
        new &= ~second
        touched[new, 0] = beside[new]
    among = np.full(knots.group.size + 1, NOBODY, np.int32)  # its last is what NOBODY finds
    among[line] = np.arange(line.size)
    beyond = knots.group.astype(np.int32)[touched]
    alone = touched == NOBODY
    beyond[alone] = np.broadcast_to(line[:, None], alone.shape)[alone]
    return knots, line, among[touched], beyond.reshape(-1)


def _nodes(skeleton: Skeleton, knots: Knots, pixels: Pixels) -> Nodes:
    number = np.full(knots.group.size, NOBODY, np.int64)
    number[pixels] = np.arange(pixels.size)
    # An end's group is the pixel itself.
    member = np.flatnonzero(number[knots.group] != NOBODY)
    node = number[knots.group[member]]
    count = np.maximum(np.bincount(node, minlength=pixels.size), 1)

    def mean(values: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.bincount(node, values[member], minlength=pixels.size) / count

    return Nodes(
        pixels,
        np.stack([mean(skeleton.cols) + 0.5, mean(skeleton.rows) + 0.5], axis=1),
        mean(skeleton.width).astype(np.float32),
        mean(skeleton.probability).astype(np.float32),
        mean(skeleton.is_cut) > 0,
    )


@dataclass(frozen=True)
class _Lines:
    """Pixels of p lines, one behind the other, and the nodes they run between."""

    pixels: Pixels
    start: NDArray[np.int64]
    begins: Pixels
    ends: Pixels

    def branches(
        self, skeleton: Skeleton, nodes: Nodes, knots: Knots, paths: Paths
    ) -> Iterator[Branch]:
        """Lines with the points of their nodes, where these are none of their own pixels."""
        one, other = (np.searchsorted(nodes.pixels, each) for each in (self.begins, self.ends))
        before = knots.in_knot[self.begins] & ~paths.is_loop
        after = knots.in_knot[self.ends] | paths.is_loop
        for number in range(one.size):
            pixels = self.pixels[self.start[number] : self.start[number + 1]]
            points = np.stack([skeleton.cols[pixels], skeleton.rows[pixels]], axis=1) + 0.5
            start, end = int(one[number]), int(other[number])
            first, last = start if before[number] else None, end if after[number] else None
            yield Branch(
                start,
                end,
                _framed(nodes.points, first, points, last),
                _framed(nodes.widths, first, skeleton.width[pixels], last),
                _framed(nodes.probabilities, first, skeleton.probability[pixels], last),
            )


def _framed(
    of_nodes: NDArray[np.floating],
    first: int | None,
    values: NDArray[np.floating],
    last: int | None,
) -> NDArray[np.floating]:
    """Values along a line, with those of its first and last node where these are named."""
    parts = [
        *([] if first is None else [of_nodes[first : first + 1]]),
        values,
        *([] if last is None else [of_nodes[last : last + 1]]),
    ]
    return np.concatenate(parts)
