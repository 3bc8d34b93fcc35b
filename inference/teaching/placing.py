# SPDX-License-Identifier: GPL-2.0-or-later
"""Labels on the map as shapes in the pixels of a raster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform

from ..errors import InputError
from ..raster.frame import Frame
from .covered import Shape
from .lesson import SHAPES, Label

Points = NDArray[np.float64]
"""(n, 2): x and y."""
_Move = Callable[[Points], Points]
_LISTS = (list, tuple, np.ndarray)
_LEAST = {"Point": 1, "LineString": 2, "Polygon": 4}
"""Places that GDAL wants of each: with fewer it draws nothing."""


def in_pixels(label: Label, crs: CRS | None, frame: Frame) -> tuple[Shape, float] | None:
    """The shape in pixels of a frame and its width; None where it is empty or lies nowhere there.

    Where labels or raster do not say where they lie, coordinates are taken as they are.
    """
    kind, coordinates = label.shape.get("type"), label.shape.get("coordinates")
    if kind not in SHAPES:
        raise InputError(
            f"A label is a {str(kind)[:40]}, expected were points, lines or polygons; convert it "
            "to one of these."
        )

    def move(points: Points) -> Points:
        there = _transformed(points, crs, frame.crs)
        return np.stack(frame.to_pixel(*there.T), axis=1)

    try:
        points = _flat(coordinates)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"A label has coordinates that are no numbers ({error}); draw it anew."
        ) from error
    if not len(points) or not np.isfinite(points).all():
        return None
    moved = move(points)
    if not np.isfinite(moved).all():
        return None
    again = _again(coordinates, iter(moved.tolist()), _LEAST[kind.replace("Multi", "")])
    return {"type": kind, "coordinates": again}, _width(label.width, points.mean(axis=0), move)


def _transformed(points: Points, crs: CRS | None, to: CRS | None) -> Points:
    if crs is None or to is None or crs == to:
        return points
    try:
        return np.stack(transform(crs, to, *points.T.tolist()), axis=1)
    except (RasterioError, CPLE_BaseError):  # some projections raise, others give infinity
        return np.full(points.shape, np.inf)


def _width(width: float, middle: Points, move: _Move) -> float:
    """A length on the map, in pixels around a place."""
    if width <= 0:
        return 0.0
    ends = move(middle + np.array([[0.0, 0.0], [width, 0.0], [0.0, width]]))
    lengths = np.linalg.norm(ends[1:] - ends[0], axis=1)
    return float(lengths.mean()) if np.isfinite(lengths).all() else 0.0


def _flat(coordinates: Any) -> Points:
    """All positions of nested lists of them."""
    if _is_position(coordinates):
        return np.array([[float(coordinates[0]), float(coordinates[1])]])
    if not isinstance(coordinates, _LISTS):
        raise TypeError(f"{coordinates!r:.40} is no list of numbers")
    parts = [_flat(part) for part in coordinates]
    return np.concatenate([np.zeros((0, 2)), *parts])


def _again(coordinates: Any, moved: Any, least: int) -> Any:
    """The same nested lists with other positions, without empty ones.

    A line or a ring of fewer than `least` places stays at its last, so that it is what it touches.
    """
    if _is_position(coordinates):
        return next(moved)
    parts = [part for part in (_again(each, moved, least) for each in coordinates) if part]
    is_line = bool(parts) and not isinstance(parts[0][0], list)
    return [*parts, *parts[-1:] * (least - len(parts))] if is_line else parts


def _is_position(coordinates: Any) -> bool:
    is_list = isinstance(coordinates, _LISTS) and len(coordinates) >= 2
    return is_list and not isinstance(coordinates[0], _LISTS)
