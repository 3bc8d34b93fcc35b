# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:teach`: from layers of QGIS to a network; names and colours of the style; refusals."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import processing
import pytest
import rasterio
import taught as made
from plugin_helpers import add_raster
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsLineSymbol,
    QgsProcessingException,
    QgsProject,
    QgsRendererCategory,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.teaching.lesson_file import save_lesson
from geosift.plugin import models, settings

ID = "geosift:teach"

pytestmark = pytest.mark.usefixtures("provider")


def labels(crs: str = "EPSG:32633", values: tuple[Any, Any] = ("dark", "light")) -> QgsVectorLayer:
    """Lines on both halves, in a project."""
    kind = {str: "string", int: "integer", float: "double"}[type(values[0])]
    layer = QgsVectorLayer(f"LineString?crs={crs}&field=class:{kind}", "my labels", "memory")
    for label in made.lesson().labels:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([values[label.class_id]])
        points = ", ".join(f"{x} {y}" for x, y in label.shape["coordinates"])
        feature.setGeometry(QgsGeometry.fromWkt(f"LINESTRING ({points})"))
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs the algorithm with the small network on the two halves."""
    card = made.mean_colours(tmp_path / "net")

    def go(**parameters: Any) -> dict[str, Any]:
        given = {
            "INPUTS": [str(made.halves(tmp_path))],
            "MODEL": str(card.path),
            "OUTPUT": str(tmp_path / "mine.onnx"),
        }
        return processing.run(ID, {**given, **parameters})

    return go


def test_labels_become_a_network_that_runs(run, tmp_path: Path) -> None:
    told = run(LABELS=labels(), CLASSIFIED=str(tmp_path / "c.tif"), NAME="Halves")
    assert told["ACCURACY"] == 100.0 and told["CELLS"] > 20 and told["MODEL_ID"] == "halves"
    assert ModelCard.load(tmp_path / "mine.json").class_names == {0: "dark", 1: "light"}
    again = {
        "INPUT": str(made.halves(tmp_path)),
        "MODEL": told["OUTPUT"],
        "OUTPUT": str(tmp_path / "d.tif"),
    }
    processing.run("geosift:segment", again)
    with rasterio.open(tmp_path / "c.tif") as first, rasterio.open(tmp_path / "d.tif") as second:
        np.testing.assert_array_equal(first.read(1), second.read(1))
        assert (first.read(1)[:, :190] == 0).all()


@pytest.mark.parametrize("kind", [int, float])
def test_the_style_says_names_and_colours(run, tmp_path: Path, kind: type) -> None:
    layer = labels(values=(kind(10), kind(2)))
    symbols = [QgsLineSymbol.createSimple({"color": color}) for color in ("#112233", "#ddeeff")]
    categories = [
        QgsRendererCategory(kind(10), symbols[0], "Shade"),
        QgsRendererCategory(kind(2), symbols[1], ""),
    ]  # fmt: skip
    layer.setRenderer(QgsCategorizedSymbolRenderer("class", categories))
    run(LABELS=layer)
    classes = ModelCard.load(tmp_path / "mine.json").classes
    assert [(each.name, each.color) for each in classes] == [("2", "#DDEEFF"), ("Shade", "#112233")]


def test_a_lesson_of_the_panel_is_a_layer_of_labels(run, tmp_path: Path) -> None:
    """Its geometry is of any kind; ids are its classes."""
    path = tmp_path / "lesson.gpkg"
    save_lesson(made.lesson(), path)
    told = run(LABELS=f"{path}|layername=labels", CLASS_FIELD="name")
    assert told["ACCURACY"] == 100.0
    assert ModelCard.load(tmp_path / "mine.json").class_names == {0: "dark", 1: "light"}


def test_a_layer_of_the_project_and_labels_in_degrees(run, tmp_path: Path) -> None:
    raster = add_raster(made.halves(tmp_path), "both halves")
    moved = processing.run(
        "native:reprojectlayer",
        {"INPUT": labels(), "TARGET_CRS": "EPSG:4326", "OUTPUT": "memory:"},
    )["OUTPUT"]
    assert run(INPUTS=[raster], LABELS=moved)["ACCURACY"] == 100.0


def test_a_network_may_go_to_the_models_at_once(run, tmp_path: Path, monkeypatch) -> None:
    """And not where one of that name is there already: nothing is written then."""
    monkeypatch.setattr(settings, "model_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(models, "model_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(
        "geosift.plugin.algorithms.teach_run.model_folder", lambda: tmp_path / "models"
    )
    run(LABELS=labels(), KEEP=True, NAME="Halves")
    assert models.catalog().find("halves").path.parent == tmp_path / "models" / "halves"
    with pytest.raises(QgsProcessingException, match="'halves' already"):
        run(LABELS=labels(), KEEP=True, NAME="Halves", OUTPUT=str(tmp_path / "two.onnx"))
    with pytest.raises(QgsProcessingException, match="'landcover' already"):
        run(LABELS=labels(), KEEP=True, NAME="Landcover", OUTPUT=str(tmp_path / "two.onnx"))
    assert not (tmp_path / "two.onnx").exists()


def test_features_without_a_shape_or_a_class_are_left_out(run, tmp_path: Path) -> None:
    layer = labels()
    for geometry, value in (("", "dark"), ("LINESTRING (500001 5799999, 500009 5799990)", None)):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([value])
        feature.setGeometry(QgsGeometry.fromWkt(geometry))
        layer.dataProvider().addFeature(feature)
    assert run(LABELS=layer)["ACCURACY"] == 100.0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"INPUTS": []}, "INPUTS is missing"),
        ({"INPUTS": ["no.tif"]}, "INPUTS 'no.tif' is neither"),
        ({"CLASS_FIELD": "kind"}, "CLASS_FIELD 'kind' is no field of LABELS; there is: class."),
        ({"LABELS": None}, "LABELS is missing"),
        ({"MODEL": "landcover"}, "is for segmentation, not for features"),
        ({"BANDS": "9"}, "band 9"),
        ({"OUTPUT": "mine.txt"}, "OUTPUT needs a file name ending in .onnx"),
        ({"RESOLUTION": -1}, "RESOLUTION is a number"),
    ],
)
def test_what_cannot_be_taught_is_said_before_it_starts(run, changed, words) -> None:
    with pytest.raises(QgsProcessingException) as told:
        run(**{"LABELS": labels(), **changed})
    _, _, text = str(told.value).partition("\n")  # after "Unable to execute algorithm"
    assert words in text and is_one_sentence(text)


def test_no_result_replaces_what_is_read(run, tmp_path: Path) -> None:
    """Neither the file of the labels nor the second of the rasters."""
    first, second = made.halves(tmp_path), tmp_path / "second.tif"
    second.write_bytes(first.read_bytes())
    strokes = [
        {"type": "Feature", "properties": {"class": str(each.class_id)}, "geometry": each.shape}
        for each in made.lesson().labels
    ]
    file = tmp_path / "labels.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": strokes}))
    for changed, words in (
        ({"REPORT": str(file)}, "REPORT is the same file as LABELS"),
        ({"CLASSIFIED": str(second)}, "CLASSIFIED is the same file as INPUTS"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            run(INPUTS=[str(first), str(second)], LABELS=str(file), **changed)


def test_one_class_alone_teaches_nothing(run, tmp_path: Path) -> None:
    layer = labels(values=("rock", "rock"))
    with pytest.raises(QgsProcessingException, match="All labels are of the class 'rock'"):
        run(LABELS=layer)
    assert not (tmp_path / "mine.onnx").exists()


def test_a_polygon_layer_in_another_place_is_told(run) -> None:
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=class:string", "far", "memory")
    for number, name in enumerate(("a", "b")):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([name])
        feature.setGeometry(QgsGeometry.fromWkt(
            f"POLYGON (({number} 0, {number} 9, 5 9, {number} 0))"))  # fmt: skip
        layer.dataProvider().addFeature(feature)
    layer.setRenderer(QgsCategorizedSymbolRenderer("class", [
        QgsRendererCategory("a", QgsFillSymbol.createSimple({"color": "red"}), "A")]))  # fmt: skip
    assert QColor("red").isValid()
    with pytest.raises(QgsProcessingException, match="None of the 2 labels lies on the raster"):
        run(LABELS=layer)


def test_under_qgis_process(qgis_process: list[str], tmp_path: Path) -> None:
    """On a clean profile, from files alone."""
    path = tmp_path / "lesson.gpkg"
    save_lesson(made.lesson(), path)
    card = made.mean_colours(tmp_path / "net")
    given = {
        "INPUTS": made.halves(tmp_path), "LABELS": f"{path}|layername=labels",
        "CLASS_FIELD": "name", "MODEL": card.path, "OUTPUT": tmp_path / "mine.onnx",
    }  # fmt: skip
    command = [*qgis_process, "run", ID, "--", *(f"{key}={value}" for key, value in given.items())]
    told = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "mine.json").is_file()
