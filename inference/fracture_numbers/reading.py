# SPDX-License-Identifier: GPL-2.0-or-later
"""Fracture lines and sampling areas from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_points

from ..errors import InputError
from ..vector.feature_file import LINES, POLYGONS, read_features
from ..vector.geometry_blob import Rings
from .lines import FractureLines, ends_cut
from .sampling import SamplingArea
from .set_names import numbered

_NAMES = ("name", "Name", "NAME", "id", "ID")


def read_lines(path: Path, *, layer: str = "") -> FractureLines:
    """The lines of a GeoPackage or GeoJSON file; every part of a multi line is one.

    The fields `set`, `cut_1` and `cut_2`, as traces have them, are heeded. InputError where there
    is no line.
    """
    found = read_features(path, wanted=LINES, layer=layer)
    lines, sets, cut = [], [], []
    for shapes, values in zip(found.shapes, found.values):
        for line in shapes.lines:
            lines.append(line)
            sets.append(_told_set(values.get("set")))
            cut.append(ends_cut(values))
    others = sum(each.others + len(each.polygons) for each in found.shapes)
    if not lines:
        what = f", but {others:,} of other shapes" if others else ""
        raise InputError(f"{path} holds no line{what}; give a layer of fracture lines.")
    told = (f"What is no line was left out: {others:,} of other shapes.",) if others else ()
    numbers, names = numbered(sets)
    return FractureLines.of(
        lines, crs=found.crs, sets=numbers, set_names=names, cut=cut, left_out=told
    )


def read_areas(path: Path, crs: CRS | None, *, layer: str = "") -> tuple[SamplingArea, ...]:
    """The polygons of a file, one area a feature, in the coordinates of lines with `crs`."""
    found = read_features(path, wanted=POLYGONS, layer=layer)
    if (found.crs is None) != (crs is None):
        raise InputError(
            f"The lines and the areas of {path} cannot be brought together: only one of them says "
            "where it lies; assign its coordinate system to the other."
        )
    areas = []
    for index, (shapes, values) in enumerate(zip(found.shapes, found.values), 1):
        if shapes.polygons:
            polygons = tuple(_moved(path, rings, found.crs, crs) for rings in shapes.polygons)
            areas.append(SamplingArea(_name(values, index), polygons))
    if not areas:
        raise InputError(f"{path} holds no polygon; give a layer of sampling areas.")
    return tuple(areas)


def _told_set(value: object) -> str:
    return "" if value is None or value == 0 else str(value).strip()


def _name(values: Mapping[str, Any], index: int) -> str:
    there = next((values[name] for name in _NAMES if values.get(name) not in (None, "")), None)
    return f"area {index}" if there is None else str(there)


def _moved(path: Path, rings: Rings, before: CRS | None, after: CRS | None) -> Rings:
    if before is None or after is None or before == after:
        return rings
    return tuple(_through(path, ring, before, after) for ring in rings)


def _through(path: Path, ring: NDArray[np.float64], before: CRS, after: CRS) -> NDArray[np.float64]:
    try:
        moved = np.stack(transform_points(before, after, ring[:, 0], ring[:, 1]), axis=1)
    except (RasterioError, CPLE_BaseError):  # some projections raise, others give infinity
        moved = np.full((1, 2), np.inf)
    if not np.isfinite(moved).all():
        raise InputError(
            f"A polygon of {path} cannot be brought to the coordinate system of the lines; check "
            "that it has the right one."
        )
    return moved
