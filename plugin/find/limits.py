# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the page says of where and when to what the worker is asked."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas

from ...inference.errors import InputError
from ..i18n import tr
from .ground import Ground
from .limits_box import DRAWN, SELECTED, VIEW, LimitsBox
from .question import Limits

_ALONG = 16
"""Points on each side of the view, which is curved in other coordinates."""


def limits_of(
    box: LimitsBox, canvas: QgsMapCanvas, ground: Ground, drawn: QgsGeometry | None
) -> Limits:
    """All that limits the search; `drawn` is in the map's coordinates. Raises InputError."""
    geometry = {
        VIEW: lambda: _view(canvas),
        SELECTED: lambda: _selected(box.polygons(), canvas),
        DRAWN: lambda: _drawn(drawn),
    }.get(box.kind(), lambda: None)()
    return Limits(
        area=None if geometry is None else ground.shape(geometry),
        dates=box.dates(),
        rasters=box.sources(),
        count=box.count.value(),
        apart=box.apart.isChecked(),
    )


def _view(canvas: QgsMapCanvas) -> QgsGeometry:
    """What the map shows, however it is turned."""
    corners = [QgsPointXY(each) for each in canvas.mapSettings().visiblePolygon()]
    return QgsGeometry.fromPolygonXY([[*corners, corners[0]]]).densifyByCount(_ALONG)


def _selected(layer: QgsVectorLayer | None, canvas: QgsMapCanvas) -> QgsGeometry:
    features: list[QgsFeature] = [] if layer is None else list(layer.selectedFeatures())
    found = [QgsGeometry(each.geometry()) for each in features if each.hasGeometry()]
    if not found:
        raise InputError(tr("No polygon is selected: select one on the map, or search everywhere."))
    canvas_crs = canvas.mapSettings().destinationCrs()
    to_map = QgsCoordinateTransform(layer.crs(), canvas_crs, QgsProject.instance())
    united = QgsGeometry.unaryUnion(found)
    try:
        united.transform(to_map)
    except QgsCsException as error:
        words = tr("The polygons of '{0}' lie nowhere on this map ({1}).")
        raise InputError(words.format(layer.name(), error)) from error
    return united


def _drawn(drawn: QgsGeometry | None) -> QgsGeometry:
    if drawn is None or drawn.isEmpty():
        raise InputError(tr("Draw the polygon to search in: click its corners on the map."))
    return drawn
