# SPDX-License-Identifier: GPL-2.0-or-later
"""From the pieces of objects that hang together to the objects: the best of each, or all joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .found import Found, Mask, box_areas
from .pieces import FIRST, JOINED, OUSTED, OUSTS, SECOND, UNDECIDED
from .quads import areas, around

OTHER_WAY = {
    JOINED: JOINED,
    UNDECIDED: UNDECIDED,
    FIRST: SECOND,
    SECOND: FIRST,
    OUSTS: OUSTED,
    OUSTED: OUSTS,
}
"""A verdict on two pieces, told of the second and the first."""


def resolved(order: Sequence[int], verdicts: Mapping[int, Mapping[int, int]]) -> list[list[int]]:
    """Which pieces make up the objects, out of pieces that hang together.

    `order` has those first that count most; `verdicts[a][b]` is on a and b. As in suppression, a
    piece falls only to one that stands: so of every object something remains.
    """
    objects: list[list[int]] = []
    for piece in order:
        known = verdicts.get(piece, {})
        standing = [known[other] for each in objects for other in each if other in known]
        if any(verdict in (SECOND, UNDECIDED, OUSTED) for verdict in standing):
            continue
        objects = [[other for other in each if known.get(other) != OUSTS] for each in objects]
        touched = [each for each in objects if any(other in known for other in each)]
        own = [other for each in touched for other in each if known.get(other) != FIRST]
        objects = [each for each in objects if each and each not in touched]
        objects.append([*own, piece])
    return objects


def joined(pieces: Found) -> Found:
    """One object of all pieces of one form and class, as sure as they are in the mean."""
    if len(pieces) == 1:
        return pieces
    sizes = np.maximum(_sizes(pieces), 1e-9)
    score = np.average(pieces.scores, weights=sizes)
    masks, corners = pieces.masks, pieces.corners
    whole = None if corners is None else _spanning(corners, int(sizes.argmax()))
    edges = (pieces.boxes[:, :2].min(axis=0), pieces.boxes[:, 2:].max(axis=0))
    return Found(
        np.concatenate(edges)[None] if whole is None else around(whole),
        np.array([score]),
        pieces.class_ids[:1],
        whole,
        None if masks is None else (Mask.union(masks),),
    )


def _sizes(pieces: Found) -> NDArray[np.float64]:
    if pieces.masks is not None:
        return np.array([np.count_nonzero(each.pixels) for each in pieces.masks], float)
    return box_areas(pieces.boxes) if pieces.corners is None else areas(pieces.corners)


def _spanning(corners: NDArray[np.float64], largest: int) -> NDArray[np.float64]:
    """The oriented box around all corners, along the sides of the largest: (1, 4, 2)."""
    origin = corners[largest, 0]
    first, second = corners[largest, 1] - origin, corners[largest, 3] - origin
    axes = np.stack([first / np.linalg.norm(first), second / np.linalg.norm(second)])
    along = (corners.reshape(-1, 2) - origin) @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    made = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    return (made @ axes + origin)[None]
