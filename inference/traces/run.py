# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run of tracing, files to files: the sibling of those of the other verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..runs.outputs import Companion, Outputs
from ..runs.stopwatch import Stopwatch
from ..runs.telling import part, telling
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, no_valid_pixel
from .figures import node_counts, rose_of, set_figures
from .graph import graph_of
from .job import TraceJob, TraceResult
from .origin import Origin, origin_of
from .trace import Network
from .trace_layer import write_traces
from .trace_page import traces_page
from .tracing import draw

__all__ = ["TraceJob", "TraceResult", "run_traces"]

_ASKED, _THINNED, _DRAWN = 70.0, 85.0, 97.0
"""Percent of the progress bar that are over by then."""


def run_traces(job: TraceJob, **calls: Any) -> TraceResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return do_whole_run(partial(_Run.open, job), **calls)


@dataclass
class _Run:
    """A job with everything open that it needs."""

    job: TraceJob
    origin: Origin
    outputs: Outputs
    watch: Stopwatch
    warn: Message
    network: Network | None = None

    @classmethod
    def open(
        cls, job: TraceJob, companions: Sequence[Companion], stack: ExitStack, warn: Message
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            origin = origin_of(job, watch, stack, warn)
            job.ground(origin.frame)
            beside = job.output.with_name(f".{job.output.name}.probability.tif")
            outputs = Outputs.open(
                stack, job.card, origin.frame, polygons=job.output,
                report=job.report, companions=companions,
                confidence=job.probability or (None if job.card is None else beside),
                keep_confidence=job.probability is not None,
            )  # fmt: skip
        return cls(job, origin, outputs, watch, warn)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Find the probability of lines; InputError where no pixel of the raster is valid."""
        share = _ASKED / 100.0
        self.origin.compute(
            self.outputs.confidence, lambda percent: progress(percent * share), cancelled
        )
        if not self.origin.tally.pixels[0]:
            raise no_valid_pixel(
                self.origin.source, outside="" if self.job.mask is None else "the mask"
            )

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Trace, and make the layers whole, under their temporary name."""
        with self.watch.stage("finish"):
            self.outputs.finish()
        tell = telling(lambda done: progress(100.0 * done), cancelled)
        found = self.origin.probability(self.outputs.confidence)
        with self.watch.stage("trace"), found as probability:
            stage = part(tell, _ASKED / 100.0, _THINNED / 100.0)
            graph = graph_of(probability, rules=self.job.rules, tell=stage)
            ground = self.job.ground(self.origin.frame)
            drawing = self.job.drawing(ground)
            stage = part(tell, _THINNED / 100.0, _DRAWN / 100.0)
            self.network = draw(graph, probability, drawing, ground, stage)
        with self.watch.stage("write"):
            stage = part(tell, _DRAWN / 100.0, 1.0)
            write_traces(self.outputs.polygons.partial, self.network, stage)
        if not self.network.traces:
            low, high = self.job.percent
            classes = self.job.card is None and self.job.class_id is None
            check = (
                "name the class if these are classes" if classes else "check resolution and bands"
            )
            self.warn(
                f"No line is {high:.3g} percent probable somewhere, {low:.3g} percent all along "
                f"and long enough; the layer is empty. Ask for less, or {check}."
            )

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> TraceResult:
        network = self.network
        total = sum(trace.length for trace in network.traces)
        area = self._area()
        return TraceResult(
            output=self.job.output,
            probability=self.job.probability,
            traces=len(network.traces),
            total_length=total,
            area=area,
            p21=total / area,
            unit=network.unit,
            nodes=node_counts(network),
            sets=set_figures(network),
            rose=rose_of(network),
            timings=timings,
            engine=self.origin.engine,
            warnings=told,
        )

    def _area(self) -> float:
        """Of all that was seen, in square units."""
        seen = self.origin.tally.area_m2(0)
        if seen is not None:
            return seen
        return float(self.origin.tally.pixels[0]) * (self.job.pixel_size or 1.0) ** 2

    def page(self, result: TraceResult) -> str:
        return traces_page(self.network, result, job=self.job, source=self.origin.source)
