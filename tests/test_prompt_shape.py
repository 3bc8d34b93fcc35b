# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks as outlines: exact where that is asked, valid always, and never far from the pixels."""

from __future__ import annotations

import math
import tracemalloc

import cv2
import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from osgeo import ogr
from rasterio.crs import CRS
from rasterio.features import rasterize

from geosift.inference.cards.rules import NODATA_CLASS
from geosift.inference.errors import InputError
from geosift.inference.prompt.class_object import ClassObject
from geosift.inference.prompt.rings import area, overlap, perimeter
from geosift.inference.prompt.shape import (
    MOST_SMOOTHING,
    Outline,
    ShapeOptions,
    outline_of,
    outline_of_region,
)
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.ground_area import polygon_area_m2
from geosift.inference.raster.window import Window
from geosift.inference.vector.polygons import regions_in

PIXELS = Frame(4000, 4000, Affine.identity(), None)
EXACT = ShapeOptions(simplify_px=0, all_parts=True)
MASKS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14))
OPTIONS = st.builds(
    ShapeOptions,
    simplify_px=st.sampled_from([0.0, 0.3, 0.8, 1.5, 4.0]),
    smooth=st.integers(0, MOST_SMOOTHING),
    fill_holes_px=st.sampled_from([0, 1, 4, math.inf]),
    least_area_px=st.sampled_from([0, 2, 9]),
    orthogonal=st.booleans(),
    all_parts=st.booleans(),
)


@st.composite
def objects(draw: st.DrawFn) -> np.ndarray:
    """Masks such as a network makes: a few blobs with rough edges, larger than single pixels."""
    seed, side = draw(st.integers(0, 10_000)), draw(st.integers(20, 90))
    blur, share = draw(st.sampled_from([1.5, 3.0, 6.0])), draw(st.floats(0.2, 0.8))
    noise = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return smooth > np.quantile(smooth, share)


def drawn(mask: np.ndarray, options: ShapeOptions, frame: Frame = PIXELS) -> Outline | None:
    return outline_of(mask, Window(0, 0, *mask.shape), frame=frame, options=options)


def is_valid(outline: Outline) -> bool:
    """What GEOS says."""
    shape = ogr.Geometry(ogr.wkbMultiPolygon)
    for rings in outline.polygons:
        polygon = ogr.Geometry(ogr.wkbPolygon)
        for ring in rings:
            line = ogr.Geometry(ogr.wkbLinearRing)
            for x, y in ring.tolist():
                line.AddPoint_2D(x, y)
            polygon.AddGeometry(line)
        shape.AddGeometry(polygon)
    return shape.IsValid()


def pixels_of(outline: Outline, shape: tuple[int, int]) -> np.ndarray:
    return rasterize([outline.geometry], out_shape=shape, transform=Affine.identity()) == 1


def rectangle(angle: float, *, width: float = 60, height: float = 36, side: int = 100):
    """A turned rectangle, painted with the share of each pixel it covers above one half."""
    fine = 8
    corners = cv2.boxPoints(((side / 2, side / 2), (width, height), angle)) * fine
    large = np.zeros((side * fine, side * fine), np.uint8)
    cv2.fillPoly(large, [np.rint(corners).astype(np.int32)], 255)
    return cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA) > 127


def blob(side: int) -> np.ndarray:
    """Something that grew."""
    y, x = (np.mgrid[:side, :side] - side / 2) / side
    angle = np.arctan2(y, x)
    return np.hypot(x, y) < 0.31 + 0.06 * np.sin(3 * angle) + 0.04 * np.cos(5 * angle)


@settings(max_examples=150)
@given(mask=MASKS)
def test_without_options_an_outline_is_the_pixels(mask: np.ndarray) -> None:
    outline = drawn(mask, EXACT)
    if not mask.any():
        assert outline is None
        return
    assert outline.area_px == mask.sum()
    assert is_valid(outline)
    assert (pixels_of(outline, mask.shape) == mask).all()


@settings(max_examples=150)
@given(mask=MASKS | objects(), options=OPTIONS)
def test_a_region_is_drawn_from_its_rings_as_from_its_pixels(
    mask: np.ndarray, options: ShapeOptions
) -> None:
    for each in regions_in(np.where(mask, 0, NODATA_CLASS).astype(np.uint8)):
        region = ClassObject(each.rings, "thing", 80.0).moved(31, 1007)
        drawn_from = {"frame": PIXELS, "options": options}
        expected = outline_of(region.mask(), region.window, **drawn_from)
        found = outline_of_region(region.rings, **drawn_from)
        assert region.area_px == region.mask().sum()
        assert (found is None) == (expected is None)
        if found is not None:
            assert found.geometry == expected.geometry
            assert found.area_px == expected.area_px


def test_a_roof_of_thousands_of_yards_is_not_squared() -> None:
    """Each wall is compared with each: that would take gigabytes."""
    mask = np.ones((610, 610), bool)
    for top in range(5, 600, 20):
        for left in range(5, 600, 20):
            mask[top : top + 10, left : left + 10] = False
    tracemalloc.start()
    outline = drawn(mask, ShapeOptions(orthogonal=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(outline.parts[0].rings) == 901
    assert peak < 50e6


@settings(max_examples=250)
@given(mask=MASKS | objects(), options=OPTIONS)
def test_outlines_are_valid_whatever_is_asked(mask: np.ndarray, options: ShapeOptions) -> None:
    outline = drawn(mask, options)
    if outline is not None:
        assert is_valid(outline)
        assert outline.area_px > 0
        assert all((ring[0] == ring[-1]).all() for each in outline.polygons for ring in each)
        assert options.all_parts or len(outline.polygons) == 1


@settings(max_examples=100)
@given(mask=objects(), tolerance=st.sampled_from([0.3, 0.8, 2.0]))
def test_simplified_outlines_stay_near(mask: np.ndarray, tolerance: float) -> None:
    """The steps are at most half a pixel away from the cut, and that is simplified."""
    mask = np.pad(mask, 1)
    outline = drawn(mask, ShapeOptions(simplify_px=tolerance, all_parts=True))
    near = pixels_of(outline, mask.shape) != mask
    edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3)))
    reach = 2 * math.ceil(tolerance + 0.5) - 1
    assert not (near & (cv2.dilate(edge, np.ones((reach, reach))) == 0)).any()
    length = sum(perimeter(tuple(ring[:-1] for ring in each)) for each in outline.polygons)
    assert abs(outline.area_px - mask.sum()) <= (tolerance + 0.5) * length


@settings(max_examples=100)
@given(mask=objects(), rounds=st.integers(1, MOST_SMOOTHING))
def test_smoothing_changes_little(mask: np.ndarray, rounds: int) -> None:
    """A square that becomes Chaikin's curve loses a sixth, a triangle a quarter; most lose less."""
    plain = drawn(mask, ShapeOptions())
    smooth = drawn(mask, ShapeOptions(smooth=rounds))
    size = area(tuple(ring[:-1] for ring in plain.polygons[0]))
    assert abs(smooth.area_px - size) <= 0.25 * area((plain.polygons[0][0][:-1],))
    assert sharpest(smooth) <= sharpest(plain) + 1e-6
    assert is_valid(smooth)


def sharpest(outline: Outline) -> float:
    """The largest turn of the outer ring at a corner, radians."""
    ring = outline.polygons[0][0][:-1]
    ways = np.arctan2(*(np.roll(ring, -1, axis=0) - ring).T)
    turns = (ways - np.roll(ways, 1) + np.pi) % (2 * np.pi) - np.pi
    return float(np.abs(turns).max())


@settings(max_examples=40)
@given(angle=st.floats(0, 90), width=st.floats(16, 80), height=st.floats(12, 50))
def test_a_building_gets_four_right_angles(angle: float, width: float, height: float) -> None:
    mask = rectangle(angle, width=width, height=height)
    outline = drawn(mask, ShapeOptions(orthogonal=True))
    (ring,) = outline.polygons[0]
    assert len(ring) == 5
    edges = np.diff(ring, axis=0)
    assert np.abs((edges * np.roll(edges, 1, axis=0)).sum(axis=1)).max() < 1e-6
    half_a_pixel_around = 0.5 * 2 * (width + height)
    assert outline.area_px == pytest.approx(width * height, abs=half_a_pixel_around)
    assert (pixels_of(outline, mask.shape) != mask).sum() < 0.15 * mask.sum()


@settings(max_examples=40)
@given(angle=st.floats(0, 90), width=st.floats(6, 16), height=st.floats(6, 12))
def test_a_shed_is_squared_or_stays_as_it_is(angle: float, width: float, height: float) -> None:
    mask = rectangle(angle, width=width, height=height)
    plain, square = (drawn(mask, ShapeOptions(orthogonal=each)) for each in (False, True))
    edges = np.diff(square.polygons[0][0], axis=0)
    bent = np.abs((edges * np.roll(edges, 1, axis=0)).sum(axis=1)).max() > 1e-6
    assert not bent or square.geometry == plain.geometry
    assert bent or (pixels_of(square, mask.shape) != mask).sum() < 0.2 * mask.sum()


@settings(max_examples=60)
@given(radius=st.floats(4, 12), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_crown_as_small_as_a_shed_stays_round(radius: float, x: float, y: float) -> None:
    fine = 8
    places = (np.arange(40 * fine) + 0.5) / fine - 20
    disc = np.hypot(*np.meshgrid(places - x, places - y)) < radius
    mask = cv2.resize(disc * np.uint8(255), (40, 40), interpolation=cv2.INTER_AREA) > 127
    plain, square = (drawn(mask, ShapeOptions(orthogonal=each)) for each in (False, True))
    assert square.geometry == plain.geometry


def test_an_l_with_a_yard_keeps_its_shape() -> None:
    turn = cv2.getRotationMatrix2D((60, 60), 23, 1)
    plan = np.zeros((960, 960), np.uint8)
    for polygon, value in (
        ([(20, 20), (100, 20), (100, 60), (60, 60), (60, 100), (20, 100)], 255),
        ([(30, 30), (50, 30), (50, 50), (30, 50)], 0),
    ):
        points = cv2.transform(np.array([polygon], np.float32), turn)[0]
        cv2.fillPoly(plan, [np.rint(points * 8).astype(np.int32)], value)
    mask = cv2.resize(plan, (120, 120), interpolation=cv2.INTER_AREA) > 127
    outline = drawn(mask, ShapeOptions(orthogonal=True))
    assert [len(ring) - 1 for ring in outline.polygons[0]] == [6, 4]
    assert outline.area_px == pytest.approx(4800 - 400, rel=0.02)


@pytest.mark.parametrize("side", [96, 192, 384])
def test_what_is_no_building_stays_as_it_is(side: int) -> None:
    mask = blob(side)
    plain, square = (drawn(mask, ShapeOptions(orthogonal=each)) for each in (False, True))
    assert plain.geometry == square.geometry


def test_squared_parts_do_not_lie_over_each_other() -> None:
    mask = rectangle(10)
    mask[:, 49:51] = False
    outline = drawn(mask, ShapeOptions(orthogonal=True, all_parts=True))
    one, other = (tuple(ring[:-1] for ring in each) for each in outline.polygons)
    assert is_valid(outline)
    assert not overlap(one, other)


def test_parts_and_holes() -> None:
    mask = np.zeros((40, 60), bool)
    mask[5:25, 5:25] = True
    mask[10:13, 10:13] = mask[16, 16] = False
    mask[5:15, 40:50] = mask[30:32, 30:32] = True

    def asked(**options: float) -> tuple[int, list[int], float]:
        outline = drawn(mask, ShapeOptions(simplify_px=0, **options))
        return len(outline.polygons), [len(each) - 1 for each in outline.polygons], outline.area_px

    assert asked() == (1, [2], 390)
    assert asked(fill_holes_px=1) == (1, [1], 391)
    assert asked(fill_holes_px=math.inf) == (1, [0], 400)
    assert asked(all_parts=True) == (3, [2, 0, 0], 494)
    assert asked(all_parts=True, least_area_px=4) == (3, [2, 0, 0], 494)
    assert asked(all_parts=True, least_area_px=5) == (2, [2, 0], 490)
    assert asked(all_parts=True, least_area_px=101) == (1, [2], 390)
    assert drawn(mask, ShapeOptions(least_area_px=391)) is None
    assert drawn(mask, ShapeOptions(least_area_px=391, fill_holes_px=9)) is not None


def test_what_lies_in_a_filled_hole_is_filled_with_it() -> None:
    """Also what lies in a hole of what lies in a hole; what lies in a hole that stays, stays."""
    mask = np.zeros((30, 60), bool)
    for inset in range(0, 12, 2):
        mask[inset : 30 - inset, inset : 30 - inset] = inset % 4 == 0
    mask[:, 35:] = True
    mask[5:25, 40:55] = False
    mask[10:12, 45:47] = True
    everything = ShapeOptions(simplify_px=0, all_parts=True, fill_holes_px=math.inf)
    assert [part.area_px for part in drawn(mask, everything).parts] == [900, 750]
    small = ShapeOptions(simplify_px=0, all_parts=True, fill_holes_px=14 * 14)
    assert [part.area_px for part in drawn(mask, small).parts] == [
        900 - 26 * 26, 750 - 300, 22 * 22 - 18 * 18, 14 * 14, 4,
    ]  # fmt: skip
    assert is_valid(drawn(mask, small))


def test_the_largest_part_is_meant_without_its_holes() -> None:
    mask = np.ones((20, 40), bool)
    mask[1:19, 1:19] = mask[:, 20] = False
    outline = drawn(mask, ShapeOptions(simplify_px=0))
    assert outline.area_px == mask[:, 21:].sum()


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32640", Affine(0.5, 0, 325000, 0, -0.5, 2785000)),
        ("EPSG:3857", Affine(50, 0, 1e6, 0, -50, 8.4e6)),
        ("EPSG:4326", Affine(0.01, 0, 10, 0, -0.01, 60)),
        ("EPSG:32640", Affine(0.4, 0.3, 325000, 0.3, -0.4, 2785000)),
    ],
)
@pytest.mark.parametrize("options", [EXACT, ShapeOptions(smooth=2)])
def test_square_metres_are_those_on_the_ellipsoid(
    crs: str, transform: Affine, options: ShapeOptions
) -> None:
    frame = Frame(500, 600, transform, CRS.from_string(crs))
    mask = blob(300)
    mask[140:150, 140:150] = False
    outline = outline_of(mask, Window(150, 200, 300, 300), frame=frame, options=options)
    (rings,) = outline.polygons
    exact = polygon_area_m2(rings, frame.crs)
    assert outline.area_m2 == pytest.approx(exact, rel=1e-4), "of which half is the oracle's"
    corner = transform * (200, 150)
    assert np.hypot(*(rings[0].mean(axis=0) - corner)) < np.hypot(
        *(transform * (600, 500) - np.array(corner))
    )
    inside = np.stack(frame.to_pixel(*rings[0].T), axis=1)
    assert (inside >= [200, 150]).all()
    assert (inside <= [500, 450]).all()


def test_without_a_place_there_are_pixels_only() -> None:
    frame = Frame(50, 50, None, None)
    outline = outline_of(np.ones((4, 5), bool), Window(10, 20, 4, 5), frame=frame, options=EXACT)
    assert (outline.area_px, outline.area_m2) == (20, None)
    assert outline.polygons[0][0].min(axis=0).tolist() == [20, -14], "QGIS draws it upside down"


def test_parts_have_areas_of_their_own() -> None:
    mask = np.zeros((9, 20), bool)
    mask[:3, :3] = mask[:, 10:] = True
    outline = drawn(mask, EXACT)
    assert outline.geometry["type"] == "MultiPolygon"
    assert [each.area_px for each in outline.separated] == [9, 90]
    assert [each.geometry["type"] for each in outline.separated] == ["Polygon"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"simplify_px": -1},
        {"simplify_px": math.nan},
        {"simplify_px": math.inf},
        {"fill_holes_px": -0.1},
        {"least_area_px": math.nan},
        {"smooth": -1},
        {"smooth": MOST_SMOOTHING + 1},
    ],
)
def test_options_that_mean_nothing(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        ShapeOptions(**wrong)


def test_a_mask_of_another_size_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="does not cover"):
        outline_of(np.ones((4, 5), bool), Window(0, 0, 5, 4), frame=PIXELS, options=EXACT)
