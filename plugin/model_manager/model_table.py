# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed models, one row each, and those of the user's folder that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ..i18n import tr
from ..models import card_facts, source_words
from ..words import size_words
from .card_text import measured_words
from .plain_text import one_line

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_LONGEST = 80
_WHAT = int(Qt.ItemDataRole.UserRole)
_WIDEST = 30
"""Characters of a column, unless the user makes it wider."""


class ModelTable(QTreeWidget):
    """Shows what it is given; the rows can be sorted by any column and filtered by words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelTable")
        self.setHeaderLabels(
            [
                tr("Model"), tr("Kind"), tr("Size"), tr("Resolution"), tr("Licence"), tr("From"),
                tr("Measured"),
            ]
        )  # fmt: skip
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setAccessibleName(tr("Models"))

    def show_models(self, cards: Sequence[ModelCard], broken: Sequence[str]) -> None:
        """List these; the row that was chosen stays chosen."""
        chosen = self.card()
        self.clear()
        self.setSortingEnabled(False)
        self.addTopLevelItems([_row(card) for card in cards] + [_broken(each) for each in broken])
        self.setSortingEnabled(True)
        widest = _WIDEST * self.fontMetrics().averageCharWidth()
        for column in range(self.columnCount()):
            self.resizeColumnToContents(column)
            self.setColumnWidth(column, min(self.columnWidth(column), widest))
        self.choose("" if chosen is None else chosen.id)

    def choose(self, model_id: str) -> None:
        """Make the row of that model the current one, or the first."""
        items = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        fitting = [item for item in items if getattr(_what(item), "id", None) == model_id]
        for item in (fitting or items)[:1]:
            self.setCurrentItem(item)
            self.scrollToItem(item)

    def card(self) -> ModelCard | None:
        """The chosen model's; None where there is none, or one that cannot be used."""
        what = _what(self.currentItem())
        return None if isinstance(what, str) else what

    def sentence(self) -> str:
        """What is wrong with the chosen one; '' where it can be used."""
        what = _what(self.currentItem())
        return what if isinstance(what, str) else ""

    def filter(self, words: str) -> None:
        """Hide what has not each of the words in some column."""
        wanted = words.casefold().split()
        for index in range(self.topLevelItemCount()):
            item = self.topLevelItem(index)
            text = " ".join(item.text(column) for column in range(self.columnCount())).casefold()
            item.setHidden(not all(word in text for word in wanted))
        self._leave_hidden()

    def _leave_hidden(self) -> None:
        """What the buttons work on can be seen: the first row that is shown, where there is one."""
        if self.currentItem() is None or self.currentItem().isHidden():
            items = map(self.topLevelItem, range(self.topLevelItemCount()))
            self.setCurrentItem(next((item for item in items if not item.isHidden()), None))


class _Row(QTreeWidgetItem):
    """Numbers are sorted as numbers."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        mine, its = (each.data(column, _WHAT + 1) for each in (self, other))
        if mine is not None and its is not None:
            return float(mine) < float(its)
        return self.text(column).casefold() < other.text(column).casefold()


def _what(item: QTreeWidgetItem | None) -> ModelCard | str | None:
    """The card, or the sentence, of a row."""
    return None if item is None else item.data(0, _WHAT)


def _row(card: ModelCard) -> QTreeWidgetItem:
    kind, _classes, resolution = card_facts(card)
    size = card.bytes + (card.decoder.bytes if card.decoder is not None else 0)
    texts = [
        one_line(card.name, _LONGEST), kind, size_words(size), resolution,
        one_line(card.licence, _LONGEST) or "–", one_line(source_words(card), _LONGEST),
        measured_words(card.metrics) or "–",
    ]  # fmt: skip
    row = _Row(texts)
    row.setData(0, _WHAT, card)
    row.setData(2, _WHAT + 1, float(size))
    row.setData(3, _WHAT + 1, float(card.resolution_m or 0))
    row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return row


def _broken(sentence: str) -> QTreeWidgetItem:
    row = _Row([one_line(sentence, _LONGEST), tr("cannot be used")])
    row.setIcon(0, QgsApplication.getThemeIcon("/mIconWarning.svg"))
    row.setData(0, _WHAT, sentence)
    return row
