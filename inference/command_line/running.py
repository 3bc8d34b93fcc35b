# SPDX-License-Identifier: GPL-2.0-or-later
"""A run that is watched from a terminal, and what is printed of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..runs.progress_bar import ProgressBar

if TYPE_CHECKING:
    from ..runs.areas import ClassArea


def with_bar(run: Callable[..., Any], job: Any) -> Any:
    """Do a job, showing how far it is; returns its result."""
    quieten()
    bar = ProgressBar()
    try:
        return run(job, progress=bar.show, message=bar.note)
    finally:
        bar.end()


def quieten() -> None:
    """What GDAL and rasterio print besides arrives as exceptions and messages."""
    os.environ.setdefault("CPL_LOG", os.devnull)
    warnings.simplefilter("ignore")


def print_areas(areas: Iterable[ClassArea], counted: str) -> None:
    """A line a class."""
    for row in areas:
        area = "" if row.area_m2 is None else f"{row.area_m2:16,.0f} m2"
        print(f"{row.name:<24}{100 * row.share:7.2f} %{row.pixels:14,} {counted}{area}")


def print_end(result: Any) -> None:
    """The last line of a run: its file, how long it took, and what computed."""
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
