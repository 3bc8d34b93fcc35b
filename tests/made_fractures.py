# SPDX-License-Identifier: GPL-2.0-or-later
"""A network of fractures whose lines are known: as image, as raster of fractures, as layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networks
import numpy as np
from plugin_helpers import CRS, NORTH, WEST, write_raster
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from trace_rasters import lines

from geosift.inference.cards.card import ModelCard

SHAPE = (200, 260)
ENDS = ((20, 100, 240, 100), (130, 20, 130, 180), (190, 20, 190, 100))
"""x, y to x, y in pixels: one from west to east, one that crosses it, one that abuts on it."""
LENGTHS = (220, 160, 80)
WIDTH = 3


def mask() -> np.ndarray:
    """1 on the lines, 0 beside them: (height, width) uint8."""
    return lines(SHAPE, *((*each, WIDTH) for each in ENDS))


def image(path: Path, **profile: Any) -> Path:
    """White lines on black in three bands."""
    return write_raster(path, np.repeat(mask()[None] * np.uint8(255), 3, axis=0), **profile)


def network(folder: Path, *, says_lines: bool = True, name: str = "Lines") -> ModelCard:
    """Class 1 where a pixel is bright; its card may say that this is lines."""
    made = networks.bright(folder, stride=1, channels=3, tile=128)
    path = made.path.with_suffix(".json")
    told = json.loads(path.read_text("utf-8"))
    told["name"] = name
    told["classes"] = [
        {"id": 0, "name": "rock", "color": "#7F8C8D"},
        {
            "id": 1,
            "name": "fracture",
            "color": "#D55E00",
            **({"lines": True} if says_lines else {}),
        },
    ]
    path.write_text(json.dumps(told), "utf-8")
    return ModelCard.load(path)


def line_layer(*, crs: str = CRS, sets: tuple[Any, ...] = ()) -> QgsVectorLayer:
    """The same lines as a geologist would draw them, in one piece each."""
    field = (
        "" if not sets else "&field=set:" + ("string" if isinstance(sets[0], str) else "integer")
    )
    layer = QgsVectorLayer(f"LineString?crs={crs}{field}", "drawn", "memory")
    for index, (x, y, to_x, to_y) in enumerate(ENDS):
        feature = QgsFeature(layer.fields())
        ends = [QgsPointXY(WEST + x, NORTH - y), QgsPointXY(WEST + to_x, NORTH - to_y)]
        feature.setGeometry(QgsGeometry.fromPolylineXY(ends))
        if sets:
            feature["set"] = sets[index]
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer
