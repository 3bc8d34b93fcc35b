# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock with a network that names scenes: what it offers, what a click makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networks
import numpy as np
import pytest
from dock_helpers import (
    Interface,
    choose,
    choose_model,
    click,
    models_in,
    open_dock,
    result_layers,
    run_to_the_end,
)
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    add_raster,
    assert_nothing_is_cut_off,
    box,
    patchwork,
    polygon_layer,
    read_pixels,
    wait_until,
    write_raster,
)
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QCheckBox, QPushButton, QToolButton, QWidget

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob
from geosift.inference.classification.run import run_classify
from geosift.plugin.background.runs import DONE
from geosift.plugin.dock import GeoSiftDock

SIZE = 300, 400
COLORS = (190, 70, 70), (70, 190, 70), (70, 70, 190), (190, 190, 70), (110, 110, 110)

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return networks.classifier(
        tmp_path_factory.mktemp("models"), colors=COLORS, sharpness=0.0005, name="scenes"
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scene") / "scene.tif"
    return write_raster(path, patchwork(*SIZE, side=70))


@pytest.fixture
def interface(qgis_new_project) -> Interface:
    return Interface()


@pytest.fixture
def dock(interface: Interface, model: ModelCard) -> Iterator[GeoSiftDock]:
    """The dock of a user who keeps the network in the folder of models."""
    with models_in(model.path.parent), open_dock(interface) as panel:
        yield panel


@pytest.fixture
def ready(dock: GeoSiftDock, interface: Interface, scene: Path) -> GeoSiftDock:
    """The scene is the active layer, and the network that names scenes is chosen."""
    interface.setActiveLayer(add_raster(scene))
    QApplication.processEvents()
    choose_model(dock, "Scenes")
    return dock


def tick(check: QCheckBox) -> None:
    QTest.mouseClick(check, Qt.MouseButton.LeftButton, pos=QPoint(8, check.height() // 2))


def rows_of(place: Path | str) -> list[tuple]:
    layer = QgsVectorLayer(str(place), "l", "ogr")
    return [(f.geometry().asWkt(3), f["class_id"], f["confidence"]) for f in layer.getFeatures()]


# One panel for both kinds


def test_the_kind_of_the_model_decides_what_is_offered(dock) -> None:
    extents = dock.form.extent.combo
    assert extents.findText("One answer for each polygon") < 0
    dock.form.options.setCollapsed(False)
    assert dock.form.options.confidence.isVisible()
    choose_model(dock, "Scenes")
    assert extents.findText("One answer for each polygon") > 0
    assert dock.form.options.step.isVisible(), "options that were open stay open"
    assert "Scene classification" in dock.form.about.text().replace("&nbsp;", " ")
    assert len([box for box in dock.findChildren(QWidget, "options") if box.isVisible()]) == 1
    choose(dock, "Around")
    choose_model(dock, "Land cover")
    assert extents.currentText() == "Selected polygons", "the choice stays as near as it can be"
    assert extents.findText("One answer for each polygon") < 0
    assert dock.form.options.confidence.isVisible()


def test_a_click_makes_the_grid_of_the_engine(ready, interface, scene, model, tmp_path) -> None:
    done = run_to_the_end(ready)
    assert done.state == DONE, done.error
    cells = result_layers()["scene, Scenes, grid"]
    truth = tmp_path / "truth.gpkg"
    run_classify(ClassifyJob(source=str(scene), card=model, cells=truth))
    assert rows_of(cells.source()) == rows_of(truth)
    assert QgsProject.instance().layerTreeRoot().findGroup("scene · Scenes") is not None
    assert cells.renderer().categories()[0].label() == "class 0"
    assert any(text.startswith("scene · Scenes: done in") for _, text in interface.bar.messages)


def test_the_result_counts_cells_and_zooms_to_the_grid(ready, interface) -> None:
    run_to_the_end(ready)
    assert ready.result.isVisible()
    assert ready.result.table.topLevelItemCount() == len(COLORS)
    assert "cells" in ready.result.table.topLevelItem(0).toolTip(1)
    buttons = {each.text(): each for each in ready.result.findChildren(QToolButton)}
    click(buttons["&Zoom to"])
    assert interface.zoomed_to.name() == "scene, Scenes, grid"
    click(buttons["Copy table"])
    header, *lines = QApplication.clipboard().text().splitlines()
    assert header.split("\t")[1] == "Cells"
    assert sum(int(line.split("\t")[1]) for line in lines) == 10 * 13


def test_step_probabilities_and_raster_on_request(ready, tmp_path) -> None:
    options = ready.form.options
    options.setCollapsed(False)
    QApplication.processEvents()
    for check in (options.probabilities, options.raster):
        tick(check)
        assert check.isChecked()
    options.step.setFocus()
    options.step.selectAll()
    QTest.keyClicks(options.step, "16")
    options.file.setFilePath(str(tmp_path / "mine.gpkg"))
    done = run_to_the_end(ready)
    assert done.state == DONE, done.error
    assert read_pixels(tmp_path / "mine.tif").shape == (19, 25)
    cells = QgsVectorLayer(str(tmp_path / "mine.gpkg"), "l", "ogr")
    assert cells.featureCount() == 19 * 25
    assert "p_class_0" in cells.fields().names()
    assert [each.label for each in result_layers()["scene, Scenes"].renderer().classes()] == [
        f"class {index}" for index in range(len(COLORS))
    ]


def test_the_offset_is_for_models_that_know_reflectance(ready, model, interface, tmp_path) -> None:
    options = ready.form.options
    assert not options.offset.isEnabled()
    options.step.setValue(1000)
    assert options.step.value() == model.tile
    reflectance = {"low": [0] * 3, "high": [2550] * 3, "offset": 1000}
    folder = model.path.parent
    knowing = networks.classifier(folder, colors=COLORS, name="knowing", reflectance=reflectance)
    ready.form.model.refill()
    choose_model(ready, "Knowing")
    assert options.offset.isEnabled()
    pixels = patchwork(*SIZE, side=70).astype(np.uint16) * 10
    interface.setActiveLayer(add_raster(write_raster(tmp_path / "new.tif", pixels + 1000), "new"))
    QApplication.processEvents()
    options.setCollapsed(False)
    options.step.setValue(0)
    options.offset.setFocus()
    for _ in range(2):
        QTest.keyClick(options.offset, Qt.Key.Key_Down)
    done = run_to_the_end(ready)
    assert done.state == DONE, done.error
    assert done.parameters["OFFSET"] == 1000
    old = write_raster(tmp_path / "old.tif", pixels)
    truth = tmp_path / "truth.gpkg"
    run_classify(ClassifyJob(source=str(old), card=knowing, cells=truth, offset=0))
    assert rows_of(result_layers()["new, Knowing, grid"].source()) == rows_of(truth)


def test_nothing_to_make_is_refused_in_words(ready) -> None:
    ready.form.options.setCollapsed(False)
    QApplication.processEvents()
    tick(ready.form.options.cells)
    assert not ready.form.options.probabilities.isEnabled()
    click(ready.run_button)
    assert "tick the grid, the raster or both" in ready.notice.label.text()
    assert ready.queue.runs == []


# Confidence as opacity


def test_fading_is_one_click_and_stays_for_the_next_result(ready) -> None:
    run_to_the_end(ready)
    cells = result_layers()["scene, Scenes, grid"]
    assert cells.styleManager().currentStyle() == "By class"
    tick(ready.result.fade)
    assert cells.styleManager().currentStyle() == "By confidence"
    tick(ready.result.fade)
    assert cells.styleManager().currentStyle() == "By class"
    tick(ready.result.fade)
    QgsProject.instance().removeMapLayer(cells.id())
    run_to_the_end(ready)
    again = result_layers()["scene, Scenes, grid"]
    assert again.styleManager().currentStyle() == "By confidence"


def test_a_segmentation_has_nothing_to_fade(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    QApplication.processEvents()
    run_to_the_end(dock)
    assert dock.result.isVisible()
    assert not dock.result.fade.isVisible()
    assert "pixels" in dock.result.table.topLevelItem(0).toolTip(1)


# Which part


def test_the_current_view(ready, interface) -> None:
    interface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    interface.canvas.setExtent(QgsRectangle(WEST + 64, NORTH - 192, WEST + 192, NORTH - 64))
    choose(ready, "Current view")
    done = run_to_the_end(ready)
    assert done.state == DONE, done.error
    cells = result_layers()["scene, Scenes, grid"]
    assert cells.featureCount() < 10 * 13
    assert cells.extent().contains(QgsRectangle(WEST + 70, NORTH - 180, WEST + 180, NORTH - 70))


@pytest.fixture
def fields(qgis_new_project) -> QgsVectorLayer:
    layer = polygon_layer(box(10, 10, 90, 120), box(150, 200, 280, 380))
    layer.setName("fields")
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_one_answer_for_each_polygon(ready, fields) -> None:
    choose(ready, "One answer")
    assert ready.form.extent.hint.text() == "No polygon selected: all 2 get an answer."
    done = run_to_the_end(ready)
    assert done.state == DONE, done.error
    zones = result_layers()["scene, Scenes, zones"]
    assert [each.geometry().boundingBox() for each in zones.getFeatures()] == [
        each.geometry().boundingBox() for each in fields.getFeatures()
    ]
    assert "polygons" in ready.result.table.topLevelItem(0).toolTip(1)


def test_one_answer_for_each_selected_polygon(ready, fields) -> None:
    choose(ready, "One answer")
    fields.selectByIds([2])
    assert ready.form.extent.hint.text() == "1 polygon selected."
    run_to_the_end(ready)
    (zone,) = result_layers()["scene, Scenes, zones"].getFeatures()
    assert zone.geometry().boundingBox() == box(150, 200, 280, 380)


def test_around_selected_polygons_is_a_grid(ready, fields) -> None:
    choose(ready, "Around")
    click(ready.run_button)
    assert "No polygon is selected" in ready.notice.label.text()
    fields.selectByIds([1])
    run_to_the_end(ready)
    cells = result_layers()["scene, Scenes, grid"]
    assert 3 * 4 <= cells.featureCount() <= 4 * 5


def test_polygons_without_a_layer_of_them(ready) -> None:
    choose(ready, "One answer")
    assert ready.form.extent.hint.text() == "The project has no polygon layer."
    click(ready.run_button)
    assert "no polygon layer in the project yet" in ready.notice.label.text()


# What it tells


def test_warnings_are_shown(dock, interface, model, tmp_path) -> None:
    """A raster of 1 m for a network of 30 m: far finer."""
    networks.classifier(model.path.parent, colors=COLORS, name="coarse", resolution=30.0)
    dock.form.model.refill()
    scene = write_raster(tmp_path / "fine.tif", patchwork(2000, 2000, side=200))
    interface.setActiveLayer(add_raster(scene, "fine"))
    QApplication.processEvents()
    choose_model(dock, "Coarse")
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    assert dock.notice.isVisible()
    assert "finer" in dock.notice.label.text()


def test_what_the_plugin_warns_of_is_shown_too(ready, fields) -> None:
    feature = QgsFeature(fields.fields())
    fields.dataProvider().addFeature(feature)
    choose(ready, "One answer")
    run_to_the_end(ready)
    assert "1 of 3 polygons in ZONES has no area" in ready.notice.label.text()


def test_the_report_opens_from_message_bar_and_panel(ready, interface, monkeypatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile()))
    )
    run_to_the_end(ready)
    wait_until(lambda: interface.bar.currentItem() is not None)
    button = interface.bar.currentItem().findChild(QPushButton, "openReportButton")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    tools = {each.text(): each for each in ready.result.findChildren(QToolButton)}
    click(tools["Report"])
    assert len(opened) == 2
    assert opened[0] == opened[1]
    page = opened[0].read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "class 0" in page


@pytest.mark.parametrize("width", [200, 280, 500])
def test_nothing_is_cut_off_in_a_narrow_dock(width: int, ready) -> None:
    ready.form.options.setCollapsed(False)
    run_to_the_end(ready)
    assert_nothing_is_cut_off(ready, width=width, height=900)
