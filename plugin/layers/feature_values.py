# SPDX-License-Identifier: GPL-2.0-or-later
"""What a field says of features, and whether that is yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsFeature

from .attributes import plain
from .layer_features import LayerFeatures

_BESIDE = ("false", "no", "-")
"""Texts that mark a point as one beside what is meant; numbers do at 0 and below."""

Value = Callable[[QgsFeature], Any]


def reader_of(features: LayerFeatures, name: str) -> Value:
    """What reads a field of a feature as plain Python; None for all where there is no field."""
    index = features.fields.lookupField(name) if name else -1
    return lambda feature: None if index < 0 else plain(feature.attribute(index))


def is_beside(value: Any) -> bool:
    """Whether the sign of a point says that it is beside what is meant; no sign: it is not."""
    if value is None:
        return False
    if isinstance(value, str):
        text = value.strip().lower()
        try:
            return float(text) <= 0
        except ValueError:
            return text in _BESIDE
    return isinstance(value, (bool, int, float)) and value <= 0
