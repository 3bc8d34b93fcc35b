# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the two maps, the legend and the words stand on a map sheet."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.PyQt.QtCore import QRectF

MARGIN = 8.0  # all lengths on the sheet are millimetres
GAP = 5.0
TITLE_HEIGHT = 17.0
CAPTION_HEIGHT = 6.0
LEGEND_ROW = 7.0
LEGEND_COLUMN = 42.0


@dataclass(frozen=True)
class Sheet:
    """Where things stand on the page: two frames of the map's aspect, side by side or stacked."""

    width: float
    height: float
    frames: tuple[QRectF, QRectF]
    legend_left: float
    legend_top: float
    legend_columns: int


def arrange(aspect: float, *, entries: int) -> Sheet:
    """Place two maps of `aspect` (width / height) above a legend of so many entries."""
    stacked = aspect > 1.7
    longest = 215.0 if stacked else 138.0
    width = min(longest, 150.0 * aspect) if not stacked else longest
    height = width / aspect
    top = MARGIN + TITLE_HEIGHT + CAPTION_HEIGHT
    step_x, step_y = (0.0, height + CAPTION_HEIGHT + 2) if stacked else (width + GAP, 0.0)
    content = width + step_x
    page = max(content, 180.0) + 2 * MARGIN
    left = (page - content) / 2
    frames = (QRectF(left, top, width, height), QRectF(left + step_x, top + step_y, width, height))
    legend_top = top + step_y + height + 4
    legend_left = left if content >= 180 else MARGIN
    columns = min(entries, int((page - 2 * legend_left) // LEGEND_COLUMN))
    rows = -(-entries // columns)
    bottom = legend_top + rows * LEGEND_ROW + MARGIN + 3
    return Sheet(page, bottom, frames, legend_left, legend_top, columns)
