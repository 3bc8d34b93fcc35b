# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of traces in words: a row a set for people, and all of them for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .i18n import tr, tr_count
from .words import length_words, share_words

if TYPE_CHECKING:
    from ..inference.traces.job import SetFigures, TraceResult


def set_row(each: SetFigures, unit: str) -> list[str]:
    """Number with direction, length, share of the length."""
    return [
        set_words(each.number, each.azimuth),
        length_words(each.length, unit),
        share_words(each.share),
    ]


def set_words(number: int, azimuth: float) -> str:
    """`Set 2: 34°`; 0 is what belongs to none."""
    if number == 0:
        return tr("no set")
    return tr("Set {0}: {1}°").format(number, round(azimuth) % 180)  # 179.7 is north again


def totals_words(result: TraceResult) -> str:
    """`123 traces · 4.56 km · P21 0.123 m/m²`."""
    count = tr_count("{0} trace", "{0} traces", result.traces).format(f"{result.traces:,}")
    length = length_words(result.total_length, result.unit)
    return tr("{0} · {1} · P21 {2}").format(count, length, intensity_words(result.p21, result.unit))


def intensity_words(p21: float, unit: str) -> str:
    """Length for each area: `0.123 m/m²`."""
    words = tr("{0} m/m²") if unit == "m" else tr("{0} px/px²")
    return words.format(f"{p21:.3g}")


def traces_text(result: TraceResult) -> str:
    """Every number as exact as it is, tabs between columns."""
    head = tr("Set\tAzimuth\tTraces\tLength ({0})\tShare").format(result.unit)
    lines = [
        "\t".join(map(str, (each.number, each.azimuth, each.traces, each.length, each.share)))
        for each in result.sets
    ]
    return "\n".join([head, *lines])
