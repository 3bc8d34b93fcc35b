# SPDX-License-Identifier: GPL-2.0-or-later
"""Outlines without the steps that pixels make: slanting edges go through the middle of each."""

from __future__ import annotations

import numpy as np

from ..vector.outlines import Outlines

HALVES = 2
"""Steps of the answer per pixel."""
_REACH = 4
"""Half pixels a cut reaches along an edge, at most."""


def without_steps(found: Outlines) -> Outlines:
    """The outlines in half pixels, corners cut where an edge of a single pixel meets another.

    Such corners are steps of a slanting edge; the cut goes from the middle of one edge to the
    middle of the next, at most two pixels away. A corner between longer edges stays. Law: outlines
    that neither cross nor touch do not do so afterwards, since nothing of one fits into a cut.
    """
    corners = found.points[found.turns].astype(np.int64) * HALVES
    starts = np.concatenate([[0], np.cumsum(found.turns)])[found.ring_start]
    following, before = np.arange(len(corners)) + 1, np.arange(len(corners)) - 1
    following[starts[1:] - 1], before[starts[:-1]] = starts[:-1], starts[1:] - 1
    along = corners[following] - corners
    length = np.abs(along).sum(axis=1)
    reach = np.sign(along) * np.minimum(length // 2, _REACH)[:, None]
    cut = (length == HALVES) | (length[before] == HALVES)
    enter, leave = corners - reach[before], corners + reach
    points = np.where(cut[:, None, None], np.stack([enter, leave], axis=1), corners[:, None])
    kept = np.ones((len(corners), 2), np.bool_)
    kept[:, 1] = cut & ~(cut[following] & (leave == enter[following]).all(axis=1))
    touching = np.stack([found.meets[found.turns] & ~cut] * 2, axis=1)
    return Outlines(
        points=points[kept].astype(np.int32),
        meets=touching[kept],
        turns=np.ones(int(kept.sum()), np.bool_),
        ring_start=np.concatenate([[0], np.cumsum(kept.sum(axis=1))])[starts],
        region_start=found.region_start,
        class_ids=found.class_ids,
    )
