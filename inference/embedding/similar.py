# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: which patches of an index are like some examples, as files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.sink import Legend, RasterSink
from ..runs.job_rules import hold, require_distinct_paths
from ..runs.outputs import Companion
from ..runs.partial_file import PartialFile
from ..runs.telling import Tell, part, telling
from ..runs.whole_run import Asked, Message, Progress, rasterio_silent
from ..surface.answer import NUMBERS
from .filters import Filters
from .hit import Hit, told
from .hit_layer import thumbnails, write_hits
from .index import Index
from .query import Query
from .search import scores_of, search
from .source_raster import SourceRaster


@dataclass(frozen=True)
class SimilarJob:
    """What to look for in which index, into which files.

    `output` is a GeoPackage with the `count` best patches, rank 1 first, `heat` a raster (.tif) of
    the scores over all of the index's raster `heat_of` (a name or path; none is needed where there
    is one only). With `apart` no two patches of a raster overlap, with `thumbnails` each brings a
    small picture. `card` is needed for pictures as examples.
    """

    index: Path
    query: Query
    output: Path | None = None
    heat: Path | None = None
    heat_of: str | None = None
    filters: Filters = field(default_factory=Filters)
    count: int = 100
    apart: bool = False
    thumbnails: bool = False
    card: ModelCard | None = None

    def __post_init__(self) -> None:
        hold(
            (
                self.output is not None or self.heat is not None,
                "Nothing is to be written; name a layer or a heat raster.",
            ),
            (self.count >= 1, f"At least one patch is looked for, not {self.count}."),
        )
        require_distinct_paths(self.output, self.heat)


@dataclass(frozen=True)
class SimilarResult:
    """What was found, and how many patches were compared. `timings` hold "total", and "search"
    alone, in seconds.
    """

    hits: tuple[Hit, ...]
    compared: int
    timings: Mapping[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What was found in an `index`, with `vector` (dimension,) for the examples; how many patches
    were compared, in how many seconds.
    """

    index: Index
    vector: NDArray[np.float64]
    hits: tuple[Hit, ...]
    compared: int
    seconds: float


def run_similar(
    job: SimilarJob,
    *,
    companions: Sequence[Companion] = (),
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> SimilarResult:
    """Do the job; every file is whole or absent. Raises a leaf of GeoSiftError for what a user can
    mend.

    `companions` are files of the caller's that get their names with the others.
    """
    return write_similar(
        job, partial(_search, job), companions=companions, progress=progress, message=message,
        cancelled=cancelled,
    )  # fmt: skip


def _search(job: SimilarJob, warn: Message) -> Answer:
    """In the folder the job names."""
    index = Index.open(job.index)
    if not index.info.rows:
        raise InputError(f"The index {job.index} is empty; put a raster into it first.")
    vector = job.query.vector(index, job.card, tell=warn)
    began = time.perf_counter()
    wanted = job.filters.wanted(index)
    hits, compared = search(index, vector, wanted, count=job.count, apart=job.apart)
    seconds = time.perf_counter() - began
    return Answer(index, vector, told(index, hits, None), compared, seconds)


def write_similar(
    job: SimilarJob,
    search: Callable[[Message], Answer],
    *,
    companions: Sequence[Companion],
    progress: Progress,
    message: Message,
    cancelled: Asked,
) -> SimilarResult:
    """The same, wherever the search looks; it warns by what it is given."""
    start, warnings = time.perf_counter(), []

    def warn(text: str) -> None:
        warnings.append(text)
        message(text)

    tell = telling(lambda done: progress(100.0 * done), cancelled)
    with ExitStack() as stack:
        stack.enter_context(rasterio_silent())
        for companion in companions:
            stack.callback(companion.discard)
        answer = search(warn)
        tell(0.2)
        heat = _heat(job, answer, stack)
        tell(0.5)
        layer = _layer(job, answer, stack, warn, part(tell, 0.5, 1.0))
        timings = {"total": time.perf_counter() - start, "search": answer.seconds}
        result = SimilarResult(answer.hits, answer.compared, timings, tuple(warnings))
        for companion in companions:
            companion.make(result, None if layer is None else layer.partial)
        tell(1.0)
        for file in (heat, layer, *companions):
            if file is not None:
                file.commit()
    return result


def _heat(job: SimilarJob, answer: Answer, stack: ExitStack) -> RasterSink | None:
    """The scores of all patches of one raster, whether filters want them or not."""
    if job.heat is None:
        return None
    index = answer.index
    sources = index.info.sources
    if job.heat_of is None and len(sources) != 1:
        raise InputError(
            f"The index {job.index} holds {len(sources)} rasters; say over which of them the heat "
            "raster is to lie."
        )
    number, known = index.source(job.heat_of or sources[0].file.path)
    wanted = np.zeros(index.info.rows, np.bool_)
    for first, last in known.ranges:
        wanted[first:last] = True
    raster = stack.enter_context(SourceRaster.open(index.making, known))
    tags = {"GEOSIFT_MODEL": index.making.model, "GEOSIFT_MODEL_SHA256": index.making.sha256}
    sink = stack.enter_context(
        RasterSink(job.heat, raster.plan.answer, legend=Legend(tags=tags), layout=NUMBERS)
    )
    raster.write_heat(sink, index, scores_of(index, answer.vector, wanted), number)
    sink.finish()
    return sink


def _layer(
    job: SimilarJob, answer: Answer, stack: ExitStack, warn: Message, tell: Tell
) -> PartialFile | None:
    if job.output is None:
        return None
    file = PartialFile(job.output)
    stack.callback(file.discard)
    hits, index = answer.hits, answer.index
    pictures = thumbnails(hits, index, warn=warn, tell=tell) if job.thumbnails else {}
    write_hits(file.partial, hits, index, pictures=pictures)
    return file
