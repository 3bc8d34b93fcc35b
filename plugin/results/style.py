# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look: classes in the colours of the card, confidence in one hue or as opacity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsFillSymbol,
    QgsMapLayer,
    QgsPalettedRasterRenderer,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRasterBandStats,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRendererCategory,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ..i18n import tr

if TYPE_CHECKING:
    from ...inference.cards.card import ClassInfo

_MAP_OPACITY, _FADED_OPACITY = 0.7, 0.85
"""Of whole layers, so that the image shows through; symbols over each other do not add up."""
_FADE = 'scale_linear(coalesce("confidence", 0), 40, 100, 10, 100)'
"""Opacity in percent: below 40 percent a class is hardly more than a guess."""
_OUTLINE, _LABEL = (255, 196, 0), "#202020"
_VIRIDIS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
RANGE = QgsRasterBandStats.Stats.All
"""Least, largest, mean and spread: what a ramp is laid over."""
SAMPLE = 1_000_000
"""Pixels that tell the range of a raster: reading all of a large one would hold QGIS up."""
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
    layer.setRenderer(pseudo_color(layer, ramp, 0.0, 100.0))


def pseudo_color(
    layer: QgsRasterLayer, ramp: QgsColorRampShader, least: float, largest: float
) -> QgsSingleBandPseudoColorRenderer:
    """The first band in the colours of a ramp."""
    shader = QgsRasterShader(least, largest)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(least)
    renderer.setClassificationMax(largest)
    return renderer


def style_numbers(layer: QgsRasterLayer) -> None:
    """Colour a raster of numbers, dark to bright (viridis).

    From the least to the largest, but no further than three standard deviations from the mean.
    """
    found = layer.dataProvider().bandStatistics(1, RANGE, layer.extent(), SAMPLE)
    least = max(found.minimumValue, found.mean - 3 * found.stdDev)
    largest = min(found.maximumValue, found.mean + 3 * found.stdDev)
    if not least < largest:
        largest = least + 1.0
    ramp = QgsColorRampShader(least, largest)
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    values = [least + (largest - least) * step / (len(_VIRIDIS) - 1) for step in range(5)]
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(value, QColor(color), f"{value:.4g}")
            for value, color in zip(values, _VIRIDIS)
        ]
    )
    layer.setRenderer(pseudo_color(layer, ramp, least, largest))


def style_polygons(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """One category per class: a thin fill that lets the image through, an outline that does not."""
    layer.setRenderer(_by_class(classes, _polygon_symbol))


def style_cells(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """A grid that reads as one map: no lines between cells of a class, nor gaps, at any scale."""
    layer.setRenderer(_by_class(classes, _cell_symbol))
    layer.setOpacity(_MAP_OPACITY)
    _add_style_by_confidence(layer, _by_class(classes, _faint_cell_symbol))


def style_zones(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """Polygons filled by class, their outlines visible; those without an answer stay empty."""
    renderer = _by_class(classes, _zone_symbol)
    empty = QgsFillSymbol.createSimple({"style": "no", "outline_color": "#888888"})
    renderer.addCategory(QgsRendererCategory(None, empty, tr("no answer")))
    layer.setRenderer(renderer)
    layer.setOpacity(_MAP_OPACITY)
    _add_style_by_confidence(layer, renderer.clone())


def style_objects(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """An outline in the colour of the class, which shows on any image; nothing is filled."""
    layer.setRenderer(_by_class(classes, _object_symbol))


def style_outlines(layer: QgsVectorLayer) -> None:
    """A thin fill, an outline that shows on any image, and the label where there is one."""
    layer.setRenderer(QgsSingleSymbolRenderer(_outline_symbol()))
    text = QgsTextFormat()
    text.setSize(9)
    text.setColor(QColor(_LABEL))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "label"
    settings.setFormat(text)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def _outline_symbol() -> QgsFillSymbol:
    """The one of pointing, with a fill one hardly sees."""
    return lined_symbol(QColor(*_OUTLINE, 50), QColor(*_OUTLINE))


def can_fade(layer: QgsMapLayer) -> bool:
    """Whether the layer has a style in which the sure cells cover and the others fade."""
    return tr("By confidence") in layer.styleManager().styles()


def show_confidence(layer: QgsMapLayer, shown: bool) -> None:
    """Switch a layer that can fade to that style, or back."""
    name = tr("By confidence") if shown else tr("By class")
    layer.styleManager().setCurrentStyle(name)
    layer.triggerRepaint()


def _add_style_by_confidence(layer: QgsVectorLayer, renderer: QgsCategorizedSymbolRenderer) -> None:
    """A second named style: the renderer's symbols, each as opaque as it is sure."""
    manager = layer.styleManager()
    by_class, by_confidence = tr("By class"), tr("By confidence")
    manager.renameStyle(manager.currentStyle(), by_class)
    manager.addStyleFromLayer(by_confidence)
    manager.setCurrentStyle(by_confidence)
    for index, category in enumerate(renderer.categories()):
        symbol = category.symbol().clone()
        fade = QgsProperty.fromExpression(_FADE)
        symbol.setDataDefinedProperty(QgsSymbol.Property.PropertyOpacity, fade)
        renderer.updateCategorySymbol(index, symbol)
    layer.setRenderer(renderer)
    layer.setOpacity(_FADED_OPACITY)
    manager.setCurrentStyle(by_class)


def _by_class(
    classes: Sequence[ClassInfo], make_symbol: Callable[[QColor], QgsFillSymbol]
) -> QgsCategorizedSymbolRenderer:
    categories = [
        QgsRendererCategory(info.id, make_symbol(QColor(info.color)), info.name) for info in classes
    ]
    return QgsCategorizedSymbolRenderer("class_id", categories)


def _polygon_symbol(fill: QColor) -> QgsFillSymbol:
    return _symbol(QColor(fill.red(), fill.green(), fill.blue(), 90), fill.darker(130), "0.2", "MM")


def _object_symbol(color: QColor) -> QgsFillSymbol:
    """Of objects that lie close together: what is inside stays to be seen."""
    return lined_symbol(QColor(0, 0, 0, 0), color)


def lined_symbol(fill: QColor, line: QColor) -> QgsFillSymbol:
    """A bright line on a dark one: one of them shows, on snow as on water."""
    symbol = _symbol(QColor(0, 0, 0, 0), QColor("#202020"), "0.7", "MM")
    bright = _symbol(fill, line, "0.35", "MM")  # held: its layers go with it
    symbol.appendSymbolLayer(bright.symbolLayer(0).clone())
    return symbol


def _zone_symbol(fill: QColor) -> QgsFillSymbol:
    return _symbol(fill, fill.darker(160), "0.3", "MM")


def _cell_symbol(fill: QColor) -> QgsFillSymbol:
    """The outline, a pixel of the same colour, closes the gaps that smoothing leaves."""
    return _symbol(fill, fill, "1", "Pixel")


def _faint_cell_symbol(fill: QColor) -> QgsFillSymbol:
    """Outlines that let the image through add up where they meet: so they are thinner."""
    return _symbol(fill, fill, "0.3", "Pixel")


def _symbol(fill: QColor, outline: QColor, width: str, unit: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple(
        {
            "color": f"{fill.red()},{fill.green()},{fill.blue()},{fill.alpha()}",
            "outline_color": outline.name(),
            "outline_width": width,
            "outline_width_unit": unit,
        }
    )
