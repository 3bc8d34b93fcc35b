# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run with numbers for an answer, files to files: the sibling of segmentation's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import Engine
from ..raster.source import RasterSource
from ..runs.outputs import Companion, Outputs
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, no_valid_pixel, open_source
from ..tiles.laid_out import lay_out
from ..tiles.plan import Plan
from ..tiles.prepare import View
from ..tiles.sweep import sweep
from ..tiles.zone import Zone
from .answer import Surface, SurfaceAnswer
from .job import Figures, SurfaceJob, SurfaceResult
from .page import surface_page

MakeSurface = Callable[[View, Plan, Engine], Surface]


def run_surface(job: SurfaceJob, make: MakeSurface, **calls: Any) -> SurfaceResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`.

    `make` says what is asked and how the answer becomes pixels.
    """
    return do_whole_run(partial(_Run.open, job, make), **calls)


@dataclass(frozen=True)
class _Run:
    """A job with everything open that it needs."""

    job: SurfaceJob
    view: View
    plan: Plan
    engine: Engine
    surface: Surface
    outputs: Outputs
    answer: SurfaceAnswer
    watch: Stopwatch

    @classmethod
    def open(
        cls,
        job: SurfaceJob,
        make: MakeSurface,
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
            surface = make(view, plan, engine)
            outputs = Outputs.open(
                stack,
                job.card,
                plan.answer,
                surface=job.output,
                layout=surface.layout,
                report=job.report,
                companions=companions,
            )
            answer = _answer(job, plan, surface, source, outputs)
        return cls(job, view, plan, engine, surface, outputs, answer, watch)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Write the rows of the answer; InputError where no pixel of it is valid."""
        mask = self.job.mask
        sweep(
            self.view, self.plan, self.surface.asked, self.answer, progress=progress,
            zone=None if mask is None else Zone(self.plan.network, mask), cancelled=cancelled,
        )  # fmt: skip
        if not self.answer.any:
            raise no_valid_pixel(self.view.source, outside="" if mask is None else "the mask")

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make the raster whole, under its temporary name."""
        with self.watch.stage("finish"):
            self.outputs.finish()

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> SurfaceResult:
        job, plan = self.job, self.plan
        bands = zip(self.surface.layout.bands, self.outputs.surface.measured)
        return SurfaceResult(
            output=job.output,
            figures=tuple(Figures(name, each.count, *each.figures) for name, each in bands),
            timings=timings,
            engine=self.engine.in_words(),
            warnings=told,
            height=plan.wanted.height,
            width=plan.wanted.width,
            tiles=plan.tiles,
            computed=job.augment * plan.computed,
            augment=job.augment,
        )

    def page(self, result: SurfaceResult) -> str:
        facts = {
            "Answer": f"{result.width:,} x {result.height:,} pixels",
            "Tiles": f"{result.tiles:,}, {result.computed:.2f} pixels computed a pixel",
        }
        return surface_page(result, source=self.view.source, card=self.job.card, facts=facts)


def _answer(
    job: SurfaceJob, plan: Plan, surface: Surface, source: RasterSource, outputs: Outputs
) -> SurfaceAnswer:
    return SurfaceAnswer(
        surface=surface,
        plan=plan,
        source=source,
        sink=outputs.surface,
        zone=None if job.mask is None else Zone(plan.whole, job.mask),
        watch=surface.asked.watch,
    )
