# SPDX-License-Identifier: GPL-2.0-or-later
"""How keys are called, and which of them an event means, on keyboards of any alphabet.

Keys are named as QGIS stores them, in English on every computer: "S", "Tab", "Ctrl+Z".
"""

from __future__ import annotations

from collections.abc import Mapping

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence

MAP_KEY = "Space"
"""Held down, it moves the map: QGIS's own."""

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_MODIFIERS = (
    (Qt.KeyboardModifier.MetaModifier, "Meta"),
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
)
_LATIN = "".join(("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"))
_SAME_PLACE = (
    "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ",  # Russian, Belarusian
    "ЙЦУКЕНГШЩЗФІВАПРОЛДЯЧСМИТЬ",  # Ukrainian
    "  ΕΡΤΥΘΙΟΠΑΣΔΦΓΗΞΚΛΖΧΨΩΒΝΜ",  # Greek, whose W writes another kind of Σ
)
"""What those keys write on keyboards of other alphabets."""
_ON_LATIN = {
    other: latin for letters in _SAME_PLACE for other, latin in zip(letters, _LATIN) if other != " "
}


def shown(key: str) -> str:
    """A key as it is called in the user's language and on the user's computer."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def meaning(event: QKeyEvent, commands: Mapping[str, str]) -> str | None:
    """What `commands` has under the key's name; None where it has nothing.

    A letter of another alphabet that it has not counts as the Latin one on the same key.
    """
    name = _name_of(event)
    start, sign = name[:-1], name[-1:]
    return commands.get(name) or commands.get(start + _ON_LATIN.get(sign, sign))


def _name_of(event: QKeyEvent) -> str:
    """The keypad's keys are called as their siblings."""
    held = [name for modifier, name in _MODIFIERS if event.modifiers() & modifier]
    tab_back = event.key() == Qt.Key.Key_Backtab  # what Shift makes of it
    key = QKeySequence(Qt.Key.Key_Tab if tab_back else event.key()).toString(_PORTABLE)
    return QKeySequence("+".join([*held, key])).toString(_PORTABLE)
