# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .areas import ClassArea
from .card import ModelCard
from .errors import InputError, OutputError
from .source import RasterSource
from .symmetry import BY_COUNT

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
        rules = (
            (self.grid in GRIDS, f"The grid is 'input' or 'network', not '{self.grid}'."),
            (
                self.resolution is None or self.resolution > 0,
                f"The resolution is metres per pixel and above 0, not {self.resolution}.",
            ),
            (
                self.overlap is None or self.overlap >= 0,
                f"The overlap is pixels and at least 0, not {self.overlap}.",
            ),
            (
                self.threads is None or self.threads >= 1,
                f"At least one thread is needed, not {self.threads}.",
            ),
            (
                self.augment in BY_COUNT,
                f"Each tile is seen in 1, 4 or 8 views, not {self.augment}.",
            ),
            (
                self.min_area >= 0 and self.simplify >= 0,
                "The minimum area and the simplification are at least 0.",
            ),
        )
        for holds, message in rules:
            if not holds:
                raise InputError(message)
        self._require_distinct_files()

    def _require_distinct_files(self) -> None:
        files = [self.output, self.confidence, self.polygons, self.report]
        if isinstance(self.source, str):
            files.append(Path(self.source))
        paths = [Path(path).resolve() for path in files if path is not None]
        for path in paths:
            if paths.count(path) > 1:
                raise OutputError(
                    f"{path} is named twice among input and outputs; give each its own file."
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
