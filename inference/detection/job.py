# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of a detection is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from ..runs.areas import ClassArea
from ..runs.job_rules import hold, overlap_rule, require_distinct_files, require_kind, shared_rules

SIMPLIFY = 0.8
"""Pixels: as much as hides the steps that pixels make, and no more."""


@dataclass(frozen=True)
class DetectJob:
    """What to find, with what, into which files.

    `source` is a path (or any name GDAL opens), or a source already open; `output` a GeoPackage,
    `report` a page (.html) or JSON. `bands` count from 1; None finds them by colour. `extent` is
    xmin, ymin, xmax, ymax and `mask` GeoJSON-like polygons, both in the raster's coordinate system:
    an object counts where its middle is inside. `resolution` (metres per pixel) and `overlap`
    (pixels) take the place of the card's, and so do `confidence` and `iou`, both in percent: how
    sure the network is of an object at least, and how much two of a class may overlap. `threads`
    None takes every core. Outlines of masks are simplified by `simplify` pixels, 0 for none.
    """

    grid: ClassVar[str] = "network"
    """Objects are found in the network's pixels; their outlines are of no grid."""

    source: str | RasterSource
    card: ModelCard
    output: Path
    report: Path | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    mask: tuple[Mapping[str, Any], ...] | None = None
    resolution: float | None = None
    overlap: int | None = None
    confidence: float | None = None
    iou: float | None = None
    threads: int | None = None
    simplify: float = SIMPLIFY

    def __post_init__(self) -> None:
        require_kind(self.card, "detection")
        hold(
            overlap_rule(self.overlap),
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=1),
            *(
                (
                    value is None or 0 <= value <= 100,
                    f"The {name} is percent, 0 to 100, not {value}.",
                )
                for name, value in (("confidence", self.confidence), ("iou", self.iou))
            ),
            (
                0 <= self.simplify < float("inf"),
                f"The simplification is a number of pixels from 0 on, not {self.simplify}.",
            ),
        )
        require_distinct_files(self.source, self.output, self.report)

    @property
    def least_score(self) -> float:
        """0..1"""
        told = self.card.detection.confidence
        return told if self.confidence is None else self.confidence / 100.0

    @property
    def most_overlap(self) -> float:
        """0..1"""
        return self.card.detection.iou if self.iou is None else self.iou / 100.0


@dataclass(frozen=True)
class DetectResult:
    """What a run made: the file, objects by class, seconds per stage, and what to tell the user.

    The `pixels` of `areas` are objects. `timings` hold "total" (wall clock) and the stages, added
    up over all threads. `tiles` counts those that were looked at.
    """

    output: Path
    objects: int
    areas: tuple[ClassArea, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]
    tiles: int

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
