# SPDX-License-Identifier: GPL-2.0-or-later
"""The polygon layer: what lies inside is summed rightly, and the file is a GeoPackage for GDAL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from laws import thorough
from made_rasters import patches, write
from osgeo import ogr
from osgeo_utils.samples.validate_gpkg import GPKGChecker
from rasterio.crs import CRS
from rasterio.features import rasterize

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, OutputError
from geosift.inference.raster.frame import Frame
from geosift.inference.segmentation.polygon_layer import write_polygons
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.vector.geopackage import Feature, write_layer
from geosift.inference.vector.polygons import measure, regions

ogr.UseExceptions()

FRAMES = {
    "UTM": (Affine(2, 0, 5e5, 0, -2, 5.8e6), "EPSG:32633"),
    "degrees": (Affine(1e-3, 0, 13, 0, -1e-3, 60), "EPSG:4326"),
    "turned": (
        Affine.translation(5e5, 5.8e6) * Affine.rotation(31) * Affine.scale(0.7, -0.7),
        "EPSG:25833",
    ),
    "south up": (Affine(1, 0, 5e5, 0, 1, 5.8e6), "EPSG:32633"),
    "Web Mercator": (Affine(10, 0, 1.2e6, 0, -10, 8.4e6), "EPSG:3857"),
    "no place": (None, None),
}
CLASSES = hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24),
    elements=st.sampled_from([0, 0, 0, 1, 1, 2, 255]),
)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.smooth(tmp_path_factory.mktemp("network"), classes=3)


def _frame(shape: tuple[int, int], name: str) -> Frame:
    transform, crs = FRAMES[name]
    return Frame(*shape, transform, None if crs is None else CRS.from_string(crs))


def _written(folder: Path, classes: np.ndarray, percent: np.ndarray, name: str) -> tuple:
    transform, crs = FRAMES[name]
    options = {"transform": transform, "crs": crs, "nodata": 255}
    paths = folder / "classes.tif", folder / "confidence.tif"
    for path, pixels in zip(paths, (classes, percent)):
        write(path, pixels[np.newaxis], **options)
    return paths


def _layer(folder: Path, classes, card: ModelCard, *, percent=None, frame="UTM", **options) -> Path:
    percent = np.full(classes.shape, 80, np.uint8) if percent is None else percent
    paths = _written(folder, classes, percent, frame)
    settings = {"name": "found", "min_area": 0.0, "simplify": 0.0, **options}
    path = folder / "polygons.gpkg"
    path.unlink(missing_ok=True)
    write_polygons(
        path, classes=paths[0], confidence=paths[1], frame=_frame(classes.shape, frame), card=card,
        **settings,
    )  # fmt: skip
    return path


def _features(path: Path) -> list[ogr.Feature]:
    with_data = ogr.Open(str(path))
    return [feature.Clone() for feature in with_data.GetLayer(0)]


def _burned(path: Path, shape: tuple[int, int], transform: Affine, field: str) -> np.ndarray:
    """The layer drawn again: each pixel the field of the polygon there, 255 for none."""
    pairs = []
    for feature in _features(path):
        geometry = feature.GetGeometryRef()
        rings = [geometry.GetGeometryRef(i).GetPoints() for i in range(geometry.GetGeometryCount())]
        shape_of = {"type": "Polygon", "coordinates": [[p[:2] for p in ring] for ring in rings]}
        pairs.append((shape_of, feature.GetField(field)))
    if not pairs:
        return np.full(shape, 255)
    return rasterize(pairs, out_shape=shape, transform=transform, fill=255, dtype="int32")


@thorough
@given(CLASSES, st.sampled_from(list(FRAMES)), st.integers(0, 99))
def test_sums_inside_are_numpys(tmp_path_factory, classes, name: str, seed: int) -> None:
    """Pixels, area and mean confidence of each region, against drawing it and adding up."""
    folder = tmp_path_factory.mktemp("case")
    percent = np.random.default_rng(seed).integers(0, 101, classes.shape).astype(np.uint8)
    percent[classes == 255] = 255
    paths = _written(folder, classes, percent, name)
    frame = _frame(classes.shape, name)
    found = regions(paths[0])
    measures = measure(found, frame, paths[1])
    rows, cols = np.mgrid[: classes.shape[0], : classes.shape[1]] + 0.5
    each = frame.pixel_area_m2(rows, cols)
    for index, region in enumerate(found):
        shape = {"type": "Polygon", "coordinates": [ring.tolist() for ring in region.rings]}
        inside = rasterize([shape], out_shape=classes.shape, dtype="uint8").astype(bool)
        assert (classes[inside] == region.class_id).all()
        assert measures.pixels[index] == inside.sum()
        assert measures.confidence[index] == pytest.approx(percent[inside].mean())
        if each is None:
            assert measures.area_m2 is None
        else:
            assert measures.area_m2[index] == pytest.approx(each[inside].sum(), rel=1e-4)
    assert measures.pixels.sum() == (classes != 255).sum()


@pytest.mark.parametrize("name", FRAMES)
def test_drawn_again_the_layer_is_the_raster(name: str, card: ModelCard, tmp_path: Path) -> None:
    classes = patches(1, 70, 90, size=7)[0] % 3
    classes[10:30, 40:60] = 255
    path = _layer(tmp_path, classes, card, frame=name)
    transform = _frame(classes.shape, name).transform or Affine.scale(1, -1)
    np.testing.assert_array_equal(_burned(path, classes.shape, transform, "class_id"), classes)
    for feature in _features(path):
        assert feature.GetGeometryRef().IsValid()
        assert feature.GetField("name") == f"class {feature.GetField('class_id')}"
        assert feature.GetField("confidence") == 80


def test_holes_are_holes(card: ModelCard, tmp_path: Path) -> None:
    classes = np.zeros((40, 50), np.uint8)
    classes[5:35, 5:45] = 1
    classes[10:20, 10:20] = 2
    classes[25:30, 25:30] = 255
    found = {f.GetField("class_id"): f for f in _features(_layer(tmp_path, classes, card))}
    assert [found[i].GetGeometryRef().GetGeometryCount() for i in (0, 1, 2)] == [2, 3, 1]
    pixels = {i: int((classes == i).sum()) for i in (0, 1, 2)}
    for i, feature in found.items():
        assert feature.GetField("pixels") == pixels[i]
        assert feature.GetGeometryRef().GetArea() == pytest.approx(4 * pixels[i])
        assert feature.GetField("area_m2") == pytest.approx(4 * pixels[i], rel=2e-3)


def test_small_regions_are_left_out_by_square_metres(card: ModelCard, tmp_path: Path) -> None:
    classes = np.zeros((40, 50), np.uint8)
    classes[2:4, 2:4] = 1
    classes[10:20, 10:20] = 2
    assert len(_features(_layer(tmp_path, classes, card, min_area=15.9))) == 3
    kept = _features(_layer(tmp_path, classes, card, min_area=17.0))
    assert sorted(f.GetField("class_id") for f in kept) == [0, 2]


def test_without_a_place_areas_are_pixels(card: ModelCard, tmp_path: Path) -> None:
    classes = np.zeros((40, 50), np.uint8)
    classes[2:4, 2:4] = 1
    kept = _features(_layer(tmp_path, classes, card, frame="no place", min_area=4))
    assert len(kept) == 2, "a region exactly as large as asked for stays"
    path = _layer(tmp_path, classes, card, frame="no place", min_area=5)
    (feature,) = _features(path)
    assert feature.GetField("area_m2") is None
    assert feature.GetField("pixels") == 40 * 50 - 4
    layer = ogr.Open(str(path))
    assert layer.GetLayer(0).GetExtent() == (0, 50, -40, 0)
    _require_valid(path)


@pytest.mark.parametrize("tolerance", [0.7, 1.5, 4.0])
def test_simplified_polygons_fill_the_same_ground(
    tolerance, card: ModelCard, tmp_path: Path
) -> None:
    """No gap, no overlap: the areas add up, and every fine pixel has one polygon."""
    classes = patches(1, 90, 110, size=9)[0] % 3
    plain = len(_layer(tmp_path, classes, card).read_bytes())
    path = _layer(tmp_path, classes, card, simplify=tolerance)
    found = _features(path)
    assert all(feature.GetGeometryRef().IsValid() for feature in found)
    total = sum(feature.GetGeometryRef().GetArea() for feature in found)
    assert total == pytest.approx(4 * classes.size, rel=5e-3)
    assert sum(feature.GetField("pixels") for feature in found) == classes.size
    union = found[0].GetGeometryRef().Clone()
    for feature in found[1:]:
        union = union.Union(feature.GetGeometryRef())
    assert union.GetArea() == pytest.approx(total, rel=1e-9), "overlaps would be counted once"
    assert union.GetGeometryName() == "POLYGON"
    assert union.GetGeometryCount() == 1, "a gap would be a hole"
    if tolerance >= 1.5:
        assert path.stat().st_size <= plain


def _require_valid(path: Path) -> None:
    """GDAL's own checker of the standard, OGC 12-128r18."""
    checker = GPKGChecker(
        str(path), abort_at_first_error=False, extra_checks=True, warning_msg=False
    )
    checker.check()
    assert checker.errors == []


@pytest.mark.parametrize("name", FRAMES)
def test_the_file_is_a_valid_geopackage(name: str, card: ModelCard, tmp_path: Path) -> None:
    classes = patches(1, 60, 50, size=9)[0] % 3
    path = _layer(tmp_path, classes, card, frame=name)
    _require_valid(path)
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    assert dataset.GetLayerCount() == 1
    assert layer.GetName() == "found"
    assert layer.GetGeomType() == ogr.wkbPolygon
    fields = [layer.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(5)]
    assert fields == ["class_id", "name", "confidence", "area_m2", "pixels"]
    crs = FRAMES[name][1]
    authority = layer.GetSpatialRef().GetAuthorityCode(None) if crs else None
    assert authority == (crs.split(":")[1] if crs else None)
    xs, ys = _frame(classes.shape, name).to_map([0, 50, 50, 0], [0, 0, 60, 60])
    assert layer.GetExtent() == pytest.approx((xs.min(), xs.max(), ys.min(), ys.max()))


def test_a_coordinate_system_without_a_number_is_kept(tmp_path: Path) -> None:
    crs = CRS.from_proj4("+proj=laea +lat_0=47.3 +lon_0=8.5 +ellps=GRS80 +units=m")
    path = _squares(tmp_path / "a.gpkg", 3, crs=crs)
    _require_valid(path)
    dataset = ogr.Open(str(path))
    found = CRS.from_wkt(dataset.GetLayer(0).GetSpatialRef().ExportToWkt())
    assert found.to_dict() == crs.to_dict()


def _squares(path: Path, count: int, *, crs: CRS | None = None, name: str = "found") -> Path:
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], float)
    aside = np.array([3.0, 0.0])
    features = (Feature(((corners + i * aside,),), (i, f"name {i}")) for i in range(count))
    fields = {"class_id": "INTEGER", "name": "TEXT"}
    assert write_layer(path, name=name, crs=crs, fields=fields, features=features) == count
    return path


def test_the_index_finds_what_is_there_and_follows_edits(tmp_path: Path) -> None:
    """QGIS edits the layer through OGR: triggers keep the spatial index right."""
    path = _squares(tmp_path / "a.gpkg", 200, crs=CRS.from_epsg(32633))

    def found(left: float, right: float) -> list[int]:
        dataset = ogr.Open(str(path))
        layer = dataset.GetLayer(0)
        assert layer.TestCapability(ogr.OLCFastSpatialFilter)
        layer.SetSpatialFilterRect(left, 0.2, right, 0.8)
        return sorted(feature.GetFID() for feature in layer)

    def indexed() -> set[tuple[int, float]]:
        with sqlite3.connect(path) as database:
            return set(database.execute('SELECT id, minx FROM "rtree_found_geom"'))

    assert found(299.5, 303.5) == [101, 102]
    assert len(indexed()) == 200
    dataset = ogr.Open(str(path), update=1)
    layer = dataset.GetLayer(0)
    layer.DeleteFeature(101)
    moved = layer.GetFeature(5)
    moved.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((300 0,302 0,302 1,300 1,300 0))"))
    layer.SetFeature(moved)
    added = ogr.Feature(layer.GetLayerDefn())
    added.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((301 0,301.5 0,301.5 1,301 1,301 0))"))
    layer.CreateFeature(added)
    emptied = layer.GetFeature(7)
    emptied.SetGeometry(None)
    layer.SetFeature(emptied)
    del layer, dataset
    assert found(299.5, 303.5) == [5, 102, 201]
    assert len(indexed()) == 199
    assert (5, 300.0) in indexed()
    _require_valid(path)


@pytest.mark.parametrize(
    "name",
    ["two words", 'quo"ted', "it's", "größe", "select", "sqlite_x", "gpkg_contents", "1", "-"],
)
def test_a_layer_may_be_called_anything(name: str, tmp_path: Path) -> None:
    """It is called as the file is, and users call files what they like."""
    path = _squares(tmp_path / "a.gpkg", 3, crs=CRS.from_epsg(32633), name=name)
    dataset = ogr.Open(str(path))
    assert dataset.GetLayer(0).GetFeatureCount() == 3
    assert name.replace("sqlite_", "").replace("gpkg_", "") in dataset.GetLayer(0).GetName()


def test_no_region_at_all_is_an_empty_layer(card: ModelCard, tmp_path: Path) -> None:
    path = _layer(tmp_path, np.zeros((5, 5), np.uint8), card, min_area=1e9)
    assert _features(path) == []
    _require_valid(path)


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        _squares(tmp_path / "none" / "a.gpkg", 3)


def test_the_job_writes_the_polygons_of_its_raster(card: ModelCard, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 150, 170))
    job = SegmentJob(
        source=str(source), card=card, output=tmp_path / "out.tif",
        polygons=tmp_path / "my polygons.gpkg", confidence=tmp_path / "confidence.tif",
    )  # fmt: skip
    result = run(job)
    assert result.polygons == tmp_path / "my polygons.gpkg"
    _require_valid(result.polygons)
    with rasterio.open(result.output) as made, rasterio.open(result.confidence) as percent:
        classes, sure = made.read(1), percent.read(1)
        again = _burned(result.polygons, made.shape, made.transform, "class_id")
    np.testing.assert_array_equal(again, classes)
    found = _features(result.polygons)
    for row in result.areas:
        mine = [feature for feature in found if feature.GetField("class_id") == row.id]
        assert sum(feature.GetField("pixels") for feature in mine) == row.pixels
        area = sum(feature.GetField("area_m2") for feature in mine)
        assert area == pytest.approx(row.area_m2, rel=1e-4)
    weighted = sum(f.GetField("pixels") * f.GetField("confidence") for f in found) / classes.size
    assert weighted == pytest.approx(sure.mean(), abs=0.06)


def test_polygons_alone_keep_no_confidence_raster(card: ModelCard, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    run(SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif",
                   polygons=tmp_path / "out.gpkg"))  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {
        "in.tif", "out.tif", "out.tif.aux.xml", "out.gpkg",
    }  # fmt: skip


def test_writing_stops_when_nobody_wants_it(card: ModelCard, tmp_path: Path) -> None:
    classes = patches(1, 60, 50, size=3)[0] % 3
    with pytest.raises(Cancelled):
        _layer(tmp_path, classes, card, cancelled=lambda: True)
