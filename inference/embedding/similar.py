# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: which patches of an index are like some examples, as files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.sink import Legend, RasterSink
from ..runs.job_rules import hold, require_distinct_paths
from ..runs.partial_file import PartialFile
from ..runs.telling import Tell, telling
from ..runs.whole_run import Asked, Message, Progress, rasterio_silent
from ..surface.answer import NUMBERS
from ..vector.geometry_blob import square_blobs
from ..vector.geopackage_file import GeoPackageFile
from .filters import Filters
from .index import Index
from .query import Query
from .search import Hits, best, best_apart, scores_of
from .source_raster import SourceRaster

FIELDS = {
    "rank": "INTEGER",
    "score": "REAL",
    "vector": "INTEGER",
    "source": "TEXT",
    "row": "INTEGER",
    "col": "INTEGER",
    "date": "DATETIME",
    "model": "TEXT",
    "thumbnail": "BLOB",
}


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
            (
                np.isfinite(self.query.weight) and self.query.weight >= 0,
                f"The weight of what it is not like is 0 or more, not {self.query.weight}.",
            ),
        )
        require_distinct_paths(self.output, self.heat)


@dataclass(frozen=True)
class Hit:
    """A patch that was found: its vector's number, its score, and of which raster it is."""

    vector: int
    score: float
    source: str
    row: int
    col: int


@dataclass(frozen=True)
class SimilarResult:
    """What was found, and how many patches were compared. `timings` hold "total", and "search"
    alone, in seconds.
    """

    hits: tuple[Hit, ...]
    compared: int
    timings: Mapping[str, float]
    warnings: tuple[str, ...]


def run_similar(
    job: SimilarJob,
    *,
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> SimilarResult:
    """Do the job; every file is whole or absent. Raises a leaf of GeoSiftError for what a user can
    mend.
    """
    start, told = time.perf_counter(), []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    tell = telling(lambda done: progress(100.0 * done), cancelled)
    with ExitStack() as stack:
        stack.enter_context(rasterio_silent())
        index = Index.open(job.index)
        if not index.info.rows:
            raise InputError(f"The index {job.index} is empty; put a raster into it first.")
        vector = job.query.vector(index, job.card)
        began = time.perf_counter()
        scores = scores_of(index, vector, job.filters.wanted(index))
        hits = (best_apart if job.apart else best)(index, vector, scores, job.count)
        searched = time.perf_counter() - began
        tell(0.2)
        files: list[PartialFile | RasterSink] = []
        if job.heat is not None:
            files.append(_heat(job, index, vector, stack))
            tell(0.5)
        if job.output is not None:
            files.append(_layer(job, index, hits, stack, warn, tell))
        tell(1.0)
        for file in files:
            file.commit()
    timings = {"total": time.perf_counter() - start, "search": searched}
    return SimilarResult(_told(index, hits), len(scores.rows), timings, tuple(told))


def _heat(job: SimilarJob, index: Index, vector: Any, stack: ExitStack) -> RasterSink:
    """The scores of all patches of one raster, whether filters want them or not."""
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
    raster = stack.enter_context(SourceRaster.open(index, known))
    tags = {"GEOSIFT_MODEL": index.making.model, "GEOSIFT_MODEL_SHA256": index.making.sha256}
    sink = stack.enter_context(
        RasterSink(job.heat, raster.plan.answer, legend=Legend(tags=tags), layout=NUMBERS)
    )
    raster.write_heat(sink, index, scores_of(index, vector, wanted), number)
    sink.finish()
    return sink


def _layer(
    job: SimilarJob, index: Index, hits: Hits, stack: ExitStack, warn: Message, tell: Tell
) -> PartialFile:
    file = PartialFile(job.output)
    stack.callback(file.discard)
    pictures = _thumbnails(index, hits, warn, tell) if job.thumbnails else {}
    places = index.places[hits.rows]
    edges = np.stack([places[name] for name in ("left", "bottom", "right", "top")], axis=1)
    drawn = index.layer.shapes(hits.rows.tolist())
    with closing(GeoPackageFile(file.partial)) as package:
        layer = package.layer("similar", geometry="POLYGON", crs=index.crs, fields=FIELDS)
        # Where a user has deleted a patch from the index's layer its box stands for it.
        boxes = square_blobs(edges[:, [[0, 3], [2, 3], [2, 1], [0, 1]]], edges, srs=layer.srs)
        rows = (
            (
                drawn.get(hit.vector, box), rank, round(hit.score, 6), hit.vector, hit.source,
                hit.row, hit.col, index.info.sources[place].date or None, index.making.model,
                pictures.get(hit.vector),
            )
            for rank, (hit, box, place) in enumerate(
                zip(_told(index, hits), boxes, places["source"].tolist()), 1
            )
        )  # fmt: skip
        layer.insert(rows, [tuple(each) for each in edges.tolist()])
        package.finish()
    return file


def _thumbnails(index: Index, hits: Hits, warn: Message, tell: Tell) -> dict[int, bytes]:
    """Pictures by vector, raster by raster; of one that is gone there are none, and it is told."""
    places, made = index.places[hits.rows], {}
    for number in np.unique(places["source"]).tolist():
        mine = np.flatnonzero(places["source"] == number)
        try:
            with SourceRaster.open(index, index.info.sources[number]) as raster:
                for each in mine.tolist():
                    tell(0.5 + 0.5 * len(made) / len(places))
                    row, col = int(places["row"][each]), int(places["col"][each])
                    made[int(hits.rows[each])] = raster.thumbnail(row, col)
        except InputError as error:
            warn(f"No thumbnails of one raster: {error}")
    return made


def _told(index: Index, hits: Hits) -> tuple[Hit, ...]:
    return tuple(_each_told(index, hits))


def _each_told(index: Index, hits: Hits) -> Iterator[Hit]:
    for row, score, place in zip(hits.rows.tolist(), hits.scores.tolist(), index.places[hits.rows]):
        path = index.info.sources[place["source"]].file.path
        yield Hit(row, score, path, int(place["row"]), int(place["col"]))
