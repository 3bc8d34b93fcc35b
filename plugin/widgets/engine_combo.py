# SPDX-License-Identifier: GPL-2.0-or-later
"""What computes: the processor, or what else the installed onnxruntime brings."""

from __future__ import annotations

from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QComboBox, QWidget

from ...inference.errors import MissingDependency
from ...inference.network.machine import PROCESSOR
from ...inference.network.providers import WORDS, offered
from .. import settings
from ..i18n import tr


class EngineCombo(QComboBox):
    """Asks onnxruntime when it is first seen: QGIS makes every page whenever options are opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("engineCombo")
        self.setToolTip(
            tr(
                "What runs networks. Everything GeoSift says of its networks was measured with the "
                "processor; another engine may decide some pixels differently. What cannot run a "
                "network leaves it to the processor, and the run says so."
            )
        )
        self._is_filled = False
        self._list((settings.engine(),))

    def value(self) -> str:
        """The chosen one, by onnxruntime's name."""
        return self.currentData()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """See QWidget.showEvent."""
        if not self._is_filled:
            self._is_filled = True
            chosen = self.value()
            self._list(dict.fromkeys((*_offered(), chosen)))
            self.setCurrentIndex(self.findData(chosen))
        super().showEvent(event)

    def _list(self, names: tuple[str, ...] | dict[str, None]) -> None:
        words = {**WORDS, PROCESSOR: tr("Processor")}
        self.clear()
        for name in names:
            self.addItem(words.get(name, name), name)


def _offered() -> tuple[str, ...]:
    """The processor alone, too, where onnxruntime is missing."""
    try:
        return offered()
    except MissingDependency:
        return (PROCESSOR,)
