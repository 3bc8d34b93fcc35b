# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:segment`: the same pixels from everywhere, every parameter, and clear refusals."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import processing
import pytest
import rasterio
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    Listener,
    add_raster,
    box,
    patchwork,
    polygon_layer,
    read_pixels,
    write_raster,
)
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
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

from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import GeoSiftError
from geosift.inference.segmentation.run import SegmentJob, run

ID = "geosift:segment"
SIZE = 300, 400


pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raster(tmp_path_factory.mktemp("scene") / "scene.tif", patchwork(*SIZE))


@pytest.fixture(scope="module")
def truth(scene: Path) -> np.ndarray:
    """The classes of the whole scene, from the engine itself."""
    output = scene.with_name("truth.tif")
    run(SegmentJob(source=str(scene), card=Catalog().find("landcover"), output=output))
    return read_pixels(output)


def segment(scene: Path | Any, output: Path | str, **parameters: Any) -> dict[str, Any]:
    source = str(scene) if isinstance(scene, Path) else scene
    return processing.run(ID, {"INPUT": source, "OUTPUT": str(output), **parameters})


# What it says of itself


def algorithm() -> QgsProcessingAlgorithm:
    return QgsApplication.processingRegistry().createAlgorithmById(ID)


def test_every_parameter_has_help_and_a_sentence_case_name() -> None:
    segmentation = algorithm()
    for definition in segmentation.parameterDefinitions():
        assert definition.help(), definition.name()
        assert definition.description()[0].isupper()
        assert definition.help() in segmentation.shortHelpString()


def test_it_is_found_by_words_users_try() -> None:
    assert algorithm().displayName() == "Segment a raster"
    assert {"land cover", "deep learning", "classify"} <= set(algorithm().tags())


def test_extra_results_are_only_made_when_wanted() -> None:
    optional = ("CONFIDENCE", "POLYGONS", "AREAS", "REPORT")
    segmentation = algorithm()
    for name in optional:
        assert not segmentation.parameterDefinition(name).createByDefault()


# The same pixels from everywhere


def test_processing_gives_the_pixels_of_the_engine(scene, truth, tmp_path) -> None:
    answer = segment(scene, tmp_path / "out.tif")
    np.testing.assert_array_equal(read_pixels(answer["OUTPUT"]), truth)
    assert answer["ENGINE"].startswith("CPU, ")
    assert answer["SECONDS"] > 0


def test_qgis_process_gives_the_pixels_of_the_engine(scene, truth, tmp_path, qgis_process) -> None:
    output = tmp_path / "out.tif"
    command = [
        *qgis_process,
        "run",
        ID,
        "--",
        f"INPUT={scene}",
        "MODEL=landcover",
        f"OUTPUT={output}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    np.testing.assert_array_equal(read_pixels(output), truth)
    assert "Engine: CPU" in done.stdout
    assert "Building: " in done.stdout


def test_a_layer_read_through_its_provider_gives_the_same_pixels(scene, truth, tmp_path) -> None:
    bare = write_raster(tmp_path / "bare.tif", patchwork(*SIZE), crs=None)
    layer = add_raster(bare)
    layer.setCrs(QgsCoordinateReferenceSystem(CRS))
    answer = segment(layer, tmp_path / "out.tif")
    np.testing.assert_array_equal(read_pixels(answer["OUTPUT"]), truth)


def test_a_path_is_a_model_too(scene, truth, tmp_path) -> None:
    model = Catalog().find("landcover").path
    answer = segment(scene, tmp_path / "out.tif", MODEL=str(model))
    np.testing.assert_array_equal(read_pixels(answer["OUTPUT"]), truth)


def test_a_temporary_output_is_a_geotiff(scene) -> None:
    assert segment(scene, "TEMPORARY_OUTPUT")["OUTPUT"].endswith(".tif")


@pytest.mark.parametrize("path", real_rasters(), ids=lambda path: path.name)
def test_real_rasters_give_the_same_or_are_refused_alike(path: Path, tmp_path) -> None:
    card = Catalog().find("landcover")
    try:
        run(SegmentJob(source=str(path), card=card, output=tmp_path / "truth.tif"))
    except GeoSiftError as error:
        said = refused(path, tmp_path / "out.tif")
        assert str(error) in said or "cannot be read as a raster" in said
        return
    answer = segment(path, tmp_path / "out.tif")
    np.testing.assert_array_equal(
        read_pixels(answer["OUTPUT"]), read_pixels(tmp_path / "truth.tif")
    )


# Parameters


def test_an_extent_of_a_raster_without_a_crs_counts_pixels(tmp_path) -> None:
    """As QGIS shows such rasters: rows go down from 0 as negative y."""
    scene = write_raster(tmp_path / "plain.tif", patchwork(*SIZE), crs=None, transform=None)
    whole = read_pixels(segment(scene, tmp_path / "whole.tif")["OUTPUT"])
    answer = segment(scene, tmp_path / "part.tif", EXTENT="10,110,-120,-20")
    part = read_pixels(answer["OUTPUT"])
    assert part.shape == (100, 100)
    assert (part == whole[20:120, 10:110]).mean() > 0.9


def test_an_extent_in_another_crs_is_cut_out(scene, truth, tmp_path) -> None:
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    to_degrees = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(CRS), degrees, QgsProject.instance()
    )
    wanted = to_degrees.transformBoundingBox(box(100, 50, 250, 300))
    extent = QgsReferencedRectangle(wanted, degrees)
    answer = segment(scene, tmp_path / "out.tif", EXTENT=extent)
    pixels = read_pixels(answer["OUTPUT"])
    # boxes grow when they are turned: towards degrees and back, by the angle between the norths
    assert 150 <= pixels.shape[0] <= 165
    assert 250 <= pixels.shape[1] <= 265
    assert (pixels == _under(answer["OUTPUT"], truth)).mean() > 0.99


def _under(path: str, truth: np.ndarray) -> np.ndarray:
    """The part of the whole result that a raster covers."""
    with rasterio.open(path) as dataset:
        row, col = round(NORTH - dataset.transform.f), round(dataset.transform.c - WEST)
        return truth[row : row + dataset.height, col : col + dataset.width]


def test_only_pixels_inside_the_mask_get_a_class(scene, truth, tmp_path) -> None:
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    layer = polygon_layer(box(100, 50, 200, 150))
    mask = processing.run(
        "native:reprojectlayer",
        {"INPUT": layer, "TARGET_CRS": degrees, "OUTPUT": "memory:"},
    )["OUTPUT"]
    pixels = read_pixels(segment(scene, tmp_path / "out.tif", MASK=mask)["OUTPUT"])
    inside = np.zeros(SIZE, bool)
    inside[102:198, 52:148] = True
    assert (pixels[inside] == truth[inside]).mean() > 0.99
    inside[98:202, 48:152] = True
    assert (pixels[~inside] == 255).all()


def test_selected_polygons_alone_are_a_mask(scene, tmp_path) -> None:
    layer = polygon_layer(box(0, 0, 50, 50), box(200, 200, 250, 250))
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([1])
    mask = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    pixels = read_pixels(segment(scene, tmp_path / "out.tif", MASK=mask)["OUTPUT"])
    assert (pixels[:50, :50] != 255).all()
    assert (pixels[200:250, 200:250] == 255).all()


def test_bands_threads_and_overlap_reach_the_engine(scene, tmp_path) -> None:
    plain = read_pixels(segment(scene, tmp_path / "a.tif", BANDS=[1, 2, 3])["OUTPUT"])
    swapped = read_pixels(segment(scene, tmp_path / "b.tif", BANDS=[3, 2, 1])["OUTPUT"])
    assert (plain != swapped).any()
    answer = segment(scene, tmp_path / "c.tif", THREADS=1, OVERLAP=128)
    assert "1 worker," in answer["ENGINE"]


@pytest.mark.parametrize("views", ["4", 8])
def test_views_of_each_tile_reach_the_engine(views: str | int, scene, truth, tmp_path) -> None:
    report = tmp_path / "report.json"
    answer = segment(scene, tmp_path / "out.tif", AUGMENT=views, REPORT=str(report))
    assert f"mean of {views} views" in answer["ENGINE"]
    assert json.loads(report.read_text())["augment"] == int(views)
    assert (read_pixels(answer["OUTPUT"]) != truth).any()


def test_the_grid_of_the_network(scene, tmp_path) -> None:
    answer = segment(scene, tmp_path / "out.tif", GRID="network", RESOLUTION=2.0)
    assert read_pixels(answer["OUTPUT"]).shape == (150, 200)


# Results


def test_confidence_report_and_areas(scene, truth, tmp_path) -> None:
    answer = segment(
        scene,
        tmp_path / "out.tif",
        CONFIDENCE=str(tmp_path / "confidence.tif"),
        REPORT=str(tmp_path / "report.json"),
        AREAS=str(tmp_path / "areas.csv"),
    )
    confidence = read_pixels(answer["CONFIDENCE"])
    assert confidence.shape == truth.shape
    assert confidence.max() <= 100
    report = json.loads(Path(answer["REPORT"]).read_text())
    table = QgsVectorLayer(answer["AREAS"], "areas", "ogr")
    rows = {row["name"]: row for row in table.getFeatures()}
    assert len(rows) == len(Catalog().find("landcover").classes)
    for area in report["areas"]:
        assert int(rows[area["name"]]["pixels"]) == area["pixels"] == (truth == area["id"]).sum()
        assert float(rows[area["name"]]["area_m2"]) == pytest.approx(area["area_m2"])


def test_the_report_is_a_page_where_it_is_named_so(scene, tmp_path) -> None:
    """QGIS shows pages in its results viewer, where it knows that an output is one."""
    answer = segment(scene, tmp_path / "out.tif", REPORT=str(tmp_path / "r.html"))
    page = Path(answer["REPORT"]).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert all(info.name in page for info in Catalog().find("landcover").classes)
    assert algorithm().outputDefinition("REPORT").type() == "outputHtml"


@pytest.mark.parametrize(
    "name", ["p.gpkg", "p.geojson", "p.shp", "TEMPORARY_OUTPUT", "memory:mine"]
)
def test_polygons_in_any_format(name: str, scene, truth, tmp_path) -> None:
    place = name if ":" in name or name.isupper() else str(tmp_path / name)
    answer = segment(scene, tmp_path / "out.tif", POLYGONS=place)["POLYGONS"]
    layer = answer if isinstance(answer, QgsVectorLayer) else QgsVectorLayer(answer, "p", "ogr")
    assert layer.isValid()
    pixels = dict.fromkeys(range(5), 0)
    for feature in layer.getFeatures():
        pixels[feature["class_id"]] += feature["pixels"]
    assert pixels == {index: (truth == index).sum() for index in range(5)}
    if name == "p.gpkg":
        assert layer.crs().authid() == CRS


def test_a_shapefile_says_how_its_names_are_written(scene, tmp_path) -> None:
    segment(scene, tmp_path / "o.tif", POLYGONS=str(tmp_path / "p.shp"))
    assert (tmp_path / "p.cpg").read_text() == "UTF-8"


def test_small_polygons_are_left_out(scene, tmp_path) -> None:
    place = str(tmp_path / "p.gpkg")
    segment(scene, tmp_path / "out.tif", POLYGONS=place, MIN_AREA=50)
    areas = [feature["area_m2"] for feature in QgsVectorLayer(place, "p", "ogr").getFeatures()]
    assert min(areas) >= 50


def test_results_to_be_loaded_arrive_named_styled_and_grouped(
    scene, tmp_path, qgis_new_project
) -> None:
    from processing.gui.Postprocessing import handleAlgorithmResults

    project = QgsProject.instance()
    context = QgsProcessingContext()
    context.setProject(project)
    feedback = Listener()
    parameters = {
        "INPUT": str(scene),
        "OUTPUT": QgsProcessingOutputLayerDefinition(str(tmp_path / "o.tif"), project),
        "CONFIDENCE": QgsProcessingOutputLayerDefinition(str(tmp_path / "c.tif"), project),
        "POLYGONS": QgsProcessingOutputLayerDefinition(str(tmp_path / "p.gpkg"), project),
        "AREAS": QgsProcessingOutputLayerDefinition("memory:", project),
    }
    _results, fine = algorithm().run(parameters, context, feedback)
    assert fine
    handleAlgorithmResults(algorithm(), context, feedback, parameters=parameters)
    (group,) = project.layerTreeRoot().findGroup("GeoSift").children()
    assert group.name() == "scene · Land cover"
    assert [node.name() for node in group.children()] == [
        "scene, Land cover, polygons",
        "scene, Land cover",
        "scene, Land cover, confidence",
        "scene, Land cover, areas",
    ]
    classes = group.children()[1].layer().renderer().classes()
    assert [each.label for each in classes][:2] == ["Building", "Land"]


# In chains


def test_it_is_a_step_of_a_designed_model(scene, truth, tmp_path) -> None:
    model = QgsProcessingModelAlgorithm("chain", "tests")
    model.initAlgorithm()
    model.addModelParameter(
        QgsProcessingParameterRasterLayer("raster"), QgsProcessingModelParameter("raster")
    )
    source = QgsProcessingModelChildParameterSource
    child = QgsProcessingModelChildAlgorithm(ID)
    child.setChildId("segment")
    child.addParameterSources("INPUT", [source.fromModelParameter("raster")])
    child.addParameterSources("MODEL", [source.fromStaticValue("landcover")])
    model.addChildAlgorithm(child)
    step = QgsProcessingModelChildAlgorithm("native:rasterlayeruniquevaluesreport")
    step.setChildId("count")
    step.addParameterSources("INPUT", [source.fromChildOutput("segment", "OUTPUT")])
    step.addParameterSources("BAND", [source.fromStaticValue(1)])
    result = QgsProcessingModelOutput("table")
    result.setChildId("count")
    result.setChildOutputName("OUTPUT_TABLE")
    step.setModelOutputs({"table": result})
    model.addChildAlgorithm(step)
    name = next(each.name() for each in model.destinationParameterDefinitions())
    target = tmp_path / "table.csv"
    context = QgsProcessingContext()
    _answers, fine = model.run({"raster": str(scene), name: str(target)}, context, Listener())
    assert fine
    counted = {
        int(float(row["value"])): int(float(row["count"]))
        for row in QgsVectorLayer(str(target), "t", "ogr").getFeatures()
    }
    assert counted == {int(each): int((truth == each).sum()) for each in np.unique(truth)}


def test_many_rasters_one_after_another(scene, truth, tmp_path) -> None:
    """What batch processing does: one algorithm object after another, same context."""
    context = QgsProcessingContext()
    for index in range(3):
        parameters = {"INPUT": str(scene), "OUTPUT": str(tmp_path / f"{index}.tif")}
        _answers, fine = algorithm().run(parameters, context, Listener())
        assert fine
        np.testing.assert_array_equal(read_pixels(tmp_path / f"{index}.tif"), truth)


def test_outputs_left_empty_in_the_batch_dialog_are_not_made(scene, tmp_path) -> None:
    """That dialog gives a destination without a place for them, not nothing."""
    nowhere = QgsProcessingOutputLayerDefinition("", QgsProject.instance())
    optional = {"CONFIDENCE": nowhere, "POLYGONS": nowhere, "AREAS": nowhere, "REPORT": ""}
    answer = segment(scene, tmp_path / "out.tif", **optional)
    assert not set(optional) & set(answer)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".tif", ".xml"}


@pytest.mark.parametrize("dialog", ["AlgorithmDialog", "BatchAlgorithmDialog"])
def test_dialogs_show_the_models_in_a_list(dialog: str, qgis_app) -> None:
    from processing.gui.wrappers import WidgetWrapperFactory

    parent = type(dialog, (QWidget,), {})()
    segmentation = algorithm()
    definition = segmentation.parameterDefinition("MODEL")
    wrapper = WidgetWrapperFactory.create_wrapper(definition, parent)
    assert wrapper.value() == "landcover"
    assert wrapper.widget.combo.currentText() == "Land cover"
    wrapper.setValue("/models/mine.onnx")
    assert wrapper.value() == "/models/mine.onnx"
    wrapper.setValue("landcover")
    assert wrapper.parameterValue() == "landcover"


# Refusals and cancelling


def refused(scene: Path | str, output: Path, **parameters: Any) -> str:
    before = {path.name for path in output.parent.iterdir()}
    with pytest.raises(QgsProcessingException) as caught:
        segment(Path(scene), output, **parameters)
    assert {path.name for path in output.parent.iterdir()} == before, "something was left behind"
    return str(caught.value)


def test_refuses_what_is_not_a_raster(tmp_path) -> None:
    assert "neither a raster layer of the project nor a file" in refused(
        tmp_path / "no.tif", tmp_path / "out.tif"
    )
    text = tmp_path / "text.tif"
    text.write_text("not a raster")
    assert "cannot be read as a raster" in refused(text, tmp_path / "out.tif")


@pytest.mark.parametrize("kind", ["zip", "subdataset"])
def test_takes_names_of_gdal_that_are_no_file(kind: str, scene, truth, tmp_path) -> None:
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(scene, "scene.tif")
        name = f"/vsizip/{tmp_path}/a.zip/scene.tif"
    else:
        name = f"GTIFF_DIR:1:{scene}"
    segment(name, tmp_path / "out.tif")
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.tif"), truth)
    assert "neither a raster layer" in refused(f"{name}x", tmp_path / "o.tif")


def test_refuses_unknown_models_and_bands(scene, tmp_path) -> None:
    assert "installed are: eurosat" in refused(scene, tmp_path / "o.tif", MODEL="landcovr")
    assert "There is no file" in refused(scene, tmp_path / "o.tif", MODEL=str(tmp_path / "x.onnx"))
    assert "bands 1 to 3" in refused(scene, tmp_path / "o.tif", BANDS=[1, 2, 9])
    assert "needs 3 bands" in refused(scene, tmp_path / "o.tif", BANDS=[1, 2])
    assert "such as 4;3;2, not '3,2,1'" in refused(scene, tmp_path / "o.tif", BANDS="3,2,1")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GRID", "1", "GRID is 'input' or 'network', not '1'."),
        ("AUGMENT", "2", "AUGMENT is '1' or '4' or '8', not '2'."),
        ("THREADS", 0, "THREADS is a number, at least 1, not '0'."),
        ("RESOLUTION", "fine", "RESOLUTION is a number, at least 1e-06, not 'fine'."),
        ("MIN_AREA", -1, "MIN_AREA is a number, at least 0, not '-1'."),
    ],
)
def test_refuses_other_values(name: str, value: Any, sentence: str, scene, tmp_path) -> None:
    assert sentence in refused(scene, tmp_path / "o.tif", **{name: value})


def test_refuses_outputs_it_cannot_make(scene, tmp_path) -> None:
    assert "ending in .tif" in refused(scene, tmp_path / "out.png")
    assert "same file as INPUT" in refused(scene, scene)
    assert "same file as OUTPUT" in refused(
        scene, tmp_path / "o.tif", CONFIDENCE=str(tmp_path / "o.tif")
    )
    assert "POLYGONS cannot be written" in refused(
        scene, tmp_path / "o.tif", POLYGONS=str(tmp_path / "p.xyzzy")
    )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("CONFIDENCE", "c.tif"), ("POLYGONS", "p.gpkg"), ("POLYGONS", "p.shp"),
        ("AREAS", "a.csv"), ("REPORT", "r.json"),
    ],
)  # fmt: skip
def test_refuses_folders_that_are_not_there(name: str, file: str, scene, tmp_path) -> None:
    """The rasters are whole before the table and other formats are written: see it at once."""
    path = tmp_path / "no" / "folder" / file
    assert "no such folder" in refused(scene, tmp_path / "o.tif", **{name: str(path)})


def test_refuses_places_off_the_raster(scene, tmp_path) -> None:
    far = QgsReferencedRectangle(QgsRectangle(0, 0, 10, 10), QgsCoordinateReferenceSystem(CRS))
    assert "does not touch the raster" in refused(scene, tmp_path / "o.tif", EXTENT=far)
    mask = polygon_layer(QgsRectangle(0, 0, 10, 10))
    assert "No polygon of MASK" in refused(scene, tmp_path / "o.tif", MASK=mask)


def test_refuses_a_raster_without_a_valid_pixel(tmp_path) -> None:
    empty = write_raster(tmp_path / "empty.tif", np.zeros((3, 64, 64), np.uint8), nodata=0)
    assert "no valid pixel" in refused(empty, tmp_path / "o.tif")


def test_qgis_process_ends_with_one_and_a_sentence(scene, tmp_path, qgis_process) -> None:
    output = tmp_path / "out.tif"
    command = [
        *qgis_process,
        "run",
        ID,
        "--",
        f"INPUT={scene}",
        "MODEL=nothing",
        f"OUTPUT={output}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1
    assert "There is no model 'nothing'" in done.stdout + done.stderr
    assert not output.exists()


@pytest.mark.parametrize("percent", [0.0, 30.0])
def test_cancelled_leaves_nothing_behind(percent: float, tmp_path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    big = write_raster(tmp_path / "big.tif", patchwork(3000, 3000))
    feedback = Listener(cancel_at=percent)
    if percent == 0.0:
        feedback.cancel()
    parameters = {
        "INPUT": str(big),
        "OUTPUT": str(folder / "o.tif"),
        "POLYGONS": str(folder / "p.gpkg"),
    }
    with pytest.raises(QgsProcessingException, match="ancelled"):
        processing.run(ID, parameters, feedback=feedback)
    assert list(folder.iterdir()) == []


def test_progress_only_grows(scene, tmp_path) -> None:
    feedback = Listener()
    processing.run(ID, {"INPUT": str(scene), "OUTPUT": str(tmp_path / "o.tif")}, feedback=feedback)
    assert feedback.percents == sorted(feedback.percents)
    assert feedback.percents[-1] == 100


@pytest.mark.parametrize("package", ["onnxruntime", "cv2"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    package: str, scene, tmp_path, qgis_process
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / f"{package}.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')"
    )
    output = tmp_path / "out.tif"
    command = [*qgis_process, "run", ID, "--", f"INPUT={scene}", f"OUTPUT={output}"]
    paths = os.pathsep.join(filter(None, [str(hidden), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)
    assert done.returncode == 1
    assert f"GeoSift needs the Python package {package}" in done.stderr
    assert "pip install" in done.stderr or "apt install" in done.stderr
    assert not output.exists()
