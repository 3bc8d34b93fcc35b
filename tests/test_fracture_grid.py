# SPDX-License-Identifier: GPL-2.0-or-later
"""The raster of densities: against lines and areas cut by brute force, and its sums."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_networks import GRID, area, box, by_chance, lines_of, segments_of
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import thorough
from osgeo import ogr
from rasterio.crs import CRS

from geosift.inference.errors import InputError
from geosift.inference.fracture_numbers.blocks import turned
from geosift.inference.fracture_numbers.density import Region
from geosift.inference.fracture_numbers.intensity_grid import BANDS, GridOptions
from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.segments import Segments
from geosift.inference.fracture_numbers.square_cells import cut_at_cells
from geosift.inference.fracture_numbers.study import Study, study_of
from geosift.inference.fracture_numbers.windows import Windows, chord, circle_areas

P21, P20, NODES, JOINED, SHARE = range(len(BANDS))
STAR = np.array([(3, 8), (92, 12), (70, 50), (97, 95), (40, 80), (8, 90), (3, 8)], float)
HOLE = box(45, 40, 60, 58)
few = settings(thorough, max_examples=6)


def made(seed: int = 0, **options: float) -> Study:
    return study_of(
        lines_of(by_chance(seed)), areas=(area(STAR, HOLE),), grid=GridOptions(**options)
    )


def test_cells_of_a_drawn_network() -> None:
    lines, square = lines_of(GRID), area(box(0, 0, 10, 10))
    grid = study_of(lines, areas=(square,), grid=GridOptions(cell=10.0)).grid
    assert grid.values.shape == (5, 1, 1)
    assert grid.values[:, 0, 0] == pytest.approx((0.6, 0.0, 0.09, 2.0, 1.0))
    four = study_of(lines, areas=(square,), grid=GridOptions(cell=5.0)).grid
    # The lines at 5 run between the cells: each such line is in one of the two beside it.
    assert float((four.values[P21] * four.areas).sum()) == pytest.approx(60)


@few
@given(seed=st.integers(0, 10**6), cell=st.floats(3, 40))
def test_cells_add_up_to_the_whole(seed: int, cell: float) -> None:
    study = made(seed, cell=cell)
    grid, whole = study.grid, study.numbers.whole
    held = np.nansum(grid.values[P21].astype(float) * grid.areas)
    slivers = np.isnan(grid.values[P21]) & (grid.areas > 0)
    assert grid.areas.sum() == pytest.approx(whole.area, rel=1e-9)
    assert held <= whole.length * (1 + 1e-6)
    assert whole.length - held <= 3 * cell * slivers.sum() + 1e-6 * whole.length
    ends = np.nansum(grid.values[P20].astype(float) * grid.areas) * 2
    assert abs(ends - whole.ends) <= slivers.sum() + 1e-4


def test_cells_hold_the_share_of_the_area_that_ogr_says() -> None:
    grid = made(cell=7.0).grid
    shape = _polygon(STAR, HOLE)
    for row in range(grid.frame.height):
        for col in range(grid.frame.width):
            xs, ys = grid.frame.to_map([col, col + 1], [row, row + 1])
            cell = _polygon(box(min(xs), min(ys), max(xs), max(ys)))
            expected = cell.Intersection(shape).Area()
            assert grid.areas[row, col] == pytest.approx(expected, abs=1e-6)


def test_windows_hold_what_ogr_finds_in_circles() -> None:
    study = made(cell=11.0, radius=15.0)
    grid, shape = study.grid, _polygon(STAR, HOLE)
    lines = [_line(each).Intersection(shape) for each in by_chance(0)]
    seen = 0
    for row in range(grid.frame.height):
        for col in range(grid.frame.width):
            x, y = grid.frame.to_map(col + 0.5, row + 0.5)
            centre = ogr.CreateGeometryFromWkt(f"POINT({x} {y})")
            if not shape.Contains(centre):
                assert np.isnan(grid.values[P21, row, col])
                continue
            circle = centre.Buffer(15.0, 256)
            size = circle.Intersection(shape).Area()
            length = sum(each.Intersection(circle).Length() for each in lines)
            assert grid.areas[row, col] == pytest.approx(size, rel=2e-4)
            assert grid.values[P21, row, col] == pytest.approx(length / size, rel=2e-3, abs=1e-5)
            seen += 1
    assert seen > 20


@thorough
@given(seed=st.integers(0, 10**6))
def test_circles_and_polygons_overlap_as_ogr_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    centres, radius = random.uniform(-10, 110, (12, 2)), float(random.uniform(2, 60))
    outline = Segments.of_rings(turned((STAR, HOLE)))
    found = circle_areas(centres, radius, Region("", "", outline, 1.0, True))
    shape = _polygon(STAR, HOLE)
    for (x, y), size in zip(centres, found):
        circle = ogr.CreateGeometryFromWkt(f"POINT({x} {y})").Buffer(radius, 512)
        expected = circle.Intersection(shape).Area()
        assert size == pytest.approx(expected, rel=1e-4, abs=1e-4 * radius**2)


@thorough
@given(seed=st.integers(0, 10**6))
def test_windows_are_those_of_every_pair_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    centres, radius = random.uniform(0, 100, (15, 2)), float(random.uniform(1, 50))
    edges = random.uniform(-20, 120, (25, 4))
    points = random.uniform(0, 100, (40, 2))
    windows = Windows(centres, radius)
    step = edges[:, 2:] - edges[:, :2]
    low, high = chord(edges[:, :2] - centres[:, None], step[None], radius)
    expected = ((high - low) * np.hypot(*step.T)).sum(axis=1)
    np.testing.assert_allclose(windows.lengths(edges), expected, atol=1e-9)
    apart = np.hypot(*np.moveaxis(points - centres[:, None], -1, 0))
    counted = windows.numbers(points, np.ones((1, 40), np.int64))[0]
    np.testing.assert_array_equal(counted, (apart <= radius).sum(axis=1))


@thorough
@given(seed=st.integers(0, 10**6))
def test_lines_are_cut_at_every_cell(seed: int) -> None:
    edges = np.random.default_rng(seed).uniform(-5, 5, (20, 4))
    edges[:3] = np.round(edges[:3])  # also along the edges of cells
    of, first, last = cut_at_cells(edges)
    np.testing.assert_allclose(np.bincount(of, last - first, 20), 1.0)
    along = edges[of, 2:] - edges[of, :2]
    low, high = (edges[of, :2] + share[:, None] * along for share in (first, last))
    middle = np.floor((low + high) / 2)
    assert (np.minimum(low, high) >= middle - 1e-9).all()
    assert (np.maximum(low, high) <= middle + 1 + 1e-9).all()


@pytest.mark.parametrize("code", [32632, 4326])
def test_cells_are_square_on_the_ground_and_lie_where_the_lines_do(code: int) -> None:
    """Degrees are longer north than east."""
    crs = CRS.from_epsg(code)
    origin, unit = {32632: ((5e5, 5e6), (1.0, 1.0)), 4326: ((10, 60), (1.8e-5, 9e-6))}[code]
    lines = FractureLines.of([np.array(origin) + line * unit for line in by_chance(0)], crs=crs)
    ring = np.array(origin) + box(0, 0, 100, 100) * unit
    study = study_of(lines, areas=(area(ring),), grid=GridOptions(cell=10.0))
    grid = study.grid
    assert grid.frame.crs == crs
    assert grid.frame.pixel_size_m() == pytest.approx((10, 10), rel=2e-3)
    left, top = grid.frame.to_map(0, 0)
    assert (float(left), float(top)) == pytest.approx((ring[0, 0], ring[2, 1]), abs=1e-3)
    held = np.nansum(grid.values[P21].astype(float) * grid.areas)
    assert held == pytest.approx(study.numbers.whole.length, rel=2e-2)


def test_sizes_are_what_was_asked() -> None:
    assert GridOptions().sizes(100.0) == (1.25, 5.0)
    assert GridOptions(radius=8.0).sizes(100.0) == (2.0, 8.0)
    assert GridOptions(cell=3.0).sizes(100.0) == (3.0, None)
    assert GridOptions(cell=3.0, radius=9.0).sizes(100.0) == (3.0, 9.0)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_sizes_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(InputError, match="cell of the grid"):
        GridOptions(cell=value)
    with pytest.raises(InputError, match="radius of the grid"):
        GridOptions(radius=value)


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(InputError, match="give a larger cell"):
        made(cell=0.01)


def _polygon(*rings: np.ndarray) -> ogr.Geometry:
    texts = ("(" + ", ".join(f"{x!r} {y!r}" for x, y in ring.tolist()) + ")" for ring in rings)
    return ogr.CreateGeometryFromWkt(f"POLYGON({', '.join(texts)})")


def _line(points: np.ndarray) -> ogr.Geometry:
    text = ", ".join(f"{x!r} {y!r}" for x, y in points.tolist())
    return ogr.CreateGeometryFromWkt(f"LINESTRING({text})")


def test_segments_know_how_far_along_they_are() -> None:
    segments = segments_of([((0, 0), (3, 4), (3, 10)), ((1, 1), (2, 1))])
    assert segments.arc.tolist() == [0, 5, 0]
    assert segments.line_length.tolist() == [11, 1]
