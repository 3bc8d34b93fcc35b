# SPDX-License-Identifier: GPL-2.0-or-later
"""The models of a list that can be fetched, one row each."""

from __future__ import annotations

from collections.abc import Collection

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ...inference.cards.registry import RegisteredModel, Registry
from ..i18n import tr
from ..models import kind_words
from ..words import size_words
from .plain_text import one_line

_LONGEST = 80
_WHAT = Qt.ItemDataRole.UserRole


class RegistryTable(QTreeWidget):
    """Shows what it is given, and which of it is there already."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("registryTable")
        self.setHeaderLabels([tr("Model"), tr("Kind"), tr("Size"), tr("Licence"), tr("State")])
        self.setAccessibleName(tr("Models to fetch"))

    def show_models(self, registry: Registry, installed: Collection[str]) -> None:
        """List these; `installed` are ids. The row that was chosen stays chosen."""
        chosen = self.chosen()
        self.clear()
        for model in registry.models:
            item = _row(model, is_there=model.id in installed)
            self.addTopLevelItem(item)
            if chosen is None or model.id == chosen.id:
                self.setCurrentItem(item)
                chosen = model
        for column in range(self.columnCount()):
            self.resizeColumnToContents(column)

    def chosen(self) -> RegisteredModel | None:
        """The model of the current row."""
        item = self.currentItem()
        return None if item is None else item.data(0, _WHAT)


def about_model(model: RegisteredModel) -> str:
    """All that a list says of a model, as plain text."""
    paragraphs = [
        f"{one_line(model.name)}\n{kind_words(model.kind)} · {size_words(model.bytes)}",
        one_line(model.description),
        tr("Licence: {0}").format(one_line(model.licence)),
        tr("From: {0}").format(one_line(model.source)) if model.source else "",
    ]
    for file in model.files:
        digest = tr("SHA-256 {0}").format(file.sha256)
        paragraphs.append(f"{one_line(file.url)} ({size_words(file.bytes)})\n{digest}")
    return "\n\n".join(filter(None, paragraphs))


def _row(model: RegisteredModel, *, is_there: bool) -> QTreeWidgetItem:
    state = tr("installed") if is_there else tr("can be fetched")
    row = QTreeWidgetItem(
        [
            one_line(model.name, _LONGEST), kind_words(model.kind), size_words(model.bytes),
            one_line(model.licence, _LONGEST), state,
        ]
    )  # fmt: skip
    row.setData(0, _WHAT, model)
    row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return row
