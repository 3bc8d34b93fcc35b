# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples as a list in which each can be taken back, and what makes more of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..i18n import tr
from ..map_tool.page_parts import push_button, row
from .example import AREA, PATCH, PLACE, Example
from .markers import BAD, GOOD

_ROWS = 3
_SIGN = 16


class ExampleList(QWidget):
    """One row an example; the signs are those on the map."""

    removed = pyqtSignal(list)
    """Their places in the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = _Rows(self)
        self.undo = push_button("findUndo", tr("&Undo"), tr("Take the last step back"))
        self.clear = push_button("findClear", tr("&Begin anew"), tr("Take all examples away"))
        about = tr("Take the selected examples away (Delete)")
        self.remove = push_button("findRemove", tr("Remove"), about)
        self.remove.clicked.connect(self._remove)
        self.list.itemSelectionChanged.connect(self._offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addLayout(row(self.undo, self.remove, self.clear))
        self.show_examples((), can_undo=False)

    def show_examples(self, examples: Sequence[Example], *, can_undo: bool) -> None:
        """These and no others."""
        self.list.clear()
        for example in examples:
            item = QListWidgetItem(sign_icon(good=example.good), example_words(example))
            self.list.addItem(item)
        self.list.scrollToBottom()
        self.setVisible(bool(examples) or can_undo)
        self.undo.setEnabled(can_undo)
        self.clear.setEnabled(bool(examples) or can_undo)
        self._offer()

    def _offer(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedIndexes()))

    def _remove(self) -> None:
        self.removed.emit([index.row() for index in self.list.selectedIndexes()])


class _Rows(QListWidget):
    """The rows, with a key to take some away."""

    def __init__(self, owner: ExampleList) -> None:
        super().__init__(owner)
        self._owner = owner
        self.setObjectName("findExamples")
        self.setAccessibleName(tr("Examples"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(_SIGN, _SIGN))
        line = max(self.fontMetrics().height(), _SIGN) + 4
        self.setFixedHeight(_ROWS * line + 2 * self.frameWidth())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Delete takes the selected ones away."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._owner.remove.click()
        else:
            super().keyPressEvent(event)


def example_words(example: Example) -> str:
    """What an example is, in a line."""
    if example.kind == PATCH:
        source, row, col = example.what
        like, unlike = tr("More like: {0}, {1}/{2}"), tr("Less like: {0}, {1}/{2}")
        return (like if example.good else unlike).format(Path(source).name, row, col)
    names = {PLACE: (tr("Like: place {0:.9g}, {1:.9g}"), tr("Not like: place {0:.9g}, {1:.9g}"))}
    names[AREA] = tr("Like: box at {0:.9g}, {1:.9g}"), tr("Not like: box at {0:.9g}, {1:.9g}")
    polygons = tr("Like: polygon at {0:.9g}, {1:.9g}"), tr("Not like: polygon at {0:.9g}, {1:.9g}")
    good, bad = names.get(example.kind, polygons)
    return (good if example.good else bad).format(*example.at)


def sign_icon(*, good: bool) -> QIcon:
    """The sign of an example as it is on the map: a ring or a cross."""
    pixmap = QPixmap(2 * _SIGN, 2 * _SIGN)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(GOOD if good else BAD, 6))
    low, high = 6, 2 * _SIGN - 6
    if good:
        painter.drawEllipse(low, low, high - low, high - low)
    else:
        painter.drawLine(low, low, high, high)
        painter.drawLine(low, high, high, low)
    painter.end()
    return QIcon(pixmap)
