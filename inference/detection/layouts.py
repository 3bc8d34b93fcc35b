# SPDX-License-Identifier: GPL-2.0-or-later
"""What the numbers of a YOLO network mean, in each of the ways they are laid out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .found import Found
from .quads import around, quads

MOST_CANDIDATES = 30_000
"""Of one tile, the surest of them: else a threshold of 0 would never come to an end."""
_BOX = 4
_WITH_OBJECTNESS = ("yolo_v5", "yolo_v6")
_FINISHED = "ultralytics_end2end"
_ROWS_FIRST = (*_WITH_OBJECTNESS, _FINISHED)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Every anchor that is sure enough, in tile pixels; `coefficients` (n, k) of instance masks."""

    found: Found
    coefficients: NDArray[np.float32] | None

    def chosen(self, which: NDArray[np.intp]) -> Candidates:
        """Some of them."""
        mixing = self.coefficients
        return Candidates(self.found.chosen(which), None if mixing is None else mixing[which])


def channels_of(layout: str, *, classes: int, coefficients: int) -> int:
    """Numbers an anchor."""
    if layout == _FINISHED:
        return _BOX + 2
    if layout == "ultralytics_seg":
        return _BOX + classes + coefficients
    if layout in _WITH_OBJECTNESS or layout == "ultralytics_obb":
        return _BOX + classes + 1
    return _BOX + classes


def turned(layout: str, shape: tuple[int, int], channels: int) -> bool | None:
    """Whether one tile's answer of that shape has its anchors second; None where it fits neither.

    Where both would fit, it is as the layout usually has it.
    """
    first, second = shape[0] == channels, shape[1] == channels
    if first and second:
        return layout not in _ROWS_FIRST
    return first if first or second else None


def decode(
    rows: NDArray[np.float32], layout: str, *, classes: int, confidence: float
) -> Candidates:
    """One tile's answer, (anchors, channels), as objects that are `confidence` sure at least.

    Boxes are centre, width and height in tile pixels. v5 and v7 multiply the probability of the
    class with that of any object; v6 keeps a place for the latter, which is always 1.
    """
    if layout == _FINISHED:
        return Candidates(_finished(rows.astype(np.float64), classes, confidence), None)
    skipped = 1 if layout in _WITH_OBJECTNESS else 0
    scores = rows[:, _BOX + skipped : _BOX + skipped + classes]
    best = scores.argmax(axis=1)
    sure = np.take_along_axis(scores, best[:, None], axis=1)[:, 0].astype(np.float64)
    if layout == "yolo_v5":
        sure = sure * rows[:, _BOX]
    counts = (sure >= confidence) & np.isfinite(rows[:, :_BOX]).all(axis=1)
    which = np.flatnonzero(counts & (rows[:, 2:_BOX] > 0).all(axis=1))
    if which.size > MOST_CANDIDATES:
        which = np.sort(which[np.argsort(-sure[which], kind="stable")[:MOST_CANDIDATES]])
    rest = rows[which, _BOX + skipped + classes :]
    found = _found(rows[which, :_BOX].astype(np.float64), sure[which], best[which])
    if layout == "ultralytics_obb":
        return Candidates(_oriented(found, rows[which], rest[:, 0]), None)
    return Candidates(found, rest if layout == "ultralytics_seg" else None)


def _finished(rows: NDArray[np.float64], classes: int, confidence: float) -> Found:
    """From left, top, right, bottom, score, class; rows that only fill up have a score of 0."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    boxes, sure, best = rows[:, :_BOX], rows[:, _BOX], np.rint(rows[:, _BOX + 1])
    counts = (sure >= confidence) & (best >= 0) & (best < classes)
    counts &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return Found(boxes[counts], np.clip(sure[counts], 0.0, 1.0), best[counts].astype(np.int64))


def _found(boxes: NDArray[np.float64], sure: NDArray[np.float64], best: NDArray[np.intp]) -> Found:
    """From centre, width, height."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    edges = np.concatenate([centre - half, centre + half], axis=1)
    return Found(edges, np.clip(sure, 0.0, 1.0), best.astype(np.int64))


def _oriented(found: Found, rows: NDArray[np.float32], angles: NDArray[np.float32]) -> Found:
    boxes = rows[:, :_BOX].astype(np.float64)
    known = np.isfinite(angles)
    corners = quads(boxes[:, :2], boxes[:, 2:], np.where(known, angles, 0.0).astype(np.float64))
    return Found(around(corners), found.scores, found.class_ids, corners).chosen(known)
