# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock, used as a person does: by clicking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from dock_helpers import Interface, choose, click, open_dock, result_layers, run_to_the_end
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    add_raster,
    assert_nothing_is_cut_off,
    patchwork,
    read_pixels,
    wait_until,
    write_raster,
)
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QPushButton, QToolButton

from geosift.inference.cards.catalog import Catalog
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.plugin.background.runs import CANCELLED, DONE, FAILED, Run
from geosift.plugin.dock import GeoSiftDock

SIZE = 300, 400


pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raster(tmp_path_factory.mktemp("scene") / "scene.tif", patchwork(*SIZE))


@pytest.fixture(scope="module")
def big_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough that a click comes before the end."""
    return write_raster(tmp_path_factory.mktemp("scene") / "big.tif", patchwork(4000, 4000))


@pytest.fixture(scope="module")
def truth(scene: Path) -> np.ndarray:
    output = scene.with_name("truth.tif")
    run(SegmentJob(source=str(scene), card=Catalog().find("landcover"), output=output))
    return read_pixels(output)


@pytest.fixture
def interface(qgis_new_project) -> Interface:
    return Interface()


@pytest.fixture
def dock(interface: Interface) -> Iterator[GeoSiftDock]:
    with open_dock(interface) as panel:
        yield panel


# One run


def test_a_click_makes_the_layer(dock, interface, scene, truth) -> None:
    layer = add_raster(scene)
    interface.setActiveLayer(layer)
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    result = result_layers()["scene, Land cover"]
    np.testing.assert_array_equal(read_pixels(result.source()), truth)
    assert [each.label for each in result.renderer().classes()][:2] == ["Building", "Land"]
    assert QgsProject.instance().layerTreeRoot().findGroup("scene · Land cover") is not None
    assert ("success", f"scene · Land cover: done in {_took(dock)}.") in interface.bar.messages


def _took(dock: GeoSiftDock) -> str:
    return dock.result.engine.text().split("took ")[1]


def test_the_result_is_shown_in_numbers_and_colours(dock, interface, scene, truth) -> None:
    interface.setActiveLayer(add_raster(scene))
    run_to_the_end(dock)
    assert dock.result.isVisible()
    assert dock.result.title.text() == "scene · Land cover"
    assert dock.result.engine.text().startswith("CPU, ")
    table = dock.result.table
    names = [table.topLevelItem(row).text(0) for row in range(table.topLevelItemCount())]
    counts = {
        info.name: int((truth == info.id).sum()) for info in Catalog().find("landcover").classes
    }
    assert names == sorted(names, key=lambda name: -counts[name])
    assert table.headerItem().text(1) == "Area (ha)"
    assert not table.topLevelItem(0).icon(0).isNull()
    assert table.topLevelItem(0).text(2).endswith(" %")
    assert dock.result.chart.share_at(1).name == names[0]
    click(
        next(button for button in dock.result.findChildren(QToolButton) if "Copy" in button.text())
    )
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 6
    assert lines[1].split("\t")[:2] == [names[0], str(counts[names[0]])]


def test_zoom_to_the_result(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    run_to_the_end(dock)
    click(
        next(button for button in dock.result.findChildren(QToolButton) if "Zoom" in button.text())
    )
    assert interface.zoomed_to.name() == "scene, Land cover"


def test_the_message_bar_shows_the_layer(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    run_to_the_end(dock)
    wait_until(lambda: interface.bar.currentItem() is not None)
    button = interface.bar.currentItem().findChild(QPushButton, "showLayerButton")
    interface.bar.parentWidget().show()
    click(button)
    assert interface.zoomed_to.name() == "scene, Land cover"
    interface.setActiveLayer(None)
    QgsProject.instance().removeAllMapLayers()
    interface.zoomed_to = None
    click(button)
    assert interface.zoomed_to is None


def test_more_results_on_request(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    options = dock.form.options
    options.setCollapsed(False)
    QApplication.processEvents()
    assert not options.min_area.isEnabled()
    for check in (options.confidence, options.polygons):
        QTest.mouseClick(check, Qt.MouseButton.LeftButton, pos=QPoint(8, check.height() // 2))
        assert check.isChecked()
    assert options.min_area.isEnabled()
    options.min_area.setValue(30)
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    polygons = result_layers()["scene, Land cover, polygons"]
    assert min(feature["area_m2"] for feature in polygons.getFeatures()) >= 30
    assert isinstance(result_layers()["scene, Land cover, confidence"], QgsRasterLayer)


def test_views_are_chosen_in_the_options(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    dock.form.options.setCollapsed(False)
    views = dock.form.options.views
    assert [views.itemText(row)[0] for row in range(views.count())] == ["1", "4", "8"]
    views.setFocus()
    QTest.keyClick(views, Qt.Key.Key_Down)
    run_to_the_end(dock)
    assert "mean of 4 views" in dock.result.engine.text()


def test_results_are_saved_where_the_user_says(dock, interface, scene, tmp_path) -> None:
    interface.setActiveLayer(add_raster(scene))
    dock.form.options.file.setFilePath(str(tmp_path / "mine"))
    dock.form.options.polygons.setChecked(True)
    run_to_the_end(dock)
    assert sorted(path.suffix for path in tmp_path.glob("mine*") if path.suffix != ".xml") == [
        ".gpkg", ".tif",
    ]  # fmt: skip
    assert (tmp_path / "mine.tif").is_file()
    assert (tmp_path / "mine_polygons.gpkg").is_file()


# Which layer, which part


def test_the_active_layer_is_proposed_but_never_a_result(dock, interface, scene, big_scene) -> None:
    first, second = add_raster(scene), add_raster(big_scene, "big")
    for layer in (second, first):
        interface.setActiveLayer(layer)
        wait_until(lambda: dock.form.layers.currentLayer() == layer)  # noqa: B023
    run_to_the_end(dock)
    interface.setActiveLayer(result_layers()["scene, Land cover"])
    QApplication.processEvents()
    QApplication.processEvents()
    assert dock.form.layers.currentLayer() == first


def test_the_current_view(dock, interface, scene, truth) -> None:
    interface.setActiveLayer(add_raster(scene))
    interface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    interface.canvas.setExtent(QgsRectangle(WEST + 40, NORTH - 160, WEST + 200, NORTH - 40))
    choose(dock, "Current view")
    seen = interface.canvas.extent()
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    pixels = read_pixels(result_layers()["scene, Land cover"].source())
    assert abs(pixels.shape[0] - seen.height()) <= 2
    assert abs(pixels.shape[1] - seen.width()) <= 2


@pytest.fixture
def fields(qgis_new_project) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs={CRS}", "fields", "memory")
    for left in (10, 200):
        feature = QgsFeature()
        feature.setGeometry(
            QgsGeometry.fromRect(
                QgsRectangle(WEST + left, NORTH - 60, WEST + left + 50, NORTH - 10)
            )
        )
        layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_selected_polygons(dock, interface, scene, truth, fields) -> None:
    interface.setActiveLayer(add_raster(scene))
    QApplication.processEvents()
    choose(dock, "Selected")
    assert dock.form.extent.layers.currentLayer() == fields
    assert "No polygon selected yet" in dock.form.extent.hint.text()
    fields.selectByIds([2])
    assert dock.form.extent.hint.text() == "1 polygon selected."
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    pixels = read_pixels(result_layers()["scene, Land cover"].source())
    assert pixels.shape == (50, 50)
    assert (pixels == truth[10:60, 200:250]).mean() > 0.95, "only the tiles lie differently"


def test_without_a_selection_it_says_what_to_do(dock, interface, scene, fields) -> None:
    interface.setActiveLayer(add_raster(scene))
    choose(dock, "Selected")
    click(dock.run_button)
    assert dock.notice.isVisible()
    assert "No polygon is selected" in dock.notice.label.text()
    assert dock.queue.runs == []


# Trouble


def test_without_a_raster_it_says_what_to_do(dock) -> None:
    click(dock.run_button)
    assert "add one first" in dock.notice.label.text()
    click(dock.notice.findChild(QToolButton))
    assert not dock.notice.isVisible()


def test_an_unknown_model_is_named(dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    dock.form.model.combo.setFocus()
    dock.form.model.combo.lineEdit().selectAll()
    QTest.keyClicks(dock.form.model.combo.lineEdit(), "nonsense")
    assert "There is no model 'nonsense'" in dock.form.about.text()
    click(dock.run_button)
    assert "There is no model 'nonsense'" in dock.notice.label.text()


def test_a_broken_card_of_the_user_is_named_and_the_others_stay(interface) -> None:
    folder = Path(QgsApplication.qgisSettingsDirPath()) / "geosift" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / "broken.json"
    card.write_text('{"schema": 1}')
    try:
        panel = GeoSiftDock(interface)
    finally:
        card.unlink()
    panel.show()
    assert panel.notice.isVisible()
    assert "broken.json" in panel.notice.label.text()
    assert panel.form.model.value() == "landcover"
    panel.shut_down()
    panel.deleteLater()


def test_a_run_that_fails_says_why_in_dock_and_message_bar(dock, interface, tmp_path) -> None:
    empty = write_raster(tmp_path / "empty.tif", np.zeros((3, 64, 64), np.uint8), nodata=0)
    interface.setActiveLayer(add_raster(empty, "empty"))
    QApplication.processEvents()
    failed = run_to_the_end(dock)
    assert failed.state == FAILED
    assert "no valid pixel" in dock.notice.label.text()
    assert any(
        kind == "critical" and "no valid pixel" in text for kind, text in interface.bar.messages
    )
    assert len(QgsProject.instance().mapLayers()) == 1


def test_a_layer_that_is_gone_when_its_turn_comes(dock, interface, scene, big_scene) -> None:
    interface.setActiveLayer(add_raster(big_scene, "big"))
    QApplication.processEvents()
    click(dock.run_button)
    second = add_raster(scene)
    dock.form.layers.setLayer(second)
    click(dock.run_button)
    waiting = dock.queue.runs[1]
    QgsProject.instance().removeMapLayer(second.id())
    dock.queue.runs[0].cancel()
    wait_until(lambda: waiting.is_over)
    assert waiting.state == FAILED
    assert "INPUT" in waiting.error


# Several runs


def test_progress_is_shown_and_cancel_stops(dock, interface, big_scene) -> None:
    interface.setActiveLayer(add_raster(big_scene, "big"))
    QApplication.processEvents()
    click(dock.run_button)
    (row,) = dock.run_list.rows()
    assert dock.run_button.text() == "Add to &queue"
    wait_until(lambda: row.bar.value() > 0)
    assert "%" in row.status.text()
    click(row.button)
    assert row.status.text() == "stopping"
    wait_until(lambda: row.run.is_over)
    assert row.run.state == CANCELLED
    QApplication.processEvents()
    assert dock.run_list.rows() == []
    assert dock.run_button.text() == "R&un"
    assert len(QgsProject.instance().mapLayers()) == 1
    assert ("info", "big · Land cover: cancelled.") in interface.bar.messages


def test_runs_queue_and_go_one_after_another(dock, interface, scene, truth) -> None:
    interface.setActiveLayer(add_raster(scene))
    QApplication.processEvents()
    over: list[Run] = []
    dock.queue.finished.connect(over.append)
    for _ in range(3):
        click(dock.run_button)
    QApplication.processEvents()
    assert [row.status.text() for row in dock.run_list.rows()][1:] == ["waiting for its turn"] * 2
    click(dock.run_list.rows()[2].button)
    wait_until(lambda: len(over) == 3)
    assert sorted(each.state for each in over) == [CANCELLED, DONE, DONE]
    results = [
        layer for layer in QgsProject.instance().mapLayers().values() if layer.name() != "scene"
    ]
    assert len(results) == 2
    for layer in results:
        np.testing.assert_array_equal(read_pixels(layer.source()), truth)


def test_the_window_stays_alive_during_a_run(dock, interface, big_scene) -> None:
    """The longest time without events while a run is on, imports of the first run left out."""
    import time

    interface.setActiveLayer(add_raster(big_scene, "big"))
    QApplication.processEvents()
    click(dock.run_button)
    (row,) = dock.run_list.rows()
    wait_until(lambda: row.run.percent > 0)
    longest, last = 0.0, time.monotonic()
    while not row.run.is_over and row.run.percent < 90:
        QApplication.processEvents()
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        time.sleep(0.002)
    row.run.cancel()
    wait_until(lambda: row.run.is_over)
    assert longest < 0.5


def test_closing_during_a_run_cancels_it(interface, big_scene) -> None:
    panel = GeoSiftDock(interface)
    panel.show()
    interface.setActiveLayer(add_raster(big_scene, "big"))
    QApplication.processEvents()
    click(panel.run_button)
    current = panel.queue.runs[0]
    panel.shut_down()
    assert current.state == CANCELLED
    panel.deleteLater()


# Looks


@pytest.mark.parametrize("width", [200, 280, 500])
def test_nothing_is_cut_off_in_a_narrow_dock(width: int, dock, interface, scene) -> None:
    interface.setActiveLayer(add_raster(scene))
    run_to_the_end(dock)
    assert_nothing_is_cut_off(dock, width=width, height=700)
