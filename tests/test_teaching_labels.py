# SPDX-License-Identifier: GPL-2.0-or-later
"""From labels to cells: what is covered, against pixels counted one by one; which stroke it is."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import UTM
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from geosift.inference.errors import InputError
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.inference.teaching.blocks import SIDE, blocks_under, cells_valid, groups
from geosift.inference.teaching.covered import MOST_BLOCKS, Lattice
from geosift.inference.teaching.lesson import Label
from geosift.inference.teaching.placing import in_pixels
from geosift.inference.teaching.strokes import strokes_of

LATTICE = Lattice(Window(0, 0, 700, 900), 4)


def square(left: float, top: float, right: float, bottom: float) -> dict:
    ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    return {"type": "Polygon", "coordinates": [ring]}


def as_set(cells: np.ndarray) -> set[tuple[int, int]]:
    return {(int(row), int(col)) for row, col in cells}


@thorough
@given(
    edges=st.tuples(*[st.integers(-20, 720)] * 4),
    corner=st.tuples(st.integers(0, 600), st.integers(0, 800)),
)
def test_a_rectangle_covers_what_half_of_lies_inside(edges, corner) -> None:
    """Against counting pixels; also across blocks and beyond the raster."""
    top, left = corner
    bottom, right = top + edges[0] % 90 + 1, left + edges[1] % 90 + 1
    found = LATTICE.covered(square(left, top, right, bottom), 0.0)
    inside = np.zeros((700, 900), int)
    inside[top:bottom, left:right] = 1
    share = inside.reshape(175, 4, 225, 4).sum(axis=(1, 3))
    expected = np.argwhere(share >= 8)
    if not len(expected):
        expected = np.argwhere(share > 0)
        assert as_set(expected) <= as_set(found)  # what is touched, at the rim more than counted
        return
    assert as_set(found) == as_set(expected)
    assert len(found) == len(as_set(found))


def test_a_point_is_its_cell_and_a_line_what_it_runs_through() -> None:
    assert as_set(LATTICE.covered({"type": "Point", "coordinates": [9.5, 6.5]}, 0)) == {(1, 2)}
    line = {"type": "LineString", "coordinates": [[2, 10], [30, 10]]}
    assert as_set(LATTICE.covered(line, 0)) == {(2, col) for col in range(8)}
    assert not len(LATTICE.covered({"type": "Point", "coordinates": [-3, 5]}, 0))


@thorough
@given(st.floats(0, 600), st.floats(0, 690), st.floats(1, 70))
def test_a_wide_point_is_a_disc(x: float, y: float, width: float) -> None:
    """Every cell well inside is covered, none well outside."""
    found = as_set(LATTICE.covered({"type": "Point", "coordinates": [x, y]}, width))
    for row in range(175):
        for col in range(max(int(x / 4) - 12, 0), min(int(x / 4) + 12, 225)):
            apart = np.hypot(4 * col + 2 - x, 4 * row + 2 - y)
            if apart < width / 2 - 4:
                assert (row, col) in found
            if apart > width / 2 + 5:
                assert (row, col) not in found


def test_a_polygon_thinner_than_a_cell_is_what_it_touches() -> None:
    assert as_set(LATTICE.covered(square(5, 5, 30, 5.4), 0)) == {(1, col) for col in range(1, 8)}


def test_of_a_polygon_over_everything_some_blocks_count() -> None:
    """The same ones each time, so that what was taught can be taught again."""
    lattice = Lattice(Window(0, 0, 5000, 5000), 4)
    whole = square(-10, -10, 6000, 6000)
    found = lattice.covered(whole, 0)
    assert len(found) <= MOST_BLOCKS * (SIDE // 4) ** 2
    assert len(found) > 40 * (SIDE // 4) ** 2 / 2
    np.testing.assert_array_equal(found, lattice.covered(whole, 0))


def test_no_numbers_are_no_place() -> None:
    assert not len(LATTICE.covered({"type": "Point", "coordinates": [float("nan"), 5.0]}, 0))


claims = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(0, 2), st.integers(0, 5)),
    min_size=1, max_size=60,
)  # fmt: skip
"""Scene, cell, class; then the label, which is of one class only."""


def as_claims(told: list[tuple[int, int, int, int]]) -> np.ndarray:
    return np.array([(a, b, c, 10 * c + d) for a, b, c, d in told], np.int64)


def table(found) -> list[tuple[int, ...]]:
    return list(zip(*(each.tolist() for each in (
        found.scene, found.cell, found.class_id, found.stroke))))  # fmt: skip


@thorough
@given(claims, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(told, random) -> None:
    """Of labels nor of their names."""
    once = strokes_of(as_claims(told))
    mixed = [*told, *told[: len(told) // 2]]
    random.shuffle(mixed)
    names = {each: 90 - each for each in range(6)}
    renamed = [(a, b, c, names[d]) for a, b, c, d in mixed]
    assert (
        table(once) == table(strokes_of(as_claims(mixed))) == table(strokes_of(as_claims(renamed)))
    )


@quick
@given(claims)
def test_each_cell_counts_once_and_of_a_class_that_claims_it(told) -> None:
    claimed = as_claims(told)
    found = strokes_of(claimed)
    places = list(zip(found.scene.tolist(), found.cell.tolist()))
    assert len(places) == len(set(places))
    wanted = {(a, b, c) for a, b, c, _ in claimed.tolist()}
    assert {each[:3] for each in table(found)} <= wanted
    assert len(places) + found.contested == len({each[:2] for each in wanted})
    for stroke in set(found.stroke.tolist()):
        assert len(set(found.class_id[found.stroke == stroke].tolist())) == 1


def test_labels_that_share_a_cell_are_one_stroke() -> None:
    told = np.array([(0, 1, 0, 0), (0, 2, 0, 0), (0, 2, 0, 1), (0, 3, 0, 1), (0, 9, 0, 2)])
    assert strokes_of(told).stroke.tolist() == [0, 0, 0, 1]


def test_the_smaller_stroke_is_on_top_and_of_equal_ones_neither() -> None:
    large = [(0, cell, 0, 0) for cell in range(10)]
    small = [(0, cell, 1, 1) for cell in (3, 4)]
    found = strokes_of(np.array([*large, *small]))
    assert found.class_id.tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    assert found.contested == 0
    equal = strokes_of(np.array([(0, 1, 0, 0), (0, 2, 0, 0), (0, 2, 1, 1), (0, 3, 1, 1)]))
    assert equal.cell.tolist() == [1, 3] and equal.contested == 1


def test_labels_come_from_another_coordinate_system() -> None:
    """With their width; against rasterio's own transformation."""
    frame = Frame(100, 100, from_origin(500_000, 5_800_000, 2, 2), CRS.from_string(UTM))
    lon, lat = transform(UTM, "EPSG:4326", [500_041.0], [5_799_921.0])
    point = Label({"type": "Point", "coordinates": (lon[0], lat[0])}, 0, 0.0001)
    shape, width = in_pixels(point, CRS.from_epsg(4326), frame)
    np.testing.assert_allclose(shape["coordinates"], (20.5, 39.5), atol=1e-6)
    metres = 0.0001 * 111_300 * (1 + np.cos(np.radians(52.3))) / 2
    assert width == pytest.approx(metres / 2, rel=0.01)
    rings = [[(0, 1), (2, 3), (4, 1), (0, 1)]], [[(4, 5), (6, 7), (8, 5), (4, 5)]]
    nested = Label({"type": "MultiPolygon", "coordinates": rings}, 0)
    there, _ = in_pixels(nested, None, Frame(10, 10, None, None))
    assert there["coordinates"] == [
        [[[x, -y] for x, y in ring] for ring in polygon] for polygon in rings
    ]


def test_what_is_no_label_is_said() -> None:
    frame = Frame(10, 10, None, None)
    with pytest.raises(InputError, match="expected were points, lines or polygons"):
        in_pixels(Label({"type": "CircularString", "coordinates": []}, 0), None, frame)
    with pytest.raises(InputError, match="no numbers"):
        in_pixels(Label({"type": "Point", "coordinates": ["a", "b"]}, 0), None, frame)
    assert in_pixels(Label({"type": "LineString", "coordinates": []}, 0), None, frame) is None


@quick
@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_blocks_in_rectangles_are_the_same_blocks(places) -> None:
    """Each once; every group is a full rectangle, and that of the first place comes first."""
    asked = list(places)
    found = groups(asked)
    assert sorted(place for group in found for place in group) == sorted(asked)
    for group in found:
        rows, cols = {row for row, _ in group}, {col for _, col in group}
        assert len(group) == len(rows) * len(cols)
        assert len(rows) == max(rows) - min(rows) + 1 and len(cols) == max(cols) - min(cols) + 1
    assert not asked or asked[0] in found[0]


def test_blocks_come_from_the_middle() -> None:
    found = blocks_under(Window(0, 0, 5 * SIDE, 5 * SIDE))
    assert found[0] == (2, 2) and len(found) == 25
    assert set(found[-4:]) == {(0, 0), (0, 4), (4, 0), (4, 4)}


@quick
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 10**6))
def test_a_cell_has_a_value_where_half_of_its_pixels_have(height, width, seed) -> None:
    valid = np.random.default_rng(seed).random((height, width)) < 0.5
    found = cells_valid(valid, 4)
    for row, col in np.ndindex(found.shape):
        part = valid[4 * row : 4 * row + 4, 4 * col : 4 * col + 4]
        assert found[row, col] == (2 * part.sum() >= part.size)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "LineString", "coordinates": [[9.5, 6.5]]},
        {"type": "Polygon", "coordinates": [[[9.5, 6.5], [10.5, 6.5]]]},
        {"type": "Polygon", "coordinates": [[[9.5, 6.5], [10.5, 6.5], [9.5, 6.5]], []]},
        {"type": "MultiPolygon", "coordinates": [[], [[[9.5, 6.5], [10.5, 6.5], [9.5, 6.5]]]]},
        {"type": "MultiLineString", "coordinates": [[], [[9.5, 6.5]], [[9.5, 6.5], [10.5, 6.5]]]},
    ],
)
def test_a_shape_of_too_few_places_is_what_it_touches(shape: dict) -> None:
    """One such feature among thousands of a layer ends no run."""
    frame = Frame(700, 900, rasterio.Affine.identity(), None)
    assert as_set(LATTICE.covered(*in_pixels(Label(shape, 0), None, frame))) == {(1, 2)}
