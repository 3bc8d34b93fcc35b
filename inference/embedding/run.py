# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run of embedding: rasters into an index, each raster kept as far as it came."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import Cancelled, InputError
from ..network import providers
from ..network.engine import Engine
from ..raster.gdal_cache import small_cache
from ..raster.source import FileSource, RasterSource
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, no_valid_pixel, rasterio_silent
from .grouping import group_if_large
from .index_info import IndexedSource
from .index_writer import IndexWriter, require_same
from .job import EmbedJob, EmbedResult
from .keeping import Keeper, keeping
from .laid_out import crs_of_source, lay_out
from .making import completed, making_of
from .patches import Batch, embedded
from .source_file import SourceFile, acquired


def run_embed(
    job: EmbedJob,
    *,
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> EmbedResult:
    """Do the job; what was embedded stays in the index whatever happens afterwards.

    `progress` (percent), `message` (warnings) and `cancelled` are called from this thread only.
    Raises a leaf of GeoSiftError for whatever a user can mend.
    """
    start, told = time.perf_counter(), []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        stack.enter_context(rasterio_silent())
        watch = Stopwatch()
        engine = Engine.load(job.card, watch, threads=job.threads, augment=1)
        if providers.trouble():
            warn(providers.trouble())
        files = [SourceFile.of(name) for name in dict.fromkeys(job.rasters)]
        run = _Run(completed(job), engine, warn, progress, cancelled)
        making = making_of(run.job, engine, files, run.opened)
        with IndexWriter.open(job.index, making) as index:
            run.into(index, files)
        group_if_large(job.index, threads=job.threads, tell=_not_grouped_if(cancelled))
    progress(100.0)
    return EmbedResult(
        index=job.index,
        added=index.added,
        rows=index.info.rows,
        done=tuple(run.done),
        skipped=tuple(run.skipped),
        changed=tuple(run.changed),
        failed=tuple(run.failed),
        timings={"total": time.perf_counter() - start, **watch.seconds},
        engine=engine.in_words(),
        warnings=tuple(told),
    )


def _not_grouped_if(cancelled: Asked) -> Callable[[float], None]:
    def tell(done: float) -> None:
        if cancelled():
            raise Cancelled("Cancelled; the index is whole, but its vectors are not grouped.")

    return tell


@dataclass
class _Run:
    """A job on its way."""

    job: EmbedJob
    engine: Engine
    warn: Message
    progress: Progress
    cancelled: Asked
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def into(self, index: IndexWriter, files: list[SourceFile]) -> None:
        """Drop what is to go, then embed one raster after the other."""
        self._drop(index)
        for place, file in enumerate(files):
            try:
                self._one(index, file, part=(place, len(files)))
            except InputError as error:
                if len(files) == 1:
                    raise
                self.failed.append(file.path)
                self.warn(f"{Path(file.path).name} is left out: {error}")
        if self.failed and len(self.failed) == len(files):
            raise InputError(
                f"None of {len(files)} rasters could be embedded; the warnings say why of each."
            )

    def _one(self, index: IndexWriter, file: SourceFile, *, part: tuple[int, int]) -> None:
        """Embed a raster, if it is wanted; InputError where it cannot be."""
        number = index.number_of(file.path)
        if number is not None and not self._is_wanted(index, number, file):
            return
        known = index.number_of(file.path)
        with self.opened(file) as source:
            there = replace(index.info.making, crs=crs_of_source(source))
            require_same(index.info.making, there, self.job.index)
            self._embed(index, known, file, source, part=part)
        self.done.append(file.path)

    def _drop(self, index: IndexWriter) -> None:
        wanted: set[int] = set()
        for name in self.job.drop:
            found = index.info.called(name)
            wanted.update(found if len(found) == 1 else ())
            if len(found) > 1:
                self.warn(f"Several rasters of the index are called {name}; give the path of one.")
            if not found:
                words = f"is not in the index {self.job.index}, so there is nothing to drop."
                self.warn(f"{name} {words}")
        index.drop(wanted)

    def _is_wanted(self, index: IndexWriter, number: int, file: SourceFile) -> bool:
        """Whether a raster that is in is to be gone on with, or done anew."""
        known = index.info.sources[number]
        same_area = known.area == self.job.area
        if file.looks_like(known.file) and same_area:
            if known.following is None:
                self.skipped.append(file.path)
                if file != known.file:  # touched, or copied, and still the same
                    index.tell(number, replace(known, file=file))
                    index.commit({})
            return known.following is not None
        if not self.job.renew:
            what = "another part of it is asked for" if not same_area else "it has changed"
            self.changed.append(file.path)
            self.warn(
                f"{file.path} is in the index and {what}; it was left as it is, renew it to have "
                "it embedded again."
            )
            return False
        index.drop({number})
        return True

    def opened(self, file: SourceFile) -> FileSource:
        """A raster as the network shall see it."""
        return FileSource(file.path, bands=self.job.bands, names=self.job.card.bands)

    def _embed(
        self,
        index: IndexWriter,
        number: int | None,
        file: SourceFile,
        source: RasterSource,
        *,
        part: tuple[int, int],
    ) -> None:
        job, engine = self.job, self.engine
        view, plan, wanted = lay_out(job, engine, source, self.warn, step=index.info.making.step)
        if number is None:
            date, who = acquired(file)
            shape = view.height, view.width, source.bands
            known = IndexedSource(file, date, who, *shape, following=(0, 0), area=job.area)
            number = index.tell(None, known)
        start = index.info.sources[number].following or (0, 0)
        with keeping(index, number, plan, engine.watch) as keeper:
            with closing(embedded(view, plan, engine, wanted, start=start)) as batches:
                for batch in batches:
                    self._take(batch, keeper, part)
            keeper.finish()
        if not index.info.sources[number].patches:
            index.drop({number})
            outside = "" if job.extent is None and job.mask is None else "the extent or the mask"
            raise no_valid_pixel(source, outside=outside)

    def _take(self, batch: Batch, keeper: Keeper, part: tuple[int, int]) -> None:
        keeper.take(batch)
        if self.cancelled():
            keeper.interrupt()
            raise Cancelled("Cancelled; what was embedded so far stays in the index.")
        self.progress(100.0 * (part[0] + batch.done) / part[1])
