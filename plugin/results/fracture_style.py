# SPDX-License-Identifier: GPL-2.0-or-later
"""How fractures look on the map: traces by set, nodes by kind, blocks between them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)

from ...inference.fracture_numbers.set_colors import color_of
from ..i18n import tr
from ..trace_words import set_words

_CASING, _LINE = "0.9", "0.5"
"""Millimetres: a bright line on a dark one shows on any rock."""
_DARK = "#202020"
_NODES = (("I", "circle", "#F0E442"), ("Y", "triangle", "#56B4E9"), ("X", "square", "#FFFFFF"))
"""Kind, shape, colour: the signs geologists draw them with."""
_BLOCK, _BLOCK_LINE = "255,196,0,60", "#FFC400"


def style_traces(layer: QgsVectorLayer) -> None:
    """One colour a set, with its mean direction in the legend; a layer without sets is plain."""
    directions = _directions(layer)
    categories = [
        QgsRendererCategory(number, _line(color_of(number)), set_words(number, azimuth))
        for number, azimuth in sorted(directions.items(), key=lambda item: (not item[0], item[0]))
    ]
    if layer.fields().lookupField("set") < 0 or not categories:
        layer.setRenderer(QgsSingleSymbolRenderer(_line(color_of(1))))
        return
    layer.setRenderer(QgsCategorizedSymbolRenderer("set", categories))


def style_nodes(layer: QgsVectorLayer) -> None:
    """A circle where a line ends, a triangle where it abuts, a square where lines cross."""
    words = {"I": tr("I: free end"), "Y": tr("Y: abutment"), "X": tr("X: crossing")}
    categories = [
        QgsRendererCategory(kind, _marker(shape, color), words[kind])
        for kind, shape, color in _NODES
    ]
    layer.setRenderer(QgsCategorizedSymbolRenderer("kind", categories))


def style_blocks(layer: QgsVectorLayer) -> None:
    """A thin fill, through which one sees; blocks that go on beyond the area have none."""
    whole = {"color": _BLOCK, "outline_color": _BLOCK_LINE, "outline_width": "0.3"}
    cut = {"style": "no", "outline_color": _BLOCK_LINE, "outline_width": "0.2"}
    categories = [
        QgsRendererCategory(edge, QgsFillSymbol.createSimple(look), words)
        for edge, look, words in ((0, whole, tr("block")), (1, cut, tr("cut by the edge")))
    ]
    layer.setRenderer(QgsCategorizedSymbolRenderer("edge", categories))


def _directions(layer: QgsVectorLayer) -> Mapping[int, float]:
    """Mean azimuth of each set, 0..180 degrees, weighted by length (of doubled angles)."""
    names = layer.fields().names()
    lengths = [name for name in names if name.startswith("length_")][:1]
    if not {"set", "azimuth"} <= set(names) or not lengths:
        return {}
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    request.setSubsetOfAttributes(["set", "azimuth", *lengths], layer.fields())
    sums: dict[int, complex] = {}
    for feature in layer.getFeatures(request):
        number, azimuth, length = (feature[name] for name in ("set", "azimuth", *lengths))
        if isinstance(number, int) and isinstance(azimuth, float) and isinstance(length, float):
            turn = math.radians(2 * azimuth)
            sums[number] = sums.get(number, 0j) + length * complex(math.cos(turn), math.sin(turn))
    return {
        number: math.degrees(math.atan2(total.imag, total.real)) / 2 % 180
        for number, total in sums.items()
    }


def _line(color: str) -> QgsLineSymbol:
    symbol = _simple_line(_DARK, _CASING)
    bright = _simple_line(color, _LINE)  # held: its layers go with it
    symbol.appendSymbolLayer(bright.symbolLayer(0).clone())
    return symbol


def _simple_line(color: str, width: str) -> QgsLineSymbol:
    return QgsLineSymbol.createSimple(
        {"color": color, "width": width, "capstyle": "round", "joinstyle": "round"}
    )


def _marker(shape: str, color: str) -> QgsMarkerSymbol:
    return QgsMarkerSymbol.createSimple(
        {
            "name": shape,
            "color": color,
            "size": "1.8",
            "outline_color": _DARK,
            "outline_width": "0.3",
        }
    )
