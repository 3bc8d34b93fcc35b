# SPDX-License-Identifier: GPL-2.0-or-later
"""Places of the map in the coordinates of a layer, and back."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas

from ...inference.errors import InputError
from ..i18n import tr

XY = tuple[float, float]
"""A point in the coordinates of the raster layer, x before y."""


def transform_to(
    layer_crs: QgsCoordinateReferenceSystem, canvas: QgsMapCanvas
) -> tuple[QgsCoordinateTransform, QgsCoordinateTransform]:
    """From the canvas to the layer and back; nothing happens where either has no CRS."""
    canvas_crs, project = canvas.mapSettings().destinationCrs(), QgsProject.instance()
    return (
        QgsCoordinateTransform(canvas_crs, layer_crs, project),
        QgsCoordinateTransform(layer_crs, canvas_crs, project),
    )


def places_in(
    layer_crs: QgsCoordinateReferenceSystem, points: Sequence[QgsPointXY], canvas: QgsMapCanvas
) -> list[XY] | None:
    """Points of the map in the layer's coordinates; None where these have no such place."""
    to_layer, _ = transform_to(layer_crs, canvas)
    try:
        moved = [to_layer.transform(point) for point in points]
    except QgsCsException:
        return None
    return [(point.x(), point.y()) for point in moved]


def moved_point(point: QgsPointXY, transform: QgsCoordinateTransform) -> QgsPointXY | None:
    """A point in other coordinates; None where these have no such place."""
    try:
        return transform.transform(point)
    except QgsCsException:
        return None


def moved(geometry: QgsGeometry, transform: QgsCoordinateTransform) -> QgsGeometry | None:
    """A copy in other coordinates; None where these have no such place."""
    copy = QgsGeometry(geometry)
    try:
        copy.transform(transform)
    except QgsCsException:
        return None
    return copy if copy.boundingBox().isFinite() else None


def view_of(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> QgsRectangle:
    """What the map shows, in the layer's CRS; raises InputError."""
    to_layer, _ = transform_to(layer.crs(), canvas)
    try:
        seen = to_layer.transformBoundingBox(canvas.mapSettings().visibleExtent())
    except QgsCsException as error:
        raise InputError(beyond_words(layer)) from error
    if not seen.isFinite() or seen.isEmpty():
        raise InputError(beyond_words(layer))
    return seen


def beyond_words(layer: QgsRasterLayer) -> str:
    """That the map shows what the layer's coordinates cannot express."""
    return tr(
        "The map shows a place that the CRS of the layer '{0}' cannot express: move to where the "
        "layer lies, or check its CRS."
    ).format(layer.name())
