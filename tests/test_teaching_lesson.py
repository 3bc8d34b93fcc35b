# SPDX-License-Identifier: GPL-2.0-or-later
"""Lessons: changed, saved, opened by GDAL, opened again; and damaged in every way."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from rasterio.crs import CRS
from running import is_one_sentence

from geosift.inference.cards.parts import ClassInfo
from geosift.inference.cards.rules import MOST_TEXT
from geosift.inference.errors import InputError, OutputError
from geosift.inference.teaching.lesson import Label, Lesson, LessonSettings, free_color
from geosift.inference.teaching.lesson_file import is_lesson, open_lesson, save_lesson
from geosift.inference.teaching.lesson_layer import Look, lesson_of, read_labels
from geosift.inference.vector.feature_file import ANY, read_features

numbers = st.floats(-1e6, 1e6)
points = st.tuples(numbers, numbers).map(list)
lines = st.lists(points, min_size=2, max_size=4)
rings = st.lists(points, min_size=3, max_size=5).map(lambda ring: [*ring, ring[0]])


def several(kind: str, parts: st.SearchStrategy) -> st.SearchStrategy:
    many = st.lists(parts, min_size=2, max_size=3)
    single = parts.map(lambda each: {"type": kind, "coordinates": each})
    return single | many.map(lambda each: {"type": f"Multi{kind}", "coordinates": each})


shapes = (
    several("Point", points)
    | several("LineString", lines)
    | several("Polygon", st.lists(rings, min_size=1, max_size=2))
)
labels = st.builds(Label, shapes, st.integers(0, 1), st.floats(0, 50))
settings = st.builds(
    LessonSettings,
    model=st.sampled_from(["features", "other"]),
    resolution=st.none() | st.floats(0.01, 100),
    bands=st.none() | st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
    rasters=st.lists(st.text("aä/.'\"", max_size=8), max_size=2).map(tuple),
)
lessons = st.builds(
    Lesson,
    name=st.text("aä '\"%", min_size=1, max_size=9),
    classes=st.just((ClassInfo(0, "Fels", "#112233"), ClassInfo(1, "it's", "#445566"))),
    labels=st.lists(labels, max_size=5).map(tuple),
    crs=st.sampled_from([None, CRS.from_epsg(32633), CRS.from_epsg(4326)]),
    settings=settings,
)


@thorough
@given(lessons)
def test_what_is_opened_is_what_was_saved(tmp_path: Path, lesson: Lesson) -> None:
    path = tmp_path / "a lesson.gpkg"
    save_lesson(lesson, path)
    assert open_lesson(path) == lesson
    assert is_lesson(path)
    assert [each.name for each in tmp_path.iterdir()] == ["a lesson.gpkg"]


def a_lesson() -> Lesson:
    return Lesson(
        "Rock",
        (ClassInfo(0, "rock", "#AA0000"), ClassInfo(1, "grass", "#00AA00")),
        (
            Label({"type": "Point", "coordinates": [3.0, 4.0]}, 0, 2.0),
            Label({"type": "LineString", "coordinates": [[0.0, 0.0], [5.0, 5.0]]}, 1),
        ),
        CRS.from_epsg(32633),
    )


def test_the_layer_is_read_as_any_other(tmp_path: Path) -> None:
    """By the engine's own reader: geometry, class, name; and the standard's tables are whole."""
    path = tmp_path / "l.gpkg"
    save_lesson(a_lesson(), path)
    found = read_features(path, wanted=ANY, layer="labels")
    assert [(each["class"], each["name"], each["width"]) for each in found.values] == [
        (0, "rock", 2.0), (1, "grass", 0.0),
    ]  # fmt: skip
    assert found.crs == CRS.from_epsg(32633)
    with closing(sqlite3.connect(path)) as database:
        kinds = dict(database.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert kinds == {"labels": "features", "geosift_lesson": "attributes"}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def change(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for number in range(1, 5):  # they call functions of GDAL's
            database.execute(f"DROP TRIGGER rtree_labels_geom_update{number}")
        database.execute(statement, values)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE geosift_lesson", "cannot be opened as a lesson"),
        ("DROP TABLE labels", "cannot be read"),
        ("DELETE FROM geosift_lesson", "has 0 rows"),
        ("UPDATE geosift_lesson SET content = '{'", "cannot be opened as a lesson"),
        ("UPDATE geosift_lesson SET content = '{\"schema\": 9}'", "newer GeoSift"),
        ("UPDATE geosift_lesson SET content = '{\"schema\": 1}'", "is missing"),
        ("UPDATE labels SET class = 7", "class 7"),
        ("UPDATE labels SET class = NULL", "class None"),
        ("UPDATE labels SET geom = x'4750'", "cannot be read"),
    ],
)
def test_a_damaged_lesson_is_told_in_a_sentence(tmp_path: Path, statement: str, words: str) -> None:
    path = tmp_path / "l.gpkg"
    save_lesson(a_lesson(), path)
    change(path, statement)
    with pytest.raises(InputError) as told:
        open_lesson(path)
    assert words in str(told.value) and is_one_sentence(str(told.value))


def test_what_is_no_lesson_is_said(tmp_path: Path) -> None:
    text = tmp_path / "t.gpkg"
    text.write_text("no database", encoding="utf-8")
    for path in (text, tmp_path / "none.gpkg", tmp_path):
        assert not is_lesson(path)
        with pytest.raises(InputError) as told:
            open_lesson(path)
        assert is_one_sentence(str(told.value))


def test_a_lesson_cut_short_is_told(tmp_path: Path) -> None:
    """At any length: a sentence, or all of it where only the end of an unused page is lost."""
    path = tmp_path / "l.gpkg"
    save_lesson(a_lesson(), path)
    content = path.read_bytes()
    for share in (0.02, 0.1, 0.3, 0.5, 0.8, 0.99):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(InputError) as told:
            open_lesson(path)
        assert is_one_sentence(str(told.value))


def test_a_lesson_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "l.gpkg"
    save_lesson(a_lesson(), path)
    before = path.read_bytes()
    broken = a_lesson().with_label(Label({"type": "Point", "coordinates": [np.nan, 1]}, 0))
    with pytest.raises(InputError) as told:
        save_lesson(broken, path)
    assert is_one_sentence(str(told.value))
    with pytest.raises(OutputError):
        save_lesson(a_lesson(), tmp_path / "no" / "l.gpkg")
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["l.gpkg"]


def test_classes_come_and_go() -> None:
    """Labels of a class that goes go with it; ids stay without gaps."""
    lesson = a_lesson().with_class("water")
    assert [each.id for each in lesson.classes] == [0, 1, 2]
    assert lesson.classes[2].color not in {"#AA0000", "#00AA00"}
    less = lesson.without_class(0)
    assert [(each.id, each.name) for each in less.classes] == [(0, "grass"), (1, "water")]
    assert [label.class_id for label in less.labels] == [0]
    assert lesson.renamed(1, "meadow", "#123456").classes[1] == ClassInfo(1, "meadow", "#123456")
    assert lesson.without_last().labels == lesson.labels[:1]
    assert lesson.without_label(0).labels == lesson.labels[1:]


def test_why_nothing_can_be_learnt_yet() -> None:
    lesson = a_lesson()
    assert lesson.why_not() == ""
    for changed in (
        replace(lesson, labels=()),
        lesson.without_last(),
        lesson.with_label(Label({"type": "Point", "coordinates": [0, 0]}, 5)),
    ):
        assert is_one_sentence(changed.why_not())


def test_colours_are_all_different() -> None:
    lesson = Lesson("x", ())
    for number in range(60):
        lesson = lesson.with_class(str(number))
    assert len({each.color for each in lesson.classes}) == 60
    assert lesson.classes[0].color == "#D55E00"
    assert free_color([ClassInfo(0, "a", "#d55e00")]) == "#56B4E9"


POINT = {"type": "Point", "coordinates": [1, 2]}


def test_classes_of_a_layer_are_its_values_in_order() -> None:
    """Numbers by size, then texts; looks by the value; none is no class."""
    values = [10, 2, "b", "a", None, 2, 2.5]
    lesson = lesson_of(
        [(POINT, value) for value in values], name="l", crs=None, settings=LessonSettings(),
        looks={"2": Look("two", "#D55E00"), "a": Look("", "#010203")},
    )  # fmt: skip
    assert [each.name for each in lesson.classes] == ["two", "2.5", "10", "Class 3", "b"]
    assert [label.class_id for label in lesson.labels] == [2, 0, 4, 3, 0, 1]
    colors = [each.color for each in lesson.classes]
    assert colors[0] == "#D55E00" and colors[3] == "#010203" and len(set(colors)) == 5
    with pytest.raises(InputError, match="300 classes"):
        lesson_of([(POINT, n) for n in range(300)], name="l", crs=None, settings=LessonSettings())


def test_an_empty_class_is_none_and_equal_names_are_told_apart() -> None:
    """However QGIS, a file or a script writes that nothing was said."""
    values = ["rock", "", "  ", None, "grass", "gras"]
    looks = {"grass": Look("Meadow", "#010203"), "gras": Look("Meadow", "#010204")}
    lesson = lesson_of(
        [(POINT, value) for value in values], name="l", crs=None, settings=LessonSettings(),
        looks=looks,
    )  # fmt: skip
    assert [each.name for each in lesson.classes] == ["Meadow", "Meadow (2)", "rock"]
    assert [label.class_id for label in lesson.labels] == [2, 1, 0]
    assert lesson.why_not() == ""
    long = lesson_of([(POINT, "x" * 300 + last) for last in "ab"], name="l", crs=None,
                     settings=LessonSettings())  # fmt: skip
    assert long.why_not() == "" and len(long.classes[0].name) == MOST_TEXT
    assert long.classes[1].name.endswith("x (2)")


@pytest.mark.parametrize(
    ("name", "words"),
    [("x" * (MOST_TEXT + 1), "of 201"), ("", "of 0"), ("a\tb", "one line"), ("rock", "both")],
)
def test_a_name_that_cannot_be_kept_is_told_before_anything_is_learnt(
    name: str, words: str
) -> None:
    """And not when the network is to be kept."""
    lesson = Lesson("l", ()).with_class("rock").with_class(name)
    for class_id in (0, 1):
        lesson = lesson.with_label(Label(POINT, class_id))
    assert words in lesson.why_not() and is_one_sentence(lesson.why_not())
    assert lesson.renamed(1, "x" * MOST_TEXT, "#000000").why_not() == ""


def test_a_new_class_has_a_name_of_its_own() -> None:
    lesson = Lesson("l", ()).with_class("Class 1").with_class("Class 2").with_class("Class 3")
    assert lesson.free_name("Class {0}") == "Class 4"
    assert lesson.without_class(0).free_name("Class {0}") == "Class 4"
    assert lesson.without_class(2).free_name("Class {0}") == "Class 3"


def test_labels_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "l.geojson"
    feature = {"type": "Feature", "geometry": POINT, "properties": {"kind": "rock"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    labels, crs = read_labels(path, "kind")
    assert labels == [({"type": "Point", "coordinates": [1.0, 2.0]}, "rock")]
    assert crs == CRS.from_epsg(4326)
    with pytest.raises(InputError, match="has no field 'class'; it has: kind"):
        read_labels(path, "class")
