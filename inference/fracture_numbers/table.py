# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers as a table (CSV): a row for every sampling area, the whole last."""

from __future__ import annotations

import csv
import io
from typing import Any

from .numbers import AreaNumbers, FractureNumbers


def table_of(numbers: FractureNumbers) -> str:
    """The whole text; columns say their unit, what is not known is empty."""
    text = io.StringIO()
    rows = rows_of(numbers)
    writer = csv.DictWriter(text, list(rows[-1]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def rows_of(numbers: FractureNumbers) -> list[dict[str, Any]]:
    """The same columns in every row: texts, whole numbers, floats, None for what is not known."""
    rows = [_row(each, numbers, whole=False) for each in numbers.areas]
    return [*rows, _row(numbers.whole, numbers, whole=True)]


def _row(area: AreaNumbers, numbers: FractureNumbers, *, whole: bool) -> dict[str, Any]:
    unit, top, blocks = numbers.unit, area.topology, area.blocks
    ii, ic, cc = top.branch_kinds
    told = {
        "area": area.name,
        "kind": area.kind,
        f"area_{unit}2": area.area,
        "traces": area.traces,
        f"length_{unit}": area.length,
        f"p20_per_{unit}2": area.p20,
        f"p21_per_{unit}": area.p21,
        "p22": area.p22,
        f"b20_per_{unit}2": area.b20,
        "b22": area.b22,
        f"mean_length_{unit}": area.mean_length,
        "i": top.i,
        "y": top.y,
        "x": top.x,
        "e": top.e,
        "lines": top.lines,
        "branches": top.branches,
        "connections_per_line": top.per_line,
        "connections_per_branch": top.per_branch,
        "branches_ii": ii,
        "branches_ic": ic,
        "branches_cc": cc,
        **_lengths(area, unit),
        "blocks": blocks.count,
        f"block_mean_{unit}2": blocks.mean,
        f"block_median_{unit}2": blocks.median,
        "edge_blocks": blocks.edge_count,
        **_of_all(numbers),
    }
    if not whole:
        told.update(dict.fromkeys(_of_all(numbers), None))
    return {name: _told(value) for name, value in told.items()}


def _lengths(area: AreaNumbers, unit: str) -> dict[str, Any]:
    found = area.lengths
    return {
        "censored": None if found is None else found.censored,
        f"length_median_{unit}": None if found is None else found.median,
        f"length_largest_{unit}": None if found is None else found.largest,
    }


def _of_all(numbers: FractureNumbers) -> dict[str, Any]:
    """What is only known of all areas together."""
    law, rose, unit = numbers.power_law, numbers.rose, numbers.unit
    return {
        "mean_azimuth": rose.weighted_mean,
        "resultant": rose.weighted_resultant,
        "sets": sum(each.set > 0 for each in numbers.sets),
        "power_law_exponent": None if law is None else law.exponent,
        "power_law_error": None if law is None else law.error,
        f"power_law_from_{unit}": None if law is None else law.least,
        "power_law_p": None if law is None else law.p,
    }


def _told(value: Any) -> Any:
    """Numbers with nine figures: enough for any use, and the same on every computer."""
    return float(f"{value:.9g}") if isinstance(value, float) else value
