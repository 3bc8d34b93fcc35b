# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run, files to files: what toolbox, dock, qgis_process and command line call."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .answer import Answer
from .areas import AreaTally, ClassArea
from .card import NODATA_CLASS, ModelCard
from .errors import Cancelled, InputError, OutputError
from .gdal_cache import small_cache
from .outputs import Outputs
from .plan import Plan, make_plan
from .polygon_layer import write_polygons
from .prepare import Stretch, View, network_shape
from .segmentation import Engine, segment
from .session import Session
from .source import FileSource, RasterSource
from .stopwatch import Stopwatch
from .zone import Zone

GRIDS = ("input", "network")
_SEGMENT_SHARE = 90.0
"""Percent of the progress bar that segmenting takes when polygons follow it."""


@dataclass(frozen=True)
class SegmentJob:
    """What to segment, with what, into which files.

    `source` is a path (or any name GDAL opens), or a source already open. `confidence` (percent,
    0..100), `polygons` (GeoPackage) and `report` (JSON) are written when given. `bands` count from
    1; None finds them by colour. `extent` is xmin, ymin, xmax, ymax and `mask` GeoJSON-like
    polygons, both in the raster's coordinate system. `grid` "input" answers on the raster's own
    pixels, "network" on the network's. `resolution` (metres per pixel) and `overlap` (pixels) take
    the place of the card's. `threads` None takes every core. Regions below `min_area` (square
    metres; pixels without a CRS) get no polygon; `simplify` is a tolerance in pixels, 0 for none.
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
    tiles and `computed` network pixels per pixel wanted, overlap included.
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

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)


def run(
    job: SegmentJob,
    *,
    progress: Callable[[float], None] = lambda percent: None,
    message: Callable[[str], None] = lambda text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SegmentResult:
    """Do the job; blocks until the files are whole, or leaves none behind.

    `progress` (percent), `message` (warnings) and `cancelled` are called from this thread only.
    Raises a leaf of GeoSiftError for whatever a user can mend.
    """
    start = time.perf_counter()
    watch = Stopwatch()
    warnings: list[str] = []

    def warn(text: str) -> None:
        warnings.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        with watch.stage("open"):
            source = _open(job, stack)
            card = job.card
            workers = job.threads or os.cpu_count() or 1
            session = Session(card, callers=workers)
            plan, view = _lay_out(job, source, warn)
            engine = Engine(session, workers, watch)
            outputs = _outputs(job, plan, stack)
            answer = _answer(job, plan, source, outputs, watch)
            zone = None if job.mask is None else Zone(plan.network, job.mask)
        share = 1.0 if job.polygons is None else _SEGMENT_SHARE / 100.0
        segment(
            view, plan, engine, answer, zone=zone,
            progress=lambda percent: progress(percent * share), cancelled=cancelled,
        )  # fmt: skip
        if not answer.tally.pixels[:NODATA_CLASS].any():
            raise InputError(
                f"{source.name} has no valid pixel where an answer was wanted: all of it is "
                f"nodata, transparent or NaN{'' if job.mask is None else ', or outside the mask'}."
            )
        _finish(job, answer, outputs, watch, progress, cancelled)
        grids = [plan.grid(block) for block in plan.blocks()]
        wanted = plan.wanted.pixels * plan.network.window.pixels / plan.whole.window.pixels
        result = SegmentResult(
            output=job.output,
            confidence=job.confidence,
            polygons=job.polygons,
            areas=answer.tally.table(card),
            timings={"total": time.perf_counter() - start, **watch.seconds},
            engine=_in_words(card, engine.workers),
            warnings=tuple(warnings),
            height=plan.wanted.height,
            width=plan.wanted.width,
            tiles=sum(len(grid) for grid in grids),
            computed=sum(grid.computed_pixels for grid in grids) / wanted,
        )
        outputs.write_report(result.to_json())
        if cancelled():
            raise Cancelled("Cancelled; nothing was written.")
        outputs.commit()
    progress(100.0)
    return result


def _open(job: SegmentJob, stack: ExitStack) -> RasterSource:
    if not isinstance(job.source, str):
        return job.source
    return stack.enter_context(FileSource(job.source, bands=job.bands, names=job.card.bands))


def _lay_out(
    job: SegmentJob, source: RasterSource, warn: Callable[[str], None]
) -> tuple[Plan, View]:
    card = job.card
    shape = network_shape(source, job.resolution or card.resolution_m, warn)
    plan = make_plan(
        source.frame,
        card,
        network_shape=shape,
        grid=job.grid,
        extent=job.extent,
        overlap=job.overlap,
    )
    return plan, View(source, card, Stretch.for_source(source), *shape)


def _outputs(job: SegmentJob, plan: Plan, stack: ExitStack) -> Outputs:
    return Outputs.open(
        stack,
        card=job.card,
        frame=plan.answer,
        classes=job.output,
        confidence=job.confidence,
        polygons=job.polygons,
        report=job.report,
    )


def _answer(
    job: SegmentJob, plan: Plan, source: RasterSource, outputs: Outputs, watch: Stopwatch
) -> Answer:
    return Answer(
        plan=plan,
        source=source,
        classes=outputs.classes,
        confidence=outputs.confidence,
        zone=None if job.mask is None else Zone(plan.whole, job.mask),
        tally=AreaTally(plan.answer),
        activation=job.card.activation,
        watch=watch,
    )


def _finish(
    job: SegmentJob,
    answer: Answer,
    outputs: Outputs,
    watch: Stopwatch,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> None:
    """Make every file but the report whole, under its temporary name."""
    with watch.stage("finish"):
        answer.classes.count(answer.tally.pixels)
        outputs.finish()
    if outputs.polygons is None:
        return
    with watch.stage("polygons"):
        write_polygons(
            outputs.polygons.partial,
            name=outputs.polygons.path.stem,
            classes=outputs.classes.partial,
            confidence=outputs.confidence.partial,
            frame=answer.plan.answer,
            card=job.card,
            min_area=job.min_area,
            simplify=job.simplify,
            progress=lambda done: progress(_SEGMENT_SHARE + done * (100.0 - _SEGMENT_SHARE)),
            cancelled=cancelled,
        )


def _in_words(card: ModelCard, workers: int) -> str:
    number = "INT8" if card.metrics.get("int8") else "float"
    return f"CPU, {workers} worker{'' if workers == 1 else 's'}, {number}"
