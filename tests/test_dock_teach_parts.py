# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page that teaches is made of: colours, shapes, steps, and pixels under the screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from itertools import combinations

import cv2
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
)
from rasterio.crs import CRS
from rasterio.warp import transform as transform_points

from geosift.inference.raster.frame import Frame
from geosift.inference.teaching.lesson import Label, Lesson
from geosift.plugin.map_tool.kinds import KINDS
from geosift.plugin.teach.first_lesson import first_lesson
from geosift.plugin.teach.history import History
from geosift.plugin.teach.lesson_crs import engine_crs, qgis_crs
from geosift.plugin.teach.screen import Screen
from geosift.plugin.teach.shapes import geometry_of, identity, shape_from, shape_of
from geosift.plugin.teach.warp import OUTSIDE, seen, under

pytestmark = pytest.mark.usefixtures("qgis_app")

BLIND = {
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
"""How linear colours look without one kind of cones (Machado et al. 2009, severity 1)."""
PLACES = st.floats(-1e7, 1e7, allow_nan=False).map(lambda x: round(x, 6))


@pytest.mark.parametrize("kind", sorted(BLIND))
def test_colours_of_classes_differ_for_the_colour_blind(kind: str) -> None:
    lesson = first_lesson()
    for number in range(3, 7):
        lesson = lesson.with_class(f"Class {number}")
    shown = [as_seen(info.rgb, kind) for info in lesson.classes]
    nearest = min(float(np.linalg.norm(one - two)) for one, two in combinations(shown, 2))
    assert nearest > 12, "a difference of 2 is just seen beside each other"
    assert float(np.linalg.norm(shown[0] - shown[1])) > 60, "the two one begins with"


def as_seen(rgb: tuple[int, int, int], kind: str) -> np.ndarray:
    """CIE L*a*b* of a colour without one kind of cones."""
    share = np.array(rgb) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen_so = np.clip(np.array(BLIND[kind]) @ linear, 0, 1)
    back = np.where(seen_so <= 0.0031308, 12.92 * seen_so, 1.055 * seen_so ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(back.astype(np.float32)[None, None], cv2.COLOR_RGB2LAB)[0, 0]


@given(st.sampled_from(KINDS), st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=9))
def test_shapes_come_back_from_qgis_as_they_were(
    kind: str, points: list[tuple[float, float]]
) -> None:
    shape = shape_of(kind, points)
    geometry = geometry_of(shape)
    assert identity(shape_from(geometry)) == identity(shape)
    geometry.convertToMultiType()
    assert identity(shape_from(geometry)) == identity(shape), "several, of which there is one"


def test_shapes_of_several_parts_and_what_is_none() -> None:
    two = QgsGeometry.fromWkt("MultiLineString((0 0, 1 1), (2 2, 3 3))")
    shape = shape_from(two)
    assert shape["type"] == "MultiLineString"
    assert geometry_of(shape).asWkt() == two.asWkt()
    hole = QgsGeometry.fromWkt("Polygon((0 0, 9 0, 9 9, 0 0), (4 1, 5 1, 5 2, 4 1))")
    assert geometry_of(shape_from(hole)).equals(hole)
    assert shape_from(QgsGeometry()) is None
    curve = QgsGeometry.fromWkt("CircularString(0 0, 1 1, 2 0)")
    assert len(shape_from(curve)["coordinates"]) > 3


@given(st.lists(st.sampled_from(["draw", "undo", "redo"]), max_size=30))
def test_undoing_all_and_doing_all_again_comes_back(moves: list[str]) -> None:
    history = History(first_lesson())
    for number, move in enumerate(moves):
        if move == "draw":
            history.do(history.lesson.with_label(Label({"type": "Point"}, number)))
        else:
            getattr(history, move)()
    while history.can_redo:
        history.redo()
    last, count = history.lesson, 0
    while history.can_undo:
        history.undo()
        count += 1
    assert history.lesson == first_lesson()
    for _ in range(count):
        history.redo()
    assert history.lesson == last


def test_what_is_unsaved() -> None:
    history = History(first_lesson())
    history.do(history.lesson.with_class("Third"))
    assert not history.is_unsaved, "there is no label to be lost"
    history.do(history.lesson.with_label(Label({"type": "Point"}, 0)))
    assert history.is_unsaved
    history.saved(history.lesson)
    assert not history.is_unsaved
    history.undo()
    assert history.is_unsaved, "on disk there is a label more"
    history.begin(Lesson("another", first_lesson().classes))
    assert not history.is_unsaved


@pytest.mark.parametrize("crs", ["EPSG:32640", "EPSG:4326", "EPSG:3857"])
def test_every_pixel_of_the_screen_finds_its_place(crs: str) -> None:
    """Against each place transformed by itself."""
    frame = Frame(500, 400, Affine(2, 0, 352000, 0, -2, 2742000), CRS.from_epsg(32640))
    to_layer = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(crs),
        QgsCoordinateReferenceSystem("EPSG:32640"),
        QgsProject.instance(),
    )
    there = QgsRectangle(352000 - 100, 2741000 - 100, 352800 + 100, 2742000 + 100)
    extent = QgsCoordinateTransform(
        to_layer.destinationCrs(), to_layer.sourceCrs(), QgsProject.instance()
    ).transformBoundingBox(there)
    screen = Screen(extent, 240, 200, to_layer)
    cols, rows = under(screen, frame)
    xs = extent.xMinimum() + (np.arange(200) + 0.5) / 200 * extent.width()
    ys = extent.yMaximum() - (np.arange(240) + 0.5) / 240 * extent.height()
    grid_x, grid_y = (each.ravel() for each in np.meshgrid(xs, ys))
    wanted = frame.to_pixel(*transform_points(CRS.from_string(crs), frame.crs, grid_x, grid_y))
    assert np.abs(cols.ravel() - wanted[0]).max() < 0.05
    assert np.abs(rows.ravel() - wanted[1]).max() < 0.05


def test_a_screen_of_whole_pixels_shows_them_as_they_are() -> None:
    numbers = np.random.default_rng(1).integers(0, 5, (30, 40), np.uint8)
    frame = Frame(30, 40, Affine(1, 0, 0, 0, -1, 30), None)
    nothing = QgsCoordinateTransform()
    screen = Screen(QgsRectangle(-10, -10, 50, 40), 50, 60, nothing)
    shown = seen(numbers, under(screen, frame))
    assert (shown[10:40, 10:50] == numbers).all()
    shown[10:40, 10:50] = OUTSIDE
    assert (shown == OUTSIDE).all()


@pytest.mark.parametrize("name", ["EPSG:32640", "EPSG:4326", ""])
def test_coordinate_systems_come_back(name: str) -> None:
    crs = QgsCoordinateReferenceSystem(name) if name else QgsCoordinateReferenceSystem()
    assert qgis_crs(engine_crs(crs)) == crs


LACKING = """
import sys

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numpy", "cv2", "rasterio", "onnxruntime"):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Lacking())
import geosift.plugin.teach.panel
"""


def test_the_page_opens_before_packages_are_there(plain_environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LACKING], env=plain_environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
