# SPDX-License-Identifier: GPL-2.0-or-later
"""Where pixels lie and how large they are on the ground, against PROJ's geodesics."""

from __future__ import annotations

from pathlib import Path

import networks
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from made_rasters import write
from pyproj import Geod
from rasterio.crs import CRS
from rasterio.warp import transform as transform_points

from geosift.inference.errors import InputError
from geosift.inference.raster.frame import Frame, earth_centred
from geosift.inference.raster.window import Window
from geosift.inference.runs.areas import AreaTally
from geosift.inference.vector.polygons import measure, regions

_GEOD = Geod(ellps="WGS84")
_LOCAL = 'LOCAL_CS["A building site",LOCAL_DATUM["Its own",0],UNIT["metre",1]]'


def _frame(crs: str, transform: Affine, height: int = 600, width: int = 800) -> Frame:
    return Frame(height, width, transform, CRS.from_user_input(crs))


def _grid(x: float, y: float, size: float) -> Affine:
    return Affine.translation(x, y) * Affine.scale(size, -size)


FRAMES = {
    "UTM": _frame("EPSG:32633", _grid(5e5, 5.8e6, 10)),
    "UTM, far from its meridian": _frame("EPSG:32633", _grid(8.4e5, 5.8e6, 100)),
    "UTM south": _frame("EPSG:32733", _grid(3e5, 8e6, 25)),
    "Web Mercator at 60 N": _frame("EPSG:3857", _grid(1.2e6, 8.4e6, 30)),
    "degrees at 60 N": _frame("EPSG:4326", _grid(13, 60.2, 1e-4)),
    "degrees over a continent": _frame("EPSG:4326", _grid(-10, 70, 0.05)),
    "the whole world": _frame("EPSG:4326", _grid(-180, 90, 0.3), 600, 1200),
    "the North Pole": _frame("EPSG:3995", _grid(-2e6, 2e6, 5000), 800, 800),
    "over the date line": _frame("EPSG:3832", _grid(3.3e6, 4e6, 500)),
    "turned": _frame(
        "EPSG:25833",
        Affine.translation(4e5, 5.7e6) * Affine.rotation(31) * Affine.scale(20, -20),
    ),
    "sheared, south up": _frame("EPSG:25833", Affine(20, 7, 4e5, 3, 15, 5.7e6)),
    "feet": _frame("EPSG:2263", _grid(9.8e5, 2.1e5, 50)),
}


def _geodesic_area(frame: Frame, top: float, left: float, bottom: float, right: float) -> float:
    """Square metres of a rectangle of pixels, its outline followed in short geodesics."""
    corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left), (top, left)])
    share = np.linspace(0, 1, 33)[:-1, None]
    ring = np.concatenate([a + (b - a) * share for a, b in zip(corners, corners[1:])])
    xs, ys = frame.transform * (ring[:, 1], ring[:, 0])
    lon, lat = transform_points(frame.crs, CRS.from_epsg(4326), list(xs), list(ys))
    return abs(_GEOD.polygon_area_perimeter(lon, lat)[0])


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_pixel_areas_are_geodesic(frame: Frame) -> None:
    """Blocks of 4 x 4 pixels all over the raster, to 0.05 %."""
    random = np.random.default_rng(0)
    for row, col in random.integers(4, (frame.height - 8, frame.width - 8), (40, 2)):
        expected = _geodesic_area(frame, row, col, row + 4, col + 4) / 16
        assert float(frame.pixel_area_m2(row + 2, col + 2)) == pytest.approx(expected, rel=5e-4)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_the_size_of_a_pixel_is_geodesic(frame: Frame) -> None:
    def distance(rows: tuple[float, float], cols: tuple[float, float]) -> float:
        xs, ys = frame.transform * (np.array(cols), np.array(rows))
        lon, lat = transform_points(frame.crs, CRS.from_epsg(4326), list(xs), list(ys))
        return _GEOD.inv(lon[0], lat[0], lon[1], lat[1])[2]

    row, col = frame.height / 2, frame.width / 2
    across, down = frame.pixel_size_m()
    assert across == pytest.approx(distance((row, row), (col - 0.5, col + 0.5)), rel=1e-4)
    assert down == pytest.approx(distance((row - 0.5, row + 0.5), (col, col)), rel=1e-4)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_areas_of_classes_are_sums_of_pixels(frame: Frame, tmp_path: Path) -> None:
    """Against every pixel on its own in float64, however the windows are cut; to 0.1 %."""
    card = networks.smooth(tmp_path, classes=3)
    rows, cols = np.mgrid[: frame.height, : frame.width]
    classes = ((rows // 50 + cols // 70) % 3).astype(np.uint8)
    classes[cols > 0.8 * frame.width] = 255
    tally = AreaTally(frame)
    for top in range(0, frame.height, 128):
        for left in range(0, frame.width, 512):
            part = classes[top : top + 128, left : left + 512]
            tally.add(Window(top, left, *part.shape), part)
    each = frame.pixel_area_m2(rows + 0.5, cols + 0.5)
    table = tally.table(card)
    for row in table:
        inside = classes == row.id
        assert row.pixels == inside.sum()
        assert row.area_m2 == pytest.approx(each[inside].sum(), rel=1e-3)
        assert row.share == pytest.approx(inside.sum() / (classes != 255).sum())
    whole = _geodesic_area(frame, 0, 0, frame.height, int(0.8 * frame.width) + 1)
    if frame not in (FRAMES["the whole world"], FRAMES["the North Pole"]):
        assert sum(row.area_m2 for row in table) == pytest.approx(whole, rel=1e-3)


def test_the_world_is_as_large_as_it_is() -> None:
    frame = FRAMES["the whole world"]
    rows, cols = np.mgrid[: frame.height, : frame.width] + 0.5
    assert frame.pixel_area_m2(rows, cols).sum() == pytest.approx(510_065_621_724_088, rel=5e-4)


def test_without_a_georeference_there_are_no_metres() -> None:
    for crs in (None, CRS.from_wkt(_LOCAL), CRS.from_user_input("IAU_2015:30100")):
        frame = Frame(60, 80, _grid(1, 2, 3), crs)
        assert not frame.is_georeferenced
        assert frame.pixel_size_m() is None
        assert frame.pixel_area_m2(1, 2) is None
        assert frame.crop(Window(5, 6, 7, 8)).crs == crs


def test_a_raster_outside_its_own_coordinate_system_is_refused() -> None:
    frame = _frame("EPSG:32633", _grid(1e12, 1e12, 1))
    with pytest.raises(InputError, match="assign the right one"):
        frame.pixel_size_m()


@quick
@given(
    st.integers(0, 500), st.integers(0, 700), st.integers(1, 99), st.integers(1, 99),
    st.sampled_from(list(FRAMES)),
)  # fmt: skip
def test_a_crop_keeps_every_pixel_where_it_is(row, col, height, width, name) -> None:
    frame = FRAMES[name]
    part = frame.crop(Window(row, col, height, width))
    assert (part.height, part.width, part.crs) == (height, width, frame.crs)
    for r, c in ((0, 0), (height, width), (0.5, width / 3)):
        assert part.transform * (c, r) == pytest.approx(frame.transform * (col + c, row + r))


@quick
@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from(list(FRAMES)))
def test_a_resampled_frame_covers_the_same_ground(height, width, name) -> None:
    frame = FRAMES[name]
    other = frame.resampled(height, width)
    for y, x in ((0, 0), (1, 0), (0, 1), (1, 1)):
        expected = frame.transform * (x * frame.width, y * frame.height)
        assert other.transform * (x * width, y * height) == pytest.approx(expected)


def test_without_any_place_a_frame_counts_pixels_and_qgis_draws_them_downwards() -> None:
    frame = Frame(60, 80, None, None)
    assert frame.to_map(3, 4) == (3, -4)
    assert frame.crop(frame.window) == frame
    part = frame.crop(Window(10, 20, 5, 5))
    assert part.to_map(0, 0) == frame.to_map(20, 10) == (20, -10)
    assert frame.resampled(30, 40).transform is None
    said = Frame(60, 80, Affine.identity(), None)
    assert said.to_map(3, 4) == said.crop(Window(1, 1, 9, 9)).to_map(2, 3) == (3, 4)
    placed = Frame(60, 80, _grid(1000, 2000, 2), None)
    assert placed.to_map(3, 4) == (1006, 1992)


@quick
@given(st.floats(-180, 180), st.floats(-89.9, 89.9), st.floats(0.0, 360.0))
def test_points_in_space_are_as_far_apart_as_on_the_ground(lon, lat, azimuth) -> None:
    """For a hundred metres chord and geodesic are the same."""
    lon2, lat2, _ = _GEOD.fwd(lon, lat, azimuth, 100.0)
    a, b = earth_centred([lon, lon2], [lat, lat2])
    assert np.linalg.norm(a - b) == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize("name", FRAMES)
def test_the_area_left_of_a_column_is_the_sum_of_its_pixels(name: str) -> None:
    """A pixel far from the left edge included: it is a difference of two large areas."""
    frame = FRAMES[name]
    columns = np.arange(frame.width)
    for row in (0, frame.height // 2, frame.height - 1):
        left = frame.area_left_of_m2(row + 0.5, np.arange(frame.width + 1))
        np.testing.assert_allclose(
            np.diff(left), frame.pixel_area_m2(row + 0.5, columns + 0.5), rtol=1e-3
        )


def test_a_polygon_far_from_the_left_edge_has_the_area_of_its_pixels(tmp_path: Path) -> None:
    """Polar stereographic: pixels at the edge are a fifth smaller than those at the pole."""
    frame = Frame(200, 240, Affine(3e4, 0, -3.6e6, 0, -3e4, 3e6), CRS.from_epsg(3413))
    classes = np.full((1, 200, 240), 255, np.uint8)
    classes[0, 90:110, 225:235] = 1
    path = write(tmp_path / "classes.tif", classes, transform=frame.transform, crs=frame.crs)
    (area,) = measure(regions(path), frame, None).area_m2
    rows, cols = np.indices((20, 10)) + 0.5
    pixels = frame.pixel_area_m2(rows + 90, cols + 225)
    assert pixels.mean() < 0.9 * frame.pixel_area_m2(100, 120)
    np.testing.assert_allclose(area, pixels.sum(), rtol=1e-4)
