# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:prompt`: points, boxes and words from everywhere, every parameter, clear refusals."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import networks
import numpy as np
import processing
import prompt_networks
import pytest
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    Listener,
    add_raster,
    box,
    polygon_layer,
    write_raster,
)
from prompt_scenes import scene as picture
from qgis.core import (
    NULL,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterRasterLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QByteArray
from rasterio.transform import from_origin

from geosift.inference.cards.card import ModelCard
from geosift.inference.prompt.shape import MOST_SMOOTHING
from geosift.inference.raster.window import Window
from geosift.plugin.algorithms import prompt_parameters

ID = "geosift:prompt"
HEIGHT, WIDTH = 600, 800
THINGS = (
    Window(40, 60, 60, 80), Window(300, 100, 90, 44), Window(200, 400, 120, 160),
    Window(480, 600, 80, 80),
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture(scope="module")
def pair(folder: Path) -> ModelCard:
    # The strict second mask stands firmer than the first, which shall still come first.
    return prompt_networks.same_colour(folder, sureness=(0.95, 0.8, 0.7))


@pytest.fixture(scope="module")
def raster(folder: Path) -> Path:
    return write_raster(folder / "things.tif", picture(HEIGHT, WIDTH, THINGS))


@pytest.fixture
def prompt(raster: Path, pair: ModelCard, tmp_path: Path) -> Any:
    """Runs the algorithm on the picture; OUTPUT is a GeoPackage unless told otherwise."""

    def run(feedback: Listener | None = None, **parameters: Any) -> dict[str, Any]:
        given = {"INPUT": str(raster), "MODEL": str(pair.path), "OUTPUT": str(tmp_path / "o.gpkg")}
        return processing.run(ID, {**given, **parameters}, feedback=feedback)

    return run


def algorithm() -> QgsProcessingAlgorithm:
    return QgsApplication.processingRegistry().createAlgorithmById(ID)


def boxes(*things: Window, crs: str = CRS, slack: int = 3) -> QgsVectorLayer:
    """A polygon around each thing, with a name of its own."""
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=name:string&field=year:integer", "b", "memory")
    for index, each in enumerate(things):
        place = each.padded(slack)
        rectangle = box(place.row_off, place.col_off, place.row_end, place.col_end)
        add(layer, QgsGeometry.fromRect(rectangle), [f"thing {index}", 2000 + index])
    layer.updateExtents()
    return layer


def points(*rows: tuple[float, float, str | None, Any, Any], crs: str = CRS) -> QgsVectorLayer:
    """(column, row, label, group, sign) as points of a layer."""
    uri = f"Point?crs={crs}&field=label:string&field=group:integer&field=sign:integer"
    layer = QgsVectorLayer(uri, "p", "memory")
    for col, row, *values in rows:
        add(layer, QgsGeometry.fromPointXY(QgsPointXY(WEST + col, NORTH - row)), values)
    layer.updateExtents()
    return layer


def add(layer: QgsVectorLayer, geometry: QgsGeometry, values: Iterable[Any]) -> None:
    feature = QgsFeature(layer.fields())
    feature.setGeometry(geometry)
    feature.setAttributes(list(values))
    layer.dataProvider().addFeature(feature)


def centre(thing: Window) -> tuple[float, float]:
    return thing.col_off + thing.width / 2, thing.row_off + thing.height / 2


def features(place: str | QgsVectorLayer) -> list[QgsFeature]:
    layer = place if isinstance(place, QgsVectorLayer) else QgsVectorLayer(place, "l", "ogr")
    assert layer.isValid()
    return sorted(layer.getFeatures(), key=lambda each: each["id"])


def iou(feature: QgsFeature, thing: Window) -> float:
    """Of an outline and what was drawn."""
    drawn = QgsGeometry.fromRect(box(thing.row_off, thing.col_off, thing.row_end, thing.col_end))
    both = feature.geometry().intersection(drawn).area()
    return both / (feature.geometry().area() + drawn.area() - both)


# What it says of itself


def test_every_parameter_has_help_and_what_goes_with_prompts_says_so() -> None:
    cutting = algorithm()
    for definition in cutting.parameterDefinitions():
        assert definition.help(), definition.name()
        assert definition.description()[0].isupper()
    assert {"box", "point", "footprint"} <= set(cutting.tags())
    for name in prompt_parameters.FIELDS:
        assert cutting.parameterDefinition(name).parentLayerParameterName() == "PROMPTS"
    assert prompt_parameters.MOST_SMOOTHING == MOST_SMOOTHING


def test_dialogs_list_the_models_of_the_right_kind(pair, qgis_app, monkeypatch) -> None:
    from processing.gui.wrappers import WidgetWrapperFactory
    from qgis.PyQt.QtWidgets import QWidget

    from geosift.inference.cards.catalog import Catalog
    from geosift.plugin import models

    monkeypatch.setattr(models, "catalog", lambda: Catalog(pair.path.parent))
    parent = type("AlgorithmDialog", (QWidget,), {})()
    owner = algorithm()
    wrapper = WidgetWrapperFactory.create_wrapper(owner.parameterDefinition("MODEL"), parent)
    names = [wrapper.widget.combo.itemText(i) for i in range(wrapper.widget.combo.count())]
    assert pair.name in names
    assert not {"Land cover", "Land use (small CNN)"} & set(names)


# Boxes


def test_a_box_a_thing_in_an_outline_a_thing_out(prompt) -> None:
    answer = prompt(PROMPTS=boxes(*THINGS))
    found = features(answer["OUTPUT"])
    assert len(found) == len(THINGS) == answer["OBJECTS"]
    for index, (feature, thing) in enumerate(zip(found, THINGS)):
        assert iou(feature, thing) > 0.95
        assert (feature["name"], feature["year"]) == (f"thing {index}", 2000 + index)
        assert feature["kind"] == "box"
        assert 0 < feature["predicted_iou"] <= 100
        assert feature["area_m2"] == pytest.approx(thing.pixels, rel=0.05)
        assert feature["source"] == "things.tif"
    assert answer["ENGINE"].startswith("CPU, ")
    assert {"total", "encode", "decode"} <= set(json.loads(answer["TIMINGS"]))
    assert answer["SECONDS"] > 0


def test_the_log_tells_the_time_of_each_stage(prompt) -> None:
    feedback = Listener()
    prompt(feedback, PROMPTS=boxes(*THINGS))
    assert "outlines: 4" in feedback.said
    assert any(line.startswith("encode: ") and line.endswith(" s") for line in feedback.said)
    assert feedback.warned == []


def test_boxes_in_another_crs_give_the_same_outlines(prompt, tmp_path) -> None:
    crs = QgsCoordinateReferenceSystem("EPSG:4326")
    given = {"INPUT": boxes(*THINGS), "TARGET_CRS": crs, "OUTPUT": "memory:"}
    turned = processing.run("native:reprojectlayer", given)["OUTPUT"]
    for feature, thing in zip(features(prompt(PROMPTS=turned)["OUTPUT"]), THINGS):
        assert iou(feature, thing) > 0.95


def test_any_polygon_is_taken_as_its_rectangle(prompt) -> None:
    layer = polygon_layer()
    place = THINGS[2].padded(4)
    around = box(place.row_off, place.col_off, place.row_end, place.col_end)
    diamond = [
        QgsPointXY(around.center().x(), around.yMaximum()),
        QgsPointXY(around.xMaximum(), around.center().y()),
        QgsPointXY(around.center().x(), around.yMinimum()),
        QgsPointXY(around.xMinimum(), around.center().y()),
    ]
    add(layer, QgsGeometry.fromPolygonXY([diamond]), [])
    (found,) = features(prompt(PROMPTS=layer)["OUTPUT"])
    assert iou(found, THINGS[2]) > 0.95


def test_only_selected_boxes_are_answered(prompt) -> None:
    layer = boxes(*THINGS)
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([3])
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    assert [each["name"] for each in features(prompt(PROMPTS=chosen)["OUTPUT"])] == ["thing 2"]


def test_fields_that_have_our_names_stay_beside_ours(prompt) -> None:
    layer = QgsVectorLayer(f"Polygon?crs={CRS}&field=id:string&field=kind:string", "b", "memory")
    thing = THINGS[0]
    rectangle = box(thing.row_off, thing.col_off, thing.row_end, thing.col_end)
    add(layer, QgsGeometry.fromRect(rectangle), ["mine", "villa"])
    (found,) = features(prompt(PROMPTS=layer)["OUTPUT"])
    assert (found["kind"], found["prompt_kind"], found["prompt_id"]) == ("box", "villa", "mine")


# Points


def test_each_point_is_an_object(prompt) -> None:
    layer = points(*((*centre(thing), f"no {i}", i, 1) for i, thing in enumerate(THINGS)))
    found = features(prompt(PROMPTS=layer, LABEL_FIELD="label")["OUTPUT"])
    assert [each["label"] for each in found] == ["no 0", "no 1", "no 2", "no 3"]
    assert {each["kind"] for each in found} == {"point"}
    assert all(iou(feature, thing) > 0.95 for feature, thing in zip(found, THINGS))


def test_points_of_one_group_are_one_object(prompt) -> None:
    """The thing has two halves of unlike colours: only together do they make it."""
    one, two = THINGS[0], THINGS[2]
    layer = points(
        (*centre(one), "a", 7, 1), (one.col_off + 9, one.row_off + 9, "b", 7, 1),
        (*centre(two), "c", None, 1),
        (two.col_off + 9, two.row_off + 9, "d", None, 1),
    )  # fmt: skip
    found = features(prompt(PROMPTS=layer, GROUP_FIELD="group", LABEL_FIELD="label")["OUTPUT"])
    assert [(each["label"], each["kind"]) for each in found] == [
        ("a", "points"), ("c", "point"), ("d", "point"),
    ]  # fmt: skip


@pytest.mark.parametrize("sign", [0, -1])
def test_a_point_beside_the_object_is_taken_away(sign: int, prompt) -> None:
    """The click beside comes first, and neither its label nor its place counts."""
    one, two = THINGS[0], THINGS[1]
    layer = points((*centre(two), "beside", 1, sign), (*centre(one), "on", 1, 1))
    given = {"GROUP_FIELD": "group", "LABEL_FIELD": "label"}
    (found,) = features(prompt(PROMPTS=layer, SIGN_FIELD="sign", **given)["OUTPUT"])
    assert found["label"] == "on"
    assert iou(found, one) > 0.95


def test_a_sign_that_is_neither_number_nor_word_is_none(prompt) -> None:
    layer = QgsVectorLayer(f"Point?crs={CRS}&field=sign:binary", "p", "memory")
    col, row = centre(THINGS[0])
    sign = QByteArray(b"\x00")
    add(layer, QgsGeometry.fromPointXY(QgsPointXY(WEST + col, NORTH - row)), [sign])
    (found,) = features(prompt(PROMPTS=layer, SIGN_FIELD="sign")["OUTPUT"])
    assert iou(found, THINGS[0]) > 0.95


def test_the_box_of_a_circle_goes_around_it(prompt) -> None:
    """A circle is drawn by two points, which are no box."""
    thing = THINGS[3]
    (col, row), radius = centre(thing), thing.width / 2 + 4
    left, right, y = WEST + col - radius, WEST + col + radius, NORTH - row
    circle = f"CurvePolygon (CircularString ({left} {y}, {right} {y}, {left} {y}))"
    layer = QgsVectorLayer(f"CurvePolygon?crs={CRS}", "p", "memory")
    add(layer, QgsGeometry.fromWkt(circle), [])
    (found,) = features(prompt(PROMPTS=layer)["OUTPUT"])
    assert found["kind"] == "box"
    assert iou(found, thing) > 0.95


def test_a_feature_of_several_points_is_one_object(prompt) -> None:
    layer = QgsVectorLayer(f"MultiPoint?crs={CRS}", "p", "memory")
    thing = THINGS[2]
    places = [
        QgsPointXY(WEST + thing.col_off + 20 * k, NORTH - thing.row_off - 20) for k in (1, 2, 3)
    ]
    add(layer, QgsGeometry.fromMultiPointXY(places), [])
    (found,) = features(prompt(PROMPTS=layer)["OUTPUT"])
    assert found["kind"] == "points"
    assert iou(found, thing) > 0.95


# What cannot be answered is told, once


def test_prompts_off_the_raster_and_on_nodata_are_told_in_one_warning(
    prompt, tmp_path: Path
) -> None:
    pixels = picture(HEIGHT, WIDTH, THINGS)
    pixels[:, 400:, :300] = 0
    raster = write_raster(tmp_path / "gap.tif", pixels, nodata=0)
    layer = points(
        (*centre(THINGS[0]), "", 0, 1), (-50, 20, "", 1, 1), (9e6, 9e6, "", 2, 1),
        (100, 500, "", 3, 1), (*centre(THINGS[2]), "", 4, 1),
    )  # fmt: skip
    feedback = Listener()
    answer = prompt(feedback, INPUT=str(raster), PROMPTS=layer)
    assert [each["group"] for each in features(answer["OUTPUT"])] == [0, 4]
    (warning,) = feedback.warned
    assert warning.startswith("3 of 5 ")


def test_features_without_a_place_are_told(prompt) -> None:
    layer = boxes(*THINGS[:1])
    add(layer, QgsGeometry(), ["nothing", 1])
    line = QgsGeometry.fromPolygonXY([[QgsPointXY(WEST, NORTH), QgsPointXY(WEST + 9, NORTH)]])
    add(layer, line, ["flat", 2])
    feedback = Listener()
    assert len(features(prompt(feedback, PROMPTS=layer)["OUTPUT"])) == 1
    assert feedback.warned[0].startswith("2 of 3 features in PROMPTS have no place")


def test_a_point_the_crs_of_the_raster_does_not_know_is_left_out(prompt) -> None:
    layer = QgsVectorLayer("Point?crs=EPSG:4326", "p", "memory")
    add(layer, QgsGeometry.fromPointXY(QgsPointXY(0, 95)), [])
    add(layer, QgsGeometry.fromPointXY(on_the_globe(centre(THINGS[2]))), [])
    feedback = Listener()
    (found,) = features(prompt(feedback, PROMPTS=layer)["OUTPUT"])
    assert iou(found, THINGS[2]) > 0.95
    assert feedback.warned[0].startswith("1 of 2 features in PROMPTS has no place")


def on_the_globe(place: tuple[float, float]) -> QgsPointXY:
    """A column and row of the picture as longitude and latitude."""
    there = QgsCoordinateReferenceSystem("EPSG:4326")
    here = QgsCoordinateReferenceSystem(CRS)
    transform = QgsCoordinateTransform(here, there, QgsProject.instance())
    return transform.transform(QgsPointXY(WEST + place[0], NORTH - place[1]))


def test_the_extent_leaves_out_what_is_beyond(prompt) -> None:
    extent = QgsReferencedRectangle(box(0, 0, 250, 300), QgsCoordinateReferenceSystem(CRS))
    feedback = Listener()
    found = features(prompt(feedback, PROMPTS=boxes(*THINGS), EXTENT=extent)["OUTPUT"])
    assert [each["name"] for each in found] == ["thing 0"]
    assert len(feedback.warned) == 1 and feedback.warned[0].startswith("3 of 4 ")


# Parameters


def test_more_masks_are_more_outlines_the_surest_first(prompt, tmp_path) -> None:
    one = features(prompt(PROMPTS=boxes(*THINGS[:1]))["OUTPUT"])
    several = features(
        prompt(PROMPTS=boxes(*THINGS[:1], slack=30), MASKS=3, OUTPUT=str(tmp_path / "m.gpkg"))[
            "OUTPUT"
        ]
    )
    assert [each["mask"] for each in one] == [0]
    assert [each["mask"] for each in several] == list(range(len(several)))
    worth = [each["predicted_iou"] for each in several]
    assert worth == sorted(worth, reverse=True)


def test_masks_in_a_field_are_those_of_the_outlines(prompt) -> None:
    from geosift.inference.prompt.rle import decode

    given = {"RLE": True, "SIMPLIFY": 0}
    for feature in features(prompt(PROMPTS=boxes(*THINGS), **given)["OUTPUT"]):
        told = json.loads(feature["rle"])
        mask = decode(told["counts"], height=told["size"][0], width=told["size"][1])
        assert mask.shape == (HEIGHT, WIDTH)
        assert mask.sum() == pytest.approx(feature["area_px"])


def test_bands_resolution_and_workers_reach_the_engine(prompt, tmp_path) -> None:
    answer = prompt(PROMPTS=boxes(*THINGS), THREADS=1, RESOLUTION=2.0, BANDS=[3, 2, 1], SIMPLIFY=0)
    assert "1 worker," in answer["ENGINE"]
    for feature, thing in zip(features(answer["OUTPUT"]), THINGS):
        assert feature["area_px"] == pytest.approx(thing.pixels / 4, rel=0.2)
        assert feature["area_m2"] == pytest.approx(thing.pixels, rel=0.2)
        assert iou(feature, thing) > 0.85


def test_shape_options_reach_the_engine(prompt, tmp_path) -> None:
    layer = boxes(*THINGS)

    def vertices(**given: Any) -> int:
        answer = prompt(PROMPTS=layer, OUTPUT=str(tmp_path / f"{len(given)}.gpkg"), **given)
        return sum(len(list(each.geometry().vertices())) for each in features(answer["OUTPUT"]))

    plain = vertices()
    assert vertices(SMOOTH=2) > plain
    assert vertices(ORTHOGONAL=True, SIMPLIFY=2.0) <= plain
    small = prompt(PROMPTS=layer, MIN_AREA=5000, OUTPUT=str(tmp_path / "large.gpkg"))
    assert [each["year"] for each in features(small["OUTPUT"])] == [2002, 2003]


@pytest.mark.parametrize("name", ["o.geojson", "o.shp", "o.fgb", "TEMPORARY_OUTPUT", "memory:mine"])
def test_outlines_in_any_format(name: str, prompt, tmp_path) -> None:
    place = name if ":" in name or name.isupper() else str(tmp_path / name)
    answer = prompt(PROMPTS=boxes(*THINGS), OUTPUT=place)["OUTPUT"]
    layer = answer if isinstance(answer, QgsVectorLayer) else QgsVectorLayer(answer, "p", "ogr")
    assert layer.isValid()
    assert sorted(each["year"] for each in layer.getFeatures()) == [2000, 2001, 2002, 2003]


def test_a_layer_read_through_its_provider_gives_the_same_outlines(prompt, tmp_path) -> None:
    bare = write_raster(tmp_path / "bare.tif", picture(HEIGHT, WIDTH, THINGS), crs=None)
    layer = add_raster(bare)
    layer.setCrs(QgsCoordinateReferenceSystem(CRS))
    for feature, thing in zip(
        features(prompt(INPUT=layer, PROMPTS=boxes(*THINGS))["OUTPUT"]), THINGS
    ):
        assert iou(feature, thing) > 0.95


def test_a_turned_raster_is_pointed_at_where_it_lies(prompt, tmp_path) -> None:
    transform = from_origin(WEST, NORTH, 1, 1) * from_origin(0, 0, 1, -1).rotation(20)
    raster = write_raster(
        tmp_path / "turned.tif", picture(HEIGHT, WIDTH, THINGS), transform=transform
    )
    layer = QgsVectorLayer(f"Point?crs={CRS}", "p", "memory")
    for thing in THINGS:
        add(layer, QgsGeometry.fromPointXY(QgsPointXY(*(transform * centre(thing)))), [])
    for feature, thing in zip(features(prompt(INPUT=str(raster), PROMPTS=layer)["OUTPUT"]), THINGS):
        assert feature.geometry().area() == pytest.approx(thing.pixels, rel=0.06)
        middle = QgsGeometry.fromPointXY(QgsPointXY(*(transform * centre(thing))))
        assert feature.geometry().contains(middle)


# Words


@pytest.fixture(scope="module")
def classes(folder: Path) -> Path:
    """A network to which buildings are what is bright in red: THINGS[0], [3] and no other."""
    card = networks.bright(folder, channels=3, stride=2, multiple=2, tile=256, halo=16)
    path = card.path.with_suffix(".json")
    told = json.loads(path.read_text())
    told["input"]["bands"] = ["red", "green", "blue"]
    told["classes"][0]["name"], told["classes"][1]["name"] = "Land", "Building"
    path.write_text(json.dumps(told))
    return card.path


RED = [THINGS[0], THINGS[3]]


@pytest.mark.parametrize("word", ["buildings", "Gebäude", "edificios", "les bâtiments"])
def test_a_word_finds_the_things_of_its_class(word: str, prompt, classes: Path) -> None:
    feedback = Listener()
    answer = prompt(feedback, TEXT=word, CLASS_MODEL=str(classes))
    found = features(answer["OUTPUT"])
    assert len(found) == len(RED)
    for feature, thing in zip(found, RED):
        assert iou(feature, thing) > 0.95
        assert (feature["label"], feature["kind"]) == ("Building", "text")
        assert feature["outline"] == "refined"
        assert feature["confidence"] > 90
        assert feature["predicted_iou"] > 0
    assert any(
        f"'{word}': class 'Building' of the model 'bright'" in each for each in feedback.said
    )


def test_a_word_within_an_extent_and_above_an_area(prompt, classes: Path) -> None:
    extent = QgsReferencedRectangle(box(400, 500, 600, 800), QgsCoordinateReferenceSystem(CRS))
    given = {"TEXT": "building", "CLASS_MODEL": str(classes)}
    (found,) = features(prompt(EXTENT=extent, **given)["OUTPUT"])
    assert iou(found, RED[1]) > 0.95
    assert len(features(prompt(MIN_AREA=5000, **given)["OUTPUT"])) == 1


def test_a_word_for_nothing_there_gives_an_empty_layer_and_says_so(
    prompt, classes: Path, tmp_path: Path
) -> None:
    dark = write_raster(tmp_path / "dark.tif", np.full((3, 100, 100), 40, np.uint8))
    feedback = Listener()
    answer = prompt(feedback, INPUT=str(dark), TEXT="building", CLASS_MODEL=str(classes))
    assert features(answer["OUTPUT"]) == []
    assert any("No 'Building' was found" in each for each in feedback.warned)


# In chains and on arrival


def test_qgis_process_gives_the_same_outlines(raster, pair, prompt, tmp_path, qgis_process) -> None:
    path = str(tmp_path / "boxes.gpkg")
    given = {"INPUT": boxes(*THINGS), "OUTPUT": path}
    processing.run("native:savefeatures", given)
    truth = features(prompt(PROMPTS=path)["OUTPUT"])
    words = {
        "INPUT": raster, "MODEL": pair.path, "PROMPTS": path, "OUTPUT": tmp_path / "two.gpkg",
    }  # fmt: skip
    command = [*qgis_process, "run", ID, "--", *(f"{name}={at}" for name, at in words.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    found = features(str(words["OUTPUT"]))
    assert [each.geometry().asWkt(3) for each in found] == [
        each.geometry().asWkt(3) for each in truth
    ]
    assert "outlines: 4" in done.stdout


def test_outlines_to_be_loaded_arrive_named_styled_and_grouped(
    raster, pair, tmp_path, qgis_new_project
) -> None:
    from processing.gui.Postprocessing import handleAlgorithmResults

    project = QgsProject.instance()
    context = QgsProcessingContext()
    context.setProject(project)
    feedback = Listener()
    parameters = {
        "INPUT": str(raster),
        "MODEL": str(pair.path),
        "PROMPTS": boxes(*THINGS),
        "OUTPUT": QgsProcessingOutputLayerDefinition(str(tmp_path / "o.gpkg"), project),
    }
    _results, fine = algorithm().run(parameters, context, feedback)
    assert fine
    handleAlgorithmResults(algorithm(), context, feedback, parameters=parameters)
    (group,) = project.layerTreeRoot().findGroup("GeoSift").children()
    assert group.name() == f"things · {pair.name}"
    (node,) = group.children()
    assert node.name() == f"things, {pair.name}, outlines"
    assert node.layer().featureCount() == len(THINGS)
    assert not node.layer().labelsEnabled(), "one and the same on each"


def test_it_is_a_step_of_a_designed_model(raster, pair, tmp_path) -> None:
    chain = QgsProcessingModelAlgorithm("chain", "tests")
    chain.initAlgorithm()
    chain.addModelParameter(
        QgsProcessingParameterRasterLayer("raster"), QgsProcessingModelParameter("raster")
    )
    source = QgsProcessingModelChildParameterSource
    child = QgsProcessingModelChildAlgorithm(ID)
    child.setChildId("cut")
    path = str(tmp_path / "boxes.gpkg")
    processing.run("native:savefeatures", {"INPUT": boxes(*THINGS), "OUTPUT": path})
    child.addParameterSources("INPUT", [source.fromModelParameter("raster")])
    child.addParameterSources("MODEL", [source.fromStaticValue(str(pair.path))])
    child.addParameterSources("PROMPTS", [source.fromStaticValue(path)])
    chain.addChildAlgorithm(child)
    step = QgsProcessingModelChildAlgorithm("native:centroids")
    step.setChildId("middle")
    step.addParameterSources("INPUT", [source.fromChildOutput("cut", "OUTPUT")])
    result = QgsProcessingModelOutput("middles")
    result.setChildId("middle")
    result.setChildOutputName("OUTPUT")
    step.setModelOutputs({"middles": result})
    chain.addChildAlgorithm(step)
    name = next(each.name() for each in chain.destinationParameterDefinitions())
    target = tmp_path / "middles.gpkg"
    context = QgsProcessingContext()
    _answers, fine = chain.run({"raster": str(raster), name: str(target)}, context, Listener())
    assert fine
    assert len(features(str(target))) == len(THINGS)


# Refusals and cancelling


@pytest.fixture
def refused(prompt, tmp_path: Path) -> Any:
    """What the run says that does not start, or fails; it leaves nothing behind."""

    def run(**parameters: Any) -> str:
        before = {path.name for path in tmp_path.iterdir()}
        with pytest.raises(QgsProcessingException) as caught:
            prompt(**parameters)
        assert {path.name for path in tmp_path.iterdir()} == before, "something was left behind"
        return str(caught.value)

    return run


def test_refuses_nothing_to_point_with_and_both(refused) -> None:
    assert "Nothing is pointed at: give points or boxes (PROMPTS), or a word (TEXT)." in refused()
    assert "give one of the two" in refused(PROMPTS=boxes(*THINGS), TEXT="buildings")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"TEXT": "unicorns"}, "No installed model knows 'unicorns'"),
        ({"TEXT": "cars"}, "No installed model tells 'cars' from what is around it"),
        ({"TEXT": "buildings", "CLASS_MODEL": "nope"}, "There is no model 'nope'"),
        ({"TEXT": "trees", "CLASS_MODEL": "eurosat-cnn"}, "there is no model for segmentation"),
        ({"TEXT": "buildings", "PROBABILITY": 0}, "PROBABILITY is a number from 1 to 100, not '0'"),
        ({"TEXT": "buildings", "MASKS": 4}, "MASKS is a number from 1 to 3, not '4'."),
        ({"TEXT": "buildings", "SMOOTH": 6}, "SMOOTH is a number from 0 to 5, not '6'."),
        ({"TEXT": "buildings", "MODEL": "landcover"}, "give it to geosift:segment"),
        ({"PROMPTS": "no such layer"}, "is not a layer of points or polygons"),
        ({"TEXT": "buildings", "BANDS": [1, 2, 9]}, "bands 1 to 3"),
        ({"TEXT": "buildings", "OUTPUT": "o.xyzzy"}, "OUTPUT cannot be written"),
        ({"TEXT": "buildings", "RESOLUTION": 0}, "RESOLUTION is a number, at least"),
    ],
)
def test_refuses_other_values(given: dict[str, Any], sentence: str, refused) -> None:
    assert sentence in refused(**given)


def test_refuses_lines_unknown_fields_and_empty_layers(refused) -> None:
    lines = QgsVectorLayer(f"LineString?crs={CRS}", "roads", "memory")
    assert "PROMPTS 'roads' has line: give a layer of points" in refused(PROMPTS=lines)
    layer = boxes(*THINGS)
    said = refused(PROMPTS=layer, LABEL_FIELD="nmae")
    assert "LABEL_FIELD 'nmae' is no field of PROMPTS; there is: name, year." in said
    assert "has no point and no polygon" in refused(PROMPTS=polygon_layer())


def test_refuses_prompts_all_of_which_miss_the_raster(refused) -> None:
    assert "utside the raster" in refused(PROMPTS=polygon_layer(QgsRectangle(0, 0, 9, 9)))


def test_a_click_beside_nothing_is_refused(refused) -> None:
    layer = points((*centre(THINGS[0]), "", 1, 0))
    assert "points at anything" in refused(PROMPTS=layer, SIGN_FIELD="sign")


@pytest.mark.parametrize("percent", [0.0, 30.0])
@pytest.mark.parametrize("name", ["o.gpkg", "o.geojson"])
def test_cancelled_leaves_nothing_behind(percent: float, name: str, prompt, tmp_path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    feedback = Listener(cancel_at=percent)
    if percent == 0.0:
        feedback.cancel()
    with pytest.raises(QgsProcessingException, match="ancelled"):
        prompt(feedback, PROMPTS=boxes(*THINGS * 30), OUTPUT=str(results / name))
    assert list(results.iterdir()) == []


def test_cancelled_while_a_word_is_looked_for_leaves_nothing(prompt, classes, tmp_path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    for percent in (1.0, 50.0, 70.0):
        given = {"TEXT": "building", "CLASS_MODEL": str(classes)}
        with pytest.raises(QgsProcessingException, match="ancelled"):
            prompt(Listener(cancel_at=percent), OUTPUT=str(results / "o.gpkg"), **given)
        assert list(results.iterdir()) == []


def test_a_map_server_without_metres_is_refused_in_one_sentence(refused) -> None:
    layer = QgsRasterLayer(
        "type=xyz&url=http://localhost:1/%7Bz%7D/%7Bx%7D/%7By%7D.png", "x", "wms"
    )
    assert layer.isValid()
    assert "give the metres per pixel" in refused(INPUT=layer, TEXT="buildings")


def test_values_that_are_empty_stay_empty(prompt) -> None:
    layer = boxes(*THINGS[:1])
    add(layer, QgsGeometry.fromRect(box(200, 400, 320, 560)), [None, None])
    found = features(prompt(PROMPTS=layer, LABEL_FIELD="name")["OUTPUT"])
    assert found[1]["name"] in (None, NULL) and found[1]["year"] in (None, NULL)
    assert [each["label"] for each in found] == ["thing 0", ""]
