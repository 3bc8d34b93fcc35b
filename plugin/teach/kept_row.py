# SPDX-License-Identifier: GPL-2.0-or-later
"""Says that a network was kept, and offers to run it over the whole layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ..i18n import tr
from ..map_tool.page_parts import push_button, told

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


class KeptRow(QWidget):
    """Hidden until there is a network."""

    run_wanted = pyqtSignal(object)
    """The card of the network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: ModelCard | None = None
        self.words = told("teachKept")
        about = tr("Start in the background; the result is a layer of its own")
        self.run = push_button("teachRun", tr("Run it on the whole layer"), about)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.run)
        self.run.clicked.connect(lambda: self.run_wanted.emit(self._card))
        self.hide()

    def show_card(self, card: ModelCard) -> None:
        """This network is among the user's models now."""
        self._card = card
        words = tr("The model '{0}' is kept; all lists of models show it.")
        self.words.setText(words.format(card.name))
        self.show()
