# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the probability of lines comes from: a network, or a raster that tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..cards.card import NODATA_CLASS, ClassInfo, ModelCard
from ..network.engine import Engine
from ..raster.frame import Frame
from ..raster.sink import RasterSink
from ..raster.source import RasterSource
from ..raster.window import Window
from ..runs.areas import AreaTally
from ..runs.stopwatch import Stopwatch
from ..runs.telling import telling
from ..runs.whole_run import Asked, Message, Progress
from ..runs.whole_run import open_source as open_image
from ..segmentation.answer import wanted_in
from ..tiles.decide import Plane, confidence_percent
from ..tiles.laid_out import lay_out
from ..tiles.plan import Plan, window_of_extent
from ..tiles.prepare import View
from ..tiles.sweep import sweep
from ..tiles.zone import Zone
from .fracture_raster import PartOf, one_band_for_all, open_source, probability_of
from .job import TraceJob
from .line_class import line_class
from .probability import Meaning, Probability, ProbabilityFile

_SEEN = 0


class Origin(Protocol):
    """Goes through all that is wanted once, and gives the probabilities after that."""

    source: RasterSource
    frame: Frame
    """Of the probabilities."""
    engine: str
    tally: AreaTally
    """What was seen counts as class 0."""

    def compute(self, sink: RasterSink | None, progress: Progress, cancelled: Asked) -> None:
        """Ask, and write percent into the sink."""

    def probability(self, sink: RasterSink | None) -> AbstractContextManager[Probability]:
        """What was found, once the sink is finished."""


def origin_of(job: TraceJob, watch: Stopwatch, stack: ExitStack, warn: Message) -> Origin:
    """Where the job's lines come from, with all open that it needs."""
    if job.card is None:
        return FromRaster.open(job, watch, stack, warn)
    return FromNetwork.open(job, job.card, watch, stack, warn)


@dataclass(frozen=True)
class FromNetwork:
    """Asks a network about every tile."""

    view: View
    plan: Plan
    engine_used: Engine
    info: ClassInfo
    zone: Zone | None
    """Where tiles are wanted, in network pixels."""
    answer_zone: Zone | None
    tally: AreaTally

    @classmethod
    def open(
        cls, job: TraceJob, card: ModelCard, watch: Stopwatch, stack: ExitStack, warn: Message
    ) -> FromNetwork:
        info = line_class(card, job.class_id)
        bands = job.bands or one_band_for_all(job.source, card, warn)
        source = open_image(job.source, card, bands, stack)
        engine = Engine.load(card, watch, threads=job.threads, augment=job.augment)
        session = engine.session
        scaled = job.pixel_size is not None
        plan, view = lay_out(job, session.card, source, warn, margin=session.margin, scaled=scaled)
        zones = (
            None if job.mask is None else Zone(f, job.mask) for f in (plan.network, plan.whole)
        )
        return cls(view, plan, engine, info, *zones, AreaTally(plan.answer))

    @property
    def source(self) -> RasterSource:
        return self.view.source

    @property
    def frame(self) -> Frame:
        return self.plan.answer

    @property
    def engine(self) -> str:
        return self.engine_used.in_words()

    def compute(self, sink: RasterSink | None, progress: Progress, cancelled: Asked) -> None:
        """See Origin."""
        answer = _ClassAnswer(self, sink)
        sweep(
            self.view, self.plan, self.engine_used, answer, zone=self.zone, progress=progress,
            cancelled=cancelled,
        )  # fmt: skip

    @contextmanager
    def probability(self, sink: RasterSink | None) -> Iterator[Probability]:
        """See Origin."""
        with ProbabilityFile(sink.partial, Meaning(full=100.0)) as found:
            yield found


@dataclass(frozen=True)
class _ClassAnswer:
    """Takes planes on the grid of the answer and writes how probable one class is."""

    origin: FromNetwork
    sink: RasterSink

    def write(self, window: Window, planes: list[Plane]) -> None:
        """Finish the planes (one a class) of `window`, in pixels of the whole answer grid."""
        origin = self.origin
        watch, card = origin.engine_used.watch, origin.engine_used.session.card
        with watch.stage("decide"):
            plane = planes[origin.info.id]
            percent = confidence_percent(planes, plane, activation=card.activation)
            wanted = wanted_in(origin.plan, origin.source, origin.answer_zone, window)
            if wanted is not None:
                percent[~wanted] = NODATA_CLASS
        with watch.stage("write"):
            write_percent(self.sink, origin.tally, window.relative_to(origin.plan.wanted), percent)


@dataclass(frozen=True)
class FromRaster:
    """Goes through a raster that tells fractures."""

    source: RasterSource
    part: PartOf
    tally: AreaTally
    watch: Stopwatch
    engine: str = ""

    @classmethod
    def open(cls, job: TraceJob, watch: Stopwatch, stack: ExitStack, warn: Message) -> FromRaster:
        source = open_source(job.source, job.bands, stack)
        frame = source.frame
        window = frame.window if job.extent is None else window_of_extent(frame, job.extent)
        zone = None if job.mask is None else Zone(frame, job.mask)
        whole = probability_of(job.source, source, job.class_id, stack, warn)
        part = PartOf(whole, window, zone)
        return cls(source, part, AreaTally(frame.crop(window)), watch)

    @property
    def frame(self) -> Frame:
        return self.source.frame.crop(self.part.window)

    def compute(self, sink: RasterSink | None, progress: Progress, cancelled: Asked) -> None:
        """See Origin."""
        tell = telling(lambda done: progress(100.0 * done), cancelled)
        height, width = self.part.shape
        tell(0.0)
        with self.watch.stage("read"):
            for top, pixels in self.part.strips():
                seen = ~np.isnan(pixels)
                percent = np.rint(100.0 * np.clip(np.where(seen, pixels, 0.0), 0.0, 1.0))
                percent = np.where(seen, percent, NODATA_CLASS).astype(np.uint8)
                where = Window(top, 0, len(pixels), width)
                write_percent(sink, self.tally, where, percent)
                tell((top + len(pixels)) / height)

    @contextmanager
    def probability(self, sink: RasterSink | None) -> Iterator[Probability]:
        """See Origin."""
        yield self.part


def write_percent(
    sink: RasterSink | None, tally: AreaTally, window: Window, percent: np.ndarray
) -> None:
    """Write percent (height, width) where that is wanted, and count what was seen."""
    tally.add(window, np.where(percent == NODATA_CLASS, NODATA_CLASS, _SEEN).astype(np.uint8))
    if sink is not None:
        sink.count(np.bincount(percent.ravel(), minlength=256).astype(np.int64))
        sink.write(window, percent)
