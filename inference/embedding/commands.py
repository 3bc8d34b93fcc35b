# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands `embed` and `similar` do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..cards.card import ModelCard
from ..cards.catalog import Catalog
from ..errors import CardError, InputError
from ..raster.frame import WGS84
from ..vector.feature_file import POLYGONS, read_features
from .examples import Examples
from .filters import Filters, moved_shape
from .grouping import group
from .index import Index
from .index_files import IndexFiles
from .job import EmbedJob
from .parquet_export import export_parquet
from .parquet_import import import_parquet
from .query import Query
from .run import run_embed
from .similar import SimilarJob, run_similar

_WORK = ("rasters", "drop", "read", "export", "group")
WithBar = Callable[[Callable[..., Any], Any], Any]


def embed(options: argparse.Namespace, with_bar: WithBar) -> Iterator[str]:
    """Import, embed and export, as far as each is asked for; a line about each."""
    if not any(getattr(options, name) for name in _WORK):
        raise InputError(
            "Nothing is to be done; give a raster, or --drop, --import, --export or --group."
        )
    if options.read is not None:
        count = import_parquet(options.read, options.index, column=options.column)
        yield f"{options.index}: {count:,} patches of {options.read}"
    if options.rasters or options.drop:
        result = with_bar(run_embed, _embed_job(options))
        yield (
            f"{result.index}: {result.added:,} patches added, {result.rows:,} in the index, "
            f"{len(result.skipped)} rasters were in: {result.timings['total']:.1f} s, "
            f"{result.engine}"
        )
    if options.group:
        count = group(options.index, threads=options.threads)
        yield f"{options.index}: {count:,} groups"
    if options.export is not None:
        count = export_parquet(Index.open(options.index), options.export)
        yield f"{options.export}: {count:,} patches"


def _embed_job(options: argparse.Namespace) -> EmbedJob:
    own = ("index", "step", "bands", "resolution", "threads", "renew")
    model = options.model
    if model is None and IndexFiles(options.index).info.exists():
        model = IndexFiles(options.index).read_info().making.model
    if model is None:
        raise InputError("A new index needs a network; name it with --model.")
    return EmbedJob(
        rasters=tuple(options.rasters),
        card=Catalog().find(model),
        extent=None if options.extent is None else tuple(options.extent),
        drop=tuple(options.drop),
        **{name: getattr(options, name) for name in own},
    )


def similar(options: argparse.Namespace, with_bar: WithBar) -> Iterator[str]:
    """Search, and tell the best ten."""
    crs = None if options.crs is None else _crs(options.crs)
    job = SimilarJob(
        index=options.index,
        query=Query(
            _examples(options, ""), _examples(options, "not_"), weight=options.weight, crs=crs
        ),
        output=options.out,
        heat=options.heat,
        heat_of=options.heat_of,
        filters=Filters(
            extent=None if options.extent is None else tuple(options.extent),
            polygons=None if options.mask is None else _polygons(options.mask, crs),
            dates=None if options.dates is None else tuple(options.dates),
            sources=None if options.source is None else tuple(options.source),
            crs=crs,
        ),
        count=options.count,
        apart=options.apart,
        thumbnails=options.thumbnails,
        card=_card_of(options),
    )
    result = with_bar(run_similar, job)
    for rank, hit in enumerate(result.hits[:10], 1):
        yield f"{rank:3} {hit.score:8.4f}  vector {hit.vector}, {Path(hit.source).name}"
    files = ", ".join(str(path) for path in (job.output, job.heat) if path)
    search = 1000 * result.timings["search"]
    yield f"{files}: {result.compared:,} patches compared in {search:.0f} ms"


def _card_of(options: argparse.Namespace) -> ModelCard | None:
    """The network that is named, else the index's own where it is installed and still the same."""
    if options.model is not None:
        return Catalog().find(options.model)
    making = IndexFiles(options.index).read_info().making
    try:
        card = Catalog().find(making.model)
    except CardError:
        return None
    return card if card.sha256 == making.sha256 else None


def _examples(options: argparse.Namespace, name: str) -> Examples:
    return Examples(
        places=tuple((x, y) for x, y in getattr(options, f"{name}at")),
        rows=tuple(getattr(options, f"{name}row")),
        pictures=tuple(getattr(options, f"{name}picture")),
    )


def _polygons(path: Path, crs: CRS | None) -> tuple[Mapping[str, Any], ...]:
    """Those of a file, in the coordinates that places are told in."""
    found = read_features(path, wanted=POLYGONS)
    shapes = [
        {"type": "Polygon", "coordinates": [ring.tolist() for ring in polygon]}
        for each in found.shapes
        for polygon in each.polygons
    ]
    if found.crs is None:
        return tuple(shapes)
    return tuple(moved_shape(shape, found.crs, crs or WGS84) for shape in shapes)


def _crs(text: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(
            f"'{text}' is no coordinate system ({error}); give one such as EPSG:32633."
        ) from error
