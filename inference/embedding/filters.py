# SPDX-License-Identifier: GPL-2.0-or-later
"""Which patches a search is about: by place, date and raster; a patch counts by its middle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.features import is_valid_geom
from rasterio.warp import transform, transform_geom

from ..errors import InputError
from .index import Index
from .turns import jumps, polygon_in_degrees, turned, turns

Extent = tuple[float, float, float, float]
_ALONG = 32
"""Points on each side of an extent that is brought to other coordinates: it becomes curved."""


@dataclass(frozen=True)
class Filters:
    """All of them hold; None is no filter.

    `extent` (xmin, ymin, xmax, ymax) and `polygons` (GeoJSON-like, any of them) are in `crs`, None
    in the index's own coordinates. `dates` are the first and the last day, ISO 8601, of which one
    may be "". `sources` are names or paths of rasters.
    """

    extent: Extent | None = None
    polygons: tuple[Mapping[str, Any], ...] | None = None
    dates: tuple[str, str] | None = None
    sources: tuple[str, ...] | None = None
    crs: CRS | None = None

    def wanted(self, index: Index) -> NDArray[np.bool_] | None:
        """(rows,) of the index; None where all are wanted. InputError where none is."""
        found = self._of_sources(index)
        for shapes in self.areas(index):
            found = _inside(index, shapes, found)
        box = self.box(index)
        if box is not None:
            found = _in_boxes(index, box, found)
        if found is not None and not found.any():
            raise nothing_wanted(str(index.files.folder))
        return found

    def _of_sources(self, index: Index) -> NDArray[np.bool_] | None:
        chosen = self.numbers(index)
        if chosen is None:
            return None
        found = np.zeros(len(index.places), np.bool_)
        for number in chosen:
            for start, stop in index.info.sources[number].ranges:
                found[start:stop] = True
        return found

    def numbers(self, index: Index) -> set[int] | None:
        """The places among its sources of those that are wanted; None where all are."""
        if self.dates is None and self.sources is None:
            return None
        sources = index.info.sources
        chosen = set(range(len(sources)))
        if self.sources is not None:
            chosen &= {index.source(name)[0] for name in self.sources}
        if self.dates is not None:
            chosen &= {n for n in chosen if _is_within(sources[n].date, self.dates)}
        return chosen

    def _is_elsewhere(self, index: Index) -> bool:
        """Whether coordinates are to be brought to the index's."""
        return self.crs is not None and self.crs != index.crs

    def box(self, index: Index) -> Extent | None:
        """The extent where it is in the index's own coordinates."""
        return None if self._is_elsewhere(index) else self.extent

    def areas(self, index: Index) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Polygons in the index's coordinates, of each group any; an extent of other coordinates is
        a group of its own.
        """
        if self.polygons is not None:
            if not all(map(_is_polygon, self.polygons)):
                raise InputError("This holds something other than polygons; give polygons.")
            there = self._is_elsewhere(index)
            yield [_moved(each, self.crs, index) if there else each for each in self.polygons]
        if self.extent is not None and self._is_elsewhere(index):
            shape = {"type": "Polygon", "coordinates": [outline(self.extent)]}
            yield [_moved(shape, self.crs, index)]


def nothing_wanted(index: str) -> InputError:
    """No patch of that index passes."""
    return InputError(
        f"No patch of the index {index} is where, when and of what was asked for; widen the "
        "extent, the polygons, the dates or the rasters."
    )


def patches_in(index: Index, shape: Mapping[str, Any], crs: CRS | None) -> NDArray[np.intp]:
    """Rows of the patches whose middle a polygon in `crs` holds; InputError where it is none."""
    (shapes,) = Filters(polygons=(shape,), crs=crs).areas(index)
    return np.flatnonzero(_inside(index, shapes, None))


def to_index(index: Index, places: Sequence[tuple[float, float]], crs: CRS | None) -> Any:
    """(n, 2) places on the map in the coordinates of the index."""
    points = np.array(places, float).reshape(-1, 2)
    if crs is None or crs == index.crs or not len(points):
        return points
    _require_placed(index)
    try:
        return np.array(transform(crs, index.crs, points[:, 0], points[:, 1])).T
    except (RasterioError, CPLE_BaseError) as error:
        raise _nowhere(crs, error) from error


def _moved(shape: Mapping[str, Any], crs: CRS | None, index: Index) -> Mapping[str, Any]:
    _require_placed(index)
    return moved_shape(shape, crs, index.crs)


def moved_shape(shape: Mapping[str, Any], crs: CRS | None, to: CRS) -> Mapping[str, Any]:
    """A polygon of one system in another, in one piece also across the date line; InputError where
    it has no such place.
    """

    def moved(ring: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array(transform(crs, to, ring[:, 0], ring[:, 1])).T

    try:
        found = transform_geom(crs, to, shape)
        torn = to.is_geographic and any(jumps(ring) for part in rings_of(found) for ring in part)
        return polygon_in_degrees(rings_of(shape), moved) if torn else found
    except (RasterioError, CPLE_BaseError, SystemError, ValueError) as error:
        raise _nowhere(crs, error) from error  # SystemError: GDAL failed, and did not say why


def rings_of(shape: Mapping[str, Any]) -> list[list[NDArray[np.float64]]]:
    """The rings (n, 2) of each part of a polygon."""
    is_one = shape["type"] == "Polygon"
    parts = [shape["coordinates"]] if is_one else shape["coordinates"]
    return [[np.array(ring, float)[:, :2] for ring in rings] for rings in parts]


def _require_placed(index: Index) -> None:
    if index.crs is None:
        raise InputError(
            f"The rasters of the index {index.files.folder} lie nowhere on the ground; give places "
            "in their own coordinates, without a coordinate system."
        )


def _nowhere(crs: CRS | None, error: Exception) -> InputError:
    return InputError(
        f"The place cannot be found in the coordinate system {crs} ({error}); check both."
    )


def _is_within(date: str, dates: tuple[str, str]) -> bool:
    """By as much of the date as was given: "2024" as the last day takes all of that year."""
    first, last = dates
    return bool(date) and date >= first and (not last or date[: len(last)] <= last)


def outline(extent: Extent) -> list[tuple[float, float]]:
    """A closed ring along an extent, with points on its sides."""
    left, bottom, right, top = extent
    share = np.linspace(0.0, 1.0, _ALONG, endpoint=False)
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    ring = [
        (a + (c - a) * t, b + (d - b) * t)
        for (a, b), (c, d) in zip(corners, corners[1:])
        for t in share.tolist()
    ]
    return [*ring, ring[0]]


def _is_polygon(shape: Mapping[str, Any]) -> bool:
    return shape.get("type") in ("Polygon", "MultiPolygon") and bool(is_valid_geom(shape))


def _in_box(index: Index, extent: Extent, found: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    x, y = index.middles
    left, bottom, right, top = extent
    inside = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    return inside if found is None else inside & found


def _in_boxes(index: Index, extent: Extent, found: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """The same, however the extent counts its degrees."""
    result = np.zeros(len(index.places), np.bool_)
    for box in turned(index, extent):
        result |= _in_box(index, box, found)
    return result


def _inside(
    index: Index, shapes: Sequence[Mapping[str, Any]], found: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    result = np.zeros(len(index.places), np.bool_)
    for points, box in (each for shape in shapes for each in turned_parts(index, shape)):
        near = np.flatnonzero(_in_box(index, box, found))
        result[near[in_polygon(index.middles[:, near], points)]] = True
    return result


def turned_parts(
    index: Index, shape: Mapping[str, Any]
) -> Iterator[tuple[list[NDArray[np.float64]], Extent]]:
    """The rings (n, 2) of each part of a polygon, and the box around it, wherever it may meet
    patches of an index.
    """
    for rings in rings_of(shape):
        left, bottom = rings[0].min(axis=0).tolist()
        right, top = rings[0].max(axis=0).tolist()
        for by in turns(index, left, right):
            yield (
                [ring + np.array((by, 0.0)) for ring in rings],
                (left + by, bottom, right + by, top),
            )


def in_polygon(
    points: NDArray[np.float64], rings: Sequence[NDArray[np.float64]]
) -> NDArray[np.bool_]:
    """Which of (2, n) points lie inside rings (m, 2), holes left out, by the even-odd rule.

    Sorted by y, so that an edge is compared with the points beside it only.
    """
    order = np.argsort(points[1], kind="stable")
    x, y = points[:, order]
    odd = np.zeros(len(order), np.bool_)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0)):
            if y0 == y1:
                continue
            first, last = np.searchsorted(y, (min(y0, y1), max(y0, y1)))
            part = slice(first, last)
            odd[part] ^= x[part] < x0 + (y[part] - y0) * ((x1 - x0) / (y1 - y0))
    inside = np.empty_like(odd)
    inside[order] = odd
    return inside
