# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:detect`: the same objects from everywhere, and clear refusals; the dock, too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import processing
import pytest
from dock_helpers import (
    Interface,
    choose_model,
    models_in,
    open_dock,
    result_layers,
    run_to_the_end,
)
from made_detectors import COLORS, detector
from plugin_helpers import Listener, add_raster, polygon_layer
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from test_detect_job import NORTH, THINGS, UTM, WEST, boxes_of, found_in, rings, scene, wanted

from geosift.inference.cards.card import ModelCard
from geosift.plugin.background.runs import DONE
from geosift.plugin.dock import GeoSiftDock

ID = "geosift:detect"

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return detector(tmp_path_factory.mktemp("models"), "ultralytics", name="Finder")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(tmp_path_factory.mktemp("scene") / "scene.tif", THINGS)


@pytest.fixture
def detect(source: Path, model: ModelCard, tmp_path: Path) -> Any:
    """Runs the algorithm on the scene; OUTPUT is a GeoPackage unless told otherwise."""

    def run(**parameters: Any) -> dict[str, Any]:
        given = {"INPUT": str(source), "MODEL": str(model.path)}
        return processing.run(ID, {**given, "OUTPUT": str(tmp_path / "o.gpkg"), **parameters})

    return run


def part(left: int, top: int, right: int, bottom: int) -> QgsRectangle:
    return QgsRectangle(WEST + left, NORTH - bottom, WEST + right, NORTH - top)


def test_the_toolbox_gives_the_engines_objects(detect, tmp_path: Path) -> None:
    result = detect(REPORT=str(tmp_path / "o.json"))
    assert boxes_of(found_in(tmp_path / "o.gpkg")) == wanted(THINGS[:-1])
    assert result["COUNT"] == len(THINGS) - 1
    assert "CPU" in result["ENGINE"]
    assert json.loads((tmp_path / "o.json").read_text("utf-8"))["objects"] == result["COUNT"]


def test_every_parameter_reaches_the_engine(detect, tmp_path: Path) -> None:
    out = tmp_path / "o.gpkg"
    detect(CONFIDENCE=35)
    assert boxes_of(found_in(out)) == wanted(THINGS)
    detect(EXTENT=f"{WEST},{WEST + 60},{NORTH - 60},{NORTH} [{UTM}]", OVERLAP=24, THREADS=1)
    assert boxes_of(found_in(out)) == wanted([THINGS[0], THINGS[1]])
    detect(MASK=polygon_layer(part(50, 0, 70, 30), crs=UTM))
    assert boxes_of(found_in(out)) == wanted([THINGS[2]])


def test_masks_go_to_any_vector_format(source: Path, tmp_path: Path) -> None:
    """Holes and separate parts, which not every format takes for granted."""
    model = detector(tmp_path, "ultralytics_seg")
    raster = scene(tmp_path / "in.tif", rings(0))
    given = {"INPUT": str(raster), "MODEL": str(model.path), "SIMPLIFY": 0}
    areas = []
    for place in ("o.gpkg", "o.geojson", "o.shp", "memory:"):
        output = place if place == "memory:" else str(tmp_path / place)
        made = processing.run(ID, {**given, "OUTPUT": output})["OUTPUT"]
        layer = made if isinstance(made, QgsVectorLayer) else QgsVectorLayer(made, "l", "ogr")
        assert layer.isValid(), place
        found = [(f["id"], round(f.geometry().area(), 3)) for f in layer.getFeatures()]
        areas.append(sorted(found))
    assert len(areas[0]) == 4
    assert all(each == areas[0] for each in areas)


def test_what_is_loaded_is_styled_by_class(
    detect, qgis_new_project: None, tmp_path: Path, source: Path, model: ModelCard
) -> None:
    """An outline in the colour of the class, and nothing filled."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    place = QgsProcessingOutputLayerDefinition(str(tmp_path / "a.gpkg"), QgsProject.instance())
    given = {"INPUT": str(source), "MODEL": str(model.path), "OUTPUT": place}
    result = processing.run(ID, given, context=context)
    details = context.layerToLoadOnCompletionDetails(result["OUTPUT"])
    layer = QgsVectorLayer(result["OUTPUT"], "objects", "ogr")
    details.postProcessor().postProcessLayer(layer, context, Listener())
    categories = layer.renderer().categories()
    assert [each.label() for each in categories] == ["car", "boat", "tree"]
    for each, color in zip(categories, COLORS):
        lines = each.symbol().symbolLayers()
        assert lines[-1].strokeColor().name().upper() == color
        assert all(line.fillColor().alpha() == 0 for line in lines)
    assert details.name == "scene, Finder, objects"


def test_clear_refusals(detect, tmp_path: Path) -> None:
    for given, words in (
        ({"MODEL": "landcover"}, "geosift:segment"),
        ({"MODEL": ""}, "MODEL is missing"),
        ({"CONFIDENCE": 120}, "CONFIDENCE is a number from 0 to 100"),
        ({"IOU": -3}, "IOU is a number from 0 to 100"),
        ({"OVERLAP": 40}, "leaves nothing of a tile"),
        ({"OUTPUT": str(tmp_path / "none" / "o.gpkg")}, "no such folder"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            detect(**given)
    assert not list(tmp_path.iterdir())


def test_a_model_of_this_kind_is_refused_elsewhere_with_the_way_out(
    source: Path, model: ModelCard, tmp_path: Path
) -> None:
    given = {"INPUT": str(source), "MODEL": str(model.path), "OUTPUT": str(tmp_path / "o.tif")}
    with pytest.raises(QgsProcessingException, match="geosift:detect"):
        processing.run("geosift:segment", given)


def test_from_the_command_line_of_qgis(
    qgis_process: list[str], source: Path, model: ModelCard, tmp_path: Path
) -> None:
    out = tmp_path / "out.gpkg"
    words = [f"INPUT={source}", f"MODEL={model.path}", f"OUTPUT={out}", "CONFIDENCE=90"]
    done = subprocess.run(
        [*qgis_process, "--json", "run", ID, "--", *words], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"]["COUNT"] == 3
    assert boxes_of(found_in(out)) == wanted([t for t in THINGS if t.score > 229])


def test_the_algorithm_waits_for_a_model_and_lists_those_there_are() -> None:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    definition = algorithm.parameterDefinition("MODEL")
    assert definition.defaultValue() is None
    assert definition.metadata()["widget_wrapper"]["class"].endswith("DetectionModelWrapper")


# The dock


@pytest.fixture
def dock(qgis_new_project: None, model: ModelCard, source: Path) -> Iterator[GeoSiftDock]:
    """The dock of a user who keeps the network in the folder of models, and chose it."""
    interface = Interface()
    with models_in(model.path.parent), open_dock(interface) as panel:
        interface.setActiveLayer(add_raster(source))
        QApplication.processEvents()
        choose_model(panel, "Finder")
        yield panel


def test_the_dock_runs_it_and_tells_what_was_found(dock: GeoSiftDock) -> None:
    run = run_to_the_end(dock)
    assert run.state == DONE, run.error
    assert run.results["COUNT"] == len(THINGS) - 1
    (layer,) = [each for name, each in result_layers().items() if name.endswith("objects")]
    assert layer.featureCount() == len(THINGS) - 1
    rows = [dock.result.table.topLevelItem(row) for row in range(3)]
    assert {row.text(0) for row in rows} == {"car", "boat", "tree"}
    assert dock.result.table.headerItem().text(1) == "Objects"
    assert rows[0].text(1) == "4"
    assert rows[0].toolTip(1).endswith("m², 4 objects")


def test_the_dock_offers_what_the_model_says_and_what_one_sets(dock: GeoSiftDock) -> None:
    options = dock.form.options
    assert options.confidence.specialValueText() == "the model's (50 %)"
    assert "AUGMENT" not in dock.form.parameters()
    assert {"CONFIDENCE", "IOU"}.isdisjoint(dock.form.parameters())
    options.setCollapsed(False)
    for box, text in ((options.confidence, "90"), (options.iou, "30")):
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Tab)
    assert dock.form.parameters()["CONFIDENCE"] == 90
    assert dock.form.parameters()["IOU"] == 30
    assert dock.form.extent.combo.findText("Selected polygons") >= 0
    run = run_to_the_end(dock)
    assert run.results["COUNT"] == 3
