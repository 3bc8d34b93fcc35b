# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look: classes in the colours of the card, confidence in one hue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsFillSymbol,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRendererCategory,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from .i18n import tr

if TYPE_CHECKING:
    from ..inference.card import ClassInfo

_CONFIDENCE_STEPS = ((0, "#f6f1fa"), (50, "#c9b3de"), (75, "#8d62b5"), (100, "#3f1d6b"))


def style_classes(layer: QgsRasterLayer, classes: Sequence[ClassInfo]) -> None:
    """Colour a class raster and name its classes in the legend."""
    entries = [
        QgsPalettedRasterRenderer.Class(info.id, QColor(info.color), info.name) for info in classes
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, entries))


def style_confidence(layer: QgsRasterLayer) -> None:
    """Colour a confidence raster (percent, 0..100) in one hue: the darker, the surer."""
    ramp = QgsColorRampShader(0.0, 100.0)
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(percent, QColor(color), tr("{0} %").format(percent))
            for percent, color in _CONFIDENCE_STEPS
        ]
    )
    shader = QgsRasterShader(0.0, 100.0)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(0.0)
    renderer.setClassificationMax(100.0)
    layer.setRenderer(renderer)


def style_polygons(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """One category per class: a thin fill that lets the image through, an outline that does not."""
    categories = [
        QgsRendererCategory(info.id, _polygon_symbol(info.color), info.name) for info in classes
    ]
    layer.setRenderer(QgsCategorizedSymbolRenderer("class_id", categories))


def _polygon_symbol(color: str) -> QgsFillSymbol:
    fill = QColor(color)
    return QgsFillSymbol.createSimple(
        {
            "color": f"{fill.red()},{fill.green()},{fill.blue()},90",
            "outline_color": fill.darker(130).name(),
            "outline_width": "0.2",
        }
    )
