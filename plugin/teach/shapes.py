# SPDX-License-Identifier: GPL-2.0-or-later
"""Between the geometries of QGIS and the shapes of labels, which are mappings as in GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qgis.core import QgsGeometry, QgsPointXY, QgsWkbTypes

from ..map_tool.kinds import KINDS, LINE, POINT, POLYGON

_LEAST = {POINT: 1, LINE: 2, POLYGON: 3}
"""Points that each kind takes."""


def kind_of(shape: Mapping[str, Any]) -> str:
    """Which of KINDS a shape is, or is several of."""
    return str(shape["type"]).replace("Multi", "")


def shape_of(kind: str, points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """A shape through these points (x, y); with too few for its kind, the next simpler one."""
    while len(points) < _LEAST[kind]:
        kind = KINDS[KINDS.index(kind) - 1]
    places = [[float(x), float(y)] for x, y in points]
    if kind == POINT:
        return {"type": kind, "coordinates": places[0]}
    if kind == LINE:
        return {"type": kind, "coordinates": places}
    return {"type": kind, "coordinates": [[*places, places[0]]]}


def shape_from(geometry: QgsGeometry) -> dict[str, Any] | None:
    """The shape of what somebody drew with QGIS's own tools; None where that is empty."""
    if geometry.isNull() or geometry.isEmpty():
        return None
    if QgsWkbTypes.isCurvedType(geometry.wkbType()):
        geometry = QgsGeometry(geometry.constGet().segmentize())
    parts = [_part(part) for part in geometry.asGeometryCollection() or [geometry]]
    kind = QgsWkbTypes.displayString(QgsWkbTypes.flatType(geometry.wkbType())).replace("Multi", "")
    if kind not in KINDS:
        return None
    if len(parts) == 1:
        return {"type": kind, "coordinates": parts[0]}
    return {"type": f"Multi{kind}", "coordinates": parts}


def geometry_of(shape: Mapping[str, Any]) -> QgsGeometry:
    """The shape as QGIS draws it."""
    places = shape["coordinates"]
    makers = {
        "Point": lambda at: QgsGeometry.fromPointXY(_place(at)),
        "LineString": lambda line: QgsGeometry.fromPolylineXY(_line(line)),
        "Polygon": lambda rings: QgsGeometry.fromPolygonXY([_line(ring) for ring in rings]),
        "MultiPoint": lambda points: QgsGeometry.fromMultiPointXY(_line(points)),
        "MultiLineString": lambda lines: QgsGeometry.fromMultiPolylineXY(
            [_line(line) for line in lines]
        ),
        "MultiPolygon": lambda polygons: QgsGeometry.fromMultiPolygonXY(
            [[_line(ring) for ring in rings] for rings in polygons]
        ),
    }
    return makers[str(shape["type"])](places)


def identity(shape: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same for shapes that are alike, be they several of a kind of which there is but one."""
    places, is_many = shape["coordinates"], str(shape["type"]).startswith("Multi")
    return kind_of(shape), _frozen(places if is_many else [places])


def _frozen(places: Any) -> Any:
    if isinstance(places, (list, tuple)):
        return tuple(_frozen(each) for each in places)
    return float(places)


def _part(geometry: QgsGeometry) -> Any:
    """The coordinates of a point, a line or a polygon, to the last digit."""
    kind = geometry.type()
    if kind == QgsWkbTypes.GeometryType.PointGeometry:
        return _numbers(geometry.asPoint())
    if kind == QgsWkbTypes.GeometryType.LineGeometry:
        return [_numbers(point) for point in geometry.asPolyline()]
    return [[_numbers(point) for point in ring] for ring in geometry.asPolygon()]


def _numbers(point: QgsPointXY) -> list[float]:
    return [point.x(), point.y()]


def _place(at: Sequence[float]) -> QgsPointXY:
    return QgsPointXY(at[0], at[1])


def _line(points: Sequence[Sequence[float]]) -> list[QgsPointXY]:
    return [_place(at) for at in points]
