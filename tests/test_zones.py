# SPDX-License-Identifier: GPL-2.0-or-later
"""Attributes of zones come through as QGIS itself writes them; odd polygons are mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networks
import processing
import pytest
from plugin_helpers import CRS, box, patchwork, write_raster
from qgis.core import (
    NULL,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QByteArray, QDate, QDateTime, QTime

from geosift.plugin.layers.layer_features import read_features
from geosift.plugin.layers.zones import Zones, zones_of

pytestmark = pytest.mark.usefixtures("provider")

VALUES: dict[str, tuple[str, Any]] = {
    "whole": ("integer", 7),
    "large": ("int8", 2**40),
    "real": ("double", 2.5),
    "text": ("string", "Zürich; 'quoted' \"twice\""),
    "yes": ("boolean", True),
    "day": ("date", QDate(2024, 2, 29)),
    "moment": ("datetime", QDateTime(QDate(2024, 2, 29), QTime(12, 34, 56))),
    "bytes": ("binary", QByteArray(b"\x00\x01")),
}


def layer_of(*features: tuple[QgsGeometry, list[Any]], fields: str = "", crs: str = CRS) -> Any:
    layer = QgsVectorLayer(f"MultiPolygon?crs={crs}{fields}", "zones", "memory")
    for geometry, values in features:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(geometry)
        feature.setAttributes(values)
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def zones_in(layer: QgsVectorLayer, crs: str = CRS) -> Zones:
    source = QgsProcessingFeatureSource(layer, QgsProcessingContext())
    transforms = QgsProject.instance().transformContext()
    place = QgsCoordinateReferenceSystem(crs)
    return zones_of(read_features(source, crs=place, transforms=transforms, within=None))


@pytest.fixture
def typed() -> QgsVectorLayer:
    """One zone with a value of every type, one with none."""
    fields = "".join(f"&field={name}:{kind}" for name, (kind, _) in VALUES.items())
    values = [value for _, value in VALUES.values()]
    square = QgsGeometry.fromRect(box(0, 0, 90, 90))
    return layer_of((square, values), (square, [NULL] * len(values)), fields=fields)


def test_attributes_come_through_as_qgis_writes_them(typed, tmp_path: Path) -> None:
    scene = write_raster(tmp_path / "scene.tif", patchwork(96, 96))
    model = networks.classifier(tmp_path)
    given = {"INPUT": str(scene), "MODEL": str(model.path), "ZONES": typed}
    answer = processing.run("geosift:classify", {**given, "OUTPUT": str(tmp_path / "o.gpkg")})
    ours = QgsVectorLayer(answer["OUTPUT"], "ours", "ogr")
    saved = {"INPUT": typed, "OUTPUT": str(tmp_path / "qgis.gpkg")}
    qgis = QgsVectorLayer(processing.run("native:savefeatures", saved)["OUTPUT"], "qgis", "ogr")
    for name in VALUES:
        types = [layer.fields().field(name).type() for layer in (ours, qgis)]
        assert types[0] == types[1], name
        assert [row[name] for row in ours.getFeatures()] == [
            row[name] for row in qgis.getFeatures()
        ], name


def test_numbers_a_database_has_no_room_for_are_text() -> None:
    square = QgsGeometry.fromRect(box(0, 0, 9, 9))
    layer = layer_of((square, [float("inf"), "x"]), fields="&field=a:double&field=b:string")
    assert zones_in(layer).each[0][1] == (None, "x")


def test_outlines_that_cross_themselves_are_repaired() -> None:
    bow = QgsGeometry.fromWkt("MultiPolygon (((0 0, 10 10, 10 0, 0 10, 0 0)))")
    ((geometry, _values),) = zones_in(layer_of((bow, []))).each
    assert geometry["type"] == "MultiPolygon"
    assert len(geometry["coordinates"]) == 2


def test_curves_become_segments() -> None:
    curve = QgsGeometry.fromWkt("CurvePolygonZ (CircularStringZ (0 0 5, 10 0 5, 0 0 5))")
    ((geometry, _values),) = zones_in(layer_of((curve, []))).each
    ring = geometry["coordinates"][0]
    ring = ring[0] if geometry["type"] == "MultiPolygon" else ring
    assert len(ring) > 20


def test_a_zone_where_the_crs_ends_is_left_out_and_counted() -> None:
    """The pole has no place in Web Mercator."""
    pole = QgsGeometry.fromWkt("MultiPolygon (((0 89, 9 89, 9 91, 0 91, 0 89)))")
    fine = QgsGeometry.fromWkt("MultiPolygon (((0 0, 9 0, 9 9, 0 9, 0 0)))")
    zones = zones_in(layer_of((pole, []), (fine, []), crs="EPSG:4326"), crs="EPSG:3857")
    assert (len(zones.each), zones.left_out) == (1, 1)
