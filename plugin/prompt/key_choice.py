# SPDX-License-Identifier: GPL-2.0-or-later
"""Which key does what while one points: some are fixed, the others the user's choice.

Keys are named as QGIS stores them, in English on every computer: "S", "Tab", "Ctrl+Z".
"""

from __future__ import annotations

from collections.abc import Mapping

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence

from .. import settings
from ..i18n import tr

UNDO, ACCEPT, CLEAR, NEXT, BEFORE, LEAVE = "undo", "accept", "clear", "next", "before", "leave"

FIXED = {"Return": ACCEPT, "Enter": ACCEPT, "Ctrl+Z": UNDO, "Esc": LEAVE}
"""Keys that mean the same in every program."""
MAP_KEY = "Space"
"""Held down, it moves the map: QGIS's own."""
USUAL = {ACCEPT: "S", CLEAR: "C", UNDO: "Backspace", NEXT: "Tab", BEFORE: "Shift+Tab"}
"""What the user may change."""

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


def titles() -> Mapping[str, str]:
    """What each command does that the user may choose a key for."""
    return {
        ACCEPT: tr("Keep the outline"),
        CLEAR: tr("Begin anew"),
        UNDO: tr("One step back"),
        NEXT: tr("Another outline"),
        BEFORE: tr("The outline before"),
    }


def key_of(command: str) -> str:
    """The key the user chose, or the usual one."""
    return settings.prompt_key(command) or USUAL[command]


def choose(command: str, key: str) -> None:
    """Take another key; '' is the usual one."""
    settings.set_prompt_key(command, "" if key == USUAL[command] else key)


def shown(key: str) -> str:
    """A key as it is called in the user's language and on the user's computer."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def command_of(event: QKeyEvent) -> str | None:
    """What the key means, None where it means nothing here.

    A letter of another alphabet that nobody chose counts as the Latin one on the same key.
    """
    commands = {**{key_of(command): command for command in USUAL}, **FIXED}
    return meaning(event, commands)


def meaning(event: QKeyEvent, commands: Mapping[str, str]) -> str | None:
    """What `commands` has under the key's name; None where it has nothing."""
    name = _name_of(event)
    start, sign = name[:-1], name[-1:]
    return commands.get(name) or commands.get(start + _ON_LATIN.get(sign, sign))


def _name_of(event: QKeyEvent) -> str:
    """The keypad's keys are called as their siblings."""
    held = [name for modifier, name in _MODIFIERS if event.modifiers() & modifier]
    tab_back = event.key() == Qt.Key.Key_Backtab  # what Shift makes of it
    key = QKeySequence(Qt.Key.Key_Tab if tab_back else event.key()).toString(_PORTABLE)
    return QKeySequence("+".join([*held, key])).toString(_PORTABLE)
