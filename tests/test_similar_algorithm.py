# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:similar`: examples of every kind in, ranked places out, styled; and clear refusals."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import cv2
import exported_networks as made
import numpy as np
import processing
import pytest
import rasterio
from embedded import embed
from made_rasters import CORNER, UTM, patches, write
from plugin_helpers import Listener, add_raster, polygon_layer
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsEditFormConfig,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from rasterio.warp import transform

from geosift.inference.embedding.examples import ExamplePolygon, Examples
from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.similar import SimilarJob, run_similar
from geosift.plugin.results.load_results import load_results

ID = "geosift:similar"
WEST, NORTH = CORNER
HEIGHT, WIDTH, COUNT = 180, 240, 12
Row = tuple[int, float, int, str]

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two rasters of coloured squares over each other, in an index; the network tells colours."""
    folder = tmp_path_factory.mktemp("scene")
    images = [np.maximum(patches(3, HEIGHT, WIDTH, size=30, seed=seed), 1) for seed in (2, 3)]
    files = [write(folder / f"{name}.tif", each) for name, each in zip(("may", "june"), images)]
    for name, month in zip(files, ("05", "06")):
        with rasterio.open(name, "r+") as dataset:
            dataset.update_tags(TIFFTAG_DATETIME=f"2021:{month}:15 10:00:00")
    card = made.features(folder, blend=(0, 0, 0))
    embed(folder / "index", card, *files, step=16)
    model = made.described(card)
    return {"index": folder / "index", "model": model, "card": card, "files": files}


@pytest.fixture
def find(scene: dict[str, Any], tmp_path: Path) -> Any:
    """Runs the algorithm into found.gpkg, unless told otherwise."""

    def go(**parameters: Any) -> dict[str, Any]:
        given = {
            "INDEX": str(scene["index"]), "MODEL": scene["model"], "COUNT": COUNT,
            "OUTPUT": str(tmp_path / "found.gpkg"),
        }  # fmt: skip
        return processing.run(ID, {**given, **parameters})

    return go


@pytest.fixture
def expected(scene: dict[str, Any], tmp_path: Path) -> Any:
    """What the engine finds."""

    def go(positive: Examples, *, filters: Filters | None = None, **more: Any) -> list[Row]:
        query = Query(positive, more.pop("negative", Examples()), weight=more.pop("weight", 0.5))
        job = SimilarJob(
            index=scene["index"], query=query, output=tmp_path / "expected.gpkg", count=COUNT,
            filters=filters or Filters(), apart=more.pop("apart", True), card=scene["card"], **more,
        )  # fmt: skip
        return [
            (rank, round(hit.score, 5), hit.vector, Path(hit.source).name)
            for rank, hit in enumerate(run_similar(job).hits, 1)
        ]

    return go


def rows(layer: QgsVectorLayer | str) -> list[Row]:
    found = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(layer, "f", "ogr")
    assert found.isValid()
    told = [
        (each["rank"], round(each["score"], 5), each["vector"], Path(each["source"]).name)
        for each in found.getFeatures()
    ]
    return sorted(told)


def at(col: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a pixel of the scene."""
    (x,), (y,) = transform(UTM, "EPSG:4326", [WEST + col], [NORTH - row])
    return x, y


def examples(*features: tuple[QgsGeometry, Any], crs: str = UTM) -> QgsVectorLayer:
    """A layer of geometries in UTM, each with a sign, brought to `crs`."""
    kind = "Polygon" if features[0][0].type() == 2 else "MultiPoint"
    layer = QgsVectorLayer(f"{kind}?crs={crs}&field=good:integer", "examples", "memory")
    there = [QgsCoordinateReferenceSystem(each) for each in (UTM, crs)]
    for geometry, sign in features:
        feature = QgsFeature(layer.fields())
        geometry.transform(QgsCoordinateTransform(*there, QgsCoordinateTransformContext()))
        feature.setGeometry(geometry)
        feature["good"] = sign
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def point(*places: tuple[float, float]) -> QgsGeometry:
    """Columns and rows of the scene."""
    found = [QgsPointXY(WEST + col, NORTH - row) for col, row in places]
    return QgsGeometry.fromMultiPointXY(found)


def square(left: float, top: float, side: float) -> QgsGeometry:
    corner = WEST + left, NORTH - top - side
    return QgsGeometry.fromRect(QgsRectangle(*corner, corner[0] + side, corner[1] + side))


@pytest.mark.parametrize("crs", [UTM, "EPSG:3857", "EPSG:4326"])
def test_points_of_a_layer_in_any_crs(find, expected, scene, crs: str) -> None:
    told = find(EXAMPLES=examples((point((50, 60)), 1), (point((140, 30), (150, 40)), 1), crs=crs))
    wanted = expected(Examples(places=(at(50, 60), at(140, 30), at(150, 40))))
    assert [row[2] for row in rows(told["OUTPUT"])] == [row[2] for row in wanted]
    assert told["FOUND"] == COUNT
    assert told["COMPARED"] == Index.open(scene["index"]).info.rows
    assert told["BEST"] == pytest.approx(wanted[0][1], abs=1e-4)


def test_bad_examples_by_field_by_layer_and_by_place(find, expected) -> None:
    """All three say the same."""
    good, bad = (50, 60), (140, 30)
    wanted = expected(
        Examples(places=(at(*good),)), negative=Examples(places=(at(*bad),)), weight=0.8
    )
    both = examples((point(good), 1), (point(bad), 0))
    by_field = find(EXAMPLES=both, SIGN_FIELD="good", WEIGHT=0.8)
    by_layer = find(
        EXAMPLES=examples((point(good), 1)), NOT_LIKE=examples((point(bad), 1)), WEIGHT=0.8
    )
    told = [",".join(map(repr, at(*each))) for each in (good, bad)]
    by_place = find(PLACE=told[0], NOT_PLACE=f"{told[1]} [EPSG:4326]", WEIGHT=0.8)
    for each in (by_field, by_layer, by_place):
        assert [row[2] for row in rows(each["OUTPUT"])] == [row[2] for row in wanted]


def test_a_polygon_is_one_example(find, expected, scene) -> None:
    large, small = square(20, 20, 80), square(141, 31, 3)
    layer = examples((large, 1), (small, 1), crs="EPSG:4326")
    shapes = [json.loads(each.geometry().asJson(15)) for each in layer.getFeatures()]
    polygons = tuple(
        ExamplePolygon(shape, at(*inside))
        for shape, inside in zip(shapes, ((60, 60), (142.5, 32.5)))
    )
    assert rows(find(EXAMPLES=layer)["OUTPUT"]) == expected(Examples(polygons=polygons))


def test_only_what_is_selected_counts(find, expected) -> None:
    layer = examples((point((50, 60)), 1), (point((140, 30)), 1))
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([2])
    source = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    wanted = expected(Examples(places=(at(140, 30),)))
    assert [row[2] for row in rows(find(EXAMPLES=source)["OUTPUT"])] == [row[2] for row in wanted]


def test_scripts_give_several_places(find, expected) -> None:
    wanted = [row[2] for row in expected(Examples(places=(at(50, 60), at(140, 30))))]
    plain = [",".join(map(repr, at(*each))) for each in ((50, 60), (140, 30))]
    metres = f"{WEST + 50},{NORTH - 60} [{UTM}]"
    for told in (plain, "; ".join(plain), [metres, plain[1]]):
        assert [row[2] for row in rows(find(PLACE=told)["OUTPUT"])] == wanted


def test_a_picture_is_an_example(find, expected, tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    cv2.imwrite(str(picture), np.full((40, 50, 3), (20, 30, 220), np.uint8))
    wanted = expected(Examples(pictures=(str(picture),)))
    assert rows(find(PICTURE=str(picture))["OUTPUT"]) == wanted
    assert rows(find(PICTURE=[str(picture)])["OUTPUT"]) == wanted


def test_where_when_and_in_what(find, expected, scene) -> None:
    """All filters hold at once; each told as QGIS tells it."""
    (west, north), (east, south) = at(30, 20), at(200, 150)
    box = (west, south, east, north)
    mask = polygon_layer(QgsRectangle(WEST, NORTH - 120, WEST + 150, NORTH), crs=UTM)
    corners = [at(0, 120), at(150, 120), at(150, 0), at(0, 0), at(0, 120)]
    told = find(
        PLACE=",".join(map(repr, at(50, 60))), APART=False, MASK=mask, FROM_DATE="2021-06-01",
        EXTENT=f"{west},{east},{south},{north} [EPSG:4326]", TO_DATE="2021-06-15",
        SOURCES="june.tif",
    )  # fmt: skip
    filters = Filters(
        extent=box,
        polygons=({"type": "Polygon", "coordinates": [corners]},),
        dates=("2021-06-01", "2021-06-15"),
        sources=("june.tif",),
    )
    wanted = expected(Examples(places=(at(50, 60),)), filters=filters, apart=False)
    assert rows(told["OUTPUT"]) == wanted
    assert {row[3] for row in wanted} == {"june.tif"}
    layer = add_raster(scene["files"][0], "a layer")
    told = find(PLACE=",".join(map(repr, at(50, 60))), SOURCES=[layer.id()])
    assert {row[3] for row in rows(told["OUTPUT"])} == {"may.tif"}


def test_an_extent_is_the_one_that_was_told_and_not_the_box_around_it(
    find, scene: dict[str, Any]
) -> None:
    """In degrees a square of a polar map stands on a corner: the box around it holds twice more."""
    index = Index.open(scene["index"])
    xs, ys = transform("EPSG:4326", "EPSG:3995", *index.middles)
    x, y, half = np.mean(xs), np.mean(ys), np.ptp(xs) / 4
    inside = (np.abs(np.array(xs) - x) <= half) & (np.abs(np.array(ys) - y) <= half)
    at = f"{index.middles[0, 0]},{index.middles[1, 0]}"
    extent = f"{x - half},{x + half},{y - half},{y + half} [EPSG:3995]"
    assert find(PLACE=at, EXTENT=extent)["COMPARED"] == inside.sum() > 5
    rectangle = QgsReferencedRectangle(
        QgsRectangle(x - half, y - half, x + half, y + half),
        QgsCoordinateReferenceSystem("EPSG:3995"),
    )
    assert find(PLACE=at, EXTENT=rectangle)["COMPARED"] == inside.sum()


@pytest.mark.parametrize("ending", ["gpkg", "sqlite", "shp", "geojson", "memory:"])
def test_every_format_gets_the_same_places(find, tmp_path: Path, ending: str) -> None:
    """Those that hold bytes with thumbnails, the others without."""
    place = ending if ending == "memory:" else str(tmp_path / f"here.{ending}")
    where = {"PLACE": ",".join(map(repr, at(50, 60)))}
    plain = rows(find(**where)["OUTPUT"])
    told = find(**where, OUTPUT=place)["OUTPUT"]
    layer = told if isinstance(told, QgsVectorLayer) else QgsVectorLayer(told, "f", "ogr")
    assert rows(layer) == plain
    holds = ending in ("gpkg", "sqlite", "memory:")
    assert (layer.fields().lookupField("thumbnail") >= 0) == holds
    if holds:
        for each in layer.getFeatures():
            assert bytes(each["thumbnail"])[:3] == b"\xff\xd8\xff"
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]


def test_likeness_over_a_raster_told_by_name_path_or_layer(find, scene, tmp_path: Path) -> None:
    seen = []
    layer = add_raster(scene["files"][1], "a layer")
    for name in ("june.tif", str(scene["files"][1]), layer.id()):
        heat = tmp_path / f"heat{len(seen)}.tif"
        told = find(PLACE=",".join(map(repr, at(50, 60))), HEAT=str(heat), HEAT_OF=name, OUTPUT="")
        assert "OUTPUT" not in told
        with rasterio.open(heat) as dataset:
            seen.append(dataset.read(1))
            assert dataset.crs == UTM
    assert np.nanmax(seen[0]) <= 1 + 1e-6
    for each in seen[1:]:
        np.testing.assert_array_equal(each, seen[0])
    with pytest.raises(QgsProcessingException, match="say over which of them"):
        find(PLACE=",".join(map(repr, at(50, 60))), HEAT=str(tmp_path / "h.tif"))
    assert not (tmp_path / "found.gpkg").exists(), "all results or none"


@pytest.fixture
def loaded(scene, qgis_new_project: None, tmp_path: Path) -> tuple[QgsVectorLayer, Any]:
    """The layer of places and the raster of likeness, as the toolbox brings them."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    places = {
        name: QgsProcessingOutputLayerDefinition(str(tmp_path / file), context.project())
        for name, file in (("OUTPUT", "o.gpkg"), ("HEAT", "h.tif"))
    }
    given = {"PLACE": ",".join(map(repr, at(50, 60))), "HEAT_OF": "may.tif"}
    processing.run(
        ID,
        {"INDEX": str(scene["index"]), **given, **places},
        context=context,
    )
    layers, trouble = load_results(context, Listener())
    assert not trouble
    (vector,) = [each for each in layers if isinstance(each, QgsVectorLayer)]
    (raster,) = [each for each in layers if each is not vector]
    return vector, raster


def test_places_are_coloured_by_score_and_likeness_glows(loaded) -> None:
    vector, raster = loaded
    assert (vector.name(), raster.name()) == ("index, similar places", "index, likeness")
    renderer = vector.renderer()
    assert renderer.classAttribute() == "score"
    scores = [each["score"] for each in vector.getFeatures()]
    for score in scores:
        assert renderer.rangeForValue(score) is not None, score
    assert renderer.orderByEnabled(), "the best on top"
    assert not vector.labelsEnabled()
    assert vector.labeling().settings().fieldName == "rank"
    items = raster.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert [item.color.alpha() for item in items] == sorted(item.color.alpha() for item in items)
    assert items[0].color.alpha() == 0 and items[-1].color.alpha() > 200
    tree = QgsProject.instance().layerTreeRoot().findGroup("GeoSift").findLayerIds()
    assert tree == [vector.id(), raster.id()]


def test_a_thumbnail_is_in_the_map_tip_and_in_the_form(loaded) -> None:
    vector, _raster = loaded
    first = min(vector.getFeatures(), key=lambda each: each["rank"])
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(vector))
    context.setFeature(first)
    tip = QgsExpression.replaceExpressionText(vector.mapTipTemplate(), context)
    (coded,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', tip)
    image = cv2.imdecode(np.frombuffer(base64.b64decode(coded), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None and image.min() >= 0 and image.shape[2] == 3
    assert "<b>#1</b>" in tip and "[%" not in tip
    form = vector.editFormConfig()
    assert form.layout() == QgsEditFormConfig.EditorLayout.TabLayout
    (tab,) = form.tabs()
    names = [child.name() for child in tab.children()]
    assert names[0] == "Thumbnail" and "thumbnail" not in names
    assert {"rank", "score", "source"} <= set(names)


def test_without_the_network_a_place_is_the_nearest_patch(scene, tmp_path: Path) -> None:
    """The index's model is not among those installed; it is said, and goes on."""
    listener = Listener()
    given = {
        "INDEX": str(scene["index"]), "PLACE": ",".join(map(repr, at(50, 60))),
        "OUTPUT": str(tmp_path / "o.gpkg"),
    }  # fmt: skip
    assert processing.run(ID, given, feedback=listener)["FOUND"] > 0
    (warning,) = listener.warned
    assert "nearest patch" in warning


def test_features_without_a_place_are_told(find, scene, tmp_path: Path) -> None:
    layer = examples((point((50, 60)), 1))
    layer.dataProvider().addFeature(QgsFeature(layer.fields()))
    listener = Listener()
    given = {
        "INDEX": str(scene["index"]), "MODEL": scene["model"], "EXAMPLES": layer,
        "OUTPUT": str(tmp_path / "o.gpkg"),
    }  # fmt: skip
    processing.run(ID, given, feedback=listener)
    assert listener.warned == ["1 example has no place and is left out."]


def test_clear_refusals(find, scene, tmp_path: Path) -> None:
    here = ",".join(map(repr, at(50, 60)))
    lines = QgsVectorLayer(f"LineString?crs={UTM}", "lines", "memory")
    empty = QgsVectorLayer(f"Point?crs={UTM}", "nothing", "memory")
    for given, words in (
        ({"INDEX": "", "PLACE": here}, "INDEX is missing"),
        ({"INDEX": str(tmp_path), "PLACE": here}, "is no index"),
        ({"CONNECTION": "base", "PLACE": here}, "INDEX and CONNECTION cannot both"),
        ({}, "There is no example: give EXAMPLES"),
        ({"EXAMPLES": lines}, "EXAMPLES 'lines' has line: give a layer of points or polygons"),
        ({"EXAMPLES": empty}, "There is no example"),
        ({"EXAMPLES": str(tmp_path / "no.gpkg")}, "is not a layer of points or polygons"),
        ({"EXAMPLES": examples((point((1, 1)), 1)), "SIGN_FIELD": "x"}, "'x' is no field of EX"),
        ({"PLACE": here, "SIGN_FIELD": "good"}, "SIGN_FIELD is 'good', but there is no EXAMPLES"),
        ({"PLACE": "here"}, "PLACE is x,y .EPSG:code., such as .* not 'here'"),
        ({"PLACE": f"{here};there"}, "not 'there'"),
        ({"PLACE": here, "NOT_PLACE": "there"}, "NOT_PLACE is x,y"),
        ({"PLACE": "0,0"}, "No patch of the index .* lies at 0, 0"),
        ({"PLACE": here, "FROM_DATE": "May"}, "FROM_DATE is a day, such as 2021-05-01, not 'May'"),
        ({"PLACE": here, "FROM_DATE": "2022-01-01"}, "is where, when and of what was asked"),
        ({"PLACE": here, "SOURCES": "july.tif"}, "no raster is called july.tif"),
        ({"PLACE": here, "EXTENT": "0,1,0,1 [EPSG:4326]"}, "is where, when and of what was asked"),
        ({"PLACE": here, "COUNT": 0}, "COUNT is a number, at least 1"),
        ({"PLACE": here, "WEIGHT": -1}, "WEIGHT is a number, at least 0"),
        ({"PLACE": here, "MODEL": "landcover"}, "is for segmentation, not for features or recog"),
        ({"PLACE": here, "MODEL": "features"}, "the network the index was made with"),
        ({"PICTURE": str(tmp_path / "no.png")}, "no.png"),
        ({"PLACE": here, "OUTPUT": ""}, "Nothing is to be written"),
        ({"PLACE": here, "OUTPUT": str(tmp_path / "a.xyz")}, "give a file name ending in .gpkg"),
        ({"PLACE": here, "HEAT": str(tmp_path / "a.png")}, "HEAT needs a file name ending in .tif"),
        ({"PLACE": here, "HEAT": str(tmp_path / "a.tif"), "HEAT_OF": "x"}, "no raster is called x"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            find(**given)
    assert not list(tmp_path.iterdir())


def test_what_is_cancelled_leaves_nothing(scene, tmp_path: Path) -> None:
    listener = Listener()
    listener.cancel()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    given = {
        "INDEX": str(scene["index"]), "PLACE": ",".join(map(repr, at(50, 60))),
        "HEAT_OF": "may.tif", "OUTPUT": str(tmp_path / "o.shp"), "HEAT": str(tmp_path / "h.tif"),
    }  # fmt: skip
    _results, fine = algorithm.run(given, QgsProcessingContext(), listener)
    assert not fine
    assert not list(tmp_path.iterdir())


def test_a_photograph_is_searched_in_its_own_coordinates(tmp_path: Path) -> None:
    """It lies nowhere: columns to the right, rows down, as QGIS draws it."""
    image = np.maximum(patches(3, 90, 120, size=30), 1)
    photo = write(tmp_path / "photo.tif", image, crs=None, transform=None)
    card = made.features(tmp_path, blend=(0, 0, 0))
    embed(tmp_path / "index", card, photo, step=16)
    layer = QgsVectorLayer("Point?crs=EPSG:4326", "drawn on it", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(50, -60)))
    layer.dataProvider().addFeature(feature)
    given = {"INDEX": str(tmp_path / "index"), "MODEL": made.described(card), "COUNT": 3}
    by_layer = processing.run(ID, {**given, "EXAMPLES": layer, "OUTPUT": str(tmp_path / "a.gpkg")})
    by_place = processing.run(ID, {**given, "PLACE": "50,-60", "OUTPUT": str(tmp_path / "b.gpkg")})
    assert rows(by_layer["OUTPUT"]) == rows(by_place["OUTPUT"])
    assert by_place["BEST"] > 0.9


def test_from_the_command_line_of_qgis(qgis_process: list[str], scene, tmp_path: Path) -> None:
    output = tmp_path / "found.gpkg"
    here = [",".join(map(repr, at(*each))) for each in ((50, 60), (140, 30))]
    words = [f"INDEX={scene['index']}", *(f"PLACE={each}" for each in here), f"OUTPUT={output}"]
    command = [*qgis_process, "--json", "run", ID, "--", *words, f"MODEL={scene['model']}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["results"]
    assert told["FOUND"] == QgsVectorLayer(str(output), "f", "ogr").featureCount() > 0
    assert set(told) == {"OUTPUT", "FOUND", "COMPARED", "BEST", "SECONDS"}
