# SPDX-License-Identifier: GPL-2.0-or-later
"""Directions without a head: known ones come back, from true north, turned as the lines are."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_networks import CROSS, lines_of
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from rasterio.crs import CRS
from rasterio.warp import transform

from geosift.inference.fracture_numbers.clipping import Pieces
from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.metric_frame import MetricFrame
from geosift.inference.fracture_numbers.orientation import (
    axial_mean,
    axial_means,
    circular_spread,
    piece_azimuths,
    rayleigh,
    rose_of,
)
from geosift.inference.fracture_numbers.segments import Segments
from geosift.inference.fracture_numbers.study import study_of


@quick
@given(mean=st.floats(0, 179.9), spread=st.floats(0, 20), seed=st.integers(0, 999))
def test_the_mean_of_axes_is_known_whatever_way_they_point(
    mean: float, spread: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    away = random.normal(0, spread, 200)
    axes = mean + np.concatenate([away, -away]) + 180 * random.integers(0, 2, 400)
    found, resultant = axial_mean(axes % 180, np.ones(400))
    assert abs((found - mean + 90) % 180 - 90) < 1e-6
    assert 0 < resultant <= 1


def test_axes_of_two_directions_at_right_angles_have_no_mean() -> None:
    _, resultant = axial_mean(np.array([20.0, 110.0] * 50), np.ones(100))
    assert resultant == pytest.approx(0, abs=1e-12)
    assert rayleigh(100, 0.0) == pytest.approx(1.0, abs=0.01)


def test_means_of_groups_are_those_of_each() -> None:
    axes, weights = np.array([10.0, 30.0, 170.0, 90.0]), np.array([1.0, 1.0, 2.0, 5.0])
    found = axial_means(axes, weights, np.array([0, 0, 1, 3]), 4)
    np.testing.assert_allclose(found, [20, 170, 0, 90])


def test_rayleigh_is_as_often_small_by_chance_as_it_says() -> None:
    random = np.random.default_rng(0)
    turns = random.uniform(0, 2 * np.pi, (4000, 25))
    resultant = np.hypot(np.cos(turns).mean(axis=1), np.sin(turns).mean(axis=1))
    p = np.array([rayleigh(25, each) for each in resultant])
    for level in (0.05, 0.2, 0.5):
        assert (p < level).mean() == pytest.approx(level, abs=0.02)


def test_spread_of_a_normal_cloud_is_its_own() -> None:
    axes = 40 + np.random.default_rng(0).normal(0, 8, 20000)
    _, resultant = axial_mean(axes, np.ones(axes.size))
    assert circular_spread(resultant) == pytest.approx(8, abs=0.1)
    assert circular_spread(0.0) == 90.0
    assert circular_spread(1.0) == 0.0


def test_every_petal_holds_what_lies_in_it() -> None:
    axes = np.array([0.0, 9.99, 10.0, 95.0, 179.99])
    rose = rose_of(axes, axes, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert len(rose.count) == 18
    assert (rose.count[0], rose.count[1], rose.count[9], rose.count[17]) == (2, 1, 1, 1)
    assert (rose.length[0], rose.length[1], rose.length[17]) == (3.0, 3.0, 5.0)
    assert sum(rose.count) == 5
    assert sum(rose.length) == 15


@pytest.mark.parametrize("azimuth", [0, 17, 45, 90, 133, 179])
@pytest.mark.parametrize(
    ("code", "lon", "lat"), [(32632, 11.9, 60), (3857, 8, 70), (4326, -70, -33), (27700, -5, 57)]
)
def test_azimuths_count_from_true_north(azimuth: float, code: int, lon: float, lat: float) -> None:
    """A step of a hundred metres on the globe, whatever the projection makes of it."""
    turn = np.radians(azimuth)
    north = 100 * np.cos(turn) / 111_320.0
    east = 100 * np.sin(turn) / (111_320.0 * np.cos(np.radians(lat)))
    ends = transform("EPSG:4326", f"EPSG:{code}", [lon, lon + east], [lat, lat + north])
    crs = CRS.from_epsg(code)
    line = np.stack(ends, axis=1)
    far = line + (line[1] - line[0]) * 500  # so that the middle of the data is elsewhere
    lines = FractureLines.of([line, far], crs=crs)
    frame = MetricFrame.around(lines.points, crs)
    segments = Segments.of(frame.to_plane(lines.points), lines.starts)
    found = piece_azimuths(Pieces.all_of(segments), frame)[0]
    # A degree is not equally long north and east on the ellipsoid: up to half a degree's azimuth.
    assert abs((found - azimuth + 90) % 180 - 90) < 0.25


def test_pixels_count_from_the_upper_edge() -> None:
    rose = study_of(lines_of(CROSS)).numbers.rose
    assert (rose.count[0], rose.count[9]) == (1, 1)


def test_given_sets_are_kept_and_others_found() -> None:
    random = np.random.default_rng(0)
    lines = []
    for azimuth in (30, 110):
        for _ in range(60):
            turn, at = np.radians(azimuth + random.normal(0, 4)), random.uniform(0, 100, 2)
            lines.append([at, at + 5 * np.array([np.sin(turn), np.cos(turn)])])
    found = study_of(lines_of(lines)).numbers.sets
    assert [each.set for each in found] == [1, 2]
    assert sorted(each.mean for each in found) == pytest.approx([30, 110], abs=2)
    given_sets = study_of(lines_of(lines, sets=[3] * 60 + [0] * 60)).numbers.sets
    assert [(each.set, each.count) for each in given_sets] == [(3, 60), (0, 60)]
