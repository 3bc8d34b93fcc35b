# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of traces in words: a row a set for people, and all of them for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .i18n import tr, tr_count
from .words import length_words, share_words

if TYPE_CHECKING:
    from ..inference.traces.job import TraceResult


@dataclass(frozen=True)
class SetRow:
    """A set of traces, or (number 0, no azimuth) those that belong to none."""

    number: int
    azimuth: float | None
    traces: int
    length: float
    share: float

    def in_words(self, unit: str) -> tuple[str, str, str]:
        """Number with direction, length, share of the length."""
        name = set_words(self.number, self.azimuth or 0.0)
        return name, length_words(self.length, unit), share_words(self.share)


def set_rows(result: TraceResult) -> list[SetRow]:
    """A row a set, and one for what belongs to none: together, they are all traces."""
    told = [
        SetRow(each.number, each.azimuth, each.traces, each.length, each.share)
        for each in result.sets
    ]
    traces = result.traces - sum(each.traces for each in told)
    length = result.total_length - sum(each.length for each in told)
    if not traces:
        return told
    return [*told, SetRow(0, None, traces, length, length / result.total_length)]


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
    rows = (
        (
            each.number,
            "" if each.azimuth is None else each.azimuth,
            each.traces,
            each.length,
            each.share,
        )
        for each in set_rows(result)
    )
    lines = ["\t".join(map(str, row)) for row in rows]
    return "\n".join([head, *lines])
