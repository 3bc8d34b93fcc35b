# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing one polygon layer as a GeoPackage, feature by feature as they come."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from .geometry_blob import Edges, Rings, geometry_blob, square_blobs
from .geopackage_file import GeoPackageFile

_AT_ONCE = 500


@dataclass(frozen=True)
class Feature:
    """Polygons of one feature (one, unless the layer is of multi polygons), and field values."""

    polygons: tuple[Rings, ...]
    values: tuple[Any, ...]


class LayerWriter:
    """A new GeoPackage with one polygon layer and a spatial index.

    `add` as often as you like, then `finish`; what was not finished is no GeoPackage. To be used in
    one thread.
    """

    def __init__(
        self, path: Path, *, name: str, crs: CRS | None, fields: dict[str, str], multi: bool = False
    ) -> None:
        """`fields` maps names to SQL types, in the order of the values."""
        self._multi = multi
        self._file = GeoPackageFile(path)
        try:
            geometry = "MULTIPOLYGON" if multi else "POLYGON"
            self._rows = self._file.layer(name, geometry=geometry, crs=crs, fields=fields)
        except BaseException:
            self._file.close()
            raise

    def add(self, features: Iterable[Feature]) -> None:
        """Add features of any polygons."""
        coming = iter(features)
        while some := list(islice(coming, _AT_ONCE)):
            edges = [_edges(feature) for feature in some]
            blobs = (
                geometry_blob(each.polygons, srs=self._rows.srs, box=box, multi=self._multi)
                for each, box in zip(some, edges)
            )
            rows = ((blob, *each.values) for blob, each in zip(blobs, some))
            self._rows.insert(rows, edges)

    def add_squares(self, corners: NDArray[np.float64], values: Iterable[tuple[Any, ...]]) -> None:
        """Add polygons of four corners, (n, 4, 2) map coordinates, with their values."""
        edges = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
        blobs = square_blobs(corners, edges, srs=self._rows.srs)
        rows = ((blob, *each) for blob, each in zip(blobs, values))
        self._rows.insert(rows, [tuple(each) for each in edges.tolist()])

    def finish(self) -> int:
        """Make the file whole; returns how many features it holds."""
        self._file.finish()
        return self._rows.count

    def close(self) -> None:
        """Let go of the file; what was not finished is lost."""
        self._file.close()


def _edges(feature: Feature) -> Edges:
    rings = [polygon[0] for polygon in feature.polygons]
    points = rings[0] if len(rings) == 1 else np.concatenate(rings)
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def write_layer(
    path: Path, *, name: str, crs: CRS | None, fields: dict[str, str], features: Iterable[Feature]
) -> int:
    """Write a whole layer of polygons; returns the feature count."""
    with closing(LayerWriter(path, name=name, crs=crs, fields=fields)) as layer:
        layer.add(features)
        return layer.finish()
