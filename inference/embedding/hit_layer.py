# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that were found as a layer of a GeoPackage, each with a small picture if wanted."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ..errors import InputError
from ..runs.telling import Tell
from ..runs.whole_run import Message
from ..vector.geometry_blob import Edges, geometry_blob
from ..vector.geopackage_file import GeoPackageFile
from .hit import Hit
from .index import Index
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


def write_hits(
    path: Path, hits: tuple[Hit, ...], index: Index, *, pictures: dict[int, bytes]
) -> None:
    """A new file; `pictures` by the number of the vector. Of the index its making counts."""
    edges = [_edges(hit) for hit in hits]
    with closing(GeoPackageFile(path)) as package:
        layer = package.layer("similar", geometry="POLYGON", crs=index.crs, fields=FIELDS)
        rows = (
            (
                geometry_blob(((hit.corners,),), srs=layer.srs, box=box),
                rank, round(hit.score, 6), hit.vector, hit.source, hit.row, hit.col,
                hit.date or None, index.making.model, pictures.get(hit.vector),
            )
            for rank, (hit, box) in enumerate(zip(hits, edges), 1)
        )  # fmt: skip
        layer.insert(rows, edges)
        package.finish()


def thumbnails(
    hits: tuple[Hit, ...], index: Index, *, warn: Message, tell: Tell
) -> dict[int, bytes]:
    """Pictures by vector, raster by raster; of one that is gone there are none, and it is told."""
    made: dict[int, bytes] = {}
    for name in sorted({hit.source for hit in hits}):
        try:
            with SourceRaster.open(index.making, index.source(name)[1]) as raster:
                for hit in hits:
                    if hit.source == name:
                        tell(len(made) / len(hits))
                        made[hit.vector] = raster.thumbnail(hit.row, hit.col)
        except InputError as error:
            warn(f"No thumbnails of one raster: {error}")
    return made


def _edges(hit: Hit) -> Edges:
    (left, bottom), (right, top) = hit.corners.min(axis=0), hit.corners.max(axis=0)
    return float(left), float(bottom), float(right), float(top)
