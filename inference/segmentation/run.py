# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole segmentation, files to files: what every way in calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..cards.card import NODATA_CLASS
from ..network.engine import Engine
from ..raster.source import RasterSource
from ..runs.areas import AreaTally
from ..runs.outputs import Companion, Outputs
from ..runs.report_page import report_page
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, no_valid_pixel, open_source
from ..tiles.decide import Rule
from ..tiles.laid_out import lay_out
from ..tiles.plan import Plan
from ..tiles.prepare import View
from ..tiles.sweep import sweep
from ..tiles.zone import Zone
from .answer import Answer
from .job import SegmentJob, SegmentResult
from .median import enlarged_size
from .polygon_layer import write_polygons

_SEGMENT_SHARE = 90.0
"""Percent of the progress bar that segmenting takes when polygons follow it."""


def run(job: SegmentJob, **calls: Any) -> SegmentResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return do_whole_run(partial(_Run.open, job), **calls)


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
        companions: Sequence[Companion],
        stack: ExitStack,
        warn: Message,
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            source = open_source(job.source, job.card, job.bands, stack)
            engine = Engine.load(job.card, watch, threads=job.threads, augment=job.augment)
            session = engine.session
            plan, view = lay_out(job, session.card, source, warn, margin=session.margin)
            outputs = _outputs(job, plan, companions, stack)
            answer = _answer(job, plan, engine, source, outputs)
            zone = None if job.mask is None else Zone(plan.network, job.mask)
        return cls(job, view, plan, engine, outputs, answer, zone, watch)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Write the rows of the answer; InputError where no pixel of it is valid."""
        share = 1.0 if self.job.polygons is None else _SEGMENT_SHARE / 100.0
        sweep(
            self.view, self.plan, self.engine, self.answer, zone=self.zone,
            progress=lambda percent: progress(percent * share), cancelled=cancelled,
        )  # fmt: skip
        self.answer.smooth(cancelled)
        if not self.answer.tally.pixels[:NODATA_CLASS].any():
            raise no_valid_pixel(self.view.source, outside="" if self.zone is None else "the mask")

    def finish(self, progress: Progress, cancelled: Asked) -> None:
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
        return SegmentResult(
            output=job.output,
            confidence=job.confidence,
            polygons=job.polygons,
            areas=self.answer.tally.table(job.card),
            timings=timings,
            engine=self.engine.in_words(),
            warnings=told,
            height=plan.wanted.height,
            width=plan.wanted.width,
            tiles=plan.tiles,
            computed=job.augment * plan.computed,
            augment=job.augment,
        )

    def page(self, result: SegmentResult) -> str:
        plan = self.plan
        facts = {
            "Answer": f"{plan.wanted.width:,} x {plan.wanted.height:,} pixels",
            "Tiles": f"{result.tiles:,}, {result.computed:.2f} pixels computed a pixel",
            "Grid": "the raster's own pixels" if self.job.grid == "input" else "the network's",
        }
        return report_page(result, source=self.view.source, card=self.job.card, facts=facts)


def _outputs(
    job: SegmentJob, plan: Plan, companions: Sequence[Companion], stack: ExitStack
) -> Outputs:
    beside = job.output.with_name(f".{job.output.name}.confidence")
    return Outputs.open(
        stack,
        job.card,
        plan.answer,
        classes=job.output,
        confidence=job.confidence or (None if job.polygons is None else beside),
        keep_confidence=job.confidence is not None,
        polygons=job.polygons,
        report=job.report,
        companions=companions,
    )


def _answer(
    job: SegmentJob, plan: Plan, engine: Engine, source: RasterSource, outputs: Outputs
) -> Answer:
    card = job.card
    finer = plan.whole.width / plan.network.width
    return Answer(
        plan=plan,
        source=source,
        classes=outputs.classes,
        confidence=outputs.confidence,
        zone=None if job.mask is None else Zone(plan.whole, job.mask),
        tally=AreaTally(plan.answer),
        rule=Rule(card.activation, card.threshold, lone=engine.session.is_lone),
        watch=engine.watch,
        median=enlarged_size(card.median, finer),
    )
