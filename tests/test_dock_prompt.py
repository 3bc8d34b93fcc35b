# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock's second page: what it offers, where outlines go, and objects found by a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from dock_helpers import Interface, click
from plugin_helpers import (
    CRS,
    add_raster,
    assert_nothing_is_cut_off,
    polygon_layer,
    wait_until,
)
from prompt_hand import HOUSE, POOL, Hand, hand_on, iou, middle, on_map, outline_layers, truth
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from geosift.plugin.background.runs import DONE, Run

pytestmark = pytest.mark.usefixtures("provider")


def test_pages_share_what_runs_and_what_is_said(hand: Hand) -> None:
    dock = hand.dock
    assert dock.prompt.isVisible() and not dock.form.isVisible()
    dock.pages.setCurrentIndex(0)
    assert dock.form.isVisible() and dock.run_button.isVisible() and not dock.prompt.isVisible()
    assert hand.controller.is_on, "turning a page is not leaving the tool"


def test_the_whole_layer_is_not_offered_models_that_cut_out(hand: Hand, prompt_model: str) -> None:
    """A path of one may still be typed, and is answered with a sentence."""
    listed = hand.dock.form.model.combo
    kinds = [listed.itemData(row) for row in range(listed.count())]
    assert "prompt" not in kinds and "landcover" in kinds
    hand.dock.pages.setCurrentIndex(0)
    hand.dock.form.model.set_value(prompt_model)
    assert "choose it there" in hand.dock.form.about.text()
    click(hand.dock.run_button)
    assert "choose it there" in hand.dock.notice.label.text()


def test_outlines_go_to_a_layer_of_the_users_own(hand: Hand) -> None:
    mine = polygon_layer()
    QgsProject.instance().addMapLayer(mine)
    hand.dock.prompt.page.targets.setLayer(mine)
    hand.click_and_wait(middle(HOUSE))
    hand.key(Qt.Key.Key_S)
    (feature,) = mine.getFeatures()
    assert iou(feature.geometry(), truth(HOUSE)) > 0.9
    assert outline_layers() == []
    mine.rollBack()


def test_no_other_layer_of_the_users_is_taken_for_one_that_is_removed(hand: Hand) -> None:
    mine, another = polygon_layer(), polygon_layer()
    for layer, name in ((mine, "a mine"), (another, "b another")):
        layer.setName(name)
        QgsProject.instance().addMapLayer(layer)
    page = hand.dock.prompt.page
    page.targets.setLayer(mine)
    QgsProject.instance().removeMapLayer(mine.id())
    assert page.target() is None


def test_an_outline_is_where_it_was_seen_after_the_rasters_crs_changed(hand: Hand) -> None:
    """The layer of outlines keeps the CRS it was made with."""
    for crs in (CRS, "EPSG:32633"):
        hand.layer.setCrs(QgsCoordinateReferenceSystem(crs))
        hand.canvas.setDestinationCrs(hand.layer.crs())
        hand.canvas.setExtent(hand.layer.extent())
        hand.wait_for_view()
        hand.click_and_wait(middle(HOUSE))
        hand.key(Qt.Key.Key_S)
    (layer,) = outline_layers()
    first, second = (each.geometry() for each in layer.getFeatures())
    assert iou(first, truth(HOUSE)) > 0.9
    to_raster = QgsCoordinateTransform(layer.crs(), hand.layer.crs(), QgsProject.instance())
    second.transform(to_raster)
    assert iou(second, truth(HOUSE)) > 0.9
    layer.rollBack()


def test_what_others_say_in_the_status_bar_stays(hand: Hand) -> None:
    bar = hand.interface.status_bar
    assert "Ready" in bar.currentMessage()
    hand.key(Qt.Key.Key_Escape)
    assert bar.currentMessage() == ""
    bar.showMessage("Saved")
    hand.dock.prompt.page.layers.layerChanged.emit(None)
    assert bar.currentMessage() == "Saved"


def test_the_label_is_a_text_field_like_any_other(hand: Hand) -> None:
    """Letters go into it, Enter accepts nothing, and the next click is about the map again."""
    page = hand.dock.prompt.page
    hand.click_and_wait(middle(HOUSE))
    page.name.setFocus()
    wait_until(lambda: QApplication.focusWidget() is page.name)
    for key in (Qt.Key.Key_S, Qt.Key.Key_C, Qt.Key.Key_Return):
        hand.key(key)
    assert page.label() == "sc"
    assert hand.controller.cutting.in_hand
    hand.canvas.activateWindow()
    wait_until(lambda: QApplication.focusWindow() is hand.canvas.windowHandle())
    hand.click_and_wait(on_map(120, 150))
    assert QApplication.focusWidget() is hand.canvas, "a click on the map ends the typing"
    hand.key(Qt.Key.Key_S)
    (layer,) = outline_layers()
    assert next(layer.getFeatures())["label"] == "sc"
    layer.rollBack()


def test_how_outlines_are_drawn_counts_at_once(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    before = hand.drawn().asWkt()
    hand.dock.prompt.page.shape_box.simplify.setValue(0)
    hand.wait()
    along = hand.drawn()
    assert along.asWkt() != before
    assert all(abs(x.x() - round(x.x())) < 1e-6 for x in along.vertices()), "along the pixels"
    hand.dock.prompt.page.shape_box.least.setValue(1e6)
    hand.wait()
    assert "leave nothing" in hand.warnings()[-1]
    assert hand.drawn().isEmpty()
    hand.dock.prompt.page.shape_box.least.setValue(0)
    hand.wait()
    assert hand.drawn().asWkt() == along.asWkt(), "what was pointed at has stayed"


def test_undoing_draws_the_outline_as_outlines_are_drawn_now(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.click_and_wait(middle(POOL))
    hand.dock.prompt.page.shape_box.smooth.setValue(3)
    hand.wait()
    hand.key(Qt.Key.Key_Backspace)
    hand.wait()
    again = hand.drawn().asWkt()
    hand.key(Qt.Key.Key_C)
    hand.click_and_wait(middle(HOUSE))
    assert hand.drawn().asWkt() == again


@pytest.mark.parametrize("width", [200, 300])
def test_nothing_is_cut_off_in_a_narrow_dock(hand: Hand, width: int) -> None:
    hand.dock.prompt.page.shape_box.setCollapsed(False)
    hand.click_and_wait(middle(POOL))
    assert_nothing_is_cut_off(hand.dock, width=width, height=900)


# By a word


def test_objects_are_found_by_a_word(qgis_new_project, prompt_model: str, repository: Path) -> None:
    layer = add_raster(repository / "resources" / "sample" / "scene.tif")
    interface = Interface()
    with hand_on(interface, layer, prompt_model, crs=layer.crs().authid()) as hand:
        page, over = hand.dock.prompt.page, []
        hand.dock.queue.finished.connect(over.append)
        hand.canvas.zoomByFactor(0.4)
        QTest.keyClicks(page.words, "buildings")
        QTest.keyClick(page.words, Qt.Key.Key_Return)
        assert "class 'Building'" in page.match.text()
        wait_until(lambda: over != [])
        run: Run = over[0]
        assert run.state == DONE, run.error
        (found,) = (QgsProject.instance().mapLayer(each) for each in run.layer_ids)
        assert found.featureCount() == run.results["OBJECTS"] > 0
        assert {each["label"] for each in found.getFeatures()} == {"Building"}
        wait_until(lambda: bool(interface.bar.messages))
        assert interface.bar.messages[-1][0] == "success"
        assert "outlines in" in interface.bar.messages[-1][1]


def test_a_word_nobody_knows_is_refused_with_the_nearest(hand: Hand) -> None:
    page = hand.dock.prompt.page
    QTest.keyClicks(page.words, "helicopters")
    click(page.find)
    assert hand.dock.queue.runs == []
    assert "helicopters" in hand.warnings()[-1]
    assert not page.match.isVisible()
    page.words.clear()
    click(page.find)
    assert "such as" in hand.warnings()[-1]
