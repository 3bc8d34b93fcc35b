# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of a scene classification is asked for, and what it made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.source import RasterSource
from ..runs.areas import ClassArea
from ..runs.job_rules import hold, require_distinct_files, require_kind, shared_rules


@dataclass(frozen=True)
class ZonePolygon:
    """One polygon that gets an answer of its own.

    `geometry` is GeoJSON-like, Polygon or MultiPolygon, in the raster's coordinate system; `values`
    are the user's own fields, in the order of the job's `zone_fields`.
    """

    geometry: Mapping[str, Any]
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ClassifyJob:
    """What to classify, with what, into which files; at least one file is wanted.

    `source` is a path (or any name GDAL opens), or a source already open. `raster` is a class
    raster with a pixel a cell, `cells` a GeoPackage with a polygon a cell (or one a zone where
    `zones` are given), `report` a page (.html) or JSON. Cells are squares of `step` network pixels,
    half a tile by default. `bands` count from 1; None finds them by colour. `extent` is xmin, ymin,
    xmax, ymax in the raster's coordinate system. `zone_fields` are names and GeoPackage types of
    the zones' values. `resolution` (metres per pixel) takes the place of the card's. `threads` None
    takes every core. With `augment` 4 or 8 each tile is seen turned, or turned and mirrored, as
    well. With `probabilities` the polygons tell that of every class. `offset` is what reflectance
    x 10,000 holds too much in every band; None finds out.
    """

    source: str | RasterSource
    card: ModelCard
    raster: Path | None = None
    cells: Path | None = None
    report: Path | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    zones: tuple[ZonePolygon, ...] | None = None
    zone_fields: Mapping[str, str] = field(default_factory=dict)
    step: int | None = None
    resolution: float | None = None
    threads: int | None = None
    augment: int = 1
    probabilities: bool = False
    offset: float | None = None

    def __post_init__(self) -> None:
        require_kind(self.card, "classification")
        tile, files = self.card.tile, (self.raster, self.cells, self.report)
        hold(
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=self.augment),
            (
                any(path is not None for path in files),
                "Nothing is to be written; name a class raster, a polygon layer or a report.",
            ),
            (
                self.step is None or 1 <= self.step <= tile,
                f"The step is 1 to {tile} pixels (a tile of the network), not {self.step}.",
            ),
            (
                self.offset is None or math.isfinite(self.offset),
                f"The offset is a number, such as 1000 or 0, not {self.offset}.",
            ),
            (
                self.offset is None or self.card.reflectance is not None,
                f"The model '{self.card.id}' does not say how it sees reflectance, so there is "
                "no offset to take off; leave it out.",
            ),
        )
        self._require_whole_zones()
        require_distinct_files(self.source, *files)

    def _require_whole_zones(self) -> None:
        count = len(self.zone_fields)
        wrong = [zone for zone in self.zones or () if len(zone.values) != count]
        if wrong:
            raise InputError(
                f"Every zone needs a value for each of the {count} zone fields, one has "
                f"{len(wrong[0].values)}; give as many values as fields."
            )


@dataclass(frozen=True)
class ClassifyResult:
    """What a run made: files, area per class, seconds per stage, and what to tell the user.

    The `pixels` of `areas` are cells, or zones where zones were given. `timings` hold "total" (wall
    clock) and the stages, added up over all threads. `rows` and `cols` count cells, `tiles` those
    that were looked at.
    """

    raster: Path | None
    cells: Path | None
    areas: tuple[ClassArea, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]
    rows: int
    cols: int
    tiles: int
    augment: int = 1

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
