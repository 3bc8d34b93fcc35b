# SPDX-License-Identifier: GPL-2.0-or-later
"""The keys of the tool that cuts out objects, to be chosen."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QFormLayout, QKeySequenceEdit, QLabel, QPushButton, QWidget

from ..i18n import tr
from ..map_tool.key_names import MAP_KEY, shown
from . import keymap

_CHARACTERS = 24
_PORTABLE = QKeySequence.SequenceFormat.PortableText


class KeyFields(QWidget):
    """A field for each command; no two of them ever hold the same key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = {command: QKeySequenceEdit() for command in keymap.USUAL}
        self._before: dict[str, str] = {}
        self.trouble = QLabel()
        self.trouble.setObjectName("keyTrouble")
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.hide()
        self.fixed = QLabel(tr("Enter keeps, Ctrl+Z goes one step back and Esc leaves, as always."))
        self.fixed.setWordWrap(True)
        self.usual = QPushButton(tr("&Usual keys"))
        self.usual.setToolTip(tr("Have every key back as it was at first"))
        self.usual.clicked.connect(lambda: self._show(keymap.USUAL))
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        for command, field in self.fields.items():
            field.setObjectName(f"{command}Key")
            field.setToolTip(tr("Press the key; an empty field is the usual key again"))
            field.setAccessibleName(keymap.titles()[command])
            field.editingFinished.connect(lambda command=command: self._check(command))
            field.setFixedWidth(_CHARACTERS * field.fontMetrics().averageCharWidth())
            self.form.addRow(keymap.titles()[command], field)
        self.form.addRow(self.trouble)
        self.form.addRow(self.fixed)
        self.form.addRow("", self.usual)
        self._show({command: keymap.key_of(command) for command in self.fields})

    def apply(self) -> None:
        """Keep what is shown."""
        for command in self.fields:
            self._check(command)
            keymap.choose(command, self._before[command])

    def _show(self, keys: Mapping[str, str]) -> None:
        self.trouble.hide()
        for command, key in keys.items():
            self._set(command, key)

    def _set(self, command: str, key: str) -> None:
        self._before[command] = key
        self.fields[command].setKeySequence(QKeySequence(key))

    def _check(self, command: str) -> None:
        """Take the first key that was pressed, unless it has a meaning already."""
        typed = self.fields[command].keySequence().toString(_PORTABLE)
        key = typed.split(", ")[0] or keymap.USUAL[command]
        others = {name for each, name in self._before.items() if each != command}
        if key not in {MAP_KEY, *keymap.FIXED, *others}:
            self.trouble.hide()
            self._set(command, key)
            return
        words = tr("{0} has a meaning already: choose another key.")
        self.trouble.setText(words.format(shown(key)))
        self.trouble.show()
        self._set(command, self._before[command])
