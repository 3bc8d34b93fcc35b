# SPDX-License-Identifier: GPL-2.0-or-later
"""What teaching needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.core import (
    NULL,
    QgsCategorizedSymbolRenderer,
    QgsFeature,
    QgsFeatureRequest,
    QgsProcessingFeatureSource,
    QgsVectorLayer,
)

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_source import engine_source
from . import common_parameters as common
from . import teach_parameters as names
from .given import Given
from .raster_names import raster_layers

if TYPE_CHECKING:
    from ..layers.layer_source import ProviderGrid

_PRECISION = 15
"""Decimals of coordinates, so that degrees and metres both come through unrounded."""


@dataclass(frozen=True)
class TeachInputs:
    """Rasters, and labels (GeoJSON-like, with the value of the field) in a CRS of their own.

    `looks` are the name and the colour of each value that the layer's style knows; `shapeless`
    counts features that are neither points nor lines nor polygons.
    """

    title: str
    rasters: tuple[str | ProviderGrid, ...]
    labels: tuple[tuple[dict[str, Any], Any], ...]
    crs_wkt: str
    looks: dict[str, tuple[str, str]]
    shapeless: int
    bands: tuple[int, ...] | None


def read_inputs(given: Given) -> TeachInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    metres = given.number(common.RESOLUTION)
    layers = raster_layers(given, names.INPUTS)
    source = given.feature_source(names.LABELS)
    if source is None:
        raise InputError(tr("LABELS is missing: give a layer of labels."))
    field = given.field(names.CLASS_FIELD) or names.USUAL_FIELD
    styled = given.algorithm.parameterAsVectorLayer(given.parameters, names.LABELS, given.context)
    labels = _labels(source, source.fields().lookupField(field))
    crs = source.sourceCrs()
    return TeachInputs(
        title=source.sourceName(),
        rasters=tuple(engine_source(each, extent=None, metres=metres) for each in layers),
        labels=tuple(label for label in labels if label is not None),
        crs_wkt=crs.toWkt() if crs.isValid() else "",
        looks=_looks(styled, field),
        shapeless=labels.count(None),
        bands=given.bands(),
    )


def _labels(
    source: QgsProcessingFeatureSource, index: int
) -> list[tuple[dict[str, Any], Any] | None]:
    """A shape and a value for each feature; None where it has no shape of its own."""
    unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    features = source.getFeatures(QgsFeatureRequest(), unchecked)
    return [_label(feature, index) for feature in features]


def _label(feature: QgsFeature, index: int) -> tuple[dict[str, Any], Any] | None:
    geometry = feature.geometry()
    if geometry.isNull() or geometry.isEmpty():
        return None
    shape = json.loads(geometry.asJson(_PRECISION))  # curves become segments
    if "coordinates" not in shape:
        return None
    value = feature.attribute(index)
    empty = value is None or value == NULL or value == ""
    return shape, None if empty else _plain(value)


def _plain(value: Any) -> Any:
    """Numbers as they are, anything else as a text."""
    return value if isinstance(value, (int, float)) else str(value)


def _looks(layer: QgsVectorLayer | None, field: str) -> dict[str, tuple[str, str]]:
    """Names and colours by value, where the layer is styled by that field."""
    renderer = None if layer is None else layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer):
        return {}
    if renderer.classAttribute().strip('"') != field:
        return {}
    return {
        _text(each.value()): (
            each.label() or _text(each.value()),
            each.symbol().color().name().upper(),
        )
        for each in renderer.categories()
        if each.symbol() is not None and str(each.value()) != ""
    }


def _text(value: Any) -> str:
    """A value as the lesson tells it: a whole number without a point."""
    return f"{value:g}" if isinstance(value, float) else str(value).strip()
