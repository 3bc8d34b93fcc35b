# SPDX-License-Identifier: GPL-2.0-or-later
"""Which key does what while one points: some are fixed, the others the user's choice."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.PyQt.QtGui import QKeyEvent

from .. import settings
from ..i18n import tr
from ..map_tool.key_names import meaning

UNDO, ACCEPT, CLEAR, NEXT, BEFORE, LEAVE = "undo", "accept", "clear", "next", "before", "leave"

FIXED = {"Return": ACCEPT, "Enter": ACCEPT, "Ctrl+Z": UNDO, "Esc": LEAVE}
"""Keys that mean the same in every program."""
USUAL = {ACCEPT: "S", CLEAR: "C", UNDO: "Backspace", NEXT: "Tab", BEFORE: "Shift+Tab"}
"""What the user may change."""


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


class PromptKeymap:
    """See map_tool.keys.Keymap."""

    repeatable = (UNDO, NEXT, BEFORE)

    def command_of(self, event: QKeyEvent) -> str | None:
        """See Keymap; keys that never change come first."""
        commands = {**{key_of(command): command for command in USUAL}, **FIXED}
        return meaning(event, commands)

    def ended_by(self, _event: QKeyEvent) -> str | None:
        """See Keymap: letting go of a key means nothing."""
        return None
