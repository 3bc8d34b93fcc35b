# SPDX-License-Identifier: GPL-2.0-or-later
"""Lengths, ends and nodes by area: against OGR, on drawn networks, and laws of them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_networks import CROSS, GRID, area, box, by_chance, lines_of, segments_of, turned
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import thorough
from osgeo import ogr
from rasterio.crs import CRS

from geosift.inference.errors import InputError
from geosift.inference.fracture_numbers.blocks import turned as wound
from geosift.inference.fracture_numbers.clipping import clipped, inside
from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.metric_frame import MetricFrame
from geosift.inference.fracture_numbers.sampling import SamplingArea, hull_of
from geosift.inference.fracture_numbers.segments import Segments
from geosift.inference.fracture_numbers.study import study_of

few = settings(thorough, max_examples=6)
UTM = CRS.from_epsg(32632)
MIDDLE_OF_ZONE = np.array([5e5, 5.2e6])


def star(seed: int, *, corners: int = 9, hole: bool = True) -> tuple[np.ndarray, ...]:
    """A ring with bays around the middle of the square, and a hole in it."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = random.uniform(25, 60, corners)
    ring = 50 + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = [np.concatenate([ring, ring[:1]])]
    if hole:
        rings.append(box(45, 45, 57, 52))
    return tuple(rings)


def polygon(rings: tuple[np.ndarray, ...]) -> ogr.Geometry:
    made = ogr.Geometry(ogr.wkbPolygon)
    for points in rings:
        ring = ogr.Geometry(ogr.wkbLinearRing)
        for x, y in points.tolist():
            ring.AddPoint_2D(x, y)
        made.AddGeometry(ring)
    return made


def line(points: np.ndarray) -> ogr.Geometry:
    made = ogr.Geometry(ogr.wkbLineString)
    for x, y in points.tolist():
        made.AddPoint_2D(x, y)
    return made


@thorough
@given(seed=st.integers(0, 10**6))
def test_lines_are_cut_as_ogr_cuts_them(seed: int) -> None:
    lines, rings = by_chance(seed), star(seed)
    pieces = clipped(segments_of(lines), Segments.of_rings(wound(rings)))
    shape = polygon(rings)
    expected = [line(each).Intersection(shape).Length() for each in lines]
    np.testing.assert_allclose(pieces.length_by_line(), expected, atol=1e-8)


@thorough
@given(seed=st.integers(0, 10**6))
def test_places_are_inside_as_ogr_says(seed: int) -> None:
    rings, points = star(seed), np.random.default_rng(seed).uniform(-10, 110, (80, 2))
    shape = polygon(rings)
    expected = [shape.Contains(ogr.CreateGeometryFromWkt(f"POINT({x} {y})")) for x, y in points]
    assert inside(points, Segments.of_rings(rings)).tolist() == expected


@thorough
@given(seed=st.integers(0, 10**6))
def test_the_hull_is_ogrs(seed: int) -> None:
    points = np.random.default_rng(seed).normal(0, 9, (50, 2))
    many = ogr.Geometry(ogr.wkbMultiPoint)
    for x, y in points.tolist():
        many.AddGeometry(ogr.CreateGeometryFromWkt(f"POINT({x} {y})"))
    (rings,) = hull_of(points).polygons
    assert polygon(rings).Area() == pytest.approx(many.ConvexHull().Area(), rel=1e-9)


def test_a_drawn_network_in_numbers() -> None:
    whole = study_of(lines_of(GRID), areas=(area(box(0, 0, 10, 10)),)).numbers.whole
    assert (whole.area, whole.length, whole.traces) == (100, 60, 6)
    assert whole.p21 == pytest.approx(0.6)
    assert whole.topology.x == 9
    # All twelve ends lie at the edge: nobody knows where these lines end.
    assert (whole.ends, whole.topology.i, whole.topology.e) == (0, 0, 12)
    assert (whole.p20, whole.mean_length, whole.lengths.censored) == (0, None, 6)


def test_ends_inside_are_counted_by_halves() -> None:
    whole = study_of(lines_of(GRID), areas=(area(box(-1, -1, 5.5, 11)),)).numbers.whole
    # Three lines across are cut once each, two of those up are whole, the third lies outside.
    assert whole.traces == 5
    assert whole.ends == 3 + 4
    assert whole.p20 == pytest.approx(3.5 / (6.5 * 12))
    assert (whole.topology.i, whole.topology.x, whole.topology.e) == (7, 6, 3)
    assert whole.lengths.censored == 3


def test_numbers_hold_together() -> None:
    whole = study_of(lines_of(by_chance(1)), areas=(area(*star(1)),)).numbers.whole
    top = whole.topology
    assert whole.mean_length == pytest.approx(whole.p21 / whole.p20)
    assert whole.b22 == pytest.approx(whole.b20 * (whole.length / top.branches) ** 2)
    assert whole.p22 == pytest.approx(whole.p21 * whole.length / top.lines)
    assert whole.lengths.total == pytest.approx(whole.length)


@few
@given(seed=st.integers(0, 10**6), degrees=st.floats(0, 360), far=st.floats(-1e4, 1e4))
def test_densities_do_not_depend_on_place_or_direction(
    seed: int, degrees: float, far: float
) -> None:
    lines, rings = by_chance(seed), star(seed)
    here = study_of(lines_of(lines), areas=(area(*rings),), grid=None).numbers.whole
    there = study_of(
        lines_of(turned(lines, degrees, (far, far))),
        areas=(area(*turned(rings, degrees, (far, far))),),
        grid=None,
    ).numbers.whole
    assert (there.p21, there.p20, there.area) == pytest.approx(
        (here.p21, here.p20, here.area), rel=1e-6
    )
    assert (there.topology, there.ends) == (here.topology, here.ends)


@few
@given(seed=st.integers(0, 10**6), split=st.floats(20, 80))
def test_parts_add_up_to_the_whole(seed: int, split: float) -> None:
    lines = lines_of(by_chance(seed))
    parts = (area(box(-50, -50, split, 150)), area(box(split, -50, 150, 150)))
    whole = study_of(lines, areas=(area(box(-50, -50, 150, 150)),), grid=None).numbers.whole
    told = study_of(lines, areas=parts, grid=None).numbers
    for name in ("area", "length"):
        expected = sum(getattr(each, name) for each in told.areas)
        assert getattr(whole, name) == pytest.approx(expected, rel=1e-9)
        assert getattr(told.whole, name) == pytest.approx(expected, rel=1e-9)
    near = 4  # ends that happen to lie on the split are nobody's
    assert whole.ends - near <= sum(each.ends for each in told.areas) <= whole.ends
    assert whole.traces == told.whole.traces == len(lines)


def test_metres_are_those_of_the_ground_and_not_of_the_projection() -> None:
    # A square kilometre at 60 degrees north: Mercator's metres are half as long there.
    mercator = CRS.from_epsg(3857)
    frame = MetricFrame.around(np.array([[1e6, 8.39e6], [1.002e6, 8.392e6]]), mercator)
    x, y = 1e6, 8.39e6
    lines = FractureLines.of([[(x, y), (x + 2000, y)], [(x, y + 2000), (x, y)]], crs=mercator)
    numbers = study_of(lines, areas=(area(box(x, y, x + 2000, y + 2000)),)).numbers
    assert numbers.unit == "m"
    assert numbers.whole.length == pytest.approx(2 * 1000.6, rel=4e-3)
    assert numbers.whole.area == pytest.approx(1000.6**2, rel=8e-3)
    assert frame.distortion < 1e-7


@pytest.mark.parametrize("crs", [UTM, CRS.from_epsg(4326), CRS.from_epsg(27700)])
def test_the_plane_is_left_the_way_it_was_entered(crs: CRS) -> None:
    middle = {32632: (5e5, 5e6), 4326: (10, 50), 27700: (4e5, 4e5)}[crs.to_epsg()]
    points = np.array(middle) + np.array([(0.0, 0.0), (0.01, 0.02), (0.02, 0.005)])
    frame = MetricFrame.around(points, crs)
    np.testing.assert_allclose(frame.to_map(frame.to_plane(points)), points, atol=1e-3, rtol=1e-9)


def test_a_scale_makes_metres_of_pixels() -> None:
    here = study_of(lines_of(CROSS), areas=(area(box(0, 0, 10, 10)),)).numbers
    there = study_of(lines_of(CROSS), areas=(area(box(0, 0, 10, 10)),), scale=0.5).numbers
    assert (here.unit, there.unit) == ("px", "m")
    assert there.whole.length == pytest.approx(here.whole.length / 2)
    assert there.whole.p21 == pytest.approx(2 * here.whole.p21)


def test_without_an_area_the_hull_is_taken_and_said() -> None:
    numbers = study_of(lines_of(CROSS)).numbers
    assert numbers.whole.kind == "hull"
    assert numbers.whole.area == 50
    assert numbers.whole.topology.i == 4
    assert "convex hull" in numbers.warnings[0]


def test_one_line_has_no_density() -> None:
    numbers = study_of(lines_of([((0, 0), (3, 4))])).numbers
    assert (numbers.p20, numbers.p21, numbers.area) == (None, None, None)
    assert (numbers.total_length, numbers.traces, numbers.i) == (5, 1, 2)
    assert numbers.power_law is None
    assert "span no area" in numbers.warnings[0]


def test_lines_that_cannot_be_measured_are_left_out_and_told() -> None:
    odd = [((1, 1), (1, 1)), ((0, np.nan), (1, 1)), ((5, 5),), ((0, 0), (np.inf, 1))]
    numbers = study_of(lines_of([*CROSS, *odd])).numbers
    assert numbers.lines == 2
    assert "4 lines" in numbers.warnings[0]


@pytest.mark.parametrize("lines", [[], [((1, 1),)], [((2, 2), (2, 2))], [((np.nan, 0), (1, 1))]])
def test_nothing_to_measure_is_refused(lines: list) -> None:
    with pytest.raises(InputError, match="no line to measure"):
        lines_of(lines)


def test_areas_that_miss_the_lines_are_refused() -> None:
    with pytest.raises(InputError, match="No line lies in the sampling areas"):
        study_of(lines_of(CROSS), areas=(area(box(100, 100, 110, 110)),))


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (box(0, 0, 1, 1)[:-1], "not closed"),
        (np.array([(0, 0), (1, 1), (0, 0.0)]), "fewer than three"),
        (np.full((5, 2), np.nan), "no place"),
    ],
)
def test_areas_that_are_none_are_refused(ring: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        area(ring)


def test_an_area_without_extent_is_refused() -> None:
    flat = np.array([(0, 0), (5, 0), (9, 0), (0, 0)], float)
    with pytest.raises(InputError, match="no extent"):
        study_of(lines_of(CROSS), areas=(SamplingArea("flat", ((flat,),)),))


@pytest.mark.parametrize("crs", [None, UTM])
@pytest.mark.parametrize("top", [12.0, 10.0])
def test_an_outline_that_crosses_itself_is_refused(top: float, crs: CRS | None) -> None:
    """Also where it does so in the middle of its edges, which are halved to be projected."""
    bow = np.array([(0, 0), (10, 10), (10, 0), (0, top), (0, 0)], float) + MIDDLE_OF_ZONE
    lines = FractureLines.of([np.add(line, MIDDLE_OF_ZONE) for line in CROSS], crs=crs)
    with pytest.raises(InputError, match="crosses itself"):
        study_of(lines, areas=(SamplingArea("bow", ((bow,),)),))


@pytest.mark.parametrize("crs", [None, UTM])
@pytest.mark.parametrize(("left", "low", "told"), [(6, 0, 1), (6, 3, 1), (10, 0, 0), (10, 3, 0)])
def test_areas_that_overlap_are_told(left: float, low: float, told: int, crs: CRS | None) -> None:
    lines = FractureLines.of([np.add(line, MIDDLE_OF_ZONE) for line in CROSS], crs=crs)
    areas = (area(box(0, 0, 10, 10) + MIDDLE_OF_ZONE, name="one"),
             area(box(left, low, 20, low + 10) + MIDDLE_OF_ZONE, name="other"))  # fmt: skip
    found = study_of(lines, areas=areas).numbers.warnings
    assert sum("overlap" in each for each in found) == told


def test_a_snapping_distance_longer_than_lines_is_told() -> None:
    assert not any("snapping" in each for each in study_of(lines_of(GRID)).numbers.warnings)
    found = study_of(lines_of(GRID), snap=1000.0).numbers
    assert f"{len(GRID)} of {len(GRID)} lines are no longer" in " ".join(found.warnings)


def test_rings_that_touch_in_a_corner_are_fine() -> None:
    ring, hole = box(0, 0, 10, 10), np.array([(0, 0), (4, 1), (1, 4), (0, 0)], float)
    whole = study_of(lines_of(CROSS), areas=(area(ring, hole),)).numbers.whole
    assert whole.area == pytest.approx(100 - 7.5)


def test_what_was_drawn_twice_is_told() -> None:
    once = study_of(lines_of(GRID)).numbers
    twice = study_of(lines_of([*GRID, GRID[0]])).numbers
    assert not any("lie on another" in each for each in once.warnings)
    assert any("4 stretches of line lie on another" in each for each in twice.warnings)
    assert twice.whole.topology == once.whole.topology


def test_lines_that_lie_a_continent_apart_are_told() -> None:
    lines = [[(-60, 10), (-59, 10.5)], [(60, 10), (61, 11)], [(0, 60), (1, 62)]]
    numbers = study_of(FractureLines.of(lines, crs=CRS.from_epsg(4326))).numbers
    assert any("so far apart" in each for each in numbers.warnings)


def test_hundreds_of_areas_add_up() -> None:
    lines = lines_of(by_chance(3, count=200))
    cells = tuple(
        area(box(x, y, x + 10, y + 10), name=f"{x} {y}")
        for x in range(-50, 150, 10)
        for y in range(-50, 150, 10)
        if -20 <= x < 120 and -20 <= y < 120
    )
    numbers = study_of(lines, areas=cells, grid=None).numbers
    around = area(box(-20, -20, 120, 120))
    whole = study_of(lines, areas=(around,), grid=None).numbers.whole
    assert len(numbers.areas) == 14 * 14
    assert numbers.whole.length == pytest.approx(whole.length, rel=1e-9)
    assert numbers.whole.area == pytest.approx(whole.area)
