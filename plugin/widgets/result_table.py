# SPDX-License-Identifier: GPL-2.0-or-later
"""A table of three columns, as high as its rows: the dock scrolls, a table within it should not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ..markup import tip_text

_NAME, _NUMBERS = 0, (1, 2)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Row:
    """A name and two numbers in words; a colour before them and tool tips where there are some."""

    texts: tuple[str, ...]
    color: str = ""
    tips: tuple[str, ...] = ()


class ResultTable(QTreeWidget):
    """Names to the left, numbers to the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("areaTable")
        self.setColumnCount(3)
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column in _NUMBERS:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def show_rows(self, headers: Sequence[str], rows: Sequence[Row]) -> None:
        """Show these instead of what was shown."""
        self.clear()
        self.setHeaderLabels(list(headers))
        for column in _NUMBERS:
            self.headerItem().setTextAlignment(column, _RIGHT)
        for row in rows:
            self.addTopLevelItem(self._item(row))
        height = self.sizeHintForRow(0) * len(rows) + self.header().sizeHint().height()
        self.setFixedHeight(height + 2 * self.frameWidth() + 2)

    def _item(self, row: Row) -> QTreeWidgetItem:
        item = QTreeWidgetItem(list(row.texts))
        if row.color:
            item.setIcon(_NAME, _swatch(row.color, self.fontMetrics().height()))
        for column in _NUMBERS:
            item.setTextAlignment(column, _RIGHT)
        for column, tip in enumerate(row.tips):
            item.setToolTip(column, tip if column else tip_text(tip))
        return item


def _swatch(color: str, side: int) -> QIcon:
    pixmap = QPixmap(side, side)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
