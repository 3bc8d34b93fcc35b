# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines and areas of QGIS layers as the engine measures them (worker thread)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qgis.core import NULL, QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsWkbTypes

from ...inference.errors import InputError
from ..i18n import tr
from .layer_features import LayerFeatures, geojson_of

if TYPE_CHECKING:
    from ...inference.fracture_numbers.lines import FractureLines
    from ...inference.fracture_numbers.sampling import SamplingArea

_NOBODYS = ("Undefined Cartesian SRS", "Undefined geographic SRS", "Undefined SRS")
"""What a GeoPackage says of layers that have no CRS; QGIS takes it for one in metres or degrees."""
_LINE = QgsWkbTypes.GeometryType.LineGeometry


def known_crs(crs: QgsCoordinateReferenceSystem) -> QgsCoordinateReferenceSystem:
    """The CRS, or an invalid one where it only says that there is none."""
    if any(name in crs.toWkt() for name in _NOBODYS):
        return QgsCoordinateReferenceSystem()
    return crs


def fracture_lines(
    lines: LayerFeatures, crs: QgsCoordinateReferenceSystem, set_field: str
) -> FractureLines:
    """Every part of every feature as a line; curves become segments. Raises InputError for none.

    What the layer of traces says of ends at the border of the image is heeded.
    """
    from rasterio.crs import CRS

    from ...inference.fracture_numbers.lines import FractureLines, ends_cut
    from ...inference.fracture_numbers.set_names import numbered

    index = lines.fields.lookupField(set_field) if set_field else -1
    numbers, set_names = numbered([_text_of(feature, index) for feature in lines.features])
    names = lines.fields.names()
    parts = [
        (points, number, ends_cut(dict(zip(names, feature.attributes()))))
        for feature, number in zip(lines.features, numbers)
        for points in _polylines(feature.geometry())
    ]
    if not parts:
        words = tr("INPUT ('{0}') has no line: draw or select some, or give another layer.")
        raise InputError(words.format(lines.name))
    return FractureLines.of(
        [points for points, _number, _cut in parts],
        crs=CRS.from_wkt(crs.toWkt()) if crs.isValid() else None,
        sets=None if index < 0 else [number for _points, number, _cut in parts],
        set_names=set_names,
        cut=[cut for _points, _number, cut in parts],
    )


def sampling_areas(areas: LayerFeatures, name_field: str) -> tuple[SamplingArea, ...]:
    """A sampling area for each polygon, named by a field or by its number; InputError for none."""
    import numpy as np

    from ...inference.fracture_numbers.sampling import SamplingArea

    index = areas.fields.lookupField(name_field) if name_field else -1
    found = []
    for number, feature in enumerate(areas.features, start=1):
        shape = geojson_of(feature)
        if shape is None:
            continue
        many = shape["type"] == "MultiPolygon"
        polygons = shape["coordinates"] if many else [shape["coordinates"]]
        rings = tuple(
            tuple(np.asarray(ring, float)[:, :2] for ring in polygon) for polygon in polygons
        )
        found.append(SamplingArea(_text_of(feature, index) or str(number), rings))
    if not found:
        words = tr("AREAS ('{0}') has no polygon: draw or select some, or leave it empty.")
        raise InputError(words.format(areas.name))
    return tuple(found)


def _polylines(geometry: QgsGeometry) -> Iterator[list[tuple[float, float]]]:
    if geometry.isNull() or geometry.type() != _LINE:
        return
    straight = QgsGeometry(geometry.constGet().segmentize())
    straight.convertToMultiType()
    for part in straight.asMultiPolyline():
        yield [(point.x(), point.y()) for point in part]


def _text_of(feature: QgsFeature, index: int) -> str:
    """The value of a field in words; '' where there is none."""
    value = None if index < 0 else feature.attribute(index)
    return "" if value is None or value == NULL else str(value).strip()
