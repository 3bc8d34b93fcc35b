# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run of teaching: labels and rasters in, a network and its card out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import Cancelled
from ..network import providers
from ..network.engine import Engine
from ..raster.gdal_cache import small_cache
from ..runs.areas import ClassArea
from ..runs.outputs import Companion
from ..runs.partial_file import PartialFile
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, rasterio_silent
from ..segmentation.job import SegmentJob
from ..segmentation.run import run as run_segment
from .feature_network import dense_card
from .job import TeachJob, TeachResult
from .keep import KeptNetwork
from .page import write_report
from .scene import Scene
from .teach import Taught, examined, teach

_TAUGHT, _EXAMINED = 60.0, 70.0
"""Percent of a run that are behind it when all was encoded, and when strokes were left out."""


def run_teach(
    job: TeachJob,
    *,
    companions: Sequence[Companion] = (),
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> TeachResult:
    """Do the job; every file is whole, or there is none. Raises leaves of GeoSiftError.

    `progress` (percent), `message` (warnings) and `cancelled` are called from this thread only.
    """
    start, told = time.perf_counter(), []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        stack.enter_context(rasterio_silent())
        scenes = _opened(job, warn, stack)
        watch = scenes[0].engine.watch
        taught = _taught(job, scenes, progress, cancelled, watch)
        for text in taught.told:
            warn(text)
        kept = KeptNetwork(taught, job.lesson, scenes, job.network, name=job.name)
        stack.callback(kept.discard)
        run = _Run(job, scenes, taught, kept, tuple(told), start)
        report = _report(run, stack)
        rest = (kept, *([] if report is None else [_Ready(report)]), *companions)
        areas = _finish(run, rest, progress, cancelled)
    progress(100.0)
    return replace(run.result(), areas=areas)


@dataclass(frozen=True)
class _Ready:
    """A file that is whole already, and gets its name with the others."""

    file: PartialFile

    def make(self, result: Any, polygons: Path | None) -> None:
        """Nothing is left to be made."""

    def commit(self) -> None:
        self.file.commit()

    def discard(self) -> None:
        self.file.discard()


@dataclass(frozen=True)
class _Run:
    """What was opened and taught."""

    job: TeachJob
    scenes: Sequence[Scene]
    taught: Taught
    kept: KeptNetwork
    told: tuple[str, ...]
    start: float

    def result(self) -> TeachResult:
        taught, engine = self.taught, self.scenes[0].engine
        accuracy = taught.accuracy
        return TeachResult(
            card=self.kept.described,
            classified=self.job.classified,
            accuracy=None if accuracy is None else accuracy.to_json(),
            words="" if accuracy is None else accuracy.in_words(),
            cells={info.name: taught.cells[info.id] for info in taught.classes},
            left_out=taught.left_out,
            ridge=taught.head.ridge,
            areas=(),
            timings=self._timings(engine.watch.seconds),
            engine=engine.in_words(),
            warnings=self.told,
        )

    def _timings(self, stages: Mapping[str, float]) -> dict[str, float]:
        return {"total": time.perf_counter() - self.start, **stages}


def _opened(job: TeachJob, warn: Message, stack: ExitStack) -> list[Scene]:
    """Every raster, all at the ground resolution of the lesson, or else of the first."""
    settings, scenes = job.lesson.settings, []
    engine = Engine.load(dense_card(job.card), Stopwatch(), threads=job.threads, augment=1)
    if providers.trouble():
        warn(providers.trouble())
    resolution = settings.resolution
    for source in job.rasters:
        scene = Scene.open(
            source, job.card, bands=settings.bands, resolution=resolution, message=warn,
            engine=engine,
        )  # fmt: skip
        stack.callback(scene.close)
        scenes.append(scene)
        if resolution is None and len(job.rasters) > 1:
            resolution = scene.resolution_m
    return scenes


def _taught(
    job: TeachJob, scenes: Sequence[Scene], progress: Progress, cancelled: Asked, watch: Stopwatch
) -> Taught:
    with watch.stage("teach"):
        taught = teach(
            scenes, job.lesson, with_accuracy=False, cancelled=cancelled,
            progress=lambda percent: progress(percent * _TAUGHT / 100.0),
        )  # fmt: skip
    with watch.stage("leave out"):
        taught = examined(taught, cancelled=cancelled)
    progress(_EXAMINED)
    return taught


def _report(run: _Run, stack: ExitStack) -> PartialFile | None:
    if run.job.report is None:
        return None
    file = PartialFile(run.job.report)
    stack.callback(file.discard)
    write_report(file, run.result(), run.taught, source=run.scenes[0].view.source)
    return file


def _finish(
    run: _Run, rest: Sequence[Companion], progress: Progress, cancelled: Asked
) -> tuple[ClassArea, ...]:
    """Give every file its name, after the classified raster where that is wanted; its areas."""
    job = run.job
    if job.classified is not None:
        segment = SegmentJob(
            source=run.scenes[0].view.source, card=run.kept.card, output=job.classified,
            resolution=job.lesson.settings.resolution, threads=job.threads,
        )  # fmt: skip
        share = (100.0 - _EXAMINED) / 100.0
        made = run_segment(
            segment, companions=rest, cancelled=cancelled,
            progress=lambda percent: progress(_EXAMINED + percent * share),
        )  # fmt: skip
        return made.areas
    if cancelled():
        raise Cancelled("Cancelled; nothing was written.")
    result = run.result()
    for each in rest:
        each.make(result, None)
    for each in rest:
        each.commit()
    return ()
