# SPDX-License-Identifier: GPL-2.0-or-later
"""Accepted outlines as features: fields, CRS, undo, and layers that do not want them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from plugin_helpers import CRS, NORTH, WEST, add_raster, patchwork, polygon_layer, write_raster
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsDistanceArea,
    QgsFeature,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from rasterio import crs as rasterio_crs
from rasterio.transform import from_origin

from geosift.inference.errors import OutputError
from geosift.inference.prompt.columns import COLUMNS
from geosift.inference.prompt.shape import Outline, ShapeOptions, outline_of
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.plugin.prompt.outline_file import TABLE, is_temporary
from geosift.plugin.prompt.result_layer import ResultLayer
from geosift.plugin.results.layer_tree import GROUP, is_result

FRAME = Frame(100, 120, from_origin(WEST, NORTH, 1, 1), rasterio_crs.CRS.from_string(CRS))

pytestmark = pytest.mark.usefixtures("qgis_new_project")


def outline(*spans: tuple[int, int, int, int], hole: tuple[int, int, int, int] | None = None):
    """Rectangles of top, left, bottom, right in pixels of the scene, less a hole."""
    mask = np.zeros((100, 120), bool)
    for top, left, bottom, right in spans:
        mask[top:bottom, left:right] = True
    if hole:
        mask[hole[0] : hole[2], hole[1] : hole[3]] = False
    options = ShapeOptions(simplify_px=0, all_parts=True)
    return outline_of(mask, Window(0, 0, 100, 120), frame=FRAME, options=options)


HOUSE = outline((10, 20, 30, 50), hole=(15, 30, 20, 40))
YARD = outline((50, 20, 60, 30), (70, 20, 80, 30))


@pytest.fixture
def scene(tmp_path: Path) -> QgsRasterLayer:
    return add_raster(write_raster(tmp_path / "scene.tif", patchwork(100, 120)))


def result_layer(scene: QgsRasterLayer, **wanted) -> ResultLayer:
    return ResultLayer(scene, project=QgsProject.instance(), **wanted)


def accept(results: ResultLayer, *outlines: Outline, **others) -> list[int]:
    told = {"label": "house", "predicted_iou": 0.934, "kind": "box", "source": "scene"}
    return results.accept(outlines, **{**told, **others})


def only_feature(layer: QgsVectorLayer) -> QgsFeature:
    (feature,) = layer.getFeatures()
    return feature


def test_the_first_outline_makes_a_layer_beside_the_raster(scene, tmp_path: Path) -> None:
    results = result_layer(scene)
    assert results.layer is None
    assert not list(tmp_path.glob("*.gpkg"))
    accept(results, HOUSE)
    layer = results.layer
    assert layer.source() == f"{tmp_path / 'scene_outlines.gpkg'}|layername={TABLE}"
    assert layer.crs() == scene.crs()
    assert layer.isEditable()
    assert [field.name() for field in layer.fields()] == ["fid", *COLUMNS]
    feature = only_feature(layer)
    assert feature["id"] == 1
    assert feature["label"] == "house"
    assert feature["predicted_iou"] == 93.4
    assert feature["area_px"] == 550.0
    assert (feature["kind"], feature["source"]) == ("box", "scene")
    assert abs(feature["date"].secsTo(feature["date"].currentDateTime())) < 60
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid("WGS84")
    drawn = measure.measureArea(feature.geometry())
    assert feature["area_m2"] == pytest.approx(drawn, rel=1e-5)
    assert feature.geometry().area() == pytest.approx(550.0)


def test_it_is_styled_and_filed(scene) -> None:
    results = result_layer(scene)
    accept(results, HOUSE)
    root = QgsProject.instance().layerTreeRoot()
    assert [node.name() for node in root.findGroup(GROUP).children()] == ["scene, outlines"]
    assert is_result(results.layer)
    assert results.layer.labeling().settings().fieldName == "label"


def test_one_step_of_undo_an_outline(scene) -> None:
    results = result_layer(scene)
    accept(results, HOUSE, label="a")
    accept(results, YARD, label="b")
    layer = results.layer
    layer.undoStack().undo()
    assert [each["label"] for each in layer.getFeatures()] == ["a"]
    layer.undoStack().redo()
    assert sorted(each["label"] for each in layer.getFeatures()) == ["a", "b"]
    assert sorted(each["id"] for each in layer.getFeatures()) == [1, 2]
    layer.undoStack().undo()
    layer.undoStack().undo()
    assert layer.featureCount() == 0


def test_saved_and_added_to_in_another_session(scene, tmp_path: Path) -> None:
    first = result_layer(scene)
    accept(first, HOUSE)
    first.save()
    assert first.layer.isEditable()
    QgsProject.instance().removeMapLayer(first.layer.id())
    again = result_layer(scene)
    accept(again, YARD)
    assert sorted(each["id"] for each in again.layer.getFeatures()) == [1, 2]
    again.save()
    database = sqlite3.connect(tmp_path / "scene_outlines.gpkg")
    assert database.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (2,)


def test_a_map_server_has_its_outlines_beside_the_project(tmp_path: Path) -> None:
    """Or, in a project that was never saved, where its name says that they will not last."""
    server = QgsRasterLayer("type=xyz&url=https://example.com/{x}/{y}/{z}", "Tiles: a/b", "wms")
    results = result_layer(server)
    assert results.path.name == "Tiles_a_b_outlines.gpkg"
    assert is_temporary(results.path)
    accept(results, HOUSE)
    assert results.layer.name() == "Tiles: a/b, outlines (temporary)"
    QgsProject.instance().write(str(tmp_path / "work.qgz"))
    assert result_layer(server).path == tmp_path / "Tiles_a_b_outlines.gpkg"


def test_a_layer_that_is_in_the_project_is_taken_again(scene) -> None:
    """As in a project that was saved and opened again."""
    accept(result_layer(scene), HOUSE)
    accept(result_layer(scene), YARD)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    assert layer.featureCount() == 2


def test_a_raster_without_a_crs(tmp_path: Path) -> None:
    scene = add_raster(
        write_raster(tmp_path / "plain.tif", patchwork(100, 120), crs=None, transform=None)
    )
    frame = Frame(100, 120, None, None)
    mask = np.ones((4, 5), bool)
    options = ShapeOptions(simplify_px=0)
    results = result_layer(scene)
    accept(results, outline_of(mask, Window(10, 20, 4, 5), frame=frame, options=options))
    feature = only_feature(results.layer)
    assert (feature["area_px"], feature["area_m2"]) == (20, NULL)
    assert feature.geometry().boundingBox().toRectF().getRect() == (20, -14, 5, 4)
    assert scene.extent().contains(feature.geometry().boundingBox())


@pytest.mark.parametrize("kind", ["PolygonZ", "MultiPolygonZM", "CurvePolygon", "MultiSurface"])
def test_polygons_of_every_kind_take_outlines(scene, kind: str) -> None:
    target = in_project(QgsVectorLayer(f"{kind}?crs={CRS}&field=label:string", "mine", "memory"))
    assert target.isValid()
    results = result_layer(scene, target=target)
    accept(results, HOUSE)
    assert only_feature(target).geometry().area() == pytest.approx(550)
    results.save()
    assert not target.isModified()


def test_a_file_of_the_users_choice(scene, tmp_path: Path) -> None:
    results = result_layer(scene, path=str(tmp_path / "mine.gpkg"))
    accept(results, HOUSE)
    assert results.layer.source().startswith(str(tmp_path / "mine.gpkg"))


def test_an_existing_layer_in_another_crs_with_other_fields(scene) -> None:
    target = QgsVectorLayer(
        "Polygon?crs=EPSG:4326&field=label:string&field=area_m2:integer&field=owner:string"
        "&field=date:string&field=id:string",
        "mine",
        "memory",
    )
    QgsProject.instance().addMapLayer(target)
    results = result_layer(scene, target=target)
    assert len(accept(results, YARD)) == 2, "one for each part"
    features = list(target.getFeatures())
    assert {each["label"] for each in features} == {"house"}
    assert {each["area_m2"] for each in features} == {100}
    assert all(each["date"].startswith("20") for each in features)
    assert not features[0]["owner"]
    assert not features[0]["id"]
    corner = features[0].geometry().boundingBox()
    assert 54 < corner.xMinimum() < corner.xMaximum() < 56
    assert target.isEditable()
    target.undoStack().undo()
    assert target.featureCount() == 0


def refused(results: ResultLayer) -> str:
    with pytest.raises(OutputError) as error:
        accept(results, HOUSE)
    return str(error.value)


def in_project(layer: QgsVectorLayer) -> QgsVectorLayer:
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_a_layer_that_is_gone(scene) -> None:
    target = in_project(polygon_layer())
    results = result_layer(scene, target=target)
    QgsProject.instance().removeMapLayer(target.id())
    assert refused(results) == (
        "The layer 'mask' is no longer there; choose another for the outlines."
    )


def test_our_own_layer_that_was_removed_comes_back(scene) -> None:
    results = result_layer(scene)
    accept(results, HOUSE)
    results.save()
    QgsProject.instance().removeMapLayer(results.layer.id())
    accept(results, HOUSE)
    assert results.layer.featureCount() == 2


@pytest.mark.parametrize("make", ["read only", "points", "no edits"])
def test_layers_that_take_no_outline(scene, tmp_path: Path, make: str) -> None:
    if make == "points":
        target = in_project(QgsVectorLayer("Point?crs=EPSG:4326", "mine", "memory"))
    elif make == "read only":
        target = in_project(polygon_layer())
        target.setReadOnly(True)
    else:
        (tmp_path / "a.csv").write_text('wkt\n"POLYGON((0 0,1 0,1 1,0 0))"\n')
        uri = f"file://{tmp_path / 'a.csv'}?delimiter=,&wktField=wkt&crs=EPSG:4326"
        target = in_project(QgsVectorLayer(uri, "mine", "delimitedtext"))
    assert target.isValid()
    before = target.featureCount()
    assert "choose" in refused(result_layer(scene, target=target))
    assert target.featureCount() == before


def test_an_outline_that_cannot_be_where_the_layer_is(scene) -> None:
    target = in_project(polygon_layer(crs="EPSG:3031"))
    scene.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    results = result_layer(scene, target=target)
    assert "CRS" in refused(results)
    assert target.featureCount() == 0
    assert target.undoStack().count() == 0


@pytest.mark.parametrize("content", ["folder", "text", "other table"])
def test_files_that_hold_no_outlines(scene, tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.gpkg"
    if content == "folder":
        path = tmp_path / "none" / "a.gpkg"
    elif content == "text":
        path.write_text("no database")
    else:
        accept(result_layer(scene, path=str(path)), HOUSE)
        QgsProject.instance().removeAllMapLayers()
        with sqlite3.connect(path) as database:
            database.execute("UPDATE gpkg_contents SET table_name = 'x'")
        scene = add_raster(tmp_path / "scene.tif")
    before = path.read_bytes() if path.exists() else b""
    assert str(path) in refused(result_layer(scene, path=str(path)))
    assert (path.read_bytes() if path.exists() else b"") == before


def test_what_cannot_be_saved_stays_in_the_edit_buffer(scene, tmp_path: Path) -> None:
    """A trigger says no at once; for a locked file, SQLite would wait 25 seconds."""
    results = result_layer(scene)
    accept(results, HOUSE)
    database = sqlite3.connect(tmp_path / "scene_outlines.gpkg")
    database.execute(
        f"CREATE TRIGGER no BEFORE INSERT ON {TABLE} BEGIN SELECT RAISE(ABORT, 'is locked'); END"
    )
    with pytest.raises(OutputError, match=r"cannot be saved .*is locked"):
        results.save()
    assert results.layer.featureCount() == 1
    database.execute("DROP TRIGGER no")
    database.close()
    results.save()
    assert not results.layer.isModified()


def test_a_layer_of_the_file_is_known_however_its_path_is_spelt(scene: QgsRasterLayer) -> None:
    """A project that was saved and opened again spells it otherwise than Python does."""
    result = result_layer(scene)
    accept(result, HOUSE)
    assert result.layer.commitChanges()
    path = result.path
    QgsProject.instance().removeMapLayer(result.layer.id())
    for name, ending in (("small", "|subset=area_px < 9"), ("whole", "")):
        spelt = f"{path.parent}/./{path.name}|layername={TABLE}{ending}"
        again = QgsVectorLayer(spelt, name, "ogr")
        assert again.isValid()
        QgsProject.instance().addMapLayer(again)
    assert result.layer.name() == "whole"
