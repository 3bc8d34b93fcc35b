# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of a segmentation is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from ..runs.areas import ClassArea
from ..runs.job_rules import hold, overlap_rule, require_distinct_files, require_kind, shared_rules

GRIDS = ("input", "network")


@dataclass(frozen=True)
class SegmentJob:
    """What to segment, with what, into which files.

    `source` is a path (or any name GDAL opens), or a source already open. `confidence` (percent,
    0..100), `polygons` (GeoPackage) and `report` (JSON) are written when given. `bands` count from
    1; None finds them by colour. `extent` is xmin, ymin, xmax, ymax and `mask` GeoJSON-like
    polygons, both in the raster's coordinate system. `grid` "input" answers on the raster's own
    pixels, "network" on the network's. `resolution` (metres per pixel) and `overlap` (pixels) take
    the place of the card's. `threads` None takes every core. With `augment` 4 or 8 each tile is
    seen turned, or turned and mirrored, as well, at so many times the work; the mean decides.
    Regions below `min_area` (square metres; pixels without a CRS) get no polygon; `simplify` is a
    tolerance in pixels, 0 for none.
    """

    source: str | RasterSource
    card: ModelCard
    output: Path
    confidence: Path | None = None
    polygons: Path | None = None
    report: Path | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    mask: tuple[Mapping[str, Any], ...] | None = None
    grid: str = "input"
    resolution: float | None = None
    overlap: int | None = None
    threads: int | None = None
    augment: int = 1
    min_area: float = 0.0
    simplify: float = 0.0

    def __post_init__(self) -> None:
        require_kind(self.card, "segmentation")
        hold(
            (self.grid in GRIDS, f"The grid is 'input' or 'network', not '{self.grid}'."),
            overlap_rule(self.overlap),
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=self.augment),
            (
                self.min_area >= 0 and self.simplify >= 0,
                "The minimum area and the simplification are at least 0.",
            ),
        )
        require_distinct_files(
            self.source, self.output, self.confidence, self.polygons, self.report
        )


@dataclass(frozen=True)
class SegmentResult:
    """What a run made: files, area per class, seconds per stage, and what to tell the user.

    `timings` hold "total" (wall clock) and the stages, added up over all threads. `tiles` counts
    tiles and `computed` network pixels per pixel wanted, overlap and all `augment` views included.
    """

    output: Path
    confidence: Path | None
    polygons: Path | None
    areas: tuple[ClassArea, ...]
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
