# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pages of the tools are made of: widgets with their names, their words and tool tips."""

from __future__ import annotations

from qgis.core import QgsMapLayerProxyModel
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

_SMALL = 0.9


def layer_combo(name: str, kind: QgsMapLayerProxyModel.Filters, about: str) -> QgsMapLayerComboBox:
    """Layers of a kind, as narrow as the panel."""
    combo = QgsMapLayerComboBox()
    combo.setObjectName(name)
    combo.setFilters(kind)
    combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    combo.setToolTip(about)
    return combo


def push_button(name: str, text: str, about: str) -> QPushButton:
    """A button; `about` says what it does."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(about)
    return button


def told(name: str) -> QLabel:
    """What is said while one works; it may hold the user's words, so it is no HTML."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def small(label: QLabel) -> QLabel:
    """The same label in smaller letters."""
    font = label.font()
    font.setPointSizeF(_SMALL * font.pointSizeF())
    label.setFont(font)
    return label


def busy_bar(name: str) -> QProgressBar:
    """Runs to and fro while something is under way; nothing jumps when it comes or goes."""
    bar = QProgressBar()
    bar.setObjectName(name)
    bar.setRange(0, 0)
    bar.setTextVisible(False)
    bar.setFixedHeight(max(4, bar.fontMetrics().height() // 4))
    policy = bar.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    bar.setSizePolicy(policy)
    return bar


def row(*widgets: QWidget) -> QHBoxLayout:
    """Side by side."""
    line = QHBoxLayout()
    for widget in widgets:
        line.addWidget(widget)
    return line
