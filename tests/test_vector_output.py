# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector results in any format: whole and with the rasters, or nothing at all."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import networks
import processing
import pytest
from made_rasters import noise
from plugin_helpers import write_raster
from qgis.core import (
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from small_disk import small_disk

from geosift.inference.errors import Cancelled, OutputError
from geosift.inference.runs.areas import ClassArea
from geosift.inference.runs.partial_file import PartialFiles
from geosift.plugin.results.area_table import area_layer
from geosift.plugin.results.vector_output import VectorFile, is_vector_file

RESULT = SimpleNamespace(
    areas=tuple(
        ClassArea(number, f"class {number}", "#000000", 1000 + number, 0.5 * number, 1 / 7)
        for number in range(7)
    )
)


def areas_file(path: Path) -> VectorFile:
    return VectorFile(
        "AREAS", str(path), area_layer, geometry="NoGeometry",
        context=QgsProcessingContext(), feedback=QgsProcessingFeedback(),
    )  # fmt: skip


def polygons_file(
    path: Path, layer: QgsVectorLayer, feedback: QgsProcessingFeedback | None = None
) -> VectorFile:
    return VectorFile(
        "POLYGONS", str(path), lambda *_: layer, geometry="Polygon",
        context=QgsProcessingContext(), feedback=feedback or QgsProcessingFeedback(),
    )  # fmt: skip


pytestmark = pytest.mark.usefixtures("provider")


@pytest.mark.parametrize("ending", ["csv", "geojson", "json", "gpkg", "ods", "xlsx", "gml", "tab"])
def test_a_table_is_whole_or_refused_wherever_the_disk_fills(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"areas.{ending}"
    whole = areas_file(path)
    whole.make(RESULT, None)
    largest = max(file.stat().st_size for file in next(tmp_path.iterdir()).iterdir())
    whole.commit()
    rows = list(QgsVectorLayer(str(path), "made", "ogr").getFeatures())
    assert [int(row["pixels"]) for row in rows] == [area.pixels for area in RESULT.areas]
    files = sorted(tmp_path.iterdir())
    refused = 0
    for limit in (0, 10, largest // 2, largest - 20, largest + 5000):
        table = areas_file(path)
        try:
            with small_disk(limit):
                table.make(RESULT, None)
        except OutputError as error:
            refused += 1
            assert "AREAS" in str(error) and str(path) in str(error)
        table.discard()
        assert sorted(tmp_path.iterdir()) == files
    assert refused >= 3


def test_polygons_for_which_there_is_no_room_take_the_rasters_with_them(tmp_path: Path) -> None:
    """GeoJSON is larger than all else: every limit between strikes after the rasters are made."""
    scene = write_raster(tmp_path / "scene.tif", noise(3, 64, 96, high=255))
    model = networks.levels(tmp_path, tile=64, halo=8, ring=2, fade=4).path
    folders = {name: tmp_path / name for name in ("whole", "full")}
    for folder in folders.values():
        folder.mkdir()

    def segment(folder: Path) -> None:
        names = {"OUTPUT": "c.tif", "CONFIDENCE": "s.tif", "POLYGONS": "p.geojson"}
        places = {name: str(folder / file) for name, file in names.items()}
        extra = {"AREAS": str(folder / "a.csv"), "REPORT": str(folder / "r.json")}
        given = {"INPUT": str(scene), "MODEL": str(model), **places, **extra}
        processing.run("geosift:segment", given)

    segment(folders["whole"])
    sizes = {path.name: path.stat().st_size for path in folders["whole"].iterdir()}
    assert sorted(sizes) == ["a.csv", "c.tif", "c.tif.aux.xml", "p.geojson", "r.json", "s.tif"]
    for limit in (sizes["p.geojson"] - 10, sizes["p.geojson"] - 3000):
        with small_disk(limit), pytest.raises(QgsProcessingException, match="POLYGONS"):
            segment(folders["full"])
        assert list(folders["full"].iterdir()) == []


def test_a_run_that_fails_early_leaves_no_folder_of_its_vector_files(tmp_path: Path) -> None:
    """A raster that was cut short is found out after the outputs were looked at."""
    scene = write_raster(tmp_path / "scene.tif", noise(3, 64, 96, high=255))
    scene.write_bytes(scene.read_bytes()[:-4000])
    model = networks.levels(tmp_path, tile=64, halo=8, ring=2, fade=4).path
    (tmp_path / "out").mkdir()
    names = {"OUTPUT": "c.tif", "POLYGONS": "p.geojson", "AREAS": "a.csv"}
    places = {name: str(tmp_path / "out" / file) for name, file in names.items()}
    with pytest.raises(QgsProcessingException, match="damaged"):
        processing.run("geosift:segment", {"INPUT": str(scene), "MODEL": str(model), **places})
    assert list((tmp_path / "out").iterdir()) == []


def test_a_shapefile_written_anew_loses_the_index_of_the_old_one(tmp_path: Path) -> None:
    layer = QgsVectorLayer("Point?field=number:integer", "points", "memory")
    for name in ("old.qix", "areas.qix", "areas.shp"):
        (tmp_path / name).write_bytes(b"old")
    file = polygons_file(tmp_path / "areas.shp", layer)
    file.make(RESULT, None)
    assert (tmp_path / "areas.shp").read_bytes() == b"old"
    file.commit()
    names = {path.name for path in tmp_path.iterdir()}
    assert {"areas.shp", "areas.dbf", "areas.shx", "old.qix"} <= names
    assert "areas.qix" not in names
    assert QgsVectorLayer(str(tmp_path / "areas.shp"), "made", "ogr").isValid()


@pytest.mark.parametrize("ending", ["dxf", "gpx", "dgn", "ili", "sql"])
def test_a_format_that_takes_no_such_layer_is_refused_before_the_work(
    ending: str, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"POLYGONS.*does not take it.*\.gpkg"):
        polygons_file(tmp_path / f"p.{ending}", QgsVectorLayer())
    assert list(tmp_path.iterdir()) == []


def test_cancel_is_heard_while_polygons_are_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback = QgsProcessingFeedback()
    layer = QgsVectorLayer("Polygon?field=pixels:integer", "polygons", "memory")
    layer.dataProvider().addFeatures([QgsFeature(layer.fields()) for _ in range(9)])
    file, write = (
        polygons_file(tmp_path / "p.geojson", layer, feedback),
        QgsVectorFileWriter.writeAsVectorFormatV3,
    )

    def write_and_cancel(*arguments: object) -> tuple:
        feedback.cancel()
        return write(*arguments)

    monkeypatch.setattr(QgsVectorFileWriter, "writeAsVectorFormatV3", write_and_cancel)
    with pytest.raises(Cancelled):
        file.make(RESULT, None)
    file.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("destination", "is_file"),
    [
        ("a.shp", True), ("/tmp/a.GeoJSON", True), ("C:/a.csv", True), ("a", False),
        ("memory:a.shp", False), ("a.tif", False), ("ogr:dbname='a.gpkg' table=\"b\"", False),
        ("postgres://dbname='x' table=\"y.csv", False),
    ],
)  # fmt: skip
def test_what_is_a_file_of_one_layer(destination: str, is_file: bool) -> None:
    assert is_vector_file(destination) == is_file


def test_what_a_killed_run_left_is_removed_a_day_later(tmp_path: Path) -> None:
    left = PartialFiles(tmp_path / "p.shp")
    left.partial.write_bytes(b"half")
    folder = left.partial.parent
    PartialFiles(tmp_path / "p.shp").discard()
    assert folder.is_dir()
    yesterday = time.time() - 25 * 3600
    os.utime(folder, (yesterday, yesterday))
    PartialFiles(tmp_path / "p.shp").discard()
    assert list(tmp_path.iterdir()) == []
