# SPDX-License-Identifier: GPL-2.0-or-later
"""One answer a zone: means over the pixels inside, by point-in-polygon in numpy; their areas."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import networks
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import MAKERS, hole, noise, patches, write
from oracles import classified
from osgeo import ogr
from osgeo_utils.samples.validate_gpkg import GPKGChecker
from rasterio.crs import CRS
from rasterio.warp import transform as transform_points

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob, ClassifyResult, ZonePolygon
from geosift.inference.classification.run import run_classify
from geosift.inference.classification.zones_file import read_zones
from geosift.inference.errors import InputError
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.ground_area import polygon_area_m2

SIDE, STEP = 16, 8
HEIGHT, WIDTH = 120, 150
Ring = list[tuple[float, float]]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.glimpse(tmp_path_factory.mktemp("network"), side=SIDE)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A raster of a metre, its pixels, and which of them are valid."""
    pixels, valid = np.maximum(patches(3, HEIGHT, WIDTH), 1), hole(HEIGHT, WIDTH)
    pixels[:, ~valid] = 0
    path = write(tmp_path_factory.mktemp("scene") / "in.tif", pixels, nodata=0)
    return path, np.where(valid, pixels, 127).astype(np.uint8), valid


def _zone(*rings: Ring, values: tuple = ()) -> ZonePolygon:
    """Of closed rings in pixels (column, row) of the scene."""
    on_map = [[(5e5 + x, 5.8e6 - y) for x, y in (*ring, ring[0])] for ring in rings]
    return ZonePolygon({"type": "Polygon", "coordinates": on_map}, values)


def _several(*zones: ZonePolygon, values: tuple = ()) -> ZonePolygon:
    parts = [zone.geometry["coordinates"] for zone in zones]
    return ZonePolygon({"type": "MultiPolygon", "coordinates": parts}, values)


def _star(col: float, row: float, size: float, turn: float) -> Ring:
    angles = [turn + 2 * math.pi * k / 9 for k in range(9)]
    sizes = [size * (1.0 if k % 2 else 0.45) for k in range(9)]
    return [(col + r * math.cos(a), row + r * math.sin(a)) for a, r in zip(angles, sizes)]


def _square(col: float, row: float, size: float) -> Ring:
    return [(col, row), (col + size, row), (col + size, row + size), (col, row + size)]


def _inside(rings: list[Ring]) -> np.ndarray:
    """Which pixel centres lie inside: a line to the side crosses the rings an odd time."""
    rows, cols = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = np.zeros((HEIGHT, WIDTH), bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]]):
            beside = (y0 > rows) != (y1 > rows)
            inside ^= beside & (cols < x0 + (rows - y0) / (y1 - y0 or 1.0) * (x1 - x0))
    return inside


def _expected(card: ModelCard, scene: tuple, inside: np.ndarray, step: int) -> np.ndarray | None:
    """Mean of the cells over the pixels inside; None where none has an answer."""
    _, pixels, valid = scene
    shares, answered = classified(card, pixels, step, valid)
    at = np.argwhere(inside) // step
    known = answered[at[:, 0], at[:, 1]]
    if not known.any():
        return None
    return shares[at[known, 0], at[known, 1]].mean(axis=0)


def _run(scene: tuple, card: ModelCard, folder: Path, zones, **options) -> ClassifyResult:
    standard = {"cells": folder / "out.gpkg", "probabilities": True}
    options = {**standard, **options}
    return run_classify(ClassifyJob(str(scene[0]), card, zones=tuple(zones), **options))


def _features(path: Path) -> list[dict]:
    dataset = ogr.Open(str(path))
    return [
        {**feature.items(), "geometry": feature.GetGeometryRef().Clone()}
        for feature in dataset.GetLayer(0)
    ]


def _shares(feature: dict) -> list[float]:
    return [feature[f"p_class_{index}"] for index in range(4)]


stars = st.builds(
    _star, st.floats(-10, WIDTH + 10), st.floats(-10, HEIGHT + 10), st.floats(4, 60),
    st.floats(0, 6),
)  # fmt: skip


@thorough
@given(rings=st.lists(stars, min_size=1, max_size=4), step=st.sampled_from([5, 8, 16]))
def test_a_zone_is_the_mean_of_what_is_inside(rings, step, scene, card, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("run")
    centre = _zone(_square(70, 90, 12))  # so that one always meets the raster
    zones = [*map(_zone, rings), centre]
    result = _run(scene, card, folder, zones, step=step)
    features = _features(folder / "out.gpkg")
    assert len(features) == len(zones)
    for ring, feature in zip([*rings, _square(70, 90, 12)], features):
        inside = _inside([ring])
        expected = _expected(card, scene, inside, step)
        if expected is not None:
            np.testing.assert_allclose(_shares(feature), 100 * expected, atol=0.02)
            assert feature["confidence"] == max(_shares(feature))
        elif inside.any():
            assert feature["class_id"] is feature["confidence"] is feature["p_class_0"] is None
    known = [feature for feature in features if feature["class_id"] is not None]
    assert sum(row.pixels for row in result.areas) == len(known)
    total = sum(feature["area_m2"] for feature in known)
    assert sum(row.area_m2 for row in result.areas) == pytest.approx(total, rel=1e-5)


def test_holes_parts_and_three_dimensions(scene, card, tmp_path: Path) -> None:
    ring, gap = _square(60.2, 60.2, 50), _square(75.3, 75.3, 20)
    high = _zone(ring, gap)
    coordinates = [[(x, y, 7.0) for x, y in part] for part in high.geometry["coordinates"]]
    deep = ZonePolygon({"type": "Polygon", "coordinates": coordinates})
    parts = _several(_zone(_square(100.1, 10.1, 17)), _zone(_square(10.1, 90.1, 23)))
    _run(scene, card, tmp_path, [high, deep, parts])
    found = _features(tmp_path / "out.gpkg")
    with_hole = 100 * _expected(card, scene, _inside([ring, gap]), STEP)
    both = _inside([_square(100.1, 10.1, 17)]) | _inside([_square(10.1, 90.1, 23)])
    np.testing.assert_allclose(_shares(found[0]), with_hole, atol=0.02)
    np.testing.assert_allclose(_shares(found[1]), with_hole, atol=0.02)
    np.testing.assert_allclose(_shares(found[2]), 100 * _expected(card, scene, both, STEP),
                               atol=0.02)  # fmt: skip
    assert {feature["geometry"].GetGeometryName() for feature in found} == {"MULTIPOLYGON"}
    assert found[0]["geometry"].GetArea() == pytest.approx(50**2 - 20**2)
    assert found[2]["geometry"].GetGeometryCount() == 2
    checker = GPKGChecker(str(tmp_path / "out.gpkg"), extra_checks=True, warning_msg=False)
    checker.check()
    assert checker.errors == []


def test_a_zone_between_pixel_centres_takes_the_cell_under_it(scene, card, tmp_path: Path) -> None:
    _run(scene, card, tmp_path, [_zone(_square(100.6, 77.6, 0.3))])
    (feature,) = _features(tmp_path / "out.gpkg")
    shares, _ = classified(card, scene[1], STEP, scene[2])
    np.testing.assert_allclose(_shares(feature), 100 * shares[77 // STEP, 100 // STEP], atol=0.006)


def test_zones_without_an_answer_are_kept_and_told_of(scene, card, tmp_path: Path) -> None:
    void = _zone(_square(1, 1, 5))  # in the corner of nodata
    zones = [_zone(_square(60, 80, 20)), void, _zone(_square(5000, 80, 20))]
    result = _run(scene, card, tmp_path, zones)
    found = _features(tmp_path / "out.gpkg")
    assert [feature["class_id"] is None for feature in found] == [False, True, True]
    assert found[2]["area_m2"] == pytest.approx(400, rel=2e-3)
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("2 of 3 zones miss the raster")
    with pytest.raises(InputError, match="outside the zones"):
        _run(scene, card, tmp_path, [void])


def test_a_zone_does_not_depend_on_its_neighbours(scene, card, tmp_path: Path) -> None:
    zones = [_zone(_star(70, 70, 40, 0.2)), _zone(_star(80, 75, 30, 1)), _zone(_square(9, 99, 9))]
    _run(scene, card, tmp_path, zones)
    together = [_shares(feature) for feature in _features(tmp_path / "out.gpkg")]
    for zone, expected in zip(zones, together):
        _run(scene, card, tmp_path, [zone])
        (feature,) = _features(tmp_path / "out.gpkg")
        np.testing.assert_allclose(_shares(feature), expected, atol=0.011)


def test_only_tiles_near_a_zone_are_looked_at(scene, card, tmp_path: Path) -> None:
    whole = run_classify(ClassifyJob(str(scene[0]), card, raster=tmp_path / "out.tif"))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        classes = dataset.read(1)
    result = _run(scene, card, tmp_path, [_zone(_square(81, 81, 6))], raster=tmp_path / "part.tif")
    assert result.tiles == 4 < whole.tiles / 20
    with rasterio.open(tmp_path / "part.tif") as dataset:
        part = dataset.read(1)
    assert (part != 255).sum() == 1
    assert part[10, 10] == classes[10, 10]


def test_the_users_fields_come_first_and_keep_their_values(scene, card, tmp_path: Path) -> None:
    fields = {"Parcel": "TEXT", "name": "TEXT", "size": "REAL", "fid": "INTEGER", "AREA_M2": "REAL"}
    zone = _zone(_square(80, 80, 9), values=("a'b", "Field", 1.5, 77, None))
    _run(scene, card, tmp_path, [zone], zone_fields=fields, probabilities=False)
    dataset = ogr.Open(str(tmp_path / "out.gpkg"))
    definition = dataset.GetLayer(0).GetLayerDefn()
    names = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
    assert names == [
        "Parcel", "zone_name", "size", "zone_fid", "zone_AREA_M2", "class_id", "name",
        "confidence", "second_id", "second", "margin", "area_m2",
    ]  # fmt: skip
    (feature,) = _features(tmp_path / "out.gpkg")
    assert [feature[name] for name in names[:5]] == ["a'b", "Field", 1.5, 77, None]
    assert feature["name"] == card.class_names[feature["class_id"]]


def test_zones_over_a_turned_and_resampled_raster(card, tmp_path: Path) -> None:
    """A zone of all the ground is the mean of all cells by the pixels in them."""
    path = MAKERS["rotated"](tmp_path / "in.tif")
    card = replace(card, resolution_m=1.4)
    with rasterio.open(path) as dataset:
        corners = [dataset.transform * place for place in ((0, 0), (75, 0), (75, 62), (0, 62))]
    zone = ZonePolygon({"type": "Polygon", "coordinates": [[*corners, corners[0]]]})
    files = {"cells": tmp_path / "out.gpkg", "probabilities": True}
    run_classify(ClassifyJob(str(path), card, zones=(zone,), **files))
    (feature,) = _features(tmp_path / "out.gpkg")
    found = _shares(feature)
    run_classify(ClassifyJob(str(path), card, **files))
    cells = _features(tmp_path / "out.gpkg")
    weights = np.array([cell["area_m2"] for cell in cells])
    expected = weights @ np.array([_shares(cell) for cell in cells]) / weights.sum()
    np.testing.assert_allclose(found, expected, atol=0.02)


@quick
@given(
    st.floats(-179, 179), st.floats(-80, 80), st.floats(0.001, 0.3), st.floats(0.001, 0.3)
)  # fmt: skip
def test_the_area_of_a_box_of_degrees_is_that_of_snyder(west, south, wide, high) -> None:
    """By numerical integration of the ellipsoid's radii (Snyder 1987, eq. 4-18 and 4-20)."""
    east, north = west + wide, south + high
    ring = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])
    a, e2 = 6378137.0, 0.0066943799901413165
    edges = np.radians(np.linspace(south, north, 2001))
    phi = (edges[1:] + edges[:-1]) / 2
    w = 1 - e2 * np.sin(phi) ** 2
    strip = a * (1 - e2) / w**1.5 * a / np.sqrt(w) * np.cos(phi)
    expected = (strip * np.diff(edges)).sum() * np.radians(wide)
    # The upper and the lower edge are straight in degrees, as they are on the map.
    assert polygon_area_m2([ring], CRS.from_epsg(4326)) == pytest.approx(expected, rel=1e-6)


def test_the_area_of_projected_polygons_holes_and_the_date_line() -> None:
    utm = CRS.from_epsg(32633)
    box = np.array([(5e5, 5.8e6), (5.1e5, 5.8e6), (5.1e5, 5.81e6), (5e5, 5.81e6), (5e5, 5.8e6)])
    gap = box[::-1] * 0.5 + box[0] * 0.5
    whole, less = polygon_area_m2([box], utm), polygon_area_m2([box, gap], utm)
    frame = Frame(100, 100, rasterio.transform.from_origin(5e5, 5.81e6, 100, 100), utm)
    rows, cols = np.mgrid[:100, :100] + 0.5
    assert whole == pytest.approx(frame.pixel_area_m2(rows, cols).sum(), rel=1e-6)
    assert less == pytest.approx(0.75 * whole, rel=1e-3)
    edge = np.array([(1.5e5, 1e5), (1.8e5, 1e5), (1.8e5, 2e5), (1.5e5, 2e5), (1.5e5, 1e5)])
    across_the_date_line = polygon_area_m2([edge], CRS.from_epsg(32601))
    assert across_the_date_line == pytest.approx(polygon_area_m2([edge], utm), rel=1e-9)


def _geojson(path: Path, features: list) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def _lon_lat(ring: Ring) -> list[list[float]]:
    xs, ys = [5e5 + x for x, _ in ring], [5.8e6 - y for _, y in ring]
    return np.transpose(transform_points("EPSG:32633", "EPSG:4326", xs, ys)).tolist()


def _frame(scene: tuple) -> Frame:
    with rasterio.open(scene[0]) as dataset:
        return Frame(dataset.height, dataset.width, dataset.transform, dataset.crs)


def test_zones_are_read_from_geojson(scene, tmp_path: Path) -> None:
    ring = [*_square(10, 20, 30), _square(10, 20, 30)[0]]
    polygon = {"type": "Polygon", "coordinates": [_lon_lat(ring)]}
    several = {"type": "MultiPolygon", "coordinates": [polygon["coordinates"]] * 2}
    rows = [
        {"n": 1, "x": 1, "t": "a", "mixed": 1, "big": 2**70, "list": [1, "é"], "yes": True},
        {"n": None, "x": 2.5, "t": None, "mixed": "b", "big": 1, "new": 4},
    ]
    features = [
        {"type": "Feature", "properties": row, "geometry": shape}
        for row, shape in zip(rows, (polygon, several))
    ]
    zones, fields = read_zones(_geojson(tmp_path / "z.geojson", features), _frame(scene))
    assert fields == {
        "n": "INTEGER", "x": "REAL", "t": "TEXT", "mixed": "TEXT", "big": "TEXT", "list": "TEXT",
        "yes": "INTEGER", "new": "INTEGER",
    }  # fmt: skip
    assert zones[0].values == (1, 1, "a", "1", str(2**70), '[1, "é"]', True, None)
    assert zones[1].values == (None, 2.5, None, "b", "1", None, None, 4)
    found = np.array(zones[0].geometry["coordinates"][0])
    np.testing.assert_allclose(found, [(5e5 + x, 5.8e6 - y) for x, y in ring], atol=1e-3)
    assert zones[1].geometry["type"] == "MultiPolygon"


@pytest.mark.parametrize("form", ["feature", "geometry"])
def test_a_lone_feature_or_geometry_is_one_zone(form: str, scene, tmp_path: Path) -> None:
    polygon = {"type": "Polygon", "coordinates": [_lon_lat([*_square(1, 2, 3), (1, 2)])]}
    whole = {"feature": {"type": "Feature", "properties": None, "geometry": polygon}}
    path = tmp_path / "z.json"
    path.write_text(json.dumps(whole.get(form, polygon)))
    zones, fields = read_zones(path, _frame(scene))
    assert (len(zones), fields) == (1, {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read as GeoJSON"),
        ("[1]", "other than polygons"),
        ('{"type": "FeatureCollection", "features": []}', "holds no feature"),
        ('{"type": "FeatureCollection", "features": [3]}', "other than polygons"),
        ('{"type": "Point", "coordinates": [1, 2]}', "other than polygons"),
        ('{"type": "Polygon", "coordinates": []}', "other than polygons"),
        ('{"type": "Feature", "geometry": null}', "other than polygons"),
    ],
)
def test_other_files_are_refused(content: str, says: str, scene, tmp_path: Path) -> None:
    path = tmp_path / "z.geojson"
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        read_zones(path, _frame(scene))
    with pytest.raises(InputError, match="cannot be read as GeoJSON"):
        read_zones(tmp_path / "none.geojson", _frame(scene))


def test_zones_need_a_raster_that_says_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "z.geojson"
    path.write_text('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}')
    with pytest.raises(InputError, match="nobody knows where the raster lies"):
        read_zones(path, Frame(9, 9, None, None))


def test_no_crs_no_area(card, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", noise(3, 40, 40), crs=None)
    zone = _zone(_square(5, 5, 20))
    _run((source,), card, tmp_path, [zone])
    (feature,) = _features(tmp_path / "out.gpkg")
    assert feature["area_m2"] is None
    assert feature["class_id"] is not None


def test_zones_across_column_blocks_and_strips(scene, card, tmp_path: Path) -> None:
    zones = [_zone(_star(75, 70, 55, 0.4)), _several(_zone(_square(3, 100, 9)),
                                                     _zone(_square(130, 5, 9)))]  # fmt: skip
    _run(scene, card, tmp_path, zones)
    whole = [_shares(feature) for feature in _features(tmp_path / "out.gpkg")]
    narrow = patch("geosift.inference.classification.cell_plan.BLOCK_WIDTH", 40)
    with narrow, patch("geosift.inference.tiles.sheets.ROWS_READ", 24):
        _run(scene, card, tmp_path, zones)
    found = [_shares(feature) for feature in _features(tmp_path / "out.gpkg")]
    np.testing.assert_allclose(found, whole, atol=0.011)


def test_a_zone_beyond_the_edge_is_not_answered_by_the_last_cell(
    scene, card, tmp_path: Path
) -> None:
    """150 columns in cells of 16 reach to column 160: beyond 150 nobody has seen anything."""
    zones = (_zone(_square(20, 20, 20)), _zone(_square(152, 20, 6)))
    result = _run(scene, card, tmp_path, zones, step=16)
    assert [each["class_id"] is None for each in _features(result.cells)] == [False, True]
    assert any("1 of 2 zones" in each for each in result.warnings)


def test_a_zone_of_nodata_does_not_take_the_cell_in_its_middle(card, tmp_path: Path) -> None:
    """A frame of nodata around valid pixels: its middle lies on them, but none of its own is."""
    pixels = np.zeros((3, 96, 96), np.uint8)
    pixels[:, 40:56, 40:56] = 90
    path = write(tmp_path / "in.tif", pixels, nodata=0)
    around = _zone(_square(20, 20, 56), _square(36, 36, 24))
    inside = _zone(_square(42, 42, 10))
    job = ClassifyJob(
        str(path), card, cells=tmp_path / "out.gpkg", step=STEP, zones=(around, inside)
    )
    run_classify(job)
    found = [each["class_id"] is None for each in _features(tmp_path / "out.gpkg")]
    assert found == [True, False]


def test_a_ring_that_is_not_closed_is_closed(scene, card, tmp_path: Path) -> None:
    closed = _zone(_square(20, 20, 20))
    ring = closed.geometry["coordinates"][0]
    open_ring = ZonePolygon({"type": "Polygon", "coordinates": [ring[:-1]]})
    _run(scene, card, tmp_path, (closed, open_ring))
    one, other = _features(tmp_path / "out.gpkg")
    assert one["area_m2"] == other["area_m2"]


def test_coordinates_that_are_no_numbers_are_told(scene, card, tmp_path: Path) -> None:
    ring = [(5e5, 5.8e6), (math.inf, 5.8e6), (5e5 + 9, 5.8e6 - 9), (5e5, 5.8e6)]
    zone = ZonePolygon({"type": "Polygon", "coordinates": [ring]})
    with pytest.raises(InputError, match="no numbers on the map"):
        _run(scene, card, tmp_path, (zone,))
