# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of tracing is asked for, and what it made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..cards.card import ModelCard
from ..fracture_numbers.sets import MOST_SETS
from ..raster.frame import Frame
from ..raster.source import RasterSource
from ..runs.job_rules import (
    Rule,
    hold,
    overlap_rule,
    require_distinct_files,
    require_kind,
    shared_rules,
)
from .azimuth import Ground
from .mask import MaskRules
from .tracing import Drawing

_LOW = 0.6
"""Of the high threshold. On drawn rock, half of it traces a tenth more that is no fracture."""
_HOLE = 6
"""Pixels of background inside a line that are a speck and not a block."""
_SURE = 50.0
"""Percent from which on a pixel is a line where the card says nothing else."""


@dataclass(frozen=True)
class TraceJob:
    """What to trace, with what, into which files.

    `source` is a path (or any name GDAL opens), or a source already open: an image for the `card`,
    or without one a raster of fractures: probabilities, or classes of which `class_id` is traced.
    With a card that is the class traced; None is the one the card calls lines. `output` is a
    GeoPackage, `probability` a raster in percent, `report` a page (.html) or JSON. `bands` count
    from 1; None finds them by colour. `extent` is xmin, ymin, xmax, ymax and `mask` GeoJSON-like
    polygons, both in the raster's coordinate system. `resolution` (metres per pixel) and `overlap`
    (pixels) take the place of the card's.

    A line has at least `low` percent everywhere and `high` somewhere. Lines below `length` that end
    freely and branches below `spur` are left out, gaps up to `gap` closed: all three in metres, or
    in pixels where nobody knows the ground; None is what `Drawing` says. `sets` is how many
    orientations there are, 0 to find out. `pixel_size` is metres per pixel where the raster does
    not say. `threads` None takes every core; `augment` is that of SegmentJob.
    """

    grid: ClassVar[str] = "network"
    """Lines are traced in the network's pixels; on the map they are of no grid."""

    source: str | RasterSource
    card: ModelCard | None
    output: Path
    probability: Path | None = None
    report: Path | None = None
    class_id: int | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    mask: tuple[Mapping[str, Any], ...] | None = None
    resolution: float | None = None
    overlap: int | None = None
    high: float | None = None
    low: float | None = None
    length: float | None = None
    spur: float | None = None
    gap: float | None = None
    sets: int = 0
    pixel_size: float | None = None
    threads: int | None = None
    augment: int = 1

    def __post_init__(self) -> None:
        if self.card is not None:
            require_kind(self.card, "segmentation")
        hold(
            overlap_rule(self.overlap),
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=self.augment),
            *self._own_rules(),
        )
        require_distinct_files(self.source, self.output, self.probability, self.report)

    def _own_rules(self) -> tuple[Rule, ...]:
        lengths = (
            ("least length", self.length), ("longest spur", self.spur), ("widest gap", self.gap)
        )  # fmt: skip
        low, high = self.percent
        return (
            (
                0 < low <= high <= 100,
                "A line begins above 0, at most at 100 percent, and its low threshold is not above "
                f"the high one; not {low:g} and {high:g}.",
            ),
            *(
                (
                    value is None or 0 <= value < math.inf,
                    f"The {name} is a length from 0 on, not {value}.",
                )
                for name, value in lengths
            ),
            (
                0 <= self.sets <= MOST_SETS,
                f"There are 1 to {MOST_SETS} sets, or 0 to find out how many, not {self.sets}.",
            ),
            (
                self.pixel_size is None or 0 < self.pixel_size < math.inf,
                f"The size of a pixel is metres and above 0, not {self.pixel_size}.",
            ),
        )

    @property
    def percent(self) -> tuple[float, float]:
        """The low and the high threshold."""
        told = None if self.card is None else self.card.threshold
        usual = _SURE if told is None else 100.0 * told
        high = max(usual, self.low or 0.0) if self.high is None else self.high
        return (_LOW * high if self.low is None else self.low), high

    @property
    def rules(self) -> MaskRules:
        """What counts as a line."""
        low, high = self.percent
        return MaskRules(low=low / 100.0, high=high / 100.0, largest_hole=_HOLE)

    def drawing(self, ground: Ground) -> Drawing:
        """How the lines are drawn, in pixels."""
        told = {"least_length": self.length, "spur": self.spur, "gap": self.gap}
        size = ground.unit_per_pixel
        pixels = {name: value / size for name, value in told.items() if value is not None}
        return Drawing(**pixels, sets=self.sets)

    def ground(self, frame: Frame) -> Ground:
        """The frame of the answer with what the user says of it; may raise InputError."""
        return Ground(frame, self.pixel_size)


@dataclass(frozen=True)
class SetFigures:
    """A set of lines: its number, mean azimuth (degrees), how many, their length, its share 0..1 of
    the length of all.
    """

    number: int
    azimuth: float
    traces: int
    length: float
    share: float


@dataclass(frozen=True)
class TraceResult:
    """What a run made: the file, its numbers, seconds per stage, and what to tell the user.

    Lengths are in the `unit` ("m" or "px"), `area` is of all that was seen, in its square, and
    `p21` the length in a unit of area. `nodes` are counts by kind; `rose` holds the length by
    azimuth, eighteen bins of 10 degrees from north on.
    """

    output: Path
    probability: Path | None
    traces: int
    total_length: float
    area: float
    p21: float
    unit: str
    nodes: Mapping[str, int]
    sets: tuple[SetFigures, ...]
    rose: tuple[float, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
