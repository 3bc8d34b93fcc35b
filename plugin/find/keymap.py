# SPDX-License-Identifier: GPL-2.0-or-later
"""Which key does what while one gives examples on the map."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeyEvent

from ..map_tool.key_names import meaning

UNDO, LEAVE = "undo", "leave"
GOOD, BAD = "good", "bad"
"""Like what is under the pointer, or unlike it."""

_SIGNS = {"+": GOOD, "-": BAD}
"""By what they write, not by the key: a keyboard may have them anywhere."""
_KEYS = {"Ctrl+Z": UNDO, "Backspace": UNDO, "Esc": LEAVE}
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class FindKeymap:
    """See map_tool.keys.Keymap."""

    repeatable = (UNDO,)

    def command_of(self, event: QKeyEvent) -> str | None:
        """See Keymap."""
        sign = None if event.modifiers() & _HELD else _SIGNS.get(event.text())
        return sign or meaning(event, _KEYS)

    def ended_by(self, _event: QKeyEvent) -> str | None:
        """See Keymap: letting go of a key means nothing."""
        return None
