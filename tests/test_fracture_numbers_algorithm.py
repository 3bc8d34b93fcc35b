# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fracturenumbers`: known numbers of a drawn network from everywhere, clear refusals."""

from __future__ import annotations

import csv
import json
import math
import subprocess
from pathlib import Path
from typing import Any

import made_fractures as made
import numpy as np
import processing
import pytest
import rasterio
from plugin_helpers import CRS, NORTH, WEST, Listener, polygon_layer
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt

from geosift.plugin.layers.layer_features import read_features
from geosift.plugin.layers.line_features import fracture_lines

ID = "geosift:fracturenumbers"
TOTAL = float(sum(made.LENGTHS))
SQUARE = QgsRectangle(WEST + 10, NORTH - 190, WEST + 250, NORTH - 10)
"""Around all lines: 240 by 180 metres of the map."""
NEAR = 2e-3
"""UTM's metres are not quite those of the ground."""

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def measure(tmp_path: Path) -> Any:
    """Runs the algorithm on the drawn lines; a report is made unless told otherwise."""

    def run(layer: Any = None, **parameters: Any) -> dict[str, Any]:
        given = {"INPUT": made.line_layer() if layer is None else layer}
        return processing.run(ID, {**given, "REPORT": str(tmp_path / "r.json"), **parameters})

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def saved(layer: QgsVectorLayer, path: Path) -> Path:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), QgsCoordinateTransformContext(), options
    )
    return path


def test_the_numbers_are_those_of_the_drawing(measure, tmp_path: Path) -> None:
    result = measure(AREAS=polygon_layer(SQUARE))
    assert result["COUNT"] == 3
    assert result["TOTAL_LENGTH"] == pytest.approx(TOTAL, rel=NEAR)
    assert result["MEAN_LENGTH"] == pytest.approx(TOTAL / 3, rel=NEAR)
    assert result["P20"] == pytest.approx(3 / (240 * 180), rel=NEAR)
    assert result["P21"] == pytest.approx(TOTAL / (240 * 180), rel=NEAR)
    assert (result["I_NODES"], result["Y_NODES"], result["X_NODES"]) == (5, 1, 1)
    assert result["CONNECTIONS"] == pytest.approx((3 + 4) / ((5 + 3 + 4) / 2))
    assert result["BLOCK_COUNT"] == 0
    assert (tmp_path / "r.json").stat().st_size > 0


def test_every_format_gets_the_same_rows(measure, tmp_path: Path) -> None:
    areas = polygon_layer(SQUARE, QgsRectangle(WEST + 10, NORTH - 95, WEST + 125, NORTH - 10))
    plain = measure(AREAS=areas, TABLE=str(tmp_path / "t.csv"))
    rows = rows_of(tmp_path / "t.csv")
    assert len(rows) >= 2
    for place in ("t.gpkg", "t.ods", "memory:"):
        told = measure(AREAS=areas, TABLE=place if place == "memory:" else str(tmp_path / place))[
            "TABLE"
        ]
        layer = told if isinstance(told, QgsVectorLayer) else QgsVectorLayer(told, "t", "ogr")
        p21 = [feature["p21_per_m"] for feature in layer.getFeatures()]
        np.testing.assert_allclose([float(row["p21_per_m"]) for row in rows], p21, rtol=1e-9)
    assert plain["COUNT"] == 3


def test_layers_are_made_in_any_format(measure, tmp_path: Path) -> None:
    """A closed triangle is a block; a grid tells P21, whose mean over the area is that of all."""
    closed = QgsVectorLayer(f"LineString?crs={CRS}", "closed", "memory")
    corners = ((0, 0), (100, 0), (50, 80))
    for (x, y), (to_x, to_y) in zip(corners, (*corners[1:], corners[0])):
        feature = QgsFeature()
        wkt = f"LINESTRING({WEST + x} {NORTH + y}, {WEST + to_x} {NORTH + to_y})"
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        closed.dataProvider().addFeature(feature)
    for ending in ("gpkg", "geojson", "shp"):
        result = measure(
            closed, BLOCKS=str(tmp_path / f"b.{ending}"), NODES=str(tmp_path / f"n.{ending}"),
            GRID=str(tmp_path / "g.tif"), CELL=5, RADIUS=20,
        )  # fmt: skip
        assert result["BLOCK_COUNT"] == 1
        (block,) = QgsVectorLayer(result["BLOCKS"], "b", "ogr").getFeatures()
        area = 100 * 80 / 2
        if ending == "gpkg":  # others are in degrees
            assert block.geometry().area() == pytest.approx(area, rel=NEAR)
        assert QgsVectorLayer(result["NODES"], "n", "ogr").isValid()
    with rasterio.open(tmp_path / "g.tif") as grid:
        assert grid.res == pytest.approx((5, 5), rel=0.1)
        pixels = grid.read(1)
    assert np.nanmax(pixels) > np.nanmin(pixels) >= 0


def test_only_what_is_selected_counts(measure) -> None:
    layer = made.line_layer()
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([1, 2])
    source = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    assert measure(source)["COUNT"] == 2


def test_sets_come_from_a_field_by_number_or_by_name() -> None:
    for told, numbers in (((2, 1, 0), [2, 1, 0]), (("strike", "dip", ""), [2, 1, 0])):
        layer = made.line_layer(sets=told)
        read = read_features(
            _source(layer), crs=layer.crs(),
            transforms=QgsCoordinateTransformContext(), within=None,
        )  # fmt: skip
        lines = fracture_lines(read, layer.crs(), "set")
        assert lines.sets.tolist() == numbers
        assert lines.set_names == (("dip", "strike") if "dip" in told else ())


def test_ends_at_the_border_of_an_image_are_those_traces_tell() -> None:
    """So that the same layer has the same numbers here and on the command line."""
    told = [(0, 0), (1, 0), (0, 1), (1, 1), (None, None)]
    fields = "&field=cut_1:integer&field=cut_2:integer"
    layer = QgsVectorLayer(f"LineString?crs={CRS}{fields}", "traces", "memory")
    for row, values in enumerate(told):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(f"LINESTRING(0 {row}, 9 {row})"))
        feature.setAttributes(list(values))
        layer.dataProvider().addFeature(feature)
    read = read_features(
        _source(layer), crs=layer.crs(),
        transforms=QgsCoordinateTransformContext(), within=None,
    )  # fmt: skip
    cut = fracture_lines(read, layer.crs(), "set").cut.tolist()
    assert cut == [[False, False], [True, False], [False, True], [True, True], [False, False]]


def _source(layer: QgsVectorLayer) -> Any:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    return algorithm.parameterAsSource({"INPUT": layer}, "INPUT", QgsProcessingContext())


def test_lines_without_crs_are_pixels_or_metres_by_a_scale(measure) -> None:
    layer = QgsVectorLayer("LineString", "drawn", "memory")
    layer.setCrs(QgsCoordinateReferenceSystem())
    for feature in made.line_layer().getFeatures():
        layer.dataProvider().addFeature(feature)
    plain, scaled = measure(layer), measure(layer, PIXEL_SIZE=0.5)
    assert plain["TOTAL_LENGTH"] == pytest.approx(TOTAL)
    assert scaled["TOTAL_LENGTH"] == pytest.approx(TOTAL / 2)
    assert scaled["P21"] == pytest.approx(2 * plain["P21"])


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_traces_of_a_photograph_are_pixels_until_a_scale_is_given(measure, tmp_path: Path) -> None:
    """A GeoPackage has no word for no CRS, and QGIS takes what it says for metres."""
    card = made.network(tmp_path)
    photo = made.image(tmp_path / "photo.tif", crs=None, transform=None)
    given = {"INPUT": str(photo), "MODEL": str(card.path), "OUTPUT": str(tmp_path / "t.gpkg")}
    processing.run("geosift:traces", given)
    measure(str(tmp_path / "t.gpkg"), TABLE=str(tmp_path / "pixels.csv"))
    assert "p21_per_px" in rows_of(tmp_path / "pixels.csv")[0]
    outline = polygon_layer(QgsRectangle(0, -200, 260, 0), crs="EPSG:4326")
    measure(str(tmp_path / "t.gpkg"), AREAS=outline, PIXEL_SIZE=2, TABLE=str(tmp_path / "m.csv"))
    (row,) = rows_of(tmp_path / "m.csv")[-1:]
    assert float(row["area_m2"]) == pytest.approx(4 * 200 * 260)


def test_pixels_that_pass_for_degrees_are_told(measure) -> None:
    layer = QgsVectorLayer("LineString?crs=EPSG:4326", "drawn", "memory")
    for feature in made.line_layer().getFeatures():
        layer.dataProvider().addFeature(feature)
    with pytest.raises(QgsProcessingException, match="The coordinates are no degrees"):
        measure(layer)


def test_degrees_are_measured_on_the_ground(measure) -> None:
    reprojected = processing.run(
        "native:reprojectlayer",
        {"INPUT": made.line_layer(), "TARGET_CRS": "EPSG:4326", "OUTPUT": "memory:"},
    )["OUTPUT"]
    assert measure(reprojected)["TOTAL_LENGTH"] == pytest.approx(TOTAL, rel=NEAR)


def test_traces_of_a_run_are_measured_as_it_told(measure, tmp_path: Path) -> None:
    """From an image to numbers: both algorithms say the same of the same lines."""
    card = made.network(tmp_path)
    image = made.image(tmp_path / "rock.tif")
    given = {"INPUT": str(image), "MODEL": str(card.path), "OUTPUT": str(tmp_path / "t.gpkg")}
    traced = processing.run("geosift:traces", given)
    outline = polygon_layer(QgsRectangle(WEST, NORTH - 200, WEST + 260, NORTH))
    counted = measure(str(tmp_path / "t.gpkg"), AREAS=outline)
    assert counted["COUNT"] == traced["COUNT"] == 3
    assert counted["TOTAL_LENGTH"] == pytest.approx(traced["TOTAL_LENGTH"], rel=NEAR)
    assert counted["P21"] == pytest.approx(traced["P21"], rel=NEAR)
    assert (counted["I_NODES"], counted["Y_NODES"], counted["X_NODES"]) == (5, 1, 1)


def test_what_is_loaded_is_styled_and_filed(qgis_new_project: None, tmp_path: Path) -> None:
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    endings = {"GRID": "tif", "BLOCKS": "gpkg", "NODES": "gpkg", "TABLE": "gpkg"}
    places = {
        name: QgsProcessingOutputLayerDefinition(
            str(tmp_path / f"{name}.{ending}"), context.project()
        )
        for name, ending in endings.items()
    }
    result = processing.run(ID, {"INPUT": made.line_layer(), **places}, context=context)
    names = {context.layerToLoadOnCompletionDetails(result[name]).name for name in endings}
    assert names == {
        "drawn, intensity", "drawn, blocks", "drawn, nodes", "drawn, numbers of fractures"
    }  # fmt: skip
    details = context.layerToLoadOnCompletionDetails(result["BLOCKS"])
    blocks = QgsVectorLayer(result["BLOCKS"], "blocks", "ogr")
    details.postProcessor().postProcessLayer(blocks, context, Listener())
    fills = [each.symbol().symbolLayer(0).brushStyle() for each in blocks.renderer().categories()]
    assert [each.value() for each in blocks.renderer().categories()] == [0, 1]
    assert fills == [Qt.BrushStyle.SolidPattern, Qt.BrushStyle.NoBrush]


def test_clear_refusals(measure, tmp_path: Path) -> None:
    polygons = polygon_layer(SQUARE)
    empty = QgsVectorLayer(f"LineString?crs={CRS}", "nothing", "memory")
    elsewhere = polygon_layer(QgsRectangle(WEST + 9000, NORTH, WEST + 9100, NORTH + 100))
    for given, words in (
        ({"INPUT": polygons}, "INPUT 'mask' has the geometry type polygon: give a layer of lines"),
        ({"INPUT": empty}, "INPUT 'nothing' is empty"),
        ({"INPUT": ""}, "INPUT is missing"),
        ({"INPUT": str(tmp_path / "none.gpkg")}, "not a layer of lines that can be read"),
        ({"AREAS": made.line_layer()}, "AREAS 'drawn' has the geometry type line"),
        ({"AREAS": elsewhere}, "No line lies in the sampling areas"),
        ({"SET_FIELD": "sett"}, "SET_FIELD 'sett' is no field of INPUT; there is: none"),
        ({"AREA_FIELD": "name"}, "AREA_FIELD is 'name', but there is no AREAS"),
        ({"AREAS": polygons, "AREA_FIELD": "name"}, "AREA_FIELD 'name' is no field of AREAS"),
        ({"PIXEL_SIZE": -1}, "PIXEL_SIZE is a number, at least"),
        ({"CELL": 0}, "CELL is a number, at least"),
        ({"REPORT": ""}, "Nothing is to be written"),
        ({"GRID": str(tmp_path / "g.png")}, "GRID needs a file name ending in .tif"),
        ({"NODES": str(tmp_path / "none" / "n.gpkg")}, "no such folder"),
    ):
        with pytest.raises(QgsProcessingException, match=words):
            measure(**{"layer": given.pop("INPUT", None), **given})
    assert not list(tmp_path.iterdir())


def test_the_layer_that_is_measured_is_not_written_over(measure, tmp_path: Path) -> None:
    path = saved(made.line_layer(), tmp_path / "lines.gpkg")
    with pytest.raises(QgsProcessingException, match="same file as INPUT"):
        measure(str(path), TABLE=str(path))


def test_what_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    listener = Listener()
    listener.cancel()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(ID)
    given = {
        "INPUT": made.line_layer(), "REPORT": str(tmp_path / "r.html"),
        "NODES": str(tmp_path / "n.shp"), "GRID": str(tmp_path / "g.tif"),
    }  # fmt: skip
    _results, fine = algorithm.run(given, QgsProcessingContext(), listener)
    assert not fine
    assert not list(tmp_path.iterdir())


def test_from_the_command_line_of_qgis(qgis_process: list[str], tmp_path: Path) -> None:
    lines = saved(made.line_layer(), tmp_path / "lines.gpkg")
    areas = saved(polygon_layer(SQUARE), tmp_path / "areas.gpkg")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*qgis_process, "--json", "run", ID, "--", *words]
        return subprocess.run(command, capture_output=True, text=True)

    table = tmp_path / "t.csv"
    refused = run(f"INPUT={areas}", f"TABLE={table}")
    assert refused.returncode == 1
    assert "give a layer of lines" in refused.stderr + refused.stdout
    assert not table.exists()
    done = run(f"INPUT={lines}", f"AREAS={areas}", f"TABLE={table}")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["results"]
    assert math.isclose(told["P21"], TOTAL / (240 * 180), rel_tol=NEAR)
    assert float(rows_of(table)[-1]["p21_per_m"]) == pytest.approx(told["P21"])
