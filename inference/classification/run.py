# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole scene classification, files to files: the sibling of segmentation's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import Engine
from ..raster.source import RasterSource
from ..runs.outputs import Companion, Outputs
from ..runs.report_page import report_page
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, no_valid_pixel, open_source
from ..tiles.prepare import MAX_ENLARGEMENT, View, network_shape
from ..tiles.reflectance import stretch_for
from .cell_answers import CellAnswers
from .cell_plan import CellPlan, make_cell_plan
from .classify import classify
from .drift import scale_sentence
from .job import ClassifyJob, ClassifyResult


def run_classify(job: ClassifyJob, **calls: Any) -> ClassifyResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return do_whole_run(partial(_Run.open, job), **calls)


@dataclass
class _Run:
    """A job with everything open that it needs."""

    job: ClassifyJob
    view: View
    plan: CellPlan
    engine: Engine
    outputs: Outputs
    answers: CellAnswers
    watch: Stopwatch
    warn: Message
    seen: int = 0
    """Tiles the network was asked about."""

    @classmethod
    def open(
        cls,
        job: ClassifyJob,
        companions: Sequence[Companion],
        stack: ExitStack,
        warn: Message,
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            source = open_source(job.source, job.card, job.bands, stack)
            plan, view = _lay_out(job, source, warn)
            engine = Engine.load(job.card, watch, threads=job.threads, augment=job.augment)
            outputs = Outputs.open(
                stack,
                job.card,
                plan.answer,
                classes=job.raster,
                polygons=job.cells,
                report=job.report,
                companions=companions,
            )
            answers = CellAnswers.open(job, plan, outputs, watch, stack)
        return cls(job, view, plan, engine, outputs, answers, watch, warn)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Answer the cells; InputError where none holds a valid pixel."""
        self.seen = classify(
            self.view, self.plan, self.engine, self.answers, progress=progress, cancelled=cancelled
        )
        if not self.answers.any:
            outside = "" if self.job.zones is None else "the zones"
            raise no_valid_pixel(self.view.source, outside=outside)
        for sentence in self.answers.sentences():
            self.warn(sentence)

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make raster and polygons whole, under their temporary names."""
        with self.watch.stage("finish"):
            self.answers.finish()
            self.outputs.finish()

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> ClassifyResult:
        return ClassifyResult(
            raster=self.job.raster,
            cells=self.job.cells,
            areas=self.answers.areas(),
            timings=timings,
            engine=self.engine.in_words(),
            warnings=told,
            rows=self.plan.wanted.height,
            cols=self.plan.wanted.width,
            tiles=self.seen,
            augment=self.job.augment,
        )

    def page(self, result: ClassifyResult) -> str:
        plan, zones = self.plan, self.job.zones
        size = plan.network.pixel_size_m()
        ground = "" if size is None else f", {plan.step * max(size):,.3g} m"
        facts = {
            "Answer": f"{result.cols:,} x {result.rows:,} cells"
            + ("" if zones is None else f", {len(zones):,} zone{'' if len(zones) == 1 else 's'}"),
            "Cell": f"{plan.step} x {plan.step} pixels of the network{ground}",
            "Tiles": f"{result.tiles:,} of {plan.rows.tile} x {plan.rows.tile} pixels",
        }
        return report_page(
            result, source=self.view.source, card=self.job.card, facts=facts,
            counted="cells" if zones is None else "zones",
        )  # fmt: skip


def _lay_out(job: ClassifyJob, source: RasterSource, warn: Message) -> tuple[CellPlan, View]:
    card = job.card
    shape = network_shape(source, job.resolution or card.resolution_m, warn)
    size = source.frame.pixel_size_m()
    # Beyond this, `network_shape` has told already.
    hopeless = (
        size is not None
        and card.resolution_m is not None
        and (max(size) > MAX_ENLARGEMENT * (job.resolution or card.resolution_m))
    )
    sentence = None if hopeless else scale_sentence(source.frame, card, job.resolution)
    if sentence is not None:
        warn(sentence)
    plan = make_cell_plan(source.frame, card, network_shape=shape, step=job.step, extent=job.extent)
    stretch = stretch_for(source, card, offset=job.offset, message=warn)
    return plan, View(source, card, stretch, *shape)
