# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:labels`: from layers of a project, from a script, from a batch; and clear refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import processing
import pytest
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    Listener,
    add_raster,
    box,
    patchwork,
    write_raster,
)
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)
from rasterio import crs
from rasterio.transform import from_origin

from geosift.inference.prompt.label_folder import CLASSES_FILE
from geosift.inference.prompt.shape import ShapeOptions, outline_of
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.window import Window
from geosift.plugin.prompt.result_layer import ResultLayer
from geosift.training.data.land_cover import IGNORE, NAMES
from geosift.training.data.pictures import find_pictures
from geosift.training.prompt.instances import find_instances

ID = "geosift:labels"
SIZE = (90, 130)

pytestmark = pytest.mark.usefixtures("provider", "qgis_new_project")


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_raster(tmp_path / "scene.tif", patchwork(*SIZE))


@pytest.fixture
def outlines() -> QgsVectorLayer:
    """Three labels in another CRS, one of them empty."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:4326&field=what:string&field=n:int", "mine", "memory")
    to_degrees = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(CRS), layer.crs(), QgsProject.instance()
    )
    for number, (label, rectangle) in enumerate(
        (("Gebäude", box(10, 10, 40, 60)), ("water", box(50, 70, 80, 120)), ("", box(2, 2, 6, 8)))
    ):
        feature = QgsFeature(layer.fields())
        geometry = QgsGeometry.fromRect(rectangle)
        geometry.transform(to_degrees)
        feature.setGeometry(geometry)
        feature.setAttributes([label or None, number])
        layer.dataProvider().addFeature(feature)
    return layer


def run(feedback: Listener | None = None, **parameters: Any) -> dict[str, Any]:
    return processing.run(ID, parameters, feedback=feedback or Listener())


def complaint(**parameters: Any) -> str:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    fine, words = algorithm.checkParameterValues(parameters, QgsProcessingContext())
    assert fine == (words == "")
    return words


def truths(folder: Path) -> np.ndarray:
    (picture,) = find_pictures(folder)
    return picture.read().truth


def near(truth: np.ndarray, label: str, rectangle: tuple[slice, slice]) -> bool:
    """Whether that is labelled so, but for pixels whose middle degrees do not meet exactly."""
    expected = np.zeros(truth.shape, bool)
    expected[rectangle] = True
    return int(((truth == NAMES.index(label)) != expected).sum()) <= 4


def test_a_layer_in_another_crs(scene: Path, outlines: QgsVectorLayer, tmp_path: Path) -> None:
    listener = Listener()
    folder = tmp_path / "labels"
    results = run(
        listener, INPUT=str(scene), OUTLINES=outlines, LABEL_FIELD="what", OUTPUT=str(folder)
    )
    assert results == {"OUTPUT": str(folder), "TILES": 1, "OBJECTS": 3}
    truth = truths(folder)
    assert near(truth, "Building", np.s_[10:40, 10:60])
    assert near(truth, "Water", np.s_[50:80, 70:120])
    assert (truth[2:6, 2:8] == IGNORE).all()
    assert sorted(each.name for each in find_instances(folder)) == ["Building", "Object", "Water"]
    named = json.loads((folder / CLASSES_FILE).read_text(encoding="utf-8"))["classes"]
    assert {each["name"]: each["objects"] for each in named} == {
        "Building": 1, "Water": 1, "object": 1,
    }  # fmt: skip
    assert any(line.startswith("Building (#3C1098): objects: 1;") for line in listener.said)
    assert listener.percents[-1] == 100


def test_a_field_may_begin_with_a_blank(
    scene: Path, outlines: QgsVectorLayer, tmp_path: Path
) -> None:
    """As tables have them whose columns are set apart by a comma and a blank."""
    assert outlines.dataProvider().renameAttributes({0: " what"})
    outlines.updateFields()
    folder = tmp_path / "labels"
    run(INPUT=str(scene), OUTLINES=outlines, LABEL_FIELD=" what", OUTPUT=str(folder))
    assert sorted(each.name for each in find_instances(folder)) == ["Building", "Object", "Water"]


def test_accepted_outlines_are_taken_as_they_are(scene: Path, tmp_path: Path) -> None:
    """Also those in the edit buffer: nobody has to save before."""
    layer = add_raster(scene)
    results = ResultLayer(layer, project=QgsProject.instance())
    frame = Frame(*SIZE, from_origin(WEST, NORTH, 1, 1), crs.CRS.from_string(CRS))
    mask = np.zeros(SIZE, bool)
    mask[20:50, 30:80] = True
    outline = outline_of(
        mask, Window(0, 0, *SIZE), frame=frame, options=ShapeOptions(simplify_px=0)
    )
    results.accept([outline], label="road", predicted_iou=0.9, kind="box", source="scene")
    assert results.layer.isModified()
    run(INPUT=layer, OUTLINES=results.layer, REST="land", OUTPUT=str(tmp_path / "labels"))
    truth = truths(tmp_path / "labels")
    assert (truth[mask] == NAMES.index("Road")).all()
    assert (truth[~mask] == NAMES.index("Land")).all()


def test_selected_features_and_a_part(
    scene: Path, outlines: QgsVectorLayer, tmp_path: Path
) -> None:
    QgsProject.instance().addMapLayer(outlines)
    outlines.selectByExpression('"n" = 1')
    some = QgsProcessingFeatureSourceDefinition(outlines.id(), True)
    part = box(0, 64, 90, 130)
    results = run(
        INPUT=str(scene), OUTLINES=some, LABEL_FIELD="what", TILE=32,
        OUTPUT=str(tmp_path / "labels"),
        EXTENT=f"{part.xMinimum()},{part.xMaximum()},{part.yMinimum()},{part.yMaximum()} [{CRS}]",
    )  # fmt: skip
    assert (results["TILES"], results["OBJECTS"]) == (4, 1)


def test_a_layer_read_through_its_provider(
    scene: Path, outlines: QgsVectorLayer, tmp_path: Path
) -> None:
    bare = add_raster(write_raster(tmp_path / "bare.tif", patchwork(*SIZE), crs=None))
    bare.setCrs(QgsCoordinateReferenceSystem(CRS))
    given = {"OUTLINES": outlines, "LABEL_FIELD": "what"}
    run(INPUT=bare, OUTPUT=str(tmp_path / "one"), **given)
    run(INPUT=str(scene), OUTPUT=str(tmp_path / "other"), **given)
    one, other = (find_pictures(tmp_path / each)[0].read() for each in ("one", "other"))
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.truth, other.truth)


def test_a_temporary_folder_and_a_word_for_all(scene: Path, outlines: QgsVectorLayer) -> None:
    results = run(INPUT=str(scene), OUTLINES=outlines, LABEL="building", OUTPUT="TEMPORARY_OUTPUT")
    assert (truths(Path(results["OUTPUT"])) == NAMES.index("Building")).sum() > 2900


def test_qgis_process(
    scene: Path, outlines: QgsVectorLayer, tmp_path: Path, qgis_process: list[str]
) -> None:
    saved = processing.run(
        "native:savefeatures", {"INPUT": outlines, "OUTPUT": str(tmp_path / "outlines.gpkg")}
    )["OUTPUT"]
    command = [
        *qgis_process, "run", ID, "--", f"INPUT={scene}", f"OUTLINES={saved}", "LABEL_FIELD=what",
        "TILE=64", f"OUTPUT={tmp_path / 'labels'}",
    ]  # fmt: skip
    process = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    assert len(find_pictures(tmp_path / "labels")) == 3


def test_refusals(scene: Path, outlines: QgsVectorLayer, tmp_path: Path) -> None:
    given = {"INPUT": str(scene), "OUTLINES": outlines, "OUTPUT": str(tmp_path / "labels")}
    assert complaint(**given) == ""
    assert "OUTLINES is missing" in complaint(**{**given, "OUTLINES": None})
    assert "is not a" in complaint(**{**given, "OUTLINES": str(tmp_path / "none.gpkg")})
    assert "there is: what, n" in complaint(**{**given, "LABEL_FIELD": "name"})
    assert "TILE is a number from 32" in complaint(**{**given, "TILE": 8})
    assert "no such folder" in complaint(**{**given, "OUTPUT": str(tmp_path / "a" / "b")})
    assert "INPUT" in complaint(**{**given, "INPUT": str(tmp_path / "none.tif")})


@pytest.mark.parametrize("trouble", ["far away", "other files", "no polygons", "cancelled"])
def test_runs_that_cannot_end_well(
    scene: Path, outlines: QgsVectorLayer, tmp_path: Path, trouble: str
) -> None:
    folder, listener = tmp_path / "labels", Listener()
    if trouble == "far away":
        outlines.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    elif trouble == "other files":
        folder.mkdir()
        (folder / "a.txt").write_text("mine")
    elif trouble == "no polygons":
        outlines.dataProvider().truncate()
    else:
        listener.cancel()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(QgsProcessingException) as error:
        run(listener, INPUT=str(scene), OUTLINES=outlines, OUTPUT=str(folder))
    assert str(error.value).endswith(".")
    assert sorted(tmp_path.rglob("*")) == before
