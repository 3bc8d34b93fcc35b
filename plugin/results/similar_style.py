# SPDX-License-Identifier: GPL-2.0-or-later
"""How places that look alike are shown: by score, with thumbnails; likeness as a glow."""

from __future__ import annotations

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsAttributeEditorHtmlElement,
    QgsBilinearRasterResampler,
    QgsColorRampShader,
    QgsEditFormConfig,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsPalLayerSettings,
    QgsRasterLayer,
    QgsRendererRange,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

from ..i18n import tr
from .style import RANGE, SAMPLE, lined_symbol, pseudo_color

_PLASMA = ("#5302a3", "#b83289", "#ed7953", "#fdb52e", "#f0f921")
"""From the least to the most alike: the best stand out on any image."""
_FAINT, _GLOW = 16, 220
"""Opacity (0..255) of fills, and of the raster where it is most alike."""
_SPREADS = 1.0
"""Standard deviations above the mean at which likeness begins to show: half a scene is no find."""
_PATCH = "#26c6da"
_PICTURE_PX = 192


def style_hits(layer: QgsVectorLayer) -> None:
    """Colour patches by score, the best on top; ranks are labels one only has to switch on."""
    layer.setRenderer(_by_score(layer))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(_ranks()))
    layer.setLabelsEnabled(False)
    layer.setDisplayExpression("concat('#', \"rank\")")
    if layer.fields().lookupField("thumbnail") >= 0:
        layer.setMapTipTemplate(_map_tip())
        layer.setEditFormConfig(_form(layer))


def follow_scores(layer: QgsVectorLayer) -> None:
    """Have the classes span the scores of now; how they look stays as the user wants it.

    Nothing is done where the user has patches drawn by something else, or in classes of their own.
    """
    now, fresh = layer.renderer(), _by_score(layer)
    if not isinstance(now, QgsGraduatedSymbolRenderer) or now.classAttribute() != "score":
        return
    before, ranges = len(now.ranges()), fresh.ranges()
    if before == len(ranges):
        fresh = now.clone()
        for number, each in enumerate(ranges):
            fresh.updateRangeLowerValue(number, each.lowerValue())
            fresh.updateRangeUpperValue(number, each.upperValue())
            fresh.updateRangeLabel(number, each.label())
    if before in (1, len(_PLASMA)):
        layer.setRenderer(fresh)


def style_heat(layer: QgsRasterLayer) -> None:
    """Let likeness glow on the image: nothing where a place is like any other."""
    found = layer.dataProvider().bandStatistics(1, RANGE, layer.extent(), SAMPLE)
    most = found.maximumValue
    least = min(found.mean + _SPREADS * found.stdDev, most - 1e-6)
    ramp = QgsColorRampShader(least, most)
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    items = []
    for step, name in enumerate(_PLASMA):
        share = step / (len(_PLASMA) - 1)
        color, value = QColor(name), least + (most - least) * share
        color.setAlpha(round(_GLOW * share))
        items.append(QgsColorRampShader.ColorRampItem(value, color, f"{value:.2f}"))
    ramp.setColorRampItemList(items)
    layer.setRenderer(pseudo_color(layer, ramp, least, most))
    layer.resampleFilter().setZoomedInResampler(QgsBilinearRasterResampler())


def style_patches(layer: QgsVectorLayer) -> None:
    """Thin outlines: there are thousands, and they overlap. They are the index's, not to edit."""
    symbol = QgsFillSymbol.createSimple(
        {"style": "no", "outline_color": _PATCH, "outline_width": "0.15"}
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    layer.setReadOnly(True)


def _by_score(layer: QgsVectorLayer) -> QgsGraduatedSymbolRenderer:
    index = layer.fields().lookupField("score")
    least, most = (float(layer.minimumValue(index) or 0), float(layer.maximumValue(index) or 0))
    steps = len(_PLASMA) if least < most else 1
    width = (most - least) / steps
    ranges = []
    for step, name in enumerate(_PLASMA[-steps:]):
        low, high = least + step * width, most if step == steps - 1 else least + (step + 1) * width
        color = QColor(name)
        fill = QColor(color.red(), color.green(), color.blue(), _FAINT)
        label = f"{low:.2f} – {high:.2f}"
        ranges.append(QgsRendererRange(low, high, lined_symbol(fill, color), label))
    renderer = QgsGraduatedSymbolRenderer("score", ranges)
    clause = QgsFeatureRequest.OrderByClause('"score"', True)
    renderer.setOrderBy(QgsFeatureRequest.OrderBy([clause]))
    renderer.setOrderByEnabled(True)
    return renderer


def _ranks() -> QgsPalLayerSettings:
    text = QgsTextFormat()
    text.setSize(9)
    text.setColor(QColor("#202020"))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "rank"
    settings.setFormat(text)
    return settings


def _map_tip() -> str:
    """What QGIS shows under the pointer: the picture, and what is told of it."""
    picture = f'<img width="{_PICTURE_PX}" src="data:image/jpeg;base64,'
    return (
        '<b>#[% "rank" %]</b> · [% format_number("score", 3) %]<br>'
        f"[% if(\"thumbnail\" IS NULL, '', '{picture}' || to_base64(\"thumbnail\") || '\">') %]"
        '<br>[% file_name("source") %] [% format_date("date", \'yyyy-MM-dd\') %]'
    )


def _form(layer: QgsVectorLayer) -> QgsEditFormConfig:
    """The fields without the bytes, and the picture that they are."""
    form = layer.editFormConfig()
    form.setLayout(QgsEditFormConfig.EditorLayout.TabLayout)
    root = form.invisibleRootContainer()
    form.clearTabs()
    told = QgsAttributeEditorContainer(tr("Place"), root)
    html = QgsAttributeEditorHtmlElement(tr("Thumbnail"), told)
    html.setHtmlCode(
        f'<img width="{_PICTURE_PX}" id="picture"><script>document.getElementById("picture").src = '
        '"data:image/jpeg;base64," + expression.evaluate("to_base64(\\"thumbnail\\")");</script>'
    )
    html.setShowLabel(False)
    told.addChildElement(html)
    for number, field in enumerate(layer.fields()):
        if field.name() != "thumbnail":
            told.addChildElement(QgsAttributeEditorField(field.name(), number, told))
    form.addTab(told)
    return form
