# SPDX-License-Identifier: GPL-2.0-or-later
"""Which classes a network takes for each other most, with the very tiles."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..data.eurosat import CLASSES, Tiles
from ..evaluation import Panel, PictureRow

_PAIRS, _TILES = 6, 6
_ENLARGED = 2
"""So that a tile of 64 pixels can be looked at."""


def confused_rows(
    matrix: NDArray[np.int64],
    tiles: Tiles,
    ids: NDArray[np.int64],
    percent: NDArray[np.float64],
) -> tuple[PictureRow, ...]:
    """The pairs (truth, answer) that occur most, each with the tiles it was surest of."""
    wrong = matrix - np.diag(np.diag(matrix))
    order = np.argsort(wrong, axis=None)[::-1][:_PAIRS]
    pairs = [divmod(int(place), len(CLASSES)) for place in order if wrong.flat[place]]
    return tuple(_row(truth, answer, tiles, ids, percent) for truth, answer in pairs)


def _row(
    truth: int,
    answer: int,
    tiles: Tiles,
    ids: NDArray[np.int64],
    percent: NDArray[np.float64],
) -> PictureRow:
    found = np.flatnonzero((tiles.labels == truth) & (ids == answer))
    surest = found[np.argsort(percent[found])[::-1]][:_TILES]
    total = int((tiles.labels == truth).sum())
    count = len(found)
    return PictureRow(
        title=f"{CLASSES[truth].name}, taken for {CLASSES[answer].name}",
        words=f"{count} of {total} tiles; these are the ones it was surest of.",
        panels=tuple(
            Panel(f"{_number(tiles.names[i])}, {percent[i]:.0f} % sure", _large(tiles, i))
            for i in surest
        ),
    )


def _large(tiles: Tiles, index: int) -> NDArray[np.uint8]:
    return cv2.resize(
        tiles.images[index], None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_NEAREST
    )


def _number(name: str) -> str:
    """River/River_177.jpg as 177: the row says the class."""
    return name.rpartition("_")[2].partition(".")[0]
