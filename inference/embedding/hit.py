# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch that was found, as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform

from ..errors import InputError
from ..vector.geometry_blob import square_blobs
from ..vector.wkb import shapes_in
from .index import Index, Patch
from .patch_layer import HEADER_BYTES
from .search import Hits


@dataclass(frozen=True)
class Hit:
    """A patch that was found: its vector's number, its score, and of which raster it is.

    `vector` is only true for the index as it was. `corners` are a closed ring (n, 2) of x and y,
    `date` is that of the raster, ISO 8601, or "".
    """

    vector: int
    score: float
    source: str
    row: int
    col: int
    date: str = ""
    corners: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((0, 2)), compare=False, repr=False
    )

    @property
    def patch(self) -> Patch:
        """The same patch for as long as its raster is in the index."""
        return self.source, self.row, self.col


def told(index: Index, hits: Hits, crs: CRS | None) -> tuple[Hit, ...]:
    """All that is known of hits, the best first; corners in `crs`, None in the index's own."""
    rings = _moved([_ring(blob) for blob in blobs(index, hits.rows)], index, crs)
    places = index.places[hits.rows]
    sources = [index.info.sources[number] for number in places["source"].tolist()]
    columns = hits.rows.tolist(), hits.scores.tolist(), sources, places.tolist(), rings
    return tuple(
        Hit(row, score, source.file.path, *place[5:7], source.date, ring)
        for row, score, source, place, ring in zip(*columns)
    )


def blobs(index: Index, rows: NDArray[np.intp], *, srs: int = 0) -> list[bytes]:
    """The shape of each patch as the index's layer has it; its box where a user has deleted it."""
    places = index.places[rows]
    edges = np.stack([places[name] for name in ("left", "bottom", "right", "top")], axis=1)
    boxes = square_blobs(edges[:, [[0, 3], [2, 3], [2, 1], [0, 1]]], edges, srs=srs)
    drawn = index.layer.shapes(rows.tolist())
    return [drawn.get(row, box) for row, box in zip(rows.tolist(), boxes)]


def _ring(blob: bytes) -> NDArray[np.float64]:
    return shapes_in(blob[HEADER_BYTES:]).polygons[0][0]


def _moved(
    rings: list[NDArray[np.float64]], index: Index, crs: CRS | None
) -> list[NDArray[np.float64]]:
    """All at once: a call for each of a hundred would take longer than the search."""
    if crs is None or crs == index.crs or index.crs is None or not rings:
        return rings
    points = np.concatenate(rings)
    try:
        xs, ys = transform(index.crs, crs, points[:, 0], points[:, 1])
    except (RasterioError, CPLE_BaseError) as error:
        raise InputError(
            f"The patches cannot be drawn in the coordinate system {crs} ({error}); choose "
            "another one."
        ) from error
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    return np.split(np.stack([xs, ys], axis=1), ends)
