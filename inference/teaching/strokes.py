# SPDX-License-Identifier: GPL-2.0-or-later
"""Cells of labels as strokes: each cell once, of one class.

Labels of one class that share a cell are one stroke, so that drawing twice counts once, and
leaving a stroke out leaves out all that was drawn there. Where strokes of two classes share a cell,
the smaller one is on top, as for `geosift:labels`; of two that are equally large, neither counts.
Nothing here depends on the order in which labels were drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class StrokeCells:
    """Cells in order of `scene` and `cell` (row * columns + column); class and stroke of each.

    Strokes are numbered 0, 1, 2, ... by their first cell. `contested` counts cells that are left
    out because strokes of two classes claim them with equal right.
    """

    scene: Whole
    cell: Whole
    class_id: Whole
    stroke: Whole
    contested: int

    def __len__(self) -> int:
        return len(self.cell)

    def kept(self, chosen: NDArray[np.bool_]) -> StrokeCells:
        """Some of them, strokes numbered anew."""
        _, stroke = np.unique(self.stroke[chosen], return_inverse=True)
        return StrokeCells(
            self.scene[chosen], self.cell[chosen], self.class_id[chosen], stroke, self.contested
        )


def strokes_of(claims: Whole) -> StrokeCells:
    """Of rows (scene, cell, class, label) in any order."""
    claims = np.unique(claims.reshape(-1, 4), axis=0)
    place = np.unique(claims[:, :2], axis=0, return_inverse=True)[1].ravel()
    stroke = _joined(place, claims[:, 2], claims[:, 3])
    rows = np.unique(np.column_stack([place, stroke, claims[:, :3]]), axis=0)
    size = np.bincount(rows[:, 1])[rows[:, 1]] if len(rows) else np.zeros(0, np.int64)
    order = np.lexsort((size, rows[:, 0]))
    rows, size = rows[order], size[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = np.diff(rows[:, 0]) != 0
    tied = np.zeros(len(rows), np.bool_)
    tied[:-1] = first[:-1] & ~first[1:] & (size[:-1] == size[1:])
    rows = rows[first & ~tied]
    return StrokeCells(rows[:, 2], rows[:, 3], rows[:, 4], _by_first(rows[:, 1]), int(tied.sum()))


def _joined(place: Whole, class_id: Whole, label: Whole) -> Whole:
    """The stroke of each claim: labels of one class that share a place are the same."""
    names, label = np.unique(label, return_inverse=True)
    parent = np.arange(len(names))

    def root(each: int) -> int:
        while parent[each] != each:
            each = int(parent[each])
        return each

    order = np.lexsort((label, class_id, place))
    same = (np.diff(place[order]) == 0) & (np.diff(class_id[order]) == 0)
    pairs = np.stack([label[order][:-1], label[order][1:]], axis=1)[same]
    for one, other in np.unique(pairs, axis=0):
        parent[root(int(other))] = root(int(one))
    roots = np.array([root(each) for each in range(len(names))], np.int64)
    return roots[label]


def _by_first(stroke: Whole) -> Whole:
    """Strokes numbered in the order in which they come."""
    names, first, number = np.unique(stroke, return_index=True, return_inverse=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(first)] = np.arange(len(names))
    return rank[number] if len(names) else stroke
