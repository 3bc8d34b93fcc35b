# SPDX-License-Identifier: GPL-2.0-or-later
"""How strongly the preview covers the map, and a button that hides it while it is held."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from ..i18n import tr
from ..map_tool.page_parts import push_button

_USUAL = 55
"""Percent at which both the classes and the image can be read."""


class PreviewRow(QWidget):
    """Its slider is in percent of opacity."""

    opacity_changed = pyqtSignal(float)
    """0 (the map alone) to 1."""
    peeked = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("teachOpacity")
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setValue(_USUAL)
        self.slider.setToolTip(tr("How strongly the preview covers the map"))
        about = tr("Hides the preview while it is held down")
        self.peek = push_button("teachPeek", tr("Hide"), about)
        label = QLabel(tr("Preview"))
        label.setBuddy(self.slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.peek)
        self.slider.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        self.peek.pressed.connect(lambda: self.peeked.emit(True))
        self.peek.released.connect(lambda: self.peeked.emit(False))

    @property
    def opacity(self) -> float:
        return self.slider.value() / 100
