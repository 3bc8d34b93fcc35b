# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: a line of the table, and the seconds it comes from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processes import ROOT

FOLDER = ROOT / "build" / "bench"
"""Where all that is made for the measuring lies."""
Way = Callable[[], Any]


@dataclass(frozen=True)
class Figure:
    """One line of the table; `limit` is the bound it should keep, with its direction."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_most: bool = True

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        kept = self.value <= self.limit if self.at_most else self.value >= self.limit
        return "ok" if kept else "MISSED"


def print_table(figures: Sequence[Figure]) -> None:
    wide = max(len(figure.name) for figure in figures)
    for figure in figures:
        bound = ""
        if figure.limit is not None:
            bound = f"{'<=' if figure.at_most else '>='} {figure.limit:.4g}"
        value = f"{figure.value:.4g}"
        print(f"{figure.name:<{wide}}  {value:>8} {figure.unit:<7}{bound:<11}{figure.verdict}")


def least_seconds(ways: Mapping[str, Way], rounds: int) -> dict[str, float]:
    """The least seconds of each way, taken turn about so that a busy moment hits all alike."""
    taken = [{name: timed(way) for name, way in ways.items()} for _ in range(rounds)]
    return {name: min(each[name] for each in taken) for name in ways}


def timed(work: Way) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
