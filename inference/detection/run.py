# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole detection, files to files: the sibling of those of the other verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..network.engine import engine_in_words
from ..network.memory import Share, share_of
from ..runs.outputs import Companion, Outputs
from ..runs.report_page import report_page
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, no_valid_pixel, open_source
from ..tiles.laid_out import lay_out
from ..tiles.plan import Plan
from ..tiles.prepare import View
from ..tiles.zone import Zone
from .detecting import Detector, detect
from .job import DetectJob, DetectResult
from .looking import Sureness
from .network import DetectionNetwork
from .object_layer import ObjectLayer

__all__ = ["DetectJob", "DetectResult", "run_detect"]


def run_detect(job: DetectJob, **calls: Any) -> DetectResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return do_whole_run(partial(_Run.open, job), **calls)


@dataclass
class _Run:
    """A job with everything open that it needs."""

    job: DetectJob
    view: View
    plan: Plan
    detector: Detector
    outputs: Outputs
    layer: ObjectLayer
    zone: Zone | None
    """Where tiles are wanted, in network pixels."""
    warn: Message
    seen: int = 0
    """Tiles the network was asked about."""

    @property
    def watch(self) -> Stopwatch:
        return self.detector.watch

    @classmethod
    def open(
        cls,
        job: DetectJob,
        companions: Sequence[Companion],
        stack: ExitStack,
        warn: Message,
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            source = open_source(job.source, job.card, job.bands, stack)
            share = share_of(job.card, job.threads)
            plan, view = lay_out(job, share.card, source, warn)
            detector = _detector(job, share, watch)
            zone = None if job.mask is None else Zone(plan.network, job.mask)
            outputs = Outputs.open(
                stack, job.card, plan.answer, polygons=job.output, report=job.report,
                companions=companions,
            )  # fmt: skip
            layer = ObjectLayer(
                outputs.polygons.partial, job, frame=plan.network, wanted=plan.wanted, zone=zone,
                watch=watch,
            )  # fmt: skip
            stack.callback(layer.close)
        return cls(job, view, plan, detector, outputs, layer, zone, warn)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Write the objects; InputError where no pixel of the raster is valid."""
        self.seen = detect(
            self.view, self.plan, self.detector, self.layer, zone=self.zone, progress=progress,
            cancelled=cancelled,
        )  # fmt: skip
        if not self.seen:
            raise no_valid_pixel(self.view.source, outside="" if self.zone is None else "the mask")
        if not self.plan.blend.halo and self.seen > 1:
            self.warn("The tiles do not overlap: objects at their edges come in parts.")
        if not self.layer.count:
            self.warn(
                f"Of no object there the network is {100 * self.job.least_score:.3g} percent sure; "
                "the layer is empty. Ask for less, or check resolution and bands."
            )

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make the layer whole, under its temporary name."""
        with self.watch.stage("finish"):
            self.layer.finish()

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> DetectResult:
        return DetectResult(
            output=self.job.output,
            objects=self.layer.count,
            areas=self.layer.areas(self.job),
            timings=timings,
            engine=engine_in_words(self.job.card, self.detector.workers),
            warnings=told,
            tiles=self.seen,
        )

    def page(self, result: DetectResult) -> str:
        job, plan = self.job, self.plan
        facts = {
            "Answer": f"{result.objects:,} object{'' if result.objects == 1 else 's'}",
            "What counts": f"{100 * job.least_score:.3g} percent sure at least; two of a class "
            f"overlap by {100 * job.most_overlap:.3g} percent at most",
            "Tiles": f"{result.tiles:,} of {plan.tile} x {plan.tile} pixels, "
            f"{plan.blend.halo} of them beyond a tile's share on every side",
        }
        return report_page(
            result, source=self.view.source, card=job.card, facts=facts, counted="objects",
            by_count=True,
        )  # fmt: skip


def _detector(job: DetectJob, share: Share, watch: Stopwatch) -> Detector:
    card = share.card
    sureness = Sureness(card.detection.layout, len(card.classes), job.least_score, job.most_overlap)
    network = DetectionNetwork(card, callers=share.workers, threads_per_call=share.threads_per_call)
    return Detector(network, sureness, share.workers, watch)
