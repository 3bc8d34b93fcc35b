# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of prompts is asked for, and what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.source import RasterSource
from ..runs.job_rules import hold, require_distinct_files, require_kind, shared_rules
from .class_map import ClassQuery
from .network import MASKS
from .prompts import Prompt
from .shape import ShapeOptions


@dataclass(frozen=True)
class PlacedPrompt:
    """One object to cut out, in pixels of level 0 (see `place.base_frame`).

    `kind` says what it was pointed at with: "point", "points" or "box". `values` are the user's own
    fields, in the order of the job's `prompt_fields`.
    """

    prompt: Prompt
    label: str = ""
    values: tuple[Any, ...] = ()
    kind: str = "point"


@dataclass(frozen=True)
class PromptJob:
    """What to cut out of which raster, into which GeoPackage: `prompts`, or all that a word means.

    `source` is a path (or any name GDAL opens), or a source already open. `report` (JSON) is
    written when given. `text` is the class that the word stands for. `prompt_fields` are names and
    GeoPackage types of the prompts' values. Up to `masks` outlines a prompt are written, the surest
    first. `bands` count from 1; None finds them by colour. `extent` is xmin, ymin, xmax, ymax in
    the raster's coordinate system; what is pointed at beyond it is left out. `resolution` (metres
    per pixel) takes the place of the raster's own. With `rle` masks are told as COCO's run lengths,
    too. `shape` says how outlines are drawn. `threads` None takes every core.
    """

    source: str | RasterSource
    card: ModelCard
    output: Path
    report: Path | None = None
    prompts: tuple[PlacedPrompt, ...] = ()
    prompt_fields: Mapping[str, str] = field(default_factory=dict)
    text: ClassQuery | None = None
    masks: int = 1
    resolution: float | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    rle: bool = False
    shape: ShapeOptions = field(default_factory=ShapeOptions)
    threads: int | None = None

    def __post_init__(self) -> None:
        require_kind(self.card, "prompt")
        hold(
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=1),
            (
                bool(self.prompts) != (self.text is not None),
                "Nothing is pointed at, or both prompts and a word are given; give one of the two.",
            ),
            (
                1 <= self.masks <= MASKS,
                f"A prompt is answered with 1 to {MASKS} outlines, not {self.masks}.",
            ),
            (
                self.report is None or self.report.suffix.lower() == ".json",
                f"The report of prompts is JSON, '{self.report}' does not end in .json.",
            ),
        )
        self._require_whole_prompts()
        require_distinct_files(self.source, self.output, self.report)

    def _require_whole_prompts(self) -> None:
        count = len(self.prompt_fields)
        wrong = [each for each in self.prompts if len(each.values) != count]
        if wrong:
            raise InputError(
                f"Every prompt needs a value for each of the {count} prompt fields, one has "
                f"{len(wrong[0].values)}; give as many values as fields."
            )


@dataclass(frozen=True)
class PromptResult:
    """What a run made: the file, seconds per stage, and what to tell the user.

    `objects` counts outlines, `asked` what was pointed at (regions of the class for a word),
    `left_out` what of that has no outline. `timings` hold "total" (wall clock) and the stages,
    added up over all threads.
    """

    output: Path
    objects: int
    asked: int
    left_out: int
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
