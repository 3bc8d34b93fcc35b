# SPDX-License-Identifier: GPL-2.0-or-later
"""A lesson on disk: a GeoPackage whose layer `labels` QGIS opens, the rest in a table beside it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..cards.class_list import class_list, read_classes
from ..cards.fields import document, number, section, text, texts, whole
from ..errors import InputError
from ..runs.partial_file import PartialFile
from ..vector.feature_file import ANY, read_features
from ..vector.geopackage_file import GeoPackageFile
from ..vector.shape_blob import shape_blob
from ..vector.wkb import Shapes
from .lesson import Label, Lesson, LessonSettings

LAYER = "labels"
FIELDS = {"class": "INTEGER", "name": "TEXT", "width": "REAL"}
_TABLE = "geosift_lesson"
_SCHEMA = 1
_MOST_TEXT = 4_000_000


def save_lesson(lesson: Lesson, path: Path) -> None:
    """Write it whole, or not at all; what lies there is replaced."""
    path = Path(path)
    file = PartialFile(path)
    try:
        package = GeoPackageFile(file.partial)
        try:
            rows = package.layer(LAYER, geometry="GEOMETRY", crs=lesson.crs, fields=FIELDS)
            names = {each.id: each.name for each in lesson.classes}
            for label in lesson.labels:
                blob, box = _blob(label, rows.srs)
                values = (label.class_id, names.get(label.class_id, ""), label.width)
                rows.insert([(blob, *values)], [box])
            with package.in_words():
                _write_table(package.database, lesson)
            package.finish()
        finally:
            package.close()
        file.commit()
    finally:
        file.discard()


def open_lesson(path: Path) -> Lesson:
    """Read it; InputError where it is none, damaged, or of a newer GeoSift."""
    path = Path(path)
    with _reading(path):
        raw = section({"lesson": document(_table_of(path))}, "lesson")
        schema = whole(raw, "schema")
        if schema > _SCHEMA:
            raise InputError(
                f"{path.name} is a lesson of a newer GeoSift (version {schema}, this one reads up "
                f"to {_SCHEMA}); update GeoSift."
            )
        classes = read_classes(raw)
        if [each.id for each in classes] != list(range(len(classes))):
            raise ValueError("its classes need the ids 0, 1, 2, ... in order")
        settings, name = _settings(section(raw, "settings")), text(raw, "name")
    found = read_features(path, wanted=ANY, layer=LAYER)
    with _reading(path):
        labels = tuple(
            _label(shape, values, len(classes))
            for shapes, values in zip(found.shapes, found.values)
            for shape in shapes_of(shapes)
        )
    return Lesson(name, classes, labels, found.crs, settings)


def is_lesson(path: Path) -> bool:
    """Whether a file is a GeoPackage with the table of a lesson in it, whole or not."""
    try:
        with closing(_connected(Path(path))) as database:
            query = "SELECT count(*) FROM sqlite_master WHERE name = ?"
            return bool(database.execute(query, (_TABLE,)).fetchone()[0])
    except (sqlite3.Error, OSError):
        return False


def _connected(path: Path) -> sqlite3.Connection:
    """The database of a file, to be read; OSError where there is none."""
    if not path.is_file():
        raise OSError("there is no such file")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong into one sentence."""
    try:
        yield
    except InputError:
        raise
    except (sqlite3.Error, OSError, ValueError, KeyError, RecursionError) as error:
        what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"{path} cannot be opened as a lesson ({what[:250]}); give a lesson that GeoSift saved."
        ) from error


def _table_of(path: Path) -> str:
    """What the table beside the labels says."""
    with closing(_connected(path)) as database:
        query = f"SELECT content FROM {_TABLE} WHERE length(content) <= ?"  # nosec B608
        rows = database.execute(query, (_MOST_TEXT,)).fetchall()
    if len(rows) != 1 or not isinstance(rows[0][0], str):
        raise ValueError(f"its table {_TABLE} has {len(rows)} rows, expected was 1")
    return str(rows[0][0])


def _write_table(database: sqlite3.Connection, lesson: Lesson) -> None:
    """One row, told to the GeoPackage as a table without shapes."""
    raw = {
        "schema": _SCHEMA,
        "name": lesson.name,
        "classes": class_list(lesson.classes),
        "settings": asdict(lesson.settings),
    }
    database.execute(f"CREATE TABLE {_TABLE} (fid INTEGER PRIMARY KEY, content TEXT)")
    content = json.dumps(raw, ensure_ascii=False)
    database.execute(f"INSERT INTO {_TABLE} VALUES (1, ?)", (content,))  # nosec B608
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
        (_TABLE, _TABLE),
    )


def _blob(label: Label, srs: int) -> tuple[bytes, Any]:
    try:
        return shape_blob(label.shape, srs=srs)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"A label cannot be written ({error}); draw it anew.") from error


def _settings(raw: Mapping[str, Any]) -> LessonSettings:
    bands, resolution = raw.get("bands"), raw.get("resolution")
    return LessonSettings(
        model=text(raw, "model"),
        resolution=None if resolution is None else number(raw, "resolution"),
        bands=None if bands is None else tuple(whole({"band": each}, "band") for each in bands),
        rasters=texts(raw, "rasters"),
    )


def _label(shape: Mapping[str, Any], values: Mapping[str, Any], classes: int) -> Label:
    class_id = values.get("class")
    if not isinstance(class_id, int) or not 0 <= class_id < classes:
        raise ValueError(
            f"a label is of class {str(class_id)[:20]}, the lesson has the classes 0 to "
            f"{classes - 1}"
        )
    width = values.get("width")
    return Label(shape, class_id, float(width) if isinstance(width, (int, float)) else 0.0)


def shapes_of(shapes: Shapes) -> list[dict[str, Any]]:
    """The shapes of one feature, GeoJSON-like: at most one of points, of lines and of polygons."""
    kinds = (
        ("Point", [each.tolist() for each in shapes.points]),
        ("LineString", [each.tolist() for each in shapes.lines]),
        ("Polygon", [[ring.tolist() for ring in rings] for rings in shapes.polygons]),
    )
    return [
        {"type": kind, "coordinates": parts[0]}
        if len(parts) == 1
        else {"type": f"Multi{kind}", "coordinates": parts}
        for kind, parts in kinds
        if parts
    ]
