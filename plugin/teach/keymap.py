# SPDX-License-Identifier: GPL-2.0-or-later
"""Which key does what while one teaches."""

from __future__ import annotations

from qgis.PyQt.QtGui import QKeyEvent

from ..map_tool.key_names import meaning

BACK, UNDO, REDO, FINISH, LEAVE = "back", "undo", "redo", "finish", "leave"
PEEK, END_PEEK = "peek", "unpeek"
PEEK_KEY = "H"
"""Held down, it hides the preview."""
_CLASS = "class "
_KEYS = {
    "Backspace": BACK,
    "Ctrl+Z": UNDO,
    "Ctrl+Y": REDO,
    "Ctrl+Shift+Z": REDO,
    "Return": FINISH,
    "Enter": FINISH,
    "Esc": LEAVE,
    PEEK_KEY: PEEK,
    **{str(number): f"{_CLASS}{number - 1}" for number in range(1, 10)},
}


def class_in(command: str) -> int | None:
    """The number of the class (from 0) that a command takes in hand; None for other commands."""
    return int(command[len(_CLASS) :]) if command.startswith(_CLASS) else None


class TeachKeymap:
    """See map_tool.keys.Keymap."""

    repeatable = (BACK, UNDO, REDO)

    def command_of(self, event: QKeyEvent) -> str | None:
        """See Keymap."""
        return meaning(event, _KEYS)

    def ended_by(self, event: QKeyEvent) -> str | None:
        """See Keymap: what was hidden shows again."""
        return END_PEEK if meaning(event, _KEYS) == PEEK else None
