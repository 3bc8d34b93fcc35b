# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run, files to files: what toolbox, dock, qgis_process and command line call."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from rasterio.errors import NotGeoreferencedWarning

from .answer import Answer
from .areas import AreaTally
from .card import NODATA_CLASS
from .errors import Cancelled, InputError
from .gdal_cache import small_cache
from .outputs import Companion, Outputs
from .plan import Plan, make_plan
from .polygon_layer import write_polygons
from .prepare import Stretch, View, network_shape
from .segment_job import SegmentJob, SegmentResult
from .segmentation import Engine, segment
from .session import Session
from .source import FileSource, RasterSource
from .stopwatch import Stopwatch
from .symmetry import BY_COUNT
from .zone import Zone

_SEGMENT_SHARE = 90.0
"""Percent of the progress bar that segmenting takes when polygons follow it."""


def run(
    job: SegmentJob,
    *,
    companions: Sequence[Companion] = (),
    progress: Callable[[float], None] = lambda percent: None,
    message: Callable[[str], None] = lambda text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SegmentResult:
    """Do the job; blocks until the files are whole, or leaves none behind.

    `companions` are files of the caller's that must be whole, too, before any file gets its name.
    `progress` (percent), `message` (warnings) and `cancelled` are called from this thread only.
    Raises a leaf of GeoSiftError for whatever a user can mend.
    """
    start = time.perf_counter()
    told: list[str] = []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        stack.enter_context(_rasterio_silent())
        opened = _Run.open(job, stack, companions, warn)
        opened.segment(progress, cancelled)
        opened.finish(progress, cancelled)
        timings = {"total": time.perf_counter() - start, **opened.watch.seconds}
        result = opened.result(timings, tuple(told))
        opened.outputs.make_rest(result)
        if cancelled():
            raise Cancelled("Cancelled; nothing was written.")
        opened.outputs.commit()
    progress(100.0)
    return result


@contextmanager
def _rasterio_silent() -> Iterator[None]:
    """That a raster does not say where it lies, the user is told in GeoSift's own words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


@dataclass(frozen=True)
class _Run:
    """A job with everything open that it needs."""

    job: SegmentJob
    view: View
    plan: Plan
    engine: Engine
    outputs: Outputs
    answer: Answer
    zone: Zone | None
    """Where tiles are wanted, in network pixels."""
    watch: Stopwatch

    @classmethod
    def open(
        cls,
        job: SegmentJob,
        stack: ExitStack,
        companions: Sequence[Companion],
        warn: Callable[[str], None],
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            source = _open(job, stack)
            plan, view = _lay_out(job, source, warn)
            engine = _engine(job, plan, watch)
            outputs = Outputs.open(stack, job, plan.answer, companions=companions)
            answer = _answer(job, plan, source, outputs, watch)
            zone = None if job.mask is None else Zone(plan.network, job.mask)
        return cls(job, view, plan, engine, outputs, answer, zone, watch)

    def segment(self, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> None:
        """Write the rows of the answer; InputError where no pixel of it is valid."""
        share = 1.0 if self.job.polygons is None else _SEGMENT_SHARE / 100.0
        segment(
            self.view, self.plan, self.engine, self.answer, zone=self.zone,
            progress=lambda percent: progress(percent * share), cancelled=cancelled,
        )  # fmt: skip
        if not self.answer.tally.pixels[:NODATA_CLASS].any():
            outside = "" if self.zone is None else ", or outside the mask"
            raise InputError(
                f"{self.view.source.name} has no valid pixel where an answer was wanted: all of it "
                f"is nodata, transparent or NaN{outside}."
            )

    def finish(self, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> None:
        """Make rasters and polygons whole, under their temporary names."""
        outputs = self.outputs
        with self.watch.stage("finish"):
            outputs.classes.count(self.answer.tally.pixels)
            outputs.finish()
        if outputs.polygons is None:
            return
        with self.watch.stage("polygons"):
            write_polygons(
                outputs.polygons.partial,
                name=outputs.polygons.path.stem,
                classes=outputs.classes.partial,
                confidence=outputs.confidence.partial,
                frame=self.plan.answer,
                card=self.job.card,
                min_area=self.job.min_area,
                simplify=self.job.simplify,
                progress=lambda done: progress(_SEGMENT_SHARE + done * (100.0 - _SEGMENT_SHARE)),
                cancelled=cancelled,
            )

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> SegmentResult:
        job, plan = self.job, self.plan
        grids = [plan.grid(block) for block in plan.blocks()]
        wanted = plan.wanted.pixels * plan.network.window.pixels / plan.whole.window.pixels
        return SegmentResult(
            output=job.output,
            confidence=job.confidence,
            polygons=job.polygons,
            areas=self.answer.tally.table(job.card),
            timings=timings,
            engine=_in_words(job, self.engine.workers),
            warnings=told,
            height=plan.wanted.height,
            width=plan.wanted.width,
            tiles=sum(len(grid) for grid in grids),
            computed=job.augment * sum(grid.computed_pixels for grid in grids) / wanted,
            augment=job.augment,
        )


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


def _engine(job: SegmentJob, plan: Plan, watch: Stopwatch) -> Engine:
    """The network, loaded for as many callers as there is work for."""
    workers = job.threads or os.cpu_count() or 1
    tiles = sum(len(plan.grid(block)) for block in plan.blocks())
    session = Session(job.card, callers=min(workers, tiles))
    return Engine(session, workers, watch, BY_COUNT[job.augment])


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


def _in_words(job: SegmentJob, workers: int) -> str:
    number = "INT8" if job.card.metrics.get("int8") else "float"
    views = "" if job.augment == 1 else f", mean of {job.augment} views"
    return f"CPU, {workers} worker{'' if workers == 1 else 's'}, {number}{views}"
