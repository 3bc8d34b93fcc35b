# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that cuts out what one points at, used with a real mouse and real keys."""

from __future__ import annotations

import gc

import pytest
from plugin_helpers import wait_until
from prompt_hand import (
    FIELD,
    HOUSE,
    LEFT,
    NONE,
    POOL,
    RIGHT,
    ROOF,
    Hand,
    iou,
    middle,
    move_mouse,
    on_map,
    truth,
)
from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QPushButton

from geosift.plugin.prompt.preview import BESIDE

pytestmark = pytest.mark.usefixtures("provider")

KEYS = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


# Pointing


def test_the_outline_follows_the_pointer_before_any_click(hand: Hand) -> None:
    for shape in (HOUSE, POOL, FIELD):
        hand.move(middle(shape))
        wait_until(lambda: iou(hand.hovered(), truth(shape)) > 0.95)  # noqa: B023
    assert hand.drawn().isEmpty()
    QApplication.sendEvent(hand.canvas.viewport(), QEvent(QEvent.Type.Leave))
    assert hand.hovered().isEmpty(), "the pointer has left the map"


def test_a_click_draws_the_outline_and_its_place(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95
    (marker,) = hand.controller.cutting.preview.markers
    assert marker.center().distance(middle(HOUSE)) < 2
    assert "1/" in hand.dock.prompt.page.status.text()
    assert "% sure · 9," in hand.dock.prompt.page.status.text(), "80 x 120 pixels of a metre"
    hand.move(middle(POOL))
    QTest.qWait(100)
    assert hand.hovered().isEmpty(), "what is in hand is not mixed with what might be"


def test_a_right_click_takes_away(hand: Hand) -> None:
    """The made pair leaves out what is nearer in colour to a right click."""
    top, left, bottom, right = HOUSE
    hand.drag_and_wait(on_map(top, left), on_map(bottom, right + 80))
    hand.click_and_wait(on_map(top + 40, right + 40), RIGHT)
    assert hand.warnings() == []
    assert iou(hand.drawn(), truth(HOUSE)) > 0.9
    hand.click_and_wait(on_map(top + 10, right + 60), RIGHT)
    clicks = hand.controller.cutting.in_hand.pointed.clicks
    assert [click.positive for click in clicks] == [False, False]
    colours = {marker.color().name() for marker in hand.controller.cutting.preview.markers}
    assert colours == {BESIDE.name()}
    assert not hand.drawn().intersects(truth((top, right + 8, bottom, right + 80)))


def test_a_right_click_comes_second(hand: Hand) -> None:
    hand.click(middle(HOUSE), RIGHT)
    assert hand.warnings() == ["Click on the object first: a right click takes away from it."]
    assert not hand.controller.cutting.in_hand
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95, "the tool stays usable"


def test_a_drag_draws_a_box(hand: Hand) -> None:
    top, left, bottom, right = FIELD
    hand.drag_and_wait(on_map(top - 8, left - 8), on_map(bottom + 8, right + 8))
    assert iou(hand.drawn(), truth(FIELD)) > 0.95
    assert hand.controller.cutting.in_hand.pointed.kind == "box"
    box = hand.controller.cutting.preview.box.asGeometry()
    assert box.contains(truth(FIELD))


def test_a_short_drag_is_a_click(hand: Hand) -> None:
    viewport, place = hand.canvas.viewport(), hand.at(middle(HOUSE))
    QTest.mousePress(viewport, LEFT, pos=place)
    near = place + QPoint(2, 1)
    QTest.mouseRelease(viewport, LEFT, pos=near)
    hand.wait()
    assert hand.controller.cutting.in_hand.pointed.kind == "point"


def test_a_double_click_is_two_clicks(hand: Hand) -> None:
    hand.click(middle(HOUSE))
    QTest.mouseDClick(hand.canvas.viewport(), LEFT, pos=hand.at(on_map(110, 130)))
    QTest.mouseRelease(hand.canvas.viewport(), LEFT, pos=hand.at(on_map(110, 130)))
    hand.wait()
    assert len(hand.controller.cutting.in_hand.pointed.clicks) == 2


# Keys


@pytest.mark.parametrize("undo", [(KEYS.Key_Backspace, None), (KEYS.Key_Z, CONTROL)])
def test_undo_takes_back_the_last_prompt(hand: Hand, undo: tuple) -> None:
    hand.click_and_wait(middle(HOUSE))
    first = hand.drawn().asWkt()
    hand.click_and_wait(middle(POOL))
    assert hand.drawn().asWkt() != first
    hand.key(*undo)
    assert hand.drawn().asWkt() == first
    assert len(hand.controller.cutting.in_hand.pointed.steps) == 1
    hand.key(*undo)
    assert hand.drawn().isEmpty()
    assert hand.controller.cutting.preview.markers == []
    assert not hand.controller.cutting.in_hand


def test_what_is_undone_before_its_answer_comes_is_not_drawn(hand: Hand) -> None:
    hand.click(middle(HOUSE))
    hand.key(KEYS.Key_Backspace)
    QTest.qWait(200)
    assert hand.drawn().isEmpty()


@pytest.mark.parametrize("accept", [KEYS.Key_Return, KEYS.Key_Enter, KEYS.Key_S])
def test_accepting_makes_a_feature(hand: Hand, accept: Qt.Key) -> None:
    hand.dock.prompt.page.name.setText("house")
    hand.click_and_wait(middle(HOUSE))
    hand.key(accept)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    (feature,) = layer.getFeatures()
    assert iou(feature.geometry(), truth(HOUSE)) > 0.95
    assert feature["label"] == "house"
    assert feature["kind"] == "point"
    assert feature["source"] == "scene"
    assert feature["area_px"] == pytest.approx(80 * 120, rel=0.05)
    assert feature["area_m2"] == pytest.approx(80 * 120, rel=0.05)
    assert 50 < feature["predicted_iou"] <= 100
    assert hand.drawn().isEmpty(), "what is accepted is no longer in hand"
    words = f"Unsaved yet: '{layer.name()}'."
    assert hand.interface.bar.messages == [("info", words)]
    layer.rollBack()


def test_the_message_saves_the_outlines_and_one_goes_on(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.key(KEYS.Key_S)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    assert layer.isModified()
    gc.collect()
    (item,) = hand.interface.bar.items()
    item.findChild(QPushButton, "saveEditsButton").click()
    assert layer.isEditable() and not layer.isModified()
    assert layer.dataProvider().featureCount() == 1
    assert hand.interface.bar.items() == []
    layer.rollBack()


def test_a_layer_that_is_gone_or_full_is_no_trouble_to_the_message(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.key(KEYS.Key_S)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    monkeypatch.setattr(QgsVectorLayer, "commitChanges", lambda *_given: False)
    panel, (item,) = hand.dock.prompt, hand.interface.bar.items()
    panel._save(layer.id())
    assert "they are still there, unsaved" in hand.interface.bar.messages[-1][1]
    layer.rollBack()
    QgsProject.instance().removeMapLayer(layer.id())
    panel._offers["gone"] = item
    panel._save("gone")


def test_accepting_before_the_answer_comes_waits_for_it(hand: Hand) -> None:
    hand.click(middle(HOUSE))
    hand.key(KEYS.Key_S)
    wait_until(lambda: QgsProject.instance().mapLayersByName("scene, outlines") != [])
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    assert layer.featureCount() == 1
    layer.rollBack()


def test_outlines_one_after_another_go_to_one_layer(hand: Hand) -> None:
    for shape in (HOUSE, POOL):
        hand.click_and_wait(middle(shape))
        hand.key(KEYS.Key_S)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    assert sorted(feature["id"] for feature in layer.getFeatures()) == [1, 2]
    layer.undoStack().undo()
    assert layer.featureCount() == 1, "QGIS's own undo takes back an outline"
    layer.rollBack()


def test_clear_begins_anew(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.click_and_wait(middle(HOUSE))
    hand.key(KEYS.Key_C)
    assert hand.drawn().isEmpty()
    assert hand.controller.is_on
    hand.move(middle(POOL))
    wait_until(lambda: iou(hand.hovered(), truth(POOL)) > 0.95)


def test_tab_switches_between_candidates(hand: Hand) -> None:
    hand.click_and_wait(middle(ROOF))
    count = len(hand.controller.cutting.in_hand.candidates)
    assert count > 1, "the roof, and the barn with it"
    outlines = []
    for _ in range(count):
        outlines.append((hand.dock.prompt.page.status.text(), hand.drawn().asWkt()))
        hand.key(KEYS.Key_Tab)
    assert len(set(outlines)) == count
    assert (hand.dock.prompt.page.status.text(), hand.drawn().asWkt()) == outlines[0]
    hand.key(KEYS.Key_Backtab, SHIFT)
    assert (hand.dock.prompt.page.status.text(), hand.drawn().asWkt()) == outlines[-1]


def test_escape_leaves_and_gives_the_map_its_tool_back(hand: Hand) -> None:
    before = hand.canvas.mapTool()
    hand.key(KEYS.Key_Escape)
    assert not hand.controller.is_on
    pan = QgsMapToolPan(hand.canvas)
    hand.canvas.setMapTool(pan)
    QTest.mouseClick(hand.dock.prompt.page.button, LEFT)
    assert hand.canvas.mapTool() is before
    hand.click_and_wait(middle(HOUSE))
    hand.key(KEYS.Key_Escape)
    assert hand.canvas.mapTool() is pan
    assert hand.drawn().isEmpty()
    assert not hand.dock.prompt.page.button.isChecked()


def test_escape_during_a_drag_gives_up_the_box_alone(hand: Hand) -> None:
    viewport = hand.canvas.viewport()
    QTest.mousePress(viewport, LEFT, pos=hand.at(on_map(50, 50)))
    move_mouse(viewport, hand.at(on_map(150, 150)), LEFT)
    assert not hand.controller.cutting.preview.box.asGeometry().isEmpty()
    hand.key(KEYS.Key_Escape)
    assert hand.controller.cutting.preview.box.asGeometry().isEmpty()
    QTest.mouseRelease(viewport, LEFT, pos=hand.at(on_map(150, 150)))
    assert hand.controller.is_on
    assert not hand.controller.cutting.in_hand


def test_a_release_that_went_elsewhere_ends_the_drag(hand: Hand) -> None:
    """As when a dialog has come up meanwhile."""
    viewport = hand.canvas.viewport()
    QTest.mousePress(viewport, LEFT, pos=hand.at(on_map(50, 50)))
    move_mouse(viewport, hand.at(on_map(150, 150)), LEFT)
    hand.move(on_map(200, 200))
    assert not hand.controller.tool.has_box
    assert hand.controller.cutting.preview.box.asGeometry().isEmpty()
    hand.click_and_wait(middle(HOUSE))
    assert hand.controller.cutting.in_hand.pointed.kind == "point"


# The map still moves


def test_the_wheel_zooms(hand: Hand) -> None:
    before = hand.canvas.scale()
    place = QPointF(hand.canvas.viewport().rect().center())
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), NONE, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(hand.canvas.viewport(), event)
    assert hand.canvas.scale() < before


def test_space_and_the_mouse_move_the_map(hand: Hand) -> None:
    viewport = hand.canvas.viewport()
    hand.move(middle(HOUSE))
    before = hand.canvas.extent().center()
    window = hand.canvas.window().windowHandle()
    hand.canvas.activateWindow()
    wait_until(lambda: QApplication.focusWidget() is hand.canvas)
    QTest.keyPress(window, KEYS.Key_Space)
    hand.move(on_map(300, 400))
    hand.move(on_map(320, 460))
    QTest.mouseClick(viewport, LEFT, pos=hand.at(middle(HOUSE)))
    QTest.keyRelease(window, KEYS.Key_Space)
    assert hand.canvas.extent().center().distance(before) > 20
    assert not hand.controller.cutting.in_hand, "while the map is held, nothing is pointed at"
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.9
