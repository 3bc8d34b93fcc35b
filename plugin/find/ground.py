# SPDX-License-Identifier: GPL-2.0-or-later
"""From the map to the coordinates in which an index knows its patches, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
)
from qgis.gui import QgsMapCanvas

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_features import geojson_of
from ..map_tool.places import moved_point
from .example import XY, Box

DEGREES = "EPSG:4326"
_HALF_TURN = 180.0
"""Degrees: nothing one points at is wider, unless its way around the earth was lost."""
_ALONG = 16
"""Points on each side of a box that becomes curved in other coordinates."""


@dataclass(frozen=True)
class Ground:
    """Both ways; nothing is done to coordinates of what lies nowhere (`is_placed` is False)."""

    is_placed: bool
    to_index: QgsCoordinateTransform
    to_map: QgsCoordinateTransform

    def place(self, point: QgsPointXY) -> XY:
        """Where a point of the map lies; raises InputError."""
        try:
            moved = self.to_index.transform(point)
        except QgsCsException as error:
            raise _beyond() from error
        if not (math.isfinite(moved.x()) and math.isfinite(moved.y())):
            raise _beyond()
        return moved.x(), moved.y()

    def box(self, one: QgsPointXY, two: QgsPointXY) -> Box:
        """What surrounds a box on the map, of which two opposite corners are given."""
        ring = _dense(one, two)
        points = [self.place(point) for point in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if self.is_placed and max(xs) - min(xs) > _HALF_TURN:  # it lies across the date line
            xs = [x + 2 * _HALF_TURN if x < 0 else x for x in xs]
        return min(xs), min(ys), max(xs), max(ys)

    def shape(self, geometry: QgsGeometry) -> Mapping[str, Any]:
        """A polygon of the map, GeoJSON-like; raises InputError."""
        moved = QgsGeometry(geometry)
        try:
            moved.transform(self.to_index)
        except QgsCsException as error:
            raise _beyond() from error
        if self.is_placed and moved.boundingBox().width() > _HALF_TURN:
            return self._around(_geojson(geometry))
        return _geojson(moved)

    def _around(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """A polygon of the map that may lie across the date line or around a pole."""
        import numpy as np  # as the engine, not before it is needed

        from ...inference.embedding.filters import rings_of
        from ...inference.embedding.turns import polygon_in_degrees

        def in_degrees(ring: Any) -> Any:
            return np.array([self.place(QgsPointXY(x, y)) for x, y in ring.tolist()])

        return polygon_in_degrees(rings_of(shape), in_degrees)

    def on_map(self, x: float, y: float) -> QgsPointXY | None:
        """A place on the map; None where this has no such place."""
        return moved_point(QgsPointXY(x, y), self.to_map)


def ground(canvas: QgsMapCanvas, layer: QgsRasterLayer | None, is_placed: bool) -> Ground:
    """Between the map and an index with rasters that lie somewhere, or nowhere.

    A map without a CRS shows the coordinates of its layers as they are. Raises InputError.
    """
    nothing = QgsCoordinateReferenceSystem()
    here, there = nothing, nothing
    if is_placed:
        here = canvas.mapSettings().destinationCrs()
        if not here.isValid() and layer is not None:
            here = layer.crs()
        if not here.isValid():
            raise InputError(
                tr(
                    "The map has no CRS, so nobody can tell where on the ground you point: set "
                    "the CRS of the project."
                )
            )
        there = QgsCoordinateReferenceSystem(DEGREES)
    project = QgsProject.instance()
    return Ground(
        is_placed,
        QgsCoordinateTransform(here, there, project),
        QgsCoordinateTransform(there, here, project),
    )


def _dense(one: QgsPointXY, two: QgsPointXY) -> list[QgsPointXY]:
    corners = [
        (one.x(), one.y()), (two.x(), one.y()), (two.x(), two.y()), (one.x(), two.y()),
        (one.x(), one.y()),
    ]  # fmt: skip
    return [
        QgsPointXY(a + (c - a) * n / _ALONG, b + (d - b) * n / _ALONG)
        for (a, b), (c, d) in zip(corners, corners[1:])
        for n in range(_ALONG)
    ]


def _geojson(geometry: QgsGeometry) -> Mapping[str, Any]:
    feature = QgsFeature()
    feature.setGeometry(geometry)
    found = geojson_of(feature)
    if found is None:
        raise InputError(tr("A polygon without any area holds nothing: take another one."))
    return found


def _beyond() -> InputError:
    return InputError(
        tr("You pointed at a place that lies nowhere on the ground: move the map to your raster.")
    )
