# SPDX-License-Identifier: GPL-2.0-or-later
"""How layers of labels look: in the colour of the class, on a light rim that shows on any image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsRendererCategory,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..i18n import tr
from ..map_tool.kinds import LINE, POINT

if TYPE_CHECKING:
    from ...inference.cards.card import ClassInfo

CLASS_FIELD, NAME_FIELD, WIDTH_FIELD = "class", "name", "width"
_NOBODY = "#888888"
"""Of labels whose number is that of no class."""


def style_labels(layer: QgsVectorLayer, kind: str, classes: Sequence[ClassInfo]) -> None:
    """A category for each class, and one for what is drawn without a class."""
    categories = [
        QgsRendererCategory(info.id, _symbol(kind, QColor(info.color)), info.name)
        for info in classes
    ]
    nobody = QgsRendererCategory(None, _symbol(kind, QColor(_NOBODY)), tr("no class"))
    layer.setRenderer(QgsCategorizedSymbolRenderer(CLASS_FIELD, [*categories, nobody]))
    layer.triggerRepaint()


def _symbol(kind: str, color: QColor) -> QgsSymbol:
    if kind == POINT:
        return QgsMarkerSymbol.createSimple(
            {"name": "circle", "color": color.name(), "outline_color": "white", "size": "2.6"}
        )
    if kind == LINE:
        symbol = QgsLineSymbol.createSimple({"line_color": "white", "line_width": "1.3"})
        line = QgsLineSymbol.createSimple({"line_color": color.name(), "line_width": "0.8"})
        symbol.appendSymbolLayer(line.symbolLayer(0).clone())
        return symbol
    fill = f"{color.red()},{color.green()},{color.blue()},60"
    return QgsFillSymbol.createSimple(
        {"color": fill, "outline_color": color.name(), "outline_width": "0.5"}
    )
