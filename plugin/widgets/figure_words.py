# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of a raster's bands in words: a row for people, and all of them for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..i18n import tr

if TYPE_CHECKING:
    from ...inference.surface.job import Figures


def figure_row(each: Figures) -> list[str]:
    """Band, mean, and from where to where."""
    span = tr("{0} … {1}").format(f"{each.least:.4g}", f"{each.largest:.4g}")
    return [each.band, f"{each.mean:.4g}", span]


def figures_text(figures: Iterable[Figures]) -> str:
    """Every number as exact as it is, tabs between columns."""
    lines = [tr("Band\tPixels\tLeast\tLargest\tMean\tStandard deviation")]
    for each in figures:
        told = (each.band, each.pixels, each.least, each.largest, each.mean, each.spread)
        lines.append("\t".join(map(str, told)))
    return "\n".join(lines)
