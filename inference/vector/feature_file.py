# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading points, lines and polygons from files: GeoPackage by sqlite3, GeoJSON by json."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..errors import InputError
from ..raster.frame import WGS84
from .geojson_file import geojson_features, properties_of
from .wkb import Shapes, shapes_in

LINES, POLYGONS, ANY = "lines", "polygons", "points, lines or polygons"
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_BY_KIND = {LINES: ("LINE", "CURVE"), POLYGONS: ("POLYGON", "SURFACE")}
_BY_KIND[ANY] = ("POINT", *_BY_KIND[LINES], *_BY_KIND[POLYGONS])


@dataclass(frozen=True)
class Features:
    """The features of one layer: their shapes, their fields by name, and where they lie."""

    shapes: tuple[Shapes, ...]
    values: tuple[Mapping[str, Any], ...]
    crs: CRS | None


def read_features(path: Path, *, wanted: str, layer: str = "") -> Features:
    """A file's features; `wanted` (LINES, POLYGONS or ANY) chooses the layer where none is named.

    Raises InputError for what cannot be read, and for curves.
    """
    with _opening(path), path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"SQLite format 3"):
        found = _geopackage(path, wanted, layer)
    elif b"\0" in start:  # a shapefile, a picture: no text
        raise InputError(f"{path} is no GeoPackage and no GeoJSON; export its {wanted} as either.")
    else:
        found = _geojson(path, wanted)
    if any(each.curved for each in found.shapes):
        raise InputError(
            f"{path} holds curves or surfaces of a kind that is not read; convert them to "
            f"straight {wanted} first."
        )
    return found


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Turn what goes wrong while reading into one sentence."""
    try:
        yield
    except InputError:
        raise
    except (sqlite3.Error, OSError, ValueError, IndexError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); give a GeoPackage or GeoJSON file."
        ) from error


def _geopackage(path: Path, wanted: str, layer: str) -> Features:
    address = f"{path.resolve().as_uri()}?mode=ro"
    with _opening(path), closing(sqlite3.connect(address, uri=True)) as database:
        database.row_factory = sqlite3.Row
        table, column, srs = _layer(database, path, wanted, layer)
        quoted = '"' + table.replace('"', '""') + '"'
        rows = database.execute(f"SELECT * FROM {quoted}").fetchall()  # nosec B608
        crs = _crs_of(database, srs)
    with _opening(path):
        shapes = tuple(_shapes(row[column]) for row in rows)
    values = tuple(
        {name: value for name, value in dict(row).items() if name != column} for row in rows
    )
    return Features(shapes, values, crs)


def _layer(
    database: sqlite3.Connection, path: Path, wanted: str, layer: str
) -> tuple[str, str, int]:
    """Table, geometry column and coordinate system: of the named layer, or the first that fits."""
    rows = database.execute(
        "SELECT table_name, column_name, geometry_type_name, srs_id FROM gpkg_geometry_columns"
    ).fetchall()
    names = [row[0] for row in rows]
    if layer:
        chosen = [row for row in rows if row[0] == layer]
    else:
        chosen = [row for row in rows if any(each in row[2].upper() for each in _BY_KIND[wanted])]
        chosen = chosen or [row for row in rows if row[2].upper().startswith("GEOM")]
    if not chosen:
        what = f"layer '{layer}'" if layer else f"layer of {wanted}"
        there = ", ".join(names) or "none"
        raise InputError(f"{path} has no {what}; it has: {there}. Give the name of one of those.")
    table, column, _, srs = chosen[0]
    return table, column, srs


def _crs_of(database: sqlite3.Connection, srs: int) -> CRS | None:
    row = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if row is None or srs in (-1, 0):
        return None
    try:
        if str(row[0]).upper() == "EPSG":
            return CRS.from_epsg(int(row[1]))
        return CRS.from_wkt(row[2])
    except (CRSError, CPLE_BaseError) as error:
        raise InputError(
            f"The layer's coordinate system {row[0]}:{row[1]} is unknown ({error}); assign one "
            "that is known."
        ) from error


def _shapes(blob: bytes | None) -> Shapes:
    """Of a GeoPackage's binary: a header with or without an envelope, then well-known binary."""
    if not blob:
        return Shapes()
    if blob[:2] != b"GP":
        raise ValueError("its shapes are no GeoPackage binary")
    envelope = (blob[3] >> 1) & 0b111
    if blob[3] & 0b10000 or envelope >= len(_ENVELOPE_BYTES):
        return Shapes()
    return shapes_in(blob[8 + _ENVELOPE_BYTES[envelope] :])


def _geojson(path: Path, wanted: str) -> Features:
    features, named = geojson_features(path, wanted=wanted)
    shapes = tuple(_drawn(path, _geometry(each)) for each in features)
    crs = _named_crs(path, named) if named else WGS84
    if not named and not _are_degrees(shapes):
        crs = None
    return Features(shapes, tuple(properties_of(each) for each in features), crs)


def _named_crs(path: Path, named: Any) -> CRS:
    """What older GeoJSON, and QGIS, say of coordinates that are no longitudes and latitudes."""
    properties = named.get("properties") if isinstance(named, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    try:
        if isinstance(name, str) and name.upper().endswith("CRS84"):
            return WGS84
        return CRS.from_user_input(name)
    except (CRSError, CPLE_BaseError, TypeError) as error:
        raise InputError(
            f"{path} names a coordinate system that is unknown ({name}); export it in longitude "
            "and latitude."
        ) from error


def _are_degrees(shapes: Sequence[Shapes]) -> bool:
    """Whether all coordinates may be longitudes and latitudes; pixels of an image are larger."""
    parts = [
        part for each in shapes for part in (*each.lines, *each.points, *sum(each.polygons, ()))
    ]
    return all((np.abs(part) <= (180.0, 90.0)).all() for part in parts if len(part))


def _geometry(feature: Any) -> Any:
    return feature.get("geometry") if isinstance(feature, Mapping) else None


def _drawn(path: Path, geometry: Any) -> Shapes:
    found = Shapes()
    for kind, coordinates in _simple(geometry):
        try:
            if kind == "LineString":
                found.lines.append(_points(coordinates))
            elif kind == "Polygon":
                found.polygons.append(tuple(_points(ring) for ring in coordinates))
            else:
                found.others += 1
                if kind == "Point":
                    found.points.append(_points([coordinates])[0])
        except (TypeError, ValueError, IndexError) as error:
            raise InputError(
                f"{path} has a {kind} whose coordinates are no numbers ({error}); export it anew."
            ) from error
    return found


def _simple(geometry: Any) -> Iterator[tuple[str, Any]]:
    """The single geometries in any."""
    if not isinstance(geometry, Mapping):
        return
    kind, coordinates = str(geometry.get("type")), geometry.get("coordinates")
    if kind == "GeometryCollection":
        for each in geometry.get("geometries") or ():
            yield from _simple(each)
    elif kind.startswith("Multi"):
        for each in coordinates or ():
            yield kind[5:], each
    elif coordinates:
        yield kind, coordinates


def _points(coordinates: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    points = np.array([each[:2] for each in coordinates], np.float64).reshape(-1, 2)
    return np.where(np.isfinite(points), points, math.nan)
