# SPDX-License-Identifier: GPL-2.0-or-later
"""The page on which one teaches classes by drawing them, used with a real mouse and real keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface
from plugin_helpers import NORTH, WEST, add_raster, wait_until
from prompt_hand import LEFT, RIGHT, move_mouse
from qgis.core import QgsProject, QgsRectangle
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from teach_hand import MIDDLE, TeachHand, teach_on, write_grounds

from geosift.plugin.map_tool.kinds import LINE, POINT, POLYGON
from geosift.plugin.teach.tool import ERASE

pytestmark = pytest.mark.usefixtures("provider")

KEYS = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
ROWS, WEST_COLS, EAST_COLS = (
    range(20, 370, 30), range(20, MIDDLE - 30, 30), range(MIDDLE + 30, 500, 30),
)  # fmt: skip


@pytest.fixture
def hand(qgis_new_project: None, own: Path, tmp_path: Path) -> Iterator[TeachHand]:
    with teach_on(Interface(), add_raster(write_grounds(tmp_path))) as made:
        yield made


def kinds(hand: TeachHand) -> list[tuple[str, int]]:
    return [(label.shape["type"], label.class_id) for label in hand.lesson.labels]


# Drawing


def test_two_strokes_classify_the_view(hand: TeachHand) -> None:
    hand.start()
    assert "Nothing is labelled yet" in hand.page.status.text()
    hand.stroke((60, 60), (320, 90))
    hand.wait()
    assert "All labels are of the class 'What I look for'" in hand.page.status.text()
    assert hand.color_at(100, 100) is None
    hand.take(1)
    hand.stroke((60, 420), (320, 450))
    hand.wait()
    assert hand.said() == ""
    assert kinds(hand) == [("LineString", 0), ("LineString", 1)]
    assert hand.share_of(0, ROWS, WEST_COLS) > 0.95
    assert hand.share_of(1, ROWS, EAST_COLS) > 0.95


def test_points_lines_and_areas(hand: TeachHand) -> None:
    hand.start()
    hand.mode(POINT)
    hand.click(50, 50)
    hand.mode(POLYGON)
    for corner in ((100, 100), (100, 200), (200, 150)):
        hand.click(*corner)
    hand.click(210, 140, RIGHT)
    hand.mode(LINE)
    hand.click(300, 50)
    hand.click(300, 120)
    hand.click(340, 120)
    QTest.mouseDClick(hand.canvas.viewport(), LEFT, pos=hand.at(340, 120))
    assert kinds(hand) == [("Point", 0), ("Polygon", 0), ("LineString", 0)]
    ring = hand.lesson.labels[1].shape["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 4
    assert ring[0] == pytest.approx([WEST + 100, NORTH - 100], abs=1)
    assert len(hand.lesson.labels[2].shape["coordinates"]) == 3


def test_a_drag_draws_an_area_freehand(hand: TeachHand) -> None:
    hand.start()
    hand.mode(POLYGON)
    hand.stroke((50, 50), (50, 150), (150, 100))
    (label,) = hand.lesson.labels
    assert label.shape["type"] == "Polygon"
    assert len(label.shape["coordinates"][0]) > 6


def test_backspace_takes_a_corner_back_and_escape_the_drawing(hand: TeachHand) -> None:
    hand.start()
    tool = hand.panel.controller.drawing.tool
    hand.click(60, 60)
    hand.click(60, 160)
    hand.click(160, 160)
    hand.key(KEYS.Key_Backspace)
    hand.key(KEYS.Key_Return)
    assert len(hand.lesson.labels[0].shape["coordinates"]) == 2
    hand.click(200, 60)
    assert tool.has_sketch
    hand.key(KEYS.Key_Escape)
    assert not tool.has_sketch
    assert len(hand.lesson.labels) == 1
    assert hand.canvas.mapTool() is tool, "the first Esc gives up the drawing alone"
    hand.key(KEYS.Key_Escape)
    assert hand.canvas.mapTool() is not tool
    assert hand.panel.controller.live.is_on, "the preview goes on"


def test_what_is_drawn_shows_in_the_colour_of_its_class(hand: TeachHand) -> None:
    hand.start()
    hand.take(1)
    hand.click(60, 60)
    move_mouse(hand.canvas.viewport(), hand.at(160, 160))
    drawing = hand.panel.controller.drawing.sketch.drawing
    assert drawing.length() == pytest.approx(141, abs=3)
    assert hand.page.classes.color.name().upper() == hand.lesson.classes[1].color


@pytest.mark.parametrize("way", ["eraser", "right click"])
def test_labels_are_erased_where_one_clicks(hand: TeachHand, way: str) -> None:
    hand.start()
    hand.stroke((60, 60), (320, 60))
    hand.stroke((60, 160), (320, 160))
    if way == "eraser":
        hand.mode(ERASE)
        hand.click(200, 110)
        assert len(hand.lesson.labels) == 2, "nothing lies there"
        hand.click(200, 62)
    else:
        hand.click(200, 62, RIGHT)
    (left,) = hand.lesson.labels
    assert left.shape["coordinates"][0][0] == pytest.approx(WEST + 160, abs=1)


def test_steps_are_undone_and_done_again(hand: TeachHand) -> None:
    hand.start()
    hand.stroke((60, 60), (320, 60))
    hand.stroke((60, 160), (320, 160))
    before = hand.lesson
    hand.key(KEYS.Key_Z, CONTROL)
    assert len(hand.lesson.labels) == 1
    hand.press(hand.page.modes.undo)
    assert hand.lesson.labels == ()
    assert not hand.page.modes.undo.isEnabled()
    hand.key(KEYS.Key_Y, CONTROL)
    hand.press(hand.page.modes.redo)
    assert hand.lesson == before
    hand.key(KEYS.Key_Backspace)
    hand.stroke((60, 200), (320, 200))
    assert not hand.page.modes.redo.isEnabled(), "what was drawn instead counts"


# The preview


def test_the_preview_is_hidden_while_a_key_or_the_button_is_held(hand: TeachHand) -> None:
    hand.teach_two()
    overlay = hand.panel.controller.live.classes
    window = hand.canvas.window().windowHandle()
    QTest.keyPress(window, KEYS.Key_H)
    assert not overlay.isVisible()
    QTest.keyRelease(window, KEYS.Key_H)
    assert overlay.isVisible()
    QTest.mousePress(hand.page.preview.peek, LEFT)
    assert not overlay.isVisible()
    QTest.mouseRelease(hand.page.preview.peek, LEFT)
    assert overlay.isVisible()


def test_the_slider_fades_the_preview(hand: TeachHand) -> None:
    hand.teach_two()
    hand.page.preview.slider.setFocus()
    QTest.keyClick(hand.page.preview.slider, KEYS.Key_End)
    assert hand.panel.controller.live.classes.opacity() == 1.0
    QTest.keyClick(hand.page.preview.slider, KEYS.Key_PageDown)
    assert hand.panel.controller.live.classes.opacity() == pytest.approx(0.9)


def test_where_another_label_helps_shows_on_demand(hand: TeachHand) -> None:
    hand.teach_two()
    live = hand.panel.controller.live
    assert not live.help.isVisible()
    QTest.keyClick(hand.page.help, KEYS.Key_Space)
    assert live.help.isVisible()
    doubt = [live.help.image.pixelColor(hand.at(row, MIDDLE)).alpha() for row in ROWS]
    sure = [live.help.image.pixelColor(hand.at(row, 75)).alpha() for row in ROWS]
    assert sum(doubt) > sum(sure), "between grass and water one is less sure than on a label"
    assert 1 <= len(live.places.markers) <= 3
    assert abs(live.places.markers[0].center().x() - WEST - MIDDLE) < 60
    QTest.keyClick(hand.page.help, KEYS.Key_Space)
    assert not live.help.isVisible()
    assert live.places.markers == []


def test_a_moved_map_is_classified_where_it_is_now(hand: TeachHand) -> None:
    hand.teach_two()
    live = hand.panel.controller.live
    before = live.answer
    hand.canvas.setExtent(QgsRectangle(WEST + 300, NORTH - 200, WEST + 500, NORTH - 50))
    wait_until(lambda: live.answer is not before and not live.is_waiting)
    assert live.answer.taught is before.taught, "nothing is learnt anew"
    assert live.answer.question.screen.extent.xMinimum() > WEST + 250
    assert hand.share_of(1, range(60, 190, 20), range(310, 490, 20)) > 0.95


def test_only_the_newest_question_is_answered(hand: TeachHand) -> None:
    hand.teach_two()
    live, seen = hand.panel.controller.live, []
    live.answered.connect(lambda answer: seen.append(len(answer.question.lesson.labels)))
    for row in (100, 140, 180):
        hand.stroke((row, 300), (row, 480))
    hand.wait()
    assert seen[-1] == 5
    assert seen == sorted(seen)
    assert len(live.answer.question.lesson.labels) == 5


def test_another_tool_leaves_the_preview_alone(hand: TeachHand) -> None:
    hand.teach_two()
    pan = QgsMapToolPan(hand.canvas)
    hand.canvas.setMapTool(pan)
    assert hand.panel.controller.live.classes.isVisible()
    assert not any(button.isChecked() for button in hand.page.modes.buttons.values())
    hand.mode(LINE)
    assert hand.canvas.mapTool() is hand.panel.controller.drawing.tool
    hand.press(hand.page.button)
    assert not hand.panel.controller.live.classes.isVisible()
    assert hand.canvas.mapTool() is pan
    assert len(hand.lesson.labels) == 2


def test_how_right_it_is(hand: TeachHand) -> None:
    hand.teach_two()
    assert "Too few labels" in hand.page.accuracy.text()
    for col in (120, 180):
        hand.take(0)
        hand.stroke((60, col), (320, col))
        hand.take(1)
        hand.stroke((60, col + 180), (320, col + 180))
    hand.wait()
    assert [class_id for _, class_id in kinds(hand)] == [0, 1, 0, 1, 0, 1]
    words = hand.page.accuracy.text()
    assert "% right on labels it was not shown (6 labels)" in words
    assert "draw 5 or more of each class" in words
    column = [hand.page.classes.table.item(row, 3).text() for row in range(2)]
    assert all(int(text.split()[0]) > 80 for text in column), column


# What goes wrong


def test_labels_beside_the_raster_are_told(hand: TeachHand) -> None:
    hand.teach_two()
    hand.canvas.setExtent(QgsRectangle(WEST - 400, NORTH - 400, WEST + 600, NORTH + 300))
    hand.wait()
    hand.stroke((-100, 100), (-100, 200))
    hand.wait()
    assert "1 of 3 labels lie outside the raster" in hand.said()
    hand.key(KEYS.Key_Backspace)
    hand.wait()
    assert hand.said() == ""


def test_all_labels_of_a_class_beside_the_raster(hand: TeachHand) -> None:
    hand.start()
    hand.canvas.setExtent(QgsRectangle(WEST - 400, NORTH - 400, WEST + 600, NORTH + 300))
    hand.stroke((100, 100), (200, 100))
    hand.take(1)
    hand.stroke((-100, 100), (-100, 200))
    hand.wait()
    assert "lie where the raster has values" in hand.said()
    assert not hand.panel.controller.live.classes.isVisible()


def test_a_map_beside_the_raster(hand: TeachHand) -> None:
    hand.teach_two()
    hand.canvas.setExtent(QgsRectangle(WEST + 5000, NORTH, WEST + 6000, NORTH + 1000))
    wait_until(lambda: "does not show the raster" in hand.page.status.text())
    assert len(hand.lesson.labels) == 2


def test_without_a_raster_there_is_nothing_to_teach_on(hand: TeachHand) -> None:
    QgsProject.instance().removeMapLayer(hand.layer)
    hand.press(hand.page.button)
    assert not hand.panel.controller.live.is_on
    assert hand.said() == "There is no raster layer in the project yet: add one first."
