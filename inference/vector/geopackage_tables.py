# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables around the layers in a GeoPackage, as OGC 12-128r18 lays them down."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from rasterio.crs import CRS

from .geometry_blob import Edges

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
class Table:
    """One layer in an open file: its name, the quoted names of table and spatial index.

    A `name` that SQLite or the standard keeps for itself gets "layer_" before it.
    """

    database: sqlite3.Connection
    name: str
    geometry: str
    srs: int

    @classmethod
    def create(
        cls,
        database: sqlite3.Connection,
        name: str,
        *,
        crs: CRS | None,
        fields: dict[str, str],
        geometry: str,
    ) -> Table:
        """An empty layer of a `geometry` such as POLYGON; `fields` are names and SQL types."""
        name = f"layer_{name}" if name.lower().startswith(_RESERVED) else name
        table = cls(database, name, geometry, _add_srs(database, crs))
        columns = "".join(f", {_quoted(field)} {kind}" for field, kind in fields.items())
        database.execute(
            f"CREATE TABLE {table.quoted} "
            f"(fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {geometry}{columns})"
        )
        database.execute(
            f"CREATE VIRTUAL TABLE {table.index} USING rtree(id, minx, maxx, miny, maxy)"
        )
        return table

    @property
    def quoted(self) -> str:
        return _quoted(self.name)

    @property
    def index(self) -> str:
        return _quoted(f"rtree_{self.name}_geom")

    def finish(self, edges: Edges | None) -> None:
        """Keep the index up to date from now on, and tell of the layer."""
        for suffix, event, when, action in _TRIGGERS:
            trigger = _quoted(f"rtree_{self.name}_geom_{suffix}")
            self.database.execute(
                f"CREATE TRIGGER {trigger} AFTER {event} ON {self.quoted} WHEN ({when}) "
                f"BEGIN {action.format(index=self.index)} END"
            )
        self._register(edges)

    def _register(self, edges: Edges | None) -> None:
        """Tell of the table, its geometry and its index."""
        self.database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, "
            "max_y, srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
            (self.name, self.name, *(edges or (None,) * 4), self.srs),
        )
        self.database.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            (self.name, self.geometry, self.srs),
        )
        self.database.execute(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
            "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (self.name,),
        )


def create_file(database: sqlite3.Connection) -> None:
    """What every GeoPackage has; no journal, since the file has another name until it is whole."""
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {_VERSION}")
    database.executescript(_TABLES)
    _add_srs(database, CRS.from_epsg(4326))  # the standard wants it in every file


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
