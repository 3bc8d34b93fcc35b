# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:classify`: the same answers from everywhere, every parameter, and clear refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import networks
import numpy as np
import processing
import pytest
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    Listener,
    box,
    patchwork,
    polygon_layer,
    read_pixels,
    write_raster,
)
from qgis.core import (
    NULL,
    QgsApplication,
    QgsCoordinateReferenceSystem,
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
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QWidget
from real_data import real_rasters

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob
from geosift.inference.classification.run import run_classify
from geosift.inference.errors import GeoSiftError

ID = "geosift:classify"
SIZE, PATCH = (300, 400), 70
"""Patches hardly larger than a tile, so that cells are of every class and of every sureness."""
COLORS = (190, 70, 70), (70, 190, 70), (70, 70, 190), (190, 190, 70), (110, 110, 110)
ROWS, COLS = 10, 13
"""Cells of 32 pixels; the last ones are smaller."""
ANSWER = ["class_id", "name", "confidence", "second_id", "second", "margin", "area_m2"]

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="module")
def model(folder: Path) -> ModelCard:
    return networks.classifier(folder, colors=COLORS, sharpness=0.0005)


@pytest.fixture(scope="module")
def scene(folder: Path) -> Path:
    return write_raster(folder / "scene.tif", patchwork(*SIZE, side=PATCH))


@pytest.fixture(scope="module")
def truth(scene: Path, model: ModelCard) -> tuple[np.ndarray, list[list[Any]]]:
    """Class raster and rows of the grid, from the engine itself."""
    raster, cells = scene.with_name("truth.tif"), scene.with_name("truth.gpkg")
    run_classify(ClassifyJob(source=str(scene), card=model, raster=raster, cells=cells))
    return read_pixels(raster), rows_of(cells)


def rows_of(place: Path | str | QgsVectorLayer) -> list[list[Any]]:
    """Every feature's outline and answer."""
    layer = place if isinstance(place, QgsVectorLayer) else QgsVectorLayer(str(place), "l", "ogr")
    assert layer.isValid()
    return [
        [each.geometry().asWkt(3), *(each[name] for name in ANSWER)] for each in layer.getFeatures()
    ]


@pytest.fixture
def classify(scene: Path, model: ModelCard, tmp_path: Path) -> Any:
    """Runs the algorithm on the scene; OUTPUT is a GeoPackage unless told otherwise."""

    def run(**parameters: Any) -> dict[str, Any]:
        given = {"INPUT": str(scene), "MODEL": str(model.path)}
        return processing.run(ID, {**given, "OUTPUT": str(tmp_path / "o.gpkg"), **parameters})

    return run


def algorithm() -> QgsProcessingAlgorithm:
    return QgsApplication.processingRegistry().createAlgorithmById(ID)


# What it says of itself


def test_every_parameter_has_help_and_a_sentence_case_name() -> None:
    classification = algorithm()
    for definition in classification.parameterDefinitions():
        assert definition.help(), definition.name()
        assert definition.description()[0].isupper()
        assert definition.help() in classification.shortHelpString()
    assert {"land use", "sentinel-2", "eurosat"} <= set(classification.tags())


def test_dialogs_list_the_models_of_the_right_kind(model, qgis_app, monkeypatch) -> None:
    from processing.gui.wrappers import WidgetWrapperFactory

    from geosift.inference.cards.catalog import Catalog
    from geosift.plugin import models

    monkeypatch.setattr(models, "catalog", lambda: Catalog(model.path.parent))
    parent = type("AlgorithmDialog", (QWidget,), {})()
    for identifier, listed, missing in (
        (ID, "Classifier", "Land cover"), ("geosift:segment", "Land cover", "Classifier"),
    ):  # fmt: skip
        owner = QgsApplication.processingRegistry().createAlgorithmById(identifier)
        wrapper = WidgetWrapperFactory.create_wrapper(owner.parameterDefinition("MODEL"), parent)
        names = [wrapper.widget.combo.itemText(i) for i in range(wrapper.widget.combo.count())]
        assert listed in names
        assert missing not in names


# The same answers from everywhere


def test_processing_gives_the_answers_of_the_engine(classify, truth, tmp_path) -> None:
    answer = classify(RASTER=str(tmp_path / "o.tif"))
    assert truth[0].shape == (ROWS, COLS)
    assert len(np.unique(truth[0])) >= 3
    np.testing.assert_array_equal(read_pixels(answer["RASTER"]), truth[0])
    assert rows_of(answer["OUTPUT"]) == truth[1]
    assert answer["ENGINE"].startswith("CPU, ")
    assert answer["SECONDS"] > 0


def test_qgis_process_gives_the_answers_of_the_engine(
    scene, model, truth, tmp_path, qgis_process
) -> None:
    given = {
        "INPUT": scene, "MODEL": model.path, "OUTPUT": tmp_path / "o.gpkg",
        "RASTER": tmp_path / "o.tif", "REPORT": tmp_path / "o.html",
    }  # fmt: skip
    command = [*qgis_process, "run", ID, "--", *(f"{name}={at}" for name, at in given.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    np.testing.assert_array_equal(read_pixels(given["RASTER"]), truth[0])
    assert rows_of(given["OUTPUT"]) == truth[1]
    assert "Engine: CPU" in done.stdout
    assert " cells, " in done.stdout
    assert given["REPORT"].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_layer_read_through_its_provider_gives_the_same_answers(
    classify, scene, truth, tmp_path
) -> None:
    from plugin_helpers import add_raster

    bare = write_raster(tmp_path / "bare.tif", patchwork(*SIZE, side=PATCH), crs=None)
    layer = add_raster(bare)
    layer.setCrs(QgsCoordinateReferenceSystem(CRS))
    assert rows_of(classify(INPUT=layer)["OUTPUT"]) == truth[1]


@pytest.mark.parametrize("name", ["p.geojson", "p.shp", "p.fgb", "TEMPORARY_OUTPUT", "memory:mine"])
def test_the_grid_in_any_format(name: str, classify, truth, tmp_path) -> None:
    place = name if ":" in name or name.isupper() else str(tmp_path / name)
    answer = classify(OUTPUT=place)["OUTPUT"]
    layer = answer if isinstance(answer, QgsVectorLayer) else QgsVectorLayer(answer, "p", "ogr")
    assert layer.isValid()
    found = sorted((each["class_id"], round(each["margin"], 1)) for each in layer.getFeatures())
    assert found == sorted((row[1], round(row[6], 1)) for row in truth[1])


@pytest.mark.parametrize("path", real_rasters(), ids=lambda path: path.name)
def test_real_rasters_give_the_same_or_are_refused_alike(path: Path, model, tmp_path) -> None:
    truth, output = tmp_path / "truth.gpkg", tmp_path / "o.gpkg"
    given = {"INPUT": str(path), "MODEL": str(model.path), "OUTPUT": str(output)}
    try:
        run_classify(ClassifyJob(source=str(path), card=model, cells=truth))
    except GeoSiftError as error:
        with pytest.raises(QgsProcessingException) as caught:
            processing.run(ID, given)
        said = str(caught.value)
        assert str(error) in said or "cannot be read as a raster" in said
        assert not output.exists()
        return
    processing.run(ID, given)
    assert rows_of(output) == rows_of(truth)


# Parameters


def test_a_smaller_step_gives_more_cells(classify, tmp_path) -> None:
    answer = classify(STEP=16, RASTER=str(tmp_path / "o.tif"))
    assert read_pixels(answer["RASTER"]).shape == (19, 25)
    assert len(rows_of(answer["OUTPUT"])) == 19 * 25


def test_an_extent_is_answered_like_the_whole(classify, truth) -> None:
    extent = QgsReferencedRectangle(box(64, 96, 192, 256), QgsCoordinateReferenceSystem(CRS))
    found = rows_of(classify(EXTENT=extent)["OUTPUT"])
    assert len(found) == 4 * 5
    whole = {row[0]: row[1:] for row in truth[1]}
    for outline, *answer in found:
        assert answer[0] == whole[outline][0]
        assert answer[1:] == pytest.approx(whole[outline][1:], abs=0.011)


def test_probabilities_of_every_class_add_up(classify, model) -> None:
    layer = QgsVectorLayer(classify(PROBABILITIES=True)["OUTPUT"], "l", "ogr")
    names = [field.name() for field in layer.fields() if field.name().startswith("p_")]
    assert len(names) == len(model.classes)
    for feature in layer.getFeatures():
        shares = sorted(feature[name] for name in names)
        assert sum(shares) == pytest.approx(100, abs=0.05)
        assert shares[-1] == pytest.approx(feature["confidence"], abs=0.011)
        assert shares[-1] - shares[-2] == pytest.approx(feature["margin"], abs=0.021)


def test_bands_views_and_workers_reach_the_engine(classify, truth) -> None:
    assert rows_of(classify(BANDS=[3, 2, 1])["OUTPUT"]) != truth[1]
    answer = classify(AUGMENT="4", THREADS=1)
    assert "1 worker," in answer["ENGINE"]
    assert "mean of 4 views" in answer["ENGINE"]


def test_the_offset_of_reflectance_reaches_the_engine(folder, scene, tmp_path) -> None:
    """What a scene holds too much is taken off: with it, the answers are those without."""
    reflectance = {"low": [0] * 3, "high": [2550] * 3, "offset": 1000}
    model = networks.classifier(folder, name="reflecting", reflectance=reflectance)
    pixels = patchwork(*SIZE, side=PATCH).astype(np.uint16) * 10
    rows = {}
    for offset in (0, 1000):
        path = write_raster(tmp_path / f"{offset}.tif", pixels + offset)
        given = {"INPUT": str(path), "MODEL": str(model.path), "OFFSET": offset}
        output = str(tmp_path / f"{offset}.gpkg")
        rows[offset] = rows_of(processing.run(ID, {**given, "OUTPUT": output})["OUTPUT"])
    assert rows[0] == rows[1000]


def test_report_as_page_and_as_json(classify, truth, tmp_path) -> None:
    page, data = tmp_path / "r.html", tmp_path / "r.json"
    classify(REPORT=str(page))
    classify(REPORT=str(data))
    areas = json.loads(data.read_text(encoding="utf-8"))["areas"]
    assert sum(area["pixels"] for area in areas) == len(truth[1])
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert all(area["name"] in text for area in areas)


def test_each_output_alone(scene, model, truth, tmp_path) -> None:
    given = {"INPUT": str(scene), "MODEL": str(model.path)}
    answer = processing.run(ID, {**given, "RASTER": str(tmp_path / "o.tif")})
    np.testing.assert_array_equal(read_pixels(answer["RASTER"]), truth[0])
    assert "OUTPUT" not in answer
    assert {path.name for path in tmp_path.iterdir()} <= {"o.tif", "o.tif.aux.xml"}
    answer = processing.run(ID, {**given, "REPORT": str(tmp_path / "o.json")})
    assert Path(answer["REPORT"]).is_file()


# Zones


@pytest.fixture
def fields() -> QgsVectorLayer:
    """Two polygons on the raster and one far off, with attributes of many types."""
    uri = f"Polygon?crs={CRS}&field=name:string&field=crop:integer&field=sown:date&field=ok:bool"
    layer = QgsVectorLayer(uri, "fields", "memory")
    for index, place in enumerate((box(0, 0, 64, 64), box(100, 100, 230, 300))):
        _add(layer, QgsGeometry.fromRect(place), [f"field {index}", index, "2024-05-01", True])
    _add(layer, QgsGeometry.fromRect(QgsRectangle(0, 0, 9, 9)), ["far", None, None, None])
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)
    return layer


def _add(layer: QgsVectorLayer, geometry: QgsGeometry, values: list[Any]) -> None:
    feature = QgsFeature(layer.fields())
    feature.setGeometry(geometry)
    feature.setAttributes(values)
    layer.dataProvider().addFeature(feature)


def test_every_polygon_gets_one_answer_and_keeps_its_attributes(classify, fields, truth) -> None:
    answer = QgsVectorLayer(classify(ZONES=fields)["OUTPUT"], "l", "ogr")
    rows = list(answer.getFeatures())
    assert [row["zone_name"] for row in rows] == ["field 0", "field 1", "far"]
    assert [row["crop"] for row in rows][:2] == [0, 1]
    assert rows[0]["sown"].toString("yyyy-MM-dd") == "2024-05-01"
    assert rows[0]["ok"] is True
    assert rows[2]["crop"] in (None, NULL)
    assert [bool(row["name"]) for row in rows] == [True, True, False]
    assert rows[0].geometry().area() == pytest.approx(64 * 64)
    assert rows[0]["area_m2"] == pytest.approx(64 * 64, rel=0.01)


def test_zones_in_another_crs_get_the_same_answers(classify, fields, tmp_path) -> None:
    plain = rows_of(classify(ZONES=fields)["OUTPUT"])
    turned = processing.run(
        "native:reprojectlayer",
        {
            "INPUT": fields,
            "TARGET_CRS": QgsCoordinateReferenceSystem("EPSG:4326"),
            "OUTPUT": "memory:",
        },
    )["OUTPUT"]
    again = rows_of(classify(ZONES=turned, OUTPUT=str(tmp_path / "again.gpkg"))["OUTPUT"])
    for first, second in zip(plain[:2], again[:2]):
        assert first[1:3] == second[1:3]
        assert first[3] == pytest.approx(second[3], abs=1.0)


def test_only_selected_zones_are_answered(classify, fields) -> None:
    fields.selectByIds([2])
    chosen = QgsProcessingFeatureSourceDefinition(fields.id(), True)
    answer = QgsVectorLayer(classify(ZONES=chosen)["OUTPUT"], "l", "ogr")
    assert [row["zone_name"] for row in answer.getFeatures()] == ["field 1"]


def test_zones_that_miss_the_raster_are_told(scene, model, fields, tmp_path) -> None:
    feedback = Listener()
    given = {"INPUT": str(scene), "MODEL": str(model.path), "ZONES": fields}
    processing.run(ID, {**given, "OUTPUT": str(tmp_path / "o.gpkg")}, feedback=feedback)
    assert len(feedback.warned) == 1
    assert "1 zone" in feedback.warned[0] or "1 of" in feedback.warned[0]


def test_zones_without_an_area_are_left_out_and_told(scene, model, fields, tmp_path) -> None:
    feedback = Listener()
    _add(fields, QgsGeometry(), ["nothing", 9, None, None])
    line = QgsGeometry.fromPolygonXY([[QgsPointXY(WEST, NORTH), QgsPointXY(WEST + 9, NORTH)]])
    _add(fields, line, ["line", 9, None, None])
    given = {"INPUT": str(scene), "MODEL": str(model.path), "ZONES": fields}
    answer = processing.run(ID, {**given, "OUTPUT": str(tmp_path / "o.gpkg")}, feedback=feedback)
    names = [row["zone_name"] for row in QgsVectorLayer(answer["OUTPUT"], "l", "ogr").getFeatures()]
    assert names == ["field 0", "field 1", "far"]
    assert any("2 of 5 polygons in ZONES have no area" in each for each in feedback.warned)


# In chains and on arrival


def test_results_to_be_loaded_arrive_named_styled_and_grouped(
    scene, model, tmp_path, qgis_new_project
) -> None:
    from processing.gui.Postprocessing import handleAlgorithmResults

    project = QgsProject.instance()
    context = QgsProcessingContext()
    context.setProject(project)
    feedback = Listener()
    parameters = {
        "INPUT": str(scene),
        "MODEL": str(model.path),
        "OUTPUT": QgsProcessingOutputLayerDefinition(str(tmp_path / "o.gpkg"), project),
        "RASTER": QgsProcessingOutputLayerDefinition(str(tmp_path / "o.tif"), project),
    }
    _results, fine = algorithm().run(parameters, context, feedback)
    assert fine
    handleAlgorithmResults(algorithm(), context, feedback, parameters=parameters)
    (group,) = project.layerTreeRoot().findGroup("GeoSift").children()
    assert group.name() == "scene · Classifier"
    assert [node.name() for node in group.children()] == [
        "scene, Classifier, grid",
        "scene, Classifier",
    ]
    assert [node.itemVisibilityChecked() for node in group.children()] == [True, False], (
        "below the grid, which lets the image through, a raster would cover it"
    )
    cells, raster = (node.layer() for node in group.children())
    labels = [info.name for info in model.classes]
    assert [each.label() for each in cells.renderer().categories()] == labels
    assert [each.label for each in raster.renderer().classes()] == labels
    assert cells.styleManager().styles() == ["By class", "By confidence"]
    assert cells.styleManager().currentStyle() == "By class"


def test_it_is_a_step_of_a_designed_model(scene, model, truth, tmp_path) -> None:
    chain = QgsProcessingModelAlgorithm("chain", "tests")
    chain.initAlgorithm()
    chain.addModelParameter(
        QgsProcessingParameterRasterLayer("raster"), QgsProcessingModelParameter("raster")
    )
    source = QgsProcessingModelChildParameterSource
    child = QgsProcessingModelChildAlgorithm(ID)
    child.setChildId("classify")
    child.addParameterSources("INPUT", [source.fromModelParameter("raster")])
    child.addParameterSources("MODEL", [source.fromStaticValue(str(model.path))])
    chain.addChildAlgorithm(child)
    step = QgsProcessingModelChildAlgorithm("native:dissolve")
    step.setChildId("join")
    step.addParameterSources("INPUT", [source.fromChildOutput("classify", "OUTPUT")])
    step.addParameterSources("FIELD", [source.fromStaticValue(["class_id"])])
    result = QgsProcessingModelOutput("map")
    result.setChildId("join")
    result.setChildOutputName("OUTPUT")
    step.setModelOutputs({"map": result})
    chain.addChildAlgorithm(step)
    name = next(each.name() for each in chain.destinationParameterDefinitions())
    target = tmp_path / "map.gpkg"
    context = QgsProcessingContext()
    _answers, fine = chain.run({"raster": str(scene), name: str(target)}, context, Listener())
    assert fine
    joined = {row["class_id"] for row in QgsVectorLayer(str(target), "t", "ogr").getFeatures()}
    assert joined == {row[1] for row in truth[1]}


def test_outputs_left_empty_in_the_batch_dialog_are_not_made(classify, tmp_path) -> None:
    """That dialog gives a destination without a place for them, not nothing."""
    nowhere = QgsProcessingOutputLayerDefinition("", QgsProject.instance())
    answer = classify(OUTPUT=nowhere, RASTER=str(tmp_path / "o.tif"), REPORT="")
    assert not {"OUTPUT", "REPORT"} & set(answer)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".tif", ".xml"}


# Refusals and cancelling


@pytest.fixture
def refused(classify, tmp_path: Path) -> Any:
    """What the run says that does not start, or fails; it leaves nothing behind."""

    def run(**parameters: Any) -> str:
        before = {path.name for path in tmp_path.iterdir()}
        with pytest.raises(QgsProcessingException) as caught:
            classify(**parameters)
        assert {path.name for path in tmp_path.iterdir()} == before, "something was left behind"
        return str(caught.value)

    return run


def test_refuses_networks_of_the_other_kind(refused, scene, model, tmp_path) -> None:
    assert "is for segmentation, not for classification: give it to geosift:segment" in refused(
        MODEL="landcover"
    )
    given = {"INPUT": str(scene), "MODEL": str(model.path), "OUTPUT": str(tmp_path / "o.tif")}
    with pytest.raises(QgsProcessingException, match="give it to geosift:classify"):
        processing.run("geosift:segment", given)


def test_refuses_to_do_nothing(refused) -> None:
    assert "give OUTPUT, RASTER or REPORT a place" in refused(OUTPUT="")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("STEP", 0, "STEP is a number, at least 1, not '0'."),
        ("STEP", 65, "The step is 1 to 64 pixels"),
        ("OFFSET", "much", "OFFSET is a number, at least 0, not 'much'."),
        ("OFFSET", 1000, "does not say how it sees reflectance"),
        ("AUGMENT", "3", "AUGMENT is '1' or '4' or '8', not '3'."),
        ("BANDS", [1, 2, 9], "bands 1 to 3"),
        ("RASTER", "classes.png", "RASTER needs a file name ending in .tif or .tiff"),
        ("REPORT", "report.pdf", "REPORT needs a file name ending in .html or .htm or .json"),
        ("OUTPUT", "cells.xyzzy", "OUTPUT cannot be written"),
        ("ZONES", "no such layer", "ZONES 'no such layer' is not a polygon layer"),
    ],
)
def test_refuses_other_values(name: str, value: Any, sentence: str, refused) -> None:
    assert sentence in refused(**{name: value})


def test_refuses_zones_off_the_raster_and_none_at_all(refused) -> None:
    assert "zones do not meet the raster" in refused(ZONES=polygon_layer(QgsRectangle(0, 0, 9, 9)))
    assert "has no polygon" in refused(ZONES=polygon_layer())


def test_refuses_a_raster_without_a_valid_pixel(refused, tmp_path) -> None:
    empty = write_raster(tmp_path / "empty.tif", np.zeros((3, 96, 96), np.uint8), nodata=0)
    assert "no valid pixel" in refused(INPUT=str(empty))


@pytest.mark.parametrize("percent", [0.0, 30.0])
def test_cancelled_leaves_nothing_behind(percent: float, model, tmp_path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    big = write_raster(tmp_path / "big.tif", patchwork(2000, 2000))
    feedback = Listener(cancel_at=percent)
    if percent == 0.0:
        feedback.cancel()
    given = {"INPUT": str(big), "MODEL": str(model.path), "STEP": 8}
    outputs = {"OUTPUT": str(results / "o.geojson"), "RASTER": str(results / "o.tif")}
    with pytest.raises(QgsProcessingException, match="ancelled"):
        processing.run(ID, {**given, **outputs}, feedback=feedback)
    assert list(results.iterdir()) == []
