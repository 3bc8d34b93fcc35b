# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies in each cell of a grid: lines, points and polygons cut at its edges, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..raster.frame import Frame
from ..vector.outlines import ranges
from .clipping import Pieces
from .segments import Segments

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def cut_at_cells(edges: Floats) -> tuple[Whole, Floats, Floats]:
    """Straight lines (n, 4) cut wherever x or y is a whole number.

    Of each part: the line it is of, and from where to where, 0..1.
    """
    count = len(edges)
    which = [np.arange(count), np.arange(count)]
    share = [np.zeros(count), np.ones(count)]
    for axis in (0, 1):
        begin, end = edges[:, axis], edges[:, axis + 2]
        low, high = np.minimum(begin, end), np.maximum(begin, end)
        first = np.floor(low).astype(np.int64) + 1
        times = np.maximum(np.ceil(high).astype(np.int64) - first, 0)
        at, owner = ranges(first, times), np.repeat(np.arange(count), times)
        which.append(owner)
        share.append((at - begin[owner]) / (end - begin)[owner])
    of, at = np.concatenate(which), np.clip(np.concatenate(share), 0.0, 1.0)
    order = np.lexsort((at, of))
    of, at = of[order], at[order]
    kept = (of[1:] == of[:-1]) & (at[1:] > at[:-1])
    return of[:-1][kept], at[:-1][kept], at[1:][kept]


def cell_lengths(cells: Frame, drawn: Segments, pieces: Pieces) -> Floats:
    """(n,) length of line in each cell, row by row; `drawn` are the same segments on the map.

    Lengths are those of the plane. Law: they add up to the length of the pieces in the grid.
    """
    begin = drawn.at(pieces.which, pieces.begin)
    end = drawn.at(pieces.which, pieces.end)
    edges = _in_pixels(cells, np.concatenate([begin, end], axis=1))
    of, first, last = cut_at_cells(edges)
    index, within = _index(cells, _at(edges, of, (first + last) / 2))
    length = pieces.length[of] * (last - first)
    return np.bincount(index[within], length[within], cells.height * cells.width)


def cell_numbers(cells: Frame, points: Floats, weights: NDArray[np.generic]) -> Floats:
    """(n,) how many map points (k, 2) lie in each cell, each as often as `weights` says."""
    index, within = _index(cells, np.stack(cells.to_pixel(*points.T), axis=1))
    return np.bincount(index[within], weights[within], cells.height * cells.width)


def cell_shares(cells: Frame, outline: Segments) -> Floats:
    """(n,) which share of each cell lies inside rings of the map, holes turning the other way.

    By Green's theorem: a piece of edge counts for its cell by how far right it lies there, and
    for every cell to the left of it as a whole.
    """
    edges = _in_pixels(cells, outline.edges)
    of, first, last = cut_at_cells(edges)
    middle = _at(edges, of, (first + last) / 2)
    rise = (edges[of, 3] - edges[of, 1]) * (last - first)
    col = np.floor(middle[:, 0])
    own, shape = rise * (middle[:, 0] - col), (cells.height, cells.width + 1)
    place = np.clip(np.stack([middle[:, 1], col]), 0, [[shape[0] - 1e-6], [shape[1] - 1]])
    index = place[0].astype(np.int64) * shape[1] + place[1].astype(np.int64)
    here = np.bincount(index, own, shape[0] * shape[1]).reshape(shape)
    passed = np.bincount(index, rise, shape[0] * shape[1]).reshape(shape)
    left_of = passed[:, ::-1].cumsum(axis=1)[:, ::-1] - passed
    return np.clip(np.abs(here + left_of)[:, :-1], 0.0, None).ravel()


def _in_pixels(cells: Frame, edges: Floats) -> Floats:
    return np.stack([*cells.to_pixel(*edges[:, :2].T), *cells.to_pixel(*edges[:, 2:].T)], axis=1)


def _at(edges: Floats, of: Whole, share: Floats) -> Floats:
    return edges[of, :2] + share[:, None] * (edges[of, 2:] - edges[of, :2])


def _index(cells: Frame, places: Floats) -> tuple[Whole, NDArray[np.bool_]]:
    """Number of the cell of each place (n, 2) in pixels, and whether there is such a cell.

    What rounding puts just beyond the last cell counts to it.
    """
    col, row = np.floor(places).astype(np.int64).T
    slack = 1e-6
    col = np.where((col == cells.width) & (places[:, 0] <= cells.width + slack), col - 1, col)
    row = np.where((row == cells.height) & (places[:, 1] <= cells.height + slack), row - 1, row)
    col = np.where((col == -1) & (places[:, 0] >= -slack), 0, col)
    row = np.where((row == -1) & (places[:, 1] >= -slack), 0, row)
    within = (col >= 0) & (col < cells.width) & (row >= 0) & (row < cells.height)
    return row * cells.width + col, within
