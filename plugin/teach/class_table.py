# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes of a lesson: what they are called, their colours, how many labels, how well told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qgis.gui import QgsColorButton
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..i18n import tr
from ..map_tool.page_parts import push_button
from ..markup import tip_text

if TYPE_CHECKING:
    from ...inference.cards.card import ClassInfo

_COLOR, _NAME, _LABELS, _RIGHT = range(4)
_LEAST_LINES, _MOST_LINES = 2, 6


class ClassTable(QWidget):
    """A row a class; the current row is the class in hand. It asks for changes and makes none."""

    in_hand_changed = pyqtSignal()
    renamed = pyqtSignal(int, str, str)
    """A class shall have this name and this colour (`#RRGGBB`)."""
    addition_wanted = pyqtSignal()
    removal_wanted = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[ClassInfo, ...] = ()
        self.table = QTableWidget(0, 4)
        self.table.setObjectName("teachClasses")
        about = tr("One more class to tell apart")
        self.add = push_button("addClassButton", tr("Add class"), about)
        about = tr("Remove the class in hand with its labels; this can be undone")
        self.remove = push_button("removeClassButton", tr("Remove class"), about)
        self._explain()
        self._lay_out()
        self.table.currentCellChanged.connect(self._row_changed)
        self.table.itemChanged.connect(self._item_changed)
        self.add.clicked.connect(lambda: self.addition_wanted.emit())
        self.remove.clicked.connect(lambda: self.removal_wanted.emit(self.in_hand))

    @property
    def in_hand(self) -> int:
        """The id of the class that is drawn now."""
        return max(0, self.table.currentRow())

    @property
    def color(self) -> QColor:
        """Of the class in hand."""
        return QColor(self._classes[self.in_hand].color if self._classes else "#000000")

    def take_in_hand(self, class_id: int) -> None:
        """Draw this class from now on, if there is one."""
        if 0 <= class_id < len(self._classes):
            self.table.setCurrentCell(class_id, _NAME)

    def edit_name(self, class_id: int) -> None:
        """Have the user write what the class is called."""
        self.table.setCurrentCell(class_id, _NAME)
        self.table.editItem(self.table.item(class_id, _NAME))

    def show_classes(self, classes: Sequence[ClassInfo], labels: Mapping[int, int]) -> None:
        """The classes, and how many labels each has."""
        before = self.in_hand
        with QSignalBlocker(self.table):
            if len(classes) != len(self._classes):
                self._resize(len(classes))
            self._classes = tuple(classes)
            for row, info in enumerate(classes):
                self.table.item(row, _NAME).setText(info.name)
                self.table.item(row, _NAME).setToolTip(tip_text(info.name))
                self.table.item(row, _LABELS).setText(str(labels.get(info.id, 0)))
                button = self.table.cellWidget(row, _COLOR)
                with QSignalBlocker(button):
                    button.setColor(QColor(info.color))
                button.setAccessibleName(tr("Colour of {0}").format(info.name))
            self.table.setCurrentCell(min(before, len(classes) - 1), _NAME)
        self.remove.setEnabled(len(classes) > 2)
        self.in_hand_changed.emit()

    def show_right(self, words: Mapping[int, str]) -> None:
        """How well each class is told, in a word or two; nothing for those not mentioned."""
        with QSignalBlocker(self.table):
            for row in range(self.table.rowCount()):
                self.table.item(row, _RIGHT).setText(words.get(row, ""))

    def _resize(self, count: int) -> None:
        before = self.table.rowCount()
        self.table.setRowCount(count)
        for row in range(before, count):
            button = QgsColorButton()
            button.setToolTip(tr("The colour in which the class is drawn"))
            button.setShowMenu(False)
            button.setMinimumWidth(1)  # as wide as its column
            button.colorChanged.connect(partial(self._color_changed, row))
            self.table.setCellWidget(row, _COLOR, button)
            for column in (_NAME, _LABELS, _RIGHT):
                item = QTableWidgetItem()
                if column != _NAME:
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(row, column, item)
        buttons = [self.table.cellWidget(row, _COLOR) for row in range(count)]
        chain = (self.table, *buttons, self.add, self.remove)
        for one, other in zip(chain, chain[1:]):  # new ones would come after all of the panel
            QWidget.setTabOrder(one, other)
        line = self.table.verticalHeader().defaultSectionSize()
        lines = max(_LEAST_LINES, min(count, _MOST_LINES))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + lines * line + 2 * self.table.frameWidth())

    def _row_changed(self, row: int, _column: int, row_before: int, _before: int) -> None:
        if row != row_before and row >= 0:
            self.in_hand_changed.emit()

    def _item_changed(self, item: QTableWidgetItem) -> None:
        if item.column() != _NAME:
            return
        info, name = self._classes[item.row()], item.text().strip()
        if name and name != info.name:
            self.renamed.emit(info.id, name, info.color)
        else:  # a class has a name
            with QSignalBlocker(self.table):
                item.setText(info.name)

    def _color_changed(self, row: int, color: QColor) -> None:
        info = self._classes[row]
        self.table.setCurrentCell(row, _NAME)
        if color.isValid() and color.name().upper() != info.color.upper():
            self.renamed.emit(info.id, info.name, color.name().upper())

    def _explain(self) -> None:
        table = self.table
        table.setAccessibleName(tr("Classes"))
        table.setToolTip(
            tr("The row chosen is the class you draw; click its name twice to change it")
        )
        heads = ("", tr("Class"), tr("Labels"), tr("Right"))
        table.setHorizontalHeaderLabels(heads)
        table.horizontalHeaderItem(_COLOR).setToolTip(tr("The colour in which the class is drawn"))
        table.horizontalHeaderItem(_RIGHT).setToolTip(
            tr("Of this class's labels, the share told right when they are left out of the lesson")
        )
        table.setTabKeyNavigation(False)  # else Tab never leaves it
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        header = table.horizontalHeader()
        for column in (_LABELS, _RIGHT):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_COLOR, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_COLOR, 2 * table.verticalHeader().defaultSectionSize())
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addLayout(row)
