# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run with numbers for an answer is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from ..runs.job_rules import hold, overlap_rule, require_distinct_files, require_kind, shared_rules


@dataclass(frozen=True)
class SurfaceJob:
    """What to compute, with what, into which files; each child says which kind of network.

    `source` is a path (or any name GDAL opens), or a source already open; `output` a GeoTIFF,
    `report` a page (.html) or JSON. `bands` count from 1; None finds them by colour. `extent` is
    xmin, ymin, xmax, ymax and `mask` GeoJSON-like polygons, both in the raster's coordinate system.
    `grid` "input" answers on the raster's own pixels, "network" on the network's, "finer" on the
    pixels it makes of them. `resolution` (metres per pixel) and `overlap` (pixels) take the place
    of the card's. `threads` None takes every core. With `augment` 4 or 8 each tile is seen turned,
    or turned and mirrored, as well; the mean counts.
    """

    KIND: ClassVar[str]
    GRIDS: ClassVar[tuple[str, ...]] = ("input", "network")

    source: str | RasterSource
    card: ModelCard
    output: Path
    report: Path | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    mask: tuple[Mapping[str, Any], ...] | None = None
    grid: str = "input"
    resolution: float | None = None
    overlap: int | None = None
    threads: int | None = None
    augment: int = 1

    def __post_init__(self) -> None:
        require_kind(self.card, self.KIND)
        grids = " or ".join(f"'{grid}'" for grid in self.GRIDS)
        hold(
            (self.grid in self.GRIDS, f"The grid is {grids}, not '{self.grid}'."),
            overlap_rule(self.overlap),
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=self.augment),
        )
        require_distinct_files(self.source, self.output, self.report)


@dataclass(frozen=True)
class Figures:
    """A band of the result in numbers; of the pixels that have a value."""

    band: str
    pixels: int
    least: float
    largest: float
    mean: float
    spread: float
    """Standard deviation."""


@dataclass(frozen=True)
class SurfaceResult:
    """What a run made: the file, its numbers, seconds per stage, and what to tell the user.

    `timings`, `tiles` and `computed` are those of SegmentResult.
    """

    output: Path
    figures: tuple[Figures, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]
    height: int
    width: int
    tiles: int
    computed: float
    augment: int = 1

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
