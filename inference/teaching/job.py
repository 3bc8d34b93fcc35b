# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of teaching is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.source import RasterSource
from ..runs.areas import ClassArea
from ..runs.job_rules import hold, require_distinct_paths, shared_rules
from .feature_network import dense_card
from .lesson import Lesson


@dataclass(frozen=True)
class TeachJob:
    """Labels on rasters, and the network they shall become.

    `rasters` are names that GDAL opens, or sources that are open. `output` is the network's file
    (.onnx), its card gets the same name; `name` takes the place of the lesson's. `classified` is a
    raster of classes of the first of the rasters, `report` a page or JSON, when given. Bands and
    resolution are the lesson's. `threads` None takes every core. `labels` is the file the lesson
    comes from, if it comes from one: nothing may replace it.
    """

    rasters: tuple[str | RasterSource, ...]
    lesson: Lesson
    card: ModelCard
    output: Path
    name: str = ""
    classified: Path | None = None
    report: Path | None = None
    threads: int | None = None
    labels: Path | None = None

    def __post_init__(self) -> None:
        dense_card(self.card)
        resolution = self.lesson.settings.resolution
        hold(
            *shared_rules(resolution=resolution, threads=self.threads, augment=1),
            (bool(self.rasters), "No raster is given; give the one that the labels lie on."),
        )
        reason = self.lesson.why_not()
        if reason:
            raise InputError(reason)
        files = [Path(each) for each in self.rasters if isinstance(each, str)]
        require_distinct_paths(
            self.network, self.network.with_suffix(".json"), self.classified, self.report,
            self.card.path, self.labels, *files,
        )  # fmt: skip

    @property
    def network(self) -> Path:
        """The file of the network."""
        return Path(self.output).with_suffix(".onnx")


@dataclass(frozen=True)
class TeachResult:
    """What a run made: the network's card, and how well it tells what it had not learnt from.

    `accuracy` is None where too few strokes were there; `cells` are those learnt from by class, of
    `left_out` see Taught. `areas` are those of the classified raster. `timings` hold "total" (wall
    clock) and the stages.
    """

    card: ModelCard
    classified: Path | None
    accuracy: Mapping[str, Any] | None
    words: str
    cells: Mapping[str, int]
    left_out: int
    ridge: float
    areas: tuple[ClassArea, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]

    @property
    def output(self) -> Path:
        """The network's file."""
        return self.card.path

    def to_json(self) -> str:
        told = {**asdict(self), "card": self.card.id, "output": str(self.output)}
        return json.dumps(told, indent=2, default=str)
