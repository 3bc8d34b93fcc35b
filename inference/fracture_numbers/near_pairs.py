# SPDX-License-Identifier: GPL-2.0-or-later
"""Which segments lie near which others: by the cells of a grid they pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..vector.outlines import batches, ranges

_AT_ONCE = 2_000_000
_ROW = 1 << 31

Edges = NDArray[np.float64]
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def near_pairs(first: Edges, second: Edges, *, reach: float = 0.0) -> Iterator[Pairs]:
    """Indices into `first` (n, 4) and `second` (m, 4) of segments that share a cell, in batches.

    Law: every pair nearer than `reach` is told, once or more often.
    """
    if not len(first) or not len(second):
        return
    cell = _cell_size(first, second, reach)
    low = np.minimum(_lowest(first), _lowest(second)) - reach - cell
    one = _Passed.by(first, low, cell, reach)
    other = _Passed.by(second, low, cell, 0.0)
    start = np.searchsorted(other.cell, one.cell, "left")
    count = np.searchsorted(other.cell, one.cell, "right") - start
    for batch in batches(count, _AT_ONCE):
        near = other.owner[ranges(start[batch], count[batch])]
        yield np.repeat(one.owner[batch], count[batch]), near


def _cell_size(first: Edges, second: Edges, reach: float) -> float:
    """A few times as long as segments are: few of them are cut, and few share a cell."""
    lengths = np.concatenate([_lengths(first), _lengths(second)])
    extent = float(max(np.ptp(first[:, 0::2]), np.ptp(first[:, 1::2]), reach))
    mean = float(lengths[lengths > 0].mean()) if (lengths > 0).any() else 0.0
    return max(3.0 * mean, 2.0 * reach, extent / 1e6) or 1.0


def _lengths(edges: Edges) -> NDArray[np.float64]:
    return np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])


def _lowest(edges: Edges) -> NDArray[np.float64]:
    return edges.reshape(-1, 2).min(axis=0)


@dataclass(frozen=True)
class _Passed:
    """Cells by number, sorted, and which segment passes each; a segment may be there twice."""

    cell: NDArray[np.int64]
    owner: NDArray[np.int64]

    @classmethod
    def by(cls, edges: Edges, low: NDArray[np.float64], cell: float, reach: float) -> _Passed:
        """Long segments are cut, so that a slanting one does not fill its whole box."""
        parts = np.maximum(np.ceil(_lengths(edges) / cell), 1).astype(np.int64)
        owner = np.repeat(np.arange(len(edges)), parts)
        step = ranges(np.zeros_like(parts), parts)
        a, b = (_between(edges, owner, (step + more) / parts[owner]) for more in (0, 1))
        slack = reach + 1e-9 * cell
        lo = np.floor((np.minimum(a, b) - low - slack) / cell).astype(np.int64)
        hi = np.floor((np.maximum(a, b) - low + slack) / cell).astype(np.int64)
        wide, high = (hi - lo + 1).T
        piece = np.repeat(np.arange(len(owner)), wide * high)
        within = ranges(np.zeros_like(wide), wide * high)
        rows, cols = np.divmod(within, wide[piece])
        cells = (lo[piece, 1] + rows) * _ROW + lo[piece, 0] + cols
        order = np.argsort(cells, kind="stable")
        return cls(cells[order], owner[piece][order])


def _between(edges: Edges, which: NDArray[np.int64], share: NDArray[np.float64]) -> Edges:
    return edges[which, :2] + share[:, None] * (edges[which, 2:] - edges[which, :2])
