# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes of a network: how many, what they are called, in which colours."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsApplication
from qgis.gui import QgsColorButton
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...inference.foreign.colors import class_colors
from ..i18n import tr

_LINES = 7
_NAME, _COLOR = 0, 1


class ClassList(QWidget):
    """A row a class, in the order of the network's numbers."""

    def __init__(self, names: Sequence[str], most: int, parent: QWidget | None = None) -> None:
        """`most` is how many there may be."""
        super().__init__(parent)
        self._most = most
        self.count = QSpinBox()
        self.count.setObjectName("classCount")
        self.count.setRange(1, most)
        self.paste = QPushButton(tr("Paste &names"))
        self.table = QTableWidget(0, 2)
        self.table.setObjectName("classTable")
        self._explain()
        self._lay_out()
        self.count.setValue(len(names))
        self._resize(len(names))
        self.set_names(names)
        self.count.valueChanged.connect(self._resize)
        self.paste.clicked.connect(self._paste)

    def names(self) -> tuple[str, ...]:
        """What the classes are called."""
        cells = (self.table.item(row, _NAME) for row in range(self.table.rowCount()))
        return tuple(cell.text().strip() for cell in cells)

    def colors(self) -> tuple[str, ...]:
        """`#RRGGBB` of each."""
        buttons = (self.table.cellWidget(row, _COLOR) for row in range(self.table.rowCount()))
        return tuple(button.color().name().upper() for button in buttons)

    def set_names(self, names: Sequence[str]) -> None:
        """Call the classes that, as many as there are of both, and give them colours to match."""
        shown = [*names[: self.table.rowCount()], *self.names()[len(names) :]]
        for row, (name, color) in enumerate(zip(shown, class_colors(tuple(shown)))):
            self.table.item(row, _NAME).setText(name)
            self.table.cellWidget(row, _COLOR).setColor(QColor(color))

    def _resize(self, count: int) -> None:
        before = self.table.rowCount()
        self.table.setRowCount(count)
        colors = class_colors(("",) * count)
        for row in range(before, count):
            name = tr("class {0}").format(row)
            self.table.setVerticalHeaderItem(row, QTableWidgetItem(str(row)))
            self.table.setItem(row, _NAME, QTableWidgetItem(name))
            button = QgsColorButton()
            button.setColor(QColor(colors[row]))
            button.setToolTip(tr("The colour in which the class is drawn"))
            self.table.setCellWidget(row, _COLOR, button)

    def _paste(self) -> None:
        """The lines of the clipboard, or what commas part in a single one."""
        text = QgsApplication.clipboard().text()
        parts = text.splitlines() if "\n" in text.strip() else text.split(",")
        names = [part.strip().strip("\"'") for part in parts if part.strip()][: self._most]
        if names:
            self.count.setValue(len(names))
            self.set_names(names)

    def _explain(self) -> None:
        self.count.setAccessibleName(tr("Number of classes"))
        self.count.setToolTip(tr("How many classes the network tells apart"))
        self.paste.setToolTip(tr("Take the names from the clipboard, one a line or with commas"))
        self.paste.setAutoDefault(False)
        self.table.setToolTip(tr("Click a name to change it; the first is number 0"))
        self.table.setHorizontalHeaderLabels([tr("Name"), tr("Colour")])
        self.table.setTabKeyNavigation(False)  # else Tab never leaves it
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_COLOR, QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        label = QLabel(tr("Number"))
        label.setBuddy(self.count)
        row.addWidget(label)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.paste)
        self.table.setMinimumHeight(_LINES * self.table.verticalHeader().defaultSectionSize())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.table, 1)
