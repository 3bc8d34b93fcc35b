# SPDX-License-Identifier: GPL-2.0-or-later
"""The polygon layer of a segmentation: outlines, class, confidence and area, as a GeoPackage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.frame import Frame
from ..runs.telling import Tell, part, telling
from ..vector.geopackage import Feature, write_layer
from ..vector.outlines import Outlines, Ring
from ..vector.polygons import Measures, measure, regions
from ..vector.simplify import simplified

FIELDS = {
    "class_id": "INTEGER",
    "name": "TEXT",
    "confidence": "REAL",
    "area_m2": "REAL",
    "pixels": "INTEGER",
}
_FEATURES_AT_ONCE = 200


def write_polygons(
    path: Path,
    *,
    name: str,
    classes: Path,
    confidence: Path,
    frame: Frame,
    card: ModelCard,
    min_area: float,
    simplify: float,
    progress: Callable[[float], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write the regions of a class raster to a new GeoPackage; returns how many.

    `confidence` in the layer is the mean percent inside, `area_m2` the ellipsoidal area of the
    pixels inside (NULL without a CRS), also where the outline was simplified (by `simplify`
    pixels). Regions below `min_area` (square metres, or pixels without a CRS) are left out.
    `progress` is told 0..1.
    """
    tell = telling(progress, cancelled)
    found = regions(classes, progress=part(tell, 0.0, 0.3))
    measures = measure(found, frame, confidence, progress=part(tell, 0.3, 0.6))
    if simplify > 0:
        found = simplified(found, simplify, part(tell, 0.6, 0.8))
    features = _features(found, measures, frame, card.class_names, min_area)
    told = _told(features, len(found), part(tell, 0.8, 1.0))
    return write_layer(path, name=name, crs=frame.crs, fields=FIELDS, features=told)


def _told(features: Iterator[Feature], count: int, tell: Tell) -> Iterator[Feature]:
    """The same features, telling on the way how many have passed."""
    for index, feature in enumerate(features):
        if index % _FEATURES_AT_ONCE == 0:
            tell(index / count)
        yield feature
    tell(1.0)


def _features(
    found: Outlines,
    measures: Measures,
    frame: Frame,
    names: dict[int, str],
    min_area: float,
) -> Iterator[Feature]:
    size = measures.pixels if measures.area_m2 is None else measures.area_m2
    for index in np.flatnonzero(size >= min_area):
        region = found[index]
        values = (
            region.class_id,
            names.get(region.class_id, ""),
            None if measures.confidence is None else round(float(measures.confidence[index]), 1),
            None if measures.area_m2 is None else round(float(measures.area_m2[index]), 3),
            int(measures.pixels[index]),
        )
        yield Feature((tuple(_on_map(ring, frame) for ring in region.rings),), values)


def _on_map(ring: Ring, frame: Frame) -> NDArray[np.float64]:
    """Pixel corners (column, row) as map coordinates (x, y)."""
    return np.stack(frame.to_map(*ring.T), axis=1)
