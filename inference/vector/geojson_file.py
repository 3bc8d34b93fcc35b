# SPDX-License-Identifier: GPL-2.0-or-later
"""The features of a GeoJSON file, as it holds them (RFC 7946)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError


def geojson_features(path: Path, *, wanted: str) -> tuple[list[Any], Any]:
    """The features, one also of a bare geometry, and what the file says of its coordinates.

    `wanted` is what they should be, for the sentence of an InputError.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path} cannot be read as GeoJSON ({error}); give a GeoJSON file of {wanted}."
        ) from error
    is_object = isinstance(content, Mapping)
    kind = content.get("type") if is_object else None
    features = content.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        features = [content if kind == "Feature" else {"geometry": content}]
    if not features:
        raise InputError(f"{path} holds no feature; give a GeoJSON file of {wanted}.")
    return features, content.get("crs") if is_object else None


def properties_of(feature: Any) -> Mapping[str, Any]:
    """The properties of a feature; none where it has none."""
    found = feature.get("properties") if isinstance(feature, Mapping) else None
    return found if isinstance(found, Mapping) else {}
