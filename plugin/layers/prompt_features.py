# SPDX-License-Identifier: GPL-2.0-or-later
"""Points and boxes of a QGIS layer as what the engine shall cut out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qgis.core import QgsFeature, QgsGeometry, QgsWkbTypes

from ...inference.errors import InputError
from ...inference.prompt.place import MapPrompt
from ..i18n import tr
from .attributes import columns_of, plain
from .feature_values import is_beside, reader_of
from .layer_features import LayerFeatures


@dataclass(frozen=True)
class PromptFields:
    """Names of the fields that say something of a prompt, '' for none."""

    label: str = ""
    group: str = ""
    sign: str = ""


@dataclass(frozen=True)
class MapPrompts:
    """What to cut out, in the raster's CRS, each with the values of `fields`.

    `fields` are names and GeoPackage types; `left_out` counts features without a place.
    """

    each: tuple[MapPrompt, ...]
    fields: Mapping[str, str]
    left_out: int


def prompts_of(features: LayerFeatures, names: PromptFields) -> MapPrompts:
    """Every point, group of points and box; InputError where there is none."""
    grouped: dict[Any, list[QgsFeature]] = {}
    empty = 0
    group = reader_of(features, names.group)
    for index, feature in enumerate(features.features):
        if feature.geometry().isEmpty():
            empty += 1
            continue
        key = None if _is_area(feature) else group(feature)
        grouped.setdefault(index if key is None else (key,), []).append(feature)
    each = tuple(_prompts(grouped, features, names))
    if not each:
        raise InputError(
            tr(
                "PROMPTS ('{0}') has no point and no polygon: draw or select some, and check that "
                "its CRS fits that of the raster."
            ).format(features.name)
        )
    return MapPrompts(each, columns_of(features.fields), empty)


def _prompts(
    grouped: Mapping[Any, list[QgsFeature]], features: LayerFeatures, names: PromptFields
) -> Iterator[MapPrompt]:
    label, sign = reader_of(features, names.label), reader_of(features, names.sign)
    for members in grouped.values():
        on_it = [each for each in members if not is_beside(sign(each))]
        first = (on_it or members)[0]
        text = label(first)
        yield MapPrompt(
            clicks=tuple(
                (point.x(), point.y(), not is_beside(sign(each)))
                for each in members
                if not _is_area(each)
                for point in each.geometry().vertices()
            ),
            corners=tuple(
                corner for each in members if _is_area(each) for corner in _corners(each.geometry())
            ),
            label="" if text is None else str(text),
            values=tuple(plain(value) for value in first.attributes()),
        )


def _corners(geometry: QgsGeometry) -> list[tuple[float, float]]:
    """Of segments instead of curves, which reach beyond the points they are drawn by."""
    geometry.convertToStraightSegment()
    return [(point.x(), point.y()) for point in geometry.vertices()]


def _is_area(feature: QgsFeature) -> bool:
    return feature.geometry().type() == QgsWkbTypes.GeometryType.PolygonGeometry
