# SPDX-License-Identifier: GPL-2.0-or-later
"""What one study of fractures is asked for, and what it made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..runs.job_rules import hold, require_distinct_paths
from .intensity_grid import GridOptions
from .lines import FractureLines
from .numbers import FractureNumbers
from .sampling import SamplingArea
from .study import Study


@dataclass(frozen=True)
class FractureNumbersJob:
    """Lines and areas, and the files to write; any of those may be left out.

    `lines` and `areas` may be files (GeoPackage or GeoJSON; `layer` and `areas_layer` name theirs).
    Without areas `outline` counts, else the lines' hull. `table` is CSV, `report` a page (.html) or
    JSON, `grid` a GeoTIFF, `blocks` and `nodes` GeoPackages (or one). `snap`, `cell` and `radius`
    are in metres, or pixels where nobody knows the ground; `scale` is metres a pixel there. The
    same `seed` gives the same numbers.
    """

    lines: FractureLines | Path
    areas: tuple[SamplingArea, ...] | Path = ()
    outline: SamplingArea | None = None
    table: Path | None = None
    report: Path | None = None
    grid: Path | None = None
    blocks: Path | None = None
    nodes: Path | None = None
    snap: float | None = None
    scale: float | None = None
    cell: float | None = None
    radius: float | None = None
    layer: str = ""
    areas_layer: str = ""
    title: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        hold(
            (_above(self.scale), f"The scale is metres a pixel and above 0, not {self.scale}."),
            (
                self.snap is None or (self.snap >= 0 and math.isfinite(self.snap)),
                f"The snapping distance is at least 0, not {self.snap}.",
            ),
        )
        _ = self.options
        read = {each for each in (self.lines, self.areas) if isinstance(each, Path)}
        layers = dict.fromkeys((self.blocks, self.nodes))
        require_distinct_paths(*read, self.table, self.report, self.grid, *layers)

    @property
    def options(self) -> GridOptions:
        """Those of the raster; InputError for what is none."""
        return GridOptions(self.cell, self.radius)


def _above(value: float | None) -> bool:
    return value is None or (value > 0 and math.isfinite(value))


@dataclass(frozen=True)
class FractureNumbersResult:
    """The study, the files, seconds a stage, and what to tell the user."""

    study: Study
    table: Path | None
    report: Path | None
    grid: Path | None
    blocks: Path | None
    nodes: Path | None
    timings: Mapping[str, float]
    warnings: tuple[str, ...]

    @property
    def numbers(self) -> FractureNumbers:
        return self.study.numbers

    def to_json(self) -> str:
        return self.numbers.to_json({"timings": dict(self.timings), "warnings": self.warnings})
