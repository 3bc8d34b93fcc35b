# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool's keys work wherever the focus is, and take nothing from anybody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from plugin_helpers import wait_until
from prompt_hand import HOUSE, LEFT, ROOF, Hand, middle
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QWidget,
)

from geosift.plugin.map_tool import key_names
from geosift.plugin.map_tool.keys import takes_text
from geosift.plugin.prompt import keymap

pytestmark = pytest.mark.usefixtures("provider")

KEYS = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


class Window(QMainWindow):
    """QGIS's window: the canvas, a panel, a layer tree, and actions with keys of their own."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__()
        self.setCentralWidget(canvas)
        self.tree, self.text, self.button = QTreeWidget(), QLineEdit(), QPushButton("Run")
        for widget in (self.tree, self.text, self.button):
            panel = QDockWidget(self)
            panel.setWidget(widget)
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
        self.done: list[str] = []
        for name, keys in (("undo", "Ctrl+Z"), ("snap", "S"), ("copy", "Ctrl+C")):
            action = QAction(name, self)
            self.addAction(action)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _on, name=name: self.done.append(name))


@pytest.fixture
def window(hand: Hand) -> Iterator[Window]:
    made = Window(hand.canvas)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    yield made
    made.takeCentralWidget().setParent(None)
    made.close()
    made.deleteLater()


def press(widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """A key with the focus on that widget, offered to shortcuts first, as Qt does."""
    widget.window().activateWindow()
    widget.setFocus()
    wait_until(lambda: QApplication.focusWidget() is widget)
    send(key, modifier)


def send(key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """A key as the screen sends it."""
    QTest.keyClick(QApplication.focusWindow(), key, modifier or Qt.KeyboardModifier.NoModifier)


@pytest.mark.parametrize("focus", ["tree", "button"])
def test_keys_work_wherever_the_focus_is(hand: Hand, window: Window, focus: str) -> None:
    widget = getattr(window, focus)
    hand.click_and_wait(middle(ROOF))
    press(widget, KEYS.Key_Tab)
    assert hand.controller.cutting.in_hand.chosen == 1
    assert QApplication.focusWidget() is widget, "Tab has not moved the focus"
    hand.click_and_wait(middle(HOUSE))
    press(widget, KEYS.Key_Z, CONTROL)
    assert len(hand.controller.cutting.in_hand.pointed.steps) == 1
    press(widget, KEYS.Key_C)
    assert not hand.controller.cutting.in_hand
    press(widget, KEYS.Key_Escape)
    assert not hand.controller.is_on
    assert window.done == []


def test_the_tool_comes_before_shortcuts_while_it_has_something_to_do(
    hand: Hand, window: Window
) -> None:
    """S is QGIS's snapping, and Ctrl+Z its undo."""
    hand.click_and_wait(middle(HOUSE))
    press(window.tree, KEYS.Key_Z, CONTROL)
    assert window.done == []
    assert not hand.controller.cutting.in_hand
    press(window.tree, KEYS.Key_Z, CONTROL)
    press(window.tree, KEYS.Key_S)
    press(window.tree, KEYS.Key_C, CONTROL)
    assert window.done == ["undo", "snap", "copy"], "with nothing in hand, keys are QGIS's"


def test_outside_the_tool_every_key_is_qgis_own(hand: Hand, window: Window) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.canvas.setMapTool(QgsMapToolPan(hand.canvas))
    press(window.tree, KEYS.Key_Z, CONTROL)
    press(window.tree, KEYS.Key_S)
    assert window.done == ["undo", "snap"]


def test_letters_typed_in_a_text_field_are_letters(hand: Hand, window: Window) -> None:
    hand.click_and_wait(middle(HOUSE))
    for key in (KEYS.Key_S, KEYS.Key_C, KEYS.Key_S):
        press(window.text, key)
    assert window.text.text() == "scs"
    press(window.text, KEYS.Key_Backspace)
    assert window.text.text() == "sc"
    press(window.text, KEYS.Key_Z, CONTROL)
    press(window.text, KEYS.Key_Return)
    assert window.text.text() == "scs", "the field undoes what was typed in it"
    assert len(hand.controller.cutting.in_hand.pointed.steps) == 1, "and the tool nothing"


def test_dialogs_and_other_windows_keep_their_keys(hand: Hand, window: Window) -> None:
    hand.click_and_wait(middle(HOUSE))
    for modal in (False, True):
        dialog = QDialog(window)
        button = QPushButton("OK", dialog)
        dialog.setModal(modal)
        dialog.show()
        press(button, KEYS.Key_C)
        assert hand.controller.cutting.in_hand
        dialog.close()
        dialog.deleteLater()


def test_a_held_key_accepts_once(hand: Hand, window: Window) -> None:
    hand.click_and_wait(middle(HOUSE))
    plain = Qt.KeyboardModifier.NoModifier
    again = QKeyEvent(QEvent.Type.KeyPress, KEYS.Key_C, plain, "c", True)
    QApplication.sendEvent(window.windowHandle(), again)
    assert hand.controller.cutting.in_hand, "a repeated key clears nothing"


def test_space_moves_the_map_from_a_panel(hand: Hand, window: Window, monkeypatch) -> None:
    monkeypatch.setattr(hand.canvas, "underMouse", lambda: True)
    window.button.setFocus()
    clicked: list[bool] = []
    window.button.clicked.connect(clicked.append)
    send(KEYS.Key_Space)
    assert clicked == []
    assert QApplication.focusWidget() is hand.canvas


def letter(sign: str) -> QKeyEvent:
    """A key that writes this letter, as Qt tells it on that keyboard."""
    plain = Qt.KeyboardModifier.NoModifier
    return QKeyEvent(QEvent.Type.KeyPress, ord(sign.upper()), plain, sign)


@pytest.mark.parametrize("sign", ["s", "ы", "і", "σ"])
def test_the_key_of_s_keeps_on_keyboards_of_other_alphabets(sign: str) -> None:
    assert keymap.PromptKeymap().command_of(letter(sign)) == keymap.ACCEPT


@pytest.mark.parametrize("sign", ["c", "с", "ψ"])
def test_the_key_of_c_clears_on_keyboards_of_other_alphabets(sign: str) -> None:
    assert keymap.PromptKeymap().command_of(letter(sign)) == keymap.CLEAR


def test_letters_stand_for_one_key_each() -> None:
    """Two alphabets that share a letter agree on its key."""
    for letters in key_names._SAME_PLACE:
        assert len(letters) == len(key_names._LATIN)
        for other, latin in zip(letters, key_names._LATIN):
            assert other == " " or key_names._ON_LATIN[other] == latin


def test_a_chosen_key_takes_the_place_of_the_usual_one(hand: Hand, window: Window) -> None:
    keymap.choose(keymap.CLEAR, "Ctrl+Shift+K")
    try:
        hand.click_and_wait(middle(ROOF))
        press(window.tree, KEYS.Key_C)
        assert hand.controller.cutting.in_hand, "C means nothing now"
        press(window.tree, KEYS.Key_K, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        assert not hand.controller.cutting.in_hand
        hand.dock.prompt.page.show_keys()
        shown = key_names.shown("Ctrl+Shift+K")
        assert f"{shown}: begin anew" in hand.dock.prompt.page.keys.text()
    finally:
        keymap.choose(keymap.CLEAR, "C")


def test_a_letter_somebody_chose_is_that_letter(hand: Hand) -> None:
    """On a Russian keyboard the key of S writes what was chosen to clear."""
    keymap.choose(keymap.CLEAR, "Ы")
    try:
        assert keymap.PromptKeymap().command_of(letter("ы")) == keymap.CLEAR
        assert keymap.PromptKeymap().command_of(letter("s")) == keymap.ACCEPT
    finally:
        keymap.choose(keymap.CLEAR, "C")


def test_what_takes_text(qgis_app) -> None:
    editable = QComboBox()
    editable.setEditable(True)
    read_only = QLineEdit()
    read_only.setReadOnly(True)
    assert all(map(takes_text, (QLineEdit(), QPlainTextEdit(), QSpinBox(), editable)))
    assert not any(map(takes_text, (read_only, QComboBox(), QTreeWidget(), QPushButton())))


def test_the_button_is_pressed_while_the_tool_is_on(hand: Hand) -> None:
    button = hand.dock.prompt.page.button
    assert button.isChecked()
    QTest.mouseClick(button, LEFT)
    assert not hand.controller.is_on
    QTest.mouseClick(button, LEFT)
    assert hand.controller.is_on
