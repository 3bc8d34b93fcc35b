# SPDX-License-Identifier: GPL-2.0-or-later
"""Classes, layers of labels, files and networks of the page that teaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface
from plugin_helpers import NORTH, WEST, add_raster, read_pixels, wait_until, write_raster
from prompt_hand import LEFT, on_map
from qgis.core import NULL, QgsFeature, QgsGeometry, QgsProject
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QFileDialog, QInputDialog, QLineEdit, QMessageBox
from rasterio.transform import from_origin
from running import is_one_sentence
from teach_hand import MIDDLE, TeachHand, teach_on, two_grounds, write_grounds

from geosift.inference.teaching.lesson_file import save_lesson
from geosift.plugin.map_tool.kinds import POINT
from geosift.plugin.teach.lesson_crs import qgis_crs

pytestmark = pytest.mark.usefixtures("provider")

KEYS = Qt.Key
ANSWERS = QMessageBox.StandardButton


@pytest.fixture
def hand(qgis_new_project: None, own: Path, tmp_path: Path) -> Iterator[TeachHand]:
    with teach_on(Interface(), add_raster(write_grounds(tmp_path))) as made:
        yield made


def draw_two(hand: TeachHand) -> None:
    """A label of each class, and no wait for what comes of it."""
    hand.press(hand.page.button)
    hand.take(0)
    hand.stroke((60, 60), (320, 90))
    hand.take(1)
    hand.stroke((60, 420), (320, 450))
    assert len(hand.lesson.labels) == 2


# Classes


def names(hand: TeachHand) -> list[str]:
    table = hand.page.classes.table
    return [table.item(row, 1).text() for row in range(table.rowCount())]


def write(hand: TeachHand, text: str) -> None:
    """Type into the cell that is open, over what is there."""
    editor = hand.page.classes.table.findChildren(QLineEdit)[-1]  # those before are being deleted
    editor.selectAll()
    QTest.keyClick(editor, KEYS.Key_Delete)
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, KEYS.Key_Return)
    QApplication.processEvents()


def test_one_begins_with_two_classes(hand: TeachHand) -> None:
    assert names(hand) == ["What I look for", "Everything else"]
    assert not hand.page.classes.remove.isEnabled(), "two are the least"


def test_a_class_is_added_and_named_with_the_keyboard(hand: TeachHand) -> None:
    hand.look_at_panel()
    hand.press(hand.page.classes.add)
    write(hand, "Shadow")
    assert [info.name for info in hand.lesson.classes][2] == "Shadow"
    assert hand.page.classes.in_hand == 2
    assert len({info.color for info in hand.lesson.classes}) == 3
    table = hand.page.classes.table
    table.setFocus()
    QTest.keyClick(table, KEYS.Key_Up)
    assert hand.page.classes.in_hand == 1
    QTest.keyClick(table, KEYS.Key_F2)
    write(hand, "Rock")
    assert names(hand) == ["What I look for", "Rock", "Shadow"]


def test_a_class_keeps_its_name_where_another_is_empty(hand: TeachHand) -> None:
    hand.look_at_panel()
    hand.page.classes.edit_name(0)
    write(hand, "")
    assert names(hand)[0] == "What I look for"


@pytest.mark.parametrize("name", ["x" * 201, "What I look for"])
def test_a_name_that_cannot_be_kept_is_told_at_once(hand: TeachHand, name: str) -> None:
    hand.look_at_panel()
    before = hand.lesson
    hand.page.classes.edit_name(1)
    write(hand, name)
    assert is_one_sentence(hand.said()) and hand.lesson == before
    assert names(hand) == ["What I look for", "Everything else"]
    hand.page.classes.edit_name(1)
    write(hand, "x" * 200)
    assert names(hand)[1] == "x" * 200


def test_a_new_class_is_not_called_like_another(hand: TeachHand) -> None:
    hand.look_at_panel()
    for _ in range(2):
        hand.press(hand.page.classes.add)
    hand.page.classes.take_in_hand(0)
    hand.press(hand.page.classes.remove)
    hand.press(hand.page.classes.add)
    assert names(hand) == ["Everything else", "Class 3", "Class 4", "Class 5"]


def test_how_right_a_class_is_goes_with_it(hand: TeachHand, tmp_path: Path) -> None:
    """A figure in a row is of the class in that row, or there is none."""
    table = hand.page.classes
    hand.look_at_panel()
    hand.press(table.add)
    table.show_right({0: "11 %", 1: "22 %", 2: "33 %"})
    table.take_in_hand(0)
    hand.press(table.remove)
    assert {table.table.item(row, 3).text() for row in range(2)} == {""}
    save_lesson(hand.lesson, tmp_path / "mine.gpkg")
    table.show_right({0: "11 %", 1: "22 %"})
    hand.panel.controller.files.open_file(tmp_path / "mine.gpkg")
    assert {table.table.item(row, 3).text() for row in range(2)} == {""}


def test_another_colour_is_that_of_labels_and_preview(hand: TeachHand) -> None:
    hand.teach_two()
    button = hand.page.classes.table.cellWidget(0, 0)
    button.setColor(QColor("#123456"))
    hand.wait()
    assert hand.lesson.classes[0].color == "#123456"
    assert hand.share_of(0, range(20, 370, 50), range(20, MIDDLE - 30, 30)) > 0.95
    (layer,) = hand.label_layers()
    category = layer.renderer().categories()[0]
    assert category.symbol().symbolLayer(1).color().name() == "#123456"


def test_a_class_goes_with_its_labels_and_comes_back(hand: TeachHand) -> None:
    hand.look_at_panel()
    hand.press(hand.page.classes.add)
    write(hand, "Shadow")
    draw_two(hand)
    before = hand.lesson
    hand.take(0)
    hand.press(hand.page.classes.remove)
    assert [info.id for info in hand.lesson.classes] == [0, 1]
    assert [label.class_id for label in hand.lesson.labels] == [0], "numbers close up"
    assert names(hand) == ["Everything else", "Shadow"]
    hand.press(hand.page.modes.undo)
    assert hand.lesson == before


# Layers


def test_labels_are_a_layer_in_the_colours_of_the_classes(hand: TeachHand) -> None:
    draw_two(hand)
    hand.mode(POINT)
    hand.click(30, 30)
    lines, points = sorted(hand.label_layers(), key=lambda each: each.wkbType(), reverse=True)
    assert [feature["class"] for feature in lines.getFeatures()] == [0, 1]
    assert [feature["name"] for feature in lines.getFeatures()] == [
        "What I look for", "Everything else",
    ]  # fmt: skip
    assert [feature["class"] for feature in points.getFeatures()] == [1]
    assert lines.crs() == hand.layer.crs()
    shown = [each.label() for each in lines.renderer().categories()]
    assert shown == ["What I look for", "Everything else", "no class"]


def test_what_is_changed_with_the_tools_of_qgis_counts(hand: TeachHand) -> None:
    draw_two(hand)
    (layer,) = hand.label_layers()
    layer.startEditing()
    first, second = sorted(layer.allFeatureIds())
    layer.deleteFeature(first)
    wait_until(lambda: [label.class_id for label in hand.lesson.labels] == [1])
    layer.changeAttributeValue(second, 0, 0)
    wait_until(lambda: [label.class_id for label in hand.lesson.labels] == [0])
    drawn = QgsFeature(layer.fields())
    drawn.setGeometry(QgsGeometry.fromPolylineXY([on_map(10, 10), on_map(10, 50)]))
    drawn["class"] = 1
    layer.addFeature(drawn)
    wait_until(lambda: len(hand.lesson.labels) == 2)
    assert hand.lesson.labels[1].shape["coordinates"][0] == [WEST + 10, NORTH - 10]
    hand.stroke((200, 60), (300, 60))
    assert len(hand.lesson.labels) == 3
    assert layer.featureCount() == 3, "what the page draws goes into the same edits"
    hand.press(hand.page.modes.undo)
    hand.press(hand.page.modes.undo)
    assert len(hand.lesson.labels) == 1, "an edit in QGIS is a step like any other"
    layer.rollBack()


def test_labels_of_a_class_with_a_long_name_stay_in_their_layer(hand: TeachHand) -> None:
    draw_two(hand)
    hand.panel.controller.rename_class(1, "Meadows " * 20, "#0000FF")
    (layer,) = hand.label_layers()
    assert layer.featureCount() == 2


@pytest.mark.parametrize("value", [NULL, 7])
@pytest.mark.parametrize("editing", [True, False])
def test_a_label_whose_class_is_emptied_keeps_it(
    hand: TeachHand, value: object, editing: bool
) -> None:
    """In the attribute table a field is emptied by one key: no label goes by that."""
    draw_two(hand)
    before = hand.lesson
    (layer,) = hand.label_layers()
    fid = max(layer.allFeatureIds())
    layer.startEditing()
    layer.changeAttributeValue(fid, 0, value)
    if not editing:
        layer.commitChanges()
    wait_until(lambda: "A label needs a class" in hand.said())
    assert hand.lesson == before
    kept = layer.getFeature(fid)
    assert (kept["class"], kept["name"]) == (1, "Everything else")
    drawn = QgsFeature(layer.fields())
    drawn.setGeometry(QgsGeometry.fromPolylineXY([on_map(10, 10), on_map(10, 50)]))
    layer.startEditing()
    layer.addFeature(drawn)
    wait_until(lambda: len(hand.lesson.labels) == 3)
    assert hand.lesson.labels[2].class_id == 1, "the class in hand"
    assert layer.featureCount() == 3
    layer.rollBack()


def test_labels_without_a_layer_are_still_labels(hand: TeachHand) -> None:
    draw_two(hand)
    (layer,) = hand.label_layers()
    QgsProject.instance().removeMapLayer(layer)
    assert hand.label_layers() == []
    hand.stroke((200, 60), (300, 60))
    assert len(hand.lesson.labels) == 3
    (layer,) = hand.label_layers()
    assert layer.featureCount() == 3


def test_another_lesson_may_lie_in_another_crs(
    hand: TeachHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_two(hand)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: ANSWERS.Discard)
    hand.press(hand.page.new)
    degrees = from_origin(2.0, 48.0, 1e-5, 1e-5)
    there = write_raster(tmp_path / "d.tif", two_grounds(), crs="EPSG:4326", transform=degrees)
    hand.page.layers.setLayer(add_raster(there))
    hand.show_all_of(hand.page.layer())
    hand.stroke_on_screen(QPoint(350, 250), QPoint(450, 350))
    (layer,) = hand.label_layers()
    assert layer.crs().authid() == "EPSG:4326"
    assert hand.page.layer().extent().contains(layer.extent())


def test_the_first_label_drawn_with_the_tools_of_qgis_lies_where_its_layer_does(
    hand: TeachHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_two(hand)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: ANSWERS.Discard)
    hand.press(hand.page.new)
    (layer,) = hand.label_layers()
    layer.startEditing()
    drawn = QgsFeature(layer.fields())
    drawn.setGeometry(QgsGeometry.fromPolylineXY([on_map(10, 10), on_map(10, 50)]))
    drawn["class"] = 1
    layer.addFeature(drawn)
    wait_until(lambda: len(hand.lesson.labels) == 1)
    assert qgis_crs(hand.lesson.crs) == hand.layer.crs() == layer.crs()
    layer.rollBack()


def test_another_project_leaves_the_lesson_alone(hand: TeachHand, tmp_path: Path) -> None:
    hand.teach_two()
    QgsProject.instance().clear()
    assert "was removed; the labels are still here" in hand.said()
    assert not hand.panel.controller.live.classes.isVisible()
    assert len(hand.lesson.labels) == 2
    hand.layer = add_raster(tmp_path / "grounds.tif")
    hand.canvas.setLayers([hand.layer])
    hand.wait()
    hand.stroke((200, 160), (300, 160))
    hand.wait()
    assert len(hand.lesson.labels) == 3
    assert sum(layer.featureCount() for layer in hand.label_layers()) == 3
    assert hand.panel.controller.live.classes.isVisible()


def test_a_project_does_not_bring_back_empty_layers(hand: TeachHand, tmp_path: Path) -> None:
    draw_two(hand)
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "p.qgz"))
    assert project.read(str(tmp_path / "p.qgz"))
    QApplication.processEvents()
    assert hand.label_layers() == []
    assert len(hand.lesson.labels) == 2


def test_unsaved_labels_stay_in_the_project_when_the_panel_goes(
    qgis_new_project: None, own: Path, tmp_path: Path
) -> None:
    with teach_on(Interface(), add_raster(write_grounds(tmp_path))) as hand:
        draw_two(hand)
        (layer,) = hand.label_layers()
    assert not sip.isdeleted(layer)
    assert layer.featureCount() == 2


# Files


def test_a_lesson_is_saved_and_opened(
    hand: TeachHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_two(hand)
    hand.page.pixel_size.setValue(2.0)
    path = tmp_path / "shore"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    assert "not saved" in hand.page.lesson.text()
    hand.press(hand.page.save)
    assert hand.said() == ""
    assert hand.page.lesson.text() == "Lesson: shore"
    before = hand.lesson
    hand.press(hand.page.new)
    assert hand.lesson.labels == ()
    hand.page.pixel_size.setValue(0.0)
    opened = str(tmp_path / "shore.gpkg")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (opened, ""))
    hand.press(hand.page.open)
    assert hand.lesson.labels == before.labels
    assert hand.lesson.classes == before.classes
    assert hand.page.pixel_size.value() == 2.0
    (layer,) = hand.label_layers()
    assert layer.featureCount() == 2
    assert layer.crs() == hand.layer.crs()
    hand.stroke((200, 60), (300, 60))
    assert "not saved" in hand.page.lesson.text()
    hand.press(hand.page.modes.undo)
    assert "not saved" not in hand.page.lesson.text()


def test_no_file_is_replaced_that_the_dialog_has_not_asked_about(
    hand: TeachHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "shore.gpkg"
    other.write_bytes(b"somebody's")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "shore"), ""))
    draw_two(hand)
    hand.press(hand.page.save)
    assert other.read_bytes() == b"somebody's"
    assert "shore.gpkg is there already" in hand.said()
    assert "not saved" in hand.page.lesson.text()


@pytest.mark.parametrize("answer", [ANSWERS.Save, ANSWERS.Discard, ANSWERS.Cancel])
def test_unsaved_labels_are_asked_about(
    hand: TeachHand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: QMessageBox.StandardButton,
) -> None:
    path = tmp_path / "kept.gpkg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    draw_two(hand)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    hand.press(hand.page.new)
    assert len(hand.lesson.labels) == (2 if answer == ANSWERS.Cancel else 0)
    assert path.exists() == (answer == ANSWERS.Save)


def test_what_is_no_lesson_is_told_and_changes_nothing(
    hand: TeachHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_two(hand)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: ANSWERS.Discard)
    wrong = tmp_path / "wrong.gpkg"
    wrong.write_bytes(b"no lesson")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(wrong), ""))
    hand.press(hand.page.open)
    assert "wrong.gpkg" in hand.said()
    assert len(hand.lesson.labels) == 2


# Keeping


def test_a_network_is_kept_and_run_over_the_layer(
    hand: TeachHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.teach_two()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Shore line", True))
    hand.press(hand.page.keep)
    wait_until(lambda: not hand.panel.kept.isHidden() or hand.said() != "")
    assert hand.said() == ""
    assert hand.dock.form.model.combo.findText("Shore line") >= 0, "the first page lists it"
    over = []
    hand.dock.queue.finished.connect(over.append)
    QTest.mouseClick(hand.panel.kept.run, LEFT)
    wait_until(lambda: bool(over))
    (run,) = over
    assert run.error == ""
    (layer,) = (QgsProject.instance().mapLayer(each) for each in run.layer_ids)
    classes = read_pixels(layer.source())
    seen = {QColor(info.color).name(): info.id for info in hand.lesson.classes}
    places = [(row, col) for row in range(4, 384, 12) for col in range(4, 512, 12)]
    same = [classes[place] == seen[hand.color_at(*place).name()] for place in places]
    assert sum(same) / len(same) >= 0.98, "the preview promised it"


def test_what_is_kept_has_the_names_of_now(
    hand: TeachHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.teach_two()
    hand.panel.controller.rename_class(1, "Lake", "#0000FF")
    hand.wait()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Lakes", True))
    cards = []
    hand.panel.controller.keeping.kept.connect(cards.append)
    hand.press(hand.page.keep)
    wait_until(lambda: bool(cards) or hand.said() != "")
    (card,) = cards
    assert [(each.name, each.color) for each in card.classes][1] == ("Lake", "#0000FF")
    hand.press(hand.page.button)
    hand.press(hand.page.keep)
    wait_until(lambda: "another name" in hand.said())
    assert hand.panel.controller.live.answering.room().is_empty


def test_nothing_is_kept_of_a_lesson_that_teaches_nothing(
    hand: TeachHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QInputDialog, "getText", lambda *parts: asked.append(parts))
    hand.press(hand.page.keep)
    assert "Nothing is labelled yet" in hand.said()
    assert asked == []


def test_a_name_that_is_taken_is_told(hand: TeachHand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.teach_two()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Shore", True))
    hand.press(hand.page.keep)
    wait_until(lambda: not hand.panel.kept.isHidden() or hand.said() != "")
    hand.press(hand.page.keep)
    wait_until(lambda: hand.said() != "")
    assert "give the new one another name" in hand.said()
