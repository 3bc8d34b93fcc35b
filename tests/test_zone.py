# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons as pixels: a pixel is inside when its centre is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from rasterio.crs import CRS

from geosift.inference.errors import InputError
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.inference.tiles.zone import Zone

UTM = CRS.from_epsg(32633)
HEIGHT, WIDTH = 210, 330
TURNED = Affine.translation(5e5, 5.8e6) * Affine.rotation(20) * Affine.scale(0.5, -0.5)
FRAMES = {
    "UTM": Frame(HEIGHT, WIDTH, Affine(2, 0, 5e5, 0, -2, 5.8e6), UTM),
    "turned": Frame(HEIGHT, WIDTH, TURNED, UTM),
    "no place": Frame(HEIGHT, WIDTH, None, None),
}


def _polygon(frame: Frame, *rings: list[tuple[float, float]]) -> dict:
    """A polygon with rings of (column, row) pixel coordinates."""
    on_map = [np.stack(frame.to_map(*zip(*ring, ring[0])), axis=1).tolist() for ring in rings]
    return {"type": "Polygon", "coordinates": on_map}


def _star(col: float, row: float, size: float, turn: float) -> list[tuple[float, float]]:
    angles = [turn + 2 * math.pi * k / 9 for k in range(9)]
    sizes = [size * (1.0 if k % 2 else 0.45) for k in range(9)]
    return [(col + r * math.cos(a), row + r * math.sin(a)) for a, r in zip(angles, sizes)]


def _drawn(rings: list[list[tuple[float, float]]]) -> np.ndarray:
    """Which pixel centres lie inside: a line to the side crosses the rings an odd time."""
    rows, cols = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = np.zeros((HEIGHT, WIDTH), bool)
    for (x0, y0), (x1, y1) in (edge for ring in rings for edge in zip(ring, [*ring[1:], ring[0]])):
        beside = (y0 > rows) != (y1 > rows)
        inside ^= beside & (cols < x0 + (rows - y0) / (y1 - y0 or 1.0) * (x1 - x0))
    return inside


stars = st.builds(
    _star,
    st.floats(-20, WIDTH + 20),
    st.floats(-20, HEIGHT + 20),
    st.floats(15, 120),
    st.floats(0, 6),
)


@quick
@given(stars, st.sampled_from(list(FRAMES)))
def test_inside_is_where_the_centre_is(star, name: str) -> None:
    frame = FRAMES[name]
    expected = _drawn([star])
    if not expected.any():
        return
    zone = Zone(frame, (_polygon(frame, star),))
    found = zone.inside(frame.window)
    assert (found != expected).sum() <= 2, "but for a centre on the very line"


@quick
@given(
    stars, st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, 200),
    st.integers(1, 200), st.sampled_from(list(FRAMES)),
)  # fmt: skip
def test_a_part_is_the_crop_of_the_whole(star, row, col, height, width, name: str) -> None:
    frame = FRAMES[name]
    if not _drawn([star]).any():
        return
    zone = Zone(frame, (_polygon(frame, star),))
    window = Window(row, col, min(height, HEIGHT - row), min(width, WIDTH - col))
    whole = zone.inside(frame.window)[window.slices()]
    np.testing.assert_array_equal(zone.inside(window), whole)
    if whole.any():
        assert zone.touches(window)


def test_holes_and_several_polygons() -> None:
    frame = FRAMES["UTM"]
    outer, hole = (
        [(10, 10), (100, 10), (100, 90), (10, 90)],
        [(30, 30), (60, 30), (60, 60), (30, 60)],
    )
    other = [(150, 100), (200, 100), (200, 130), (150, 130)]
    expected = _drawn([outer, hole, other])
    apart = Zone(frame, (_polygon(frame, outer, hole), _polygon(frame, other)))
    multi = {
        "type": "MultiPolygon",
        "coordinates": [
            _polygon(frame, outer, hole)["coordinates"],
            _polygon(frame, other)["coordinates"],
        ],
    }
    for zone in (apart, Zone(frame, (multi,))):
        np.testing.assert_array_equal(zone.inside(frame.window), expected)


def test_touching_is_a_coarse_look_that_never_misses_and_skips_what_is_far() -> None:
    frame = FRAMES["UTM"]
    small = _polygon(frame, [(200.2, 150.2), (200.8, 150.2), (200.8, 150.8), (200.2, 150.8)])
    zone = Zone(frame, (small,))
    assert zone.touches(Window(150, 200, 1, 1))
    assert zone.touches(Window(100, 150, 60, 60))
    assert not zone.touches(Window(0, 0, 128, 128))


def test_polygons_that_miss_the_raster_are_refused() -> None:
    frame = FRAMES["UTM"]
    far = _polygon(frame, [(5000, 5000), (5100, 5000), (5100, 5100)])
    for geometries in ((far,), ()):
        with pytest.raises(InputError, match="do not meet the raster"):
            Zone(frame, geometries)


def test_a_polygon_just_outside_misses_the_raster() -> None:
    """The coarse picture reaches over the raster's edge; the polygon beyond it does not count."""
    frame = FRAMES["UTM"]
    beyond = _polygon(frame, [(WIDTH + 5, 50), (WIDTH + 15, 50), (WIDTH + 15, 70), (WIDTH + 5, 70)])
    with pytest.raises(InputError, match="do not meet the raster"):
        Zone(frame, (beyond,))


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [500_010, 5_799_990]},
        {"type": "LineString", "coordinates": [[500_010, 5_799_990], [500_020, 5_799_900]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon"},
        {},
    ],
    ids=["point", "line", "empty", "no coordinates", "nothing"],
)
def test_what_is_no_polygon_is_refused(geometry) -> None:
    with pytest.raises(InputError, match="give a polygon layer"):
        Zone(FRAMES["UTM"], (geometry,))


def test_a_polygon_with_a_z_is_a_polygon() -> None:
    frame = FRAMES["UTM"]
    flat = _polygon(frame, [(10, 10), (100, 10), (100, 90)])
    raised = {"type": "Polygon", "coordinates": [[(x, y, 7.0) for x, y in flat["coordinates"][0]]]}
    np.testing.assert_array_equal(
        Zone(frame, (raised,)).inside(frame.window), Zone(frame, (flat,)).inside(frame.window)
    )
