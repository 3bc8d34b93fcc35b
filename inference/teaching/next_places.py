# SPDX-License-Identifier: GPL-2.0-or-later
"""Where another label helps most: where a neighbourhood is between two classes."""

from __future__ import annotations

import cv2
import numpy as np

from ..cards.card import NODATA_CLASS
from .preview import Preview

_AROUND = 33
"""Pixels of the neighbourhood: a border between two fields is thin, and nothing to be learnt."""


def best_places(preview: Preview, *, count: int = 3, apart: int = 64) -> list[tuple[float, float]]:
    """Up to `count` places in the raster's coordinates, the best first, so many pixels apart."""
    known = (preview.help != NODATA_CLASS).astype(np.float32)
    size = (_AROUND, _AROUND)
    share = cv2.blur(known, size, borderType=cv2.BORDER_CONSTANT)
    total = cv2.blur(preview.help * known, size, borderType=cv2.BORDER_CONSTANT)
    left = np.where(known > 0, total / np.maximum(share, 1e-6), -1.0)
    found = []
    for _ in range(count):
        row, col = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, col] <= 0:
            break
        x, y = preview.frame.to_map(col + 0.5, row + 0.5)
        found.append((float(x), float(y)))
        rows = slice(max(row - apart, 0), row + apart + 1)
        left[rows, max(col - apart, 0) : col + apart + 1] = -1.0
    return found
