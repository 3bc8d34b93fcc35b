# SPDX-License-Identifier: GPL-2.0-or-later
"""A list above, and below it what there is to say of the chosen row."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QPlainTextEdit, QSplitter, QTreeWidget, QWidget

_TABLE_SHARE, _TEXT_SHARE = 3, 2


class TableAndText(QSplitter):
    """The text is plain: what stands in it comes out of files that anybody may have written."""

    def __init__(self, table: QTreeWidget, about: str, parent: QWidget | None = None) -> None:
        """`about` says what the text tells of."""
        super().__init__(Qt.Orientation.Vertical, parent)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAllColumnsShowFocus(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(about)
        self.addWidget(table)
        self.addWidget(self.text)
        self.setStretchFactor(0, _TABLE_SHARE)
        self.setStretchFactor(1, _TEXT_SHARE)
        self.setChildrenCollapsible(False)
