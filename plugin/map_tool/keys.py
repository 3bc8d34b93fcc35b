# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool's keys, wherever in QGIS's window the focus is; text fields keep theirs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from qgis.gui import QgsMapCanvas
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QKeyEvent, QWindow
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_PLAIN = Qt.KeyboardModifier.NoModifier


class Commands(Protocol):
    """What keys can do now; a key that can do nothing is left to QGIS."""

    def can(self, command: str) -> bool:
        """Whether the command would change anything."""

    def do(self, command: str) -> None:
        """Do it."""


class Keymap(Protocol):
    """Which key means what."""

    repeatable: Collection[str]
    """Commands that are done again and again while their key is held down."""

    def command_of(self, event: QKeyEvent) -> str | None:
        """What the key means, None where it means nothing here."""

    def ended_by(self, event: QKeyEvent) -> str | None:
        """The command to do when the key is let go of."""


class Keys(QObject):
    """While it is on, hears keys before QGIS's shortcuts do, of which S and Ctrl+Z are two.

    Left alone are text fields, dialogs, menus, and windows other than QGIS's own and its panels.
    It listens to the windows of the screen, where keys arrive first. Listening to the application
    would bring every event of every object to Python, and QGIS down: some are half deleted.
    """

    def __init__(self, canvas: QgsMapCanvas, commands: Commands, keymap: Keymap) -> None:
        super().__init__()  # a child of the canvas would keep all of the tool until QGIS ends
        self._canvas, self._commands = canvas, commands
        self._keymap = keymap
        self._heard: list[QWindow] = []
        self.space_is_down = False
        """Whether the mouse moves the map."""

    def turn_on(self) -> None:
        QApplication.instance().focusWindowChanged.connect(self._hear)
        self._hear(self._canvas.window().windowHandle())
        self._hear(QApplication.focusWindow())

    def turn_off(self) -> None:
        QApplication.instance().focusWindowChanged.disconnect(self._hear)
        for window in self._heard:
            if not sip.isdeleted(window):
                window.removeEventFilter(self)
        self._heard.clear()
        self.space_is_down = False

    def _hear(self, window: QWindow | None) -> None:
        """Listen to a window as well, such as that of a panel which floats."""
        if window is not None and window not in self._heard:
            window.installEventFilter(self)
            self._heard.append(window)

    def eventFilter(self, _target: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """See QObject.eventFilter; True keeps the event from everybody else."""
        kind = event.type()
        if kind == QEvent.Type.KeyRelease and event.key() == Qt.Key.Key_Space:
            return self._space(event)
        if kind == QEvent.Type.KeyRelease:
            return self._let_go(event)
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        if not self._is_ours():
            return False
        if event.key() == Qt.Key.Key_Space and event.modifiers() == _PLAIN:
            return kind == QEvent.Type.KeyPress and self._space(event)
        command = self._keymap.command_of(event)
        if command is None or not self._commands.can(command):
            return False
        event.accept()
        repeated = event.isAutoRepeat() and command not in self._keymap.repeatable
        if kind == QEvent.Type.KeyPress and not repeated:
            self._commands.do(command)
        return True

    def _let_go(self, event: QKeyEvent) -> bool:
        """The end of what lasts while a key is held down, wherever the focus went meanwhile."""
        command = None if event.isAutoRepeat() else self._keymap.ended_by(event)
        if command is None or not self._commands.can(command):
            return False
        self._commands.do(command)
        return True

    def _space(self, event: QKeyEvent) -> bool:
        """Hold the map with the space bar, also where the focus is on a panel's button."""
        pressed = event.type() == QEvent.Type.KeyPress
        if not event.isAutoRepeat():
            self.space_is_down = pressed
        focus = QApplication.focusWidget()
        if focus is self._canvas or not self._canvas.underMouse():
            return False
        self._canvas.setFocus()
        QApplication.sendEvent(self._canvas, event)
        return True

    def _is_ours(self) -> bool:
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            return False
        focus = QApplication.focusWidget()
        if focus is None:
            return True
        window = focus.window()
        in_qgis = window is self._canvas.window() or isinstance(window, QDockWidget)
        return in_qgis and not takes_text(focus)


def takes_text(widget: QWidget) -> bool:
    """Whether keys typed while the widget has the focus become text."""
    if isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit)):
        return not widget.isReadOnly()
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QAbstractSpinBox) or widget.inherits("QsciScintillaBase")
