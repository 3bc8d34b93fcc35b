# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing one polygon layer as a GeoPackage: SQLite tables, as OGC 12-128r18 lays them down.

rasterio writes no vectors and the engine has no other geographic library; the standard library's
sqlite3 is all a GeoPackage needs.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from .errors import OutputError

_APPLICATION_ID = 0x47504B47
_VERSION = 10300
_CUSTOM_SRS = 100000
_RESERVED = ("sqlite_", "gpkg_", "rtree_")

_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinates'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinates');
"""

_NOT_EMPTY = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)"
_EMPTY = "NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)"
_PUT = (
    "INSERT OR REPLACE INTO {index} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), "
    "ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
)
_DROP = "DELETE FROM {index} WHERE id = OLD.fid;"
_TRIGGERS = (
    ("insert", "INSERT", _NOT_EMPTY, _PUT),
    ("update1", "UPDATE OF geom", f"OLD.fid = NEW.fid AND ({_NOT_EMPTY})", _PUT),
    ("update2", "UPDATE OF geom", f"OLD.fid = NEW.fid AND ({_EMPTY})", _DROP),
    ("update3", "UPDATE", f"OLD.fid != NEW.fid AND ({_NOT_EMPTY})", _DROP + _PUT),
    (
        "update4",
        "UPDATE",
        f"OLD.fid != NEW.fid AND ({_EMPTY})",
        "DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid);",
    ),
    ("delete", "DELETE", "OLD.geom NOT NULL", _DROP),
)


@dataclass(frozen=True)
class Feature:
    """One polygon: closed rings of (x, y) map coordinates, outer first, and its field values."""

    rings: tuple[NDArray[np.float64], ...]
    values: tuple[Any, ...]


def write_layer(
    path: Path, *, name: str, crs: CRS | None, fields: dict[str, str], features: Iterable[Feature]
) -> int:
    """Write a new GeoPackage with one polygon layer and a spatial index; returns the feature count.

    `fields` maps names to SQL types, in the order of `Feature.values`. A `name` that SQLite or the
    standard keeps for itself gets "layer_" before it.
    """
    name = f"layer_{name}" if name.lower().startswith(_RESERVED) else name
    try:
        with closing(sqlite3.connect(path)) as database, database:
            return _write(database, name, crs, fields, features)
    except sqlite3.Error as error:
        raise OutputError(
            f"The polygons cannot be written into {path.parent} ({error}); check that the folder "
            "may be written to and that the disk is not full."
        ) from error


def _write(
    database: sqlite3.Connection,
    name: str,
    crs: CRS | None,
    fields: dict[str, str],
    features: Iterable[Feature],
) -> int:
    _create_file(database)
    srs = _add_srs(database, crs)
    table, index = _quoted(name), _quoted(f"rtree_{name}_geom")
    columns = "".join(f", {_quoted(field)} {kind}" for field, kind in fields.items())
    database.execute(
        f"CREATE TABLE {table} "
        f"(fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON{columns})"
    )
    database.execute(f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)")
    bounds = _insert(database, table, index, srs, len(fields), features)
    for suffix, event, when, action in _TRIGGERS:
        trigger = _quoted(f"rtree_{name}_geom_{suffix}")
        database.execute(
            f"CREATE TRIGGER {trigger} AFTER {event} ON {table} WHEN ({when}) "
            f"BEGIN {action.format(index=index)} END"
        )
    _register(database, name, srs, bounds)
    return bounds.count


def _create_file(database: sqlite3.Connection) -> None:
    """What every GeoPackage has; no journal, since the file has another name until it is whole."""
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {_VERSION}")
    database.executescript(_TABLES)
    _add_srs(database, CRS.from_epsg(4326))  # the standard wants it in every file


def _register(database: sqlite3.Connection, name: str, srs: int, bounds: _Bounds) -> None:
    """Tell of the table, its geometry and its index."""
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, "
        "srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
        (name, name, *bounds.edges, srs),
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)", (name, srs)
    )
    database.execute(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
        "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        (name,),
    )


@dataclass
class _Bounds:
    """How many features passed, and the box around them."""

    count: int = 0
    edges: tuple[float, float, float, float] | tuple[None, None, None, None] = (None,) * 4

    def add(self, box: tuple[float, float, float, float]) -> None:
        self.count += 1
        if self.edges[0] is None:
            self.edges = box
            return
        left, bottom, right, top = self.edges
        self.edges = (min(left, box[0]), min(bottom, box[1]), max(right, box[2]), max(top, box[3]))


def _insert(
    database: sqlite3.Connection,
    table: str,
    index: str,
    srs: int,
    field_count: int,
    features: Iterable[Feature],
) -> _Bounds:
    bounds = _Bounds()
    marks = ", ?" * field_count
    for feature in features:
        points = feature.rings[0]
        left, bottom = (float(value) for value in points.min(axis=0))
        right, top = (float(value) for value in points.max(axis=0))
        bounds.add((left, bottom, right, top))
        blob = geometry_blob(feature.rings, srs=srs, box=(left, right, bottom, top))
        database.execute(
            f"INSERT INTO {table} VALUES (?, ?{marks})",  # nosec B608 - quoted names, bound values
            (bounds.count, blob, *feature.values),
        )
        database.execute(
            f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)",  # nosec B608 - a quoted name
            (bounds.count, left, right, bottom, top),
        )
    return bounds


def geometry_blob(
    rings: tuple[NDArray[np.float64], ...], *, srs: int, box: tuple[float, float, float, float]
) -> bytes:
    """A polygon as GeoPackage binary: header with envelope (xmin, xmax, ymin, ymax), then WKB."""
    little_endian_with_envelope = 0b00000011
    return b"".join(
        (
            struct.pack("<2sBBi4d", b"GP", 0, little_endian_with_envelope, srs, *box),
            struct.pack("<BII", 1, 3, len(rings)),
            *_packed(rings),
        )
    )


def _packed(rings: tuple[NDArray[np.float64], ...]) -> Iterator[bytes]:
    for ring in rings:
        yield struct.pack("<I", len(ring))
        yield np.ascontiguousarray(ring, "<f8").tobytes()


def _add_srs(database: sqlite3.Connection, crs: CRS | None) -> int:
    """Register the coordinate system; returns its id in this file."""
    if crs is None:
        return -1
    code = crs.to_epsg()
    srs = _CUSTOM_SRS if code is None else code
    organization = "NONE" if code is None else "EPSG"
    database.execute(
        "INSERT OR REPLACE INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
        (f"{organization}:{srs}", srs, organization, srs, crs.to_wkt()),
    )
    return srs


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
