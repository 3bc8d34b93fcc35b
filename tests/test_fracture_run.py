# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole runs, files to files: what is read, what is written, what is refused, and cancelling."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from drawn_networks import GRID, LADDER, box, by_chance
from osgeo import ogr, osr

from geosift.inference.__main__ import main
from geosift.inference.errors import Cancelled, InputError, OutputError
from geosift.inference.fracture_numbers.in_words import in_words
from geosift.inference.fracture_numbers.intensity_grid import BANDS
from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.reading import read_areas, read_lines
from geosift.inference.fracture_numbers.run import FractureNumbersJob, run_fracture_numbers
from geosift.inference.vector.wkb import shapes_in

ORIGIN = np.array([500_000.0, 5_000_000.0])


def write(
    path: Path, kind: str, shapes: list[str], *, code: int | None = 32632, **fields: list
) -> Path:
    """A GeoPackage by OGR, of WKT shapes, as QGIS would write it."""
    srs = None
    if code is not None:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(code)
    driver = "GPKG" if path.suffix == ".gpkg" else "GeoJSON"
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = dataset.CreateLayer("drawn", srs, getattr(ogr, f"wkb{kind}"))
    for name, values in fields.items():
        number = all(isinstance(each, int) for each in values)
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTInteger if number else ogr.OFTString))
    for index, shape in enumerate(shapes):
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, values in fields.items():
            feature.SetField(name, values[index])
        feature.SetGeometry(ogr.CreateGeometryFromWkt(shape) if shape else None)
        layer.CreateFeature(feature)
    return path


def wkt(points: Any) -> str:
    return "(" + ", ".join(f"{x!r} {y!r}" for x, y in np.asarray(points, float).tolist()) + ")"


def line_wkts(lines: Any) -> list[str]:
    return [f"LINESTRING {wkt(np.asarray(line, float) + ORIGIN)}" for line in lines]


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    return write(tmp_path / "lines.gpkg", "LineString", line_wkts(by_chance(0)))


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    rings = [f"POLYGON ({wkt(box(x, 0, x + 50, 100) + ORIGIN)})" for x in (0, 50)]
    return write(tmp_path / "squares.gpkg", "Polygon", rings, name=["west", "east"])


def all_files(folder: Path) -> dict[str, Path]:
    names = {"table": "t.csv", "report": "r.html", "grid": "g.tif", "blocks": "b.gpkg"}
    return {**{name: folder / file for name, file in names.items()}, "nodes": folder / "n.gpkg"}


def test_a_whole_run(tmp_path: Path, drawn: Path, squares: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    told: list[float] = []
    files = all_files(out)
    job = FractureNumbersJob(drawn, squares, **files)
    result = run_fracture_numbers(job, progress=told.append)
    assert sorted(path.name for path in out.iterdir()) == [
        "b.gpkg", "g.tif", "n.gpkg", "r.html", "t.csv",
    ]  # fmt: skip
    assert told == sorted(told)
    assert told[-1] == 100
    numbers = result.numbers
    with files["table"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["area"] for row in rows] == ["west", "east", "all areas"]
    assert float(rows[-1]["p21_per_m"]) == pytest.approx(numbers.p21, rel=1e-8)
    assert sum(float(row["length_m"]) for row in rows[:2]) == pytest.approx(
        numbers.total_length, rel=1e-8
    )
    with rasterio.open(files["grid"]) as raster:
        assert raster.descriptions == BANDS
        assert raster.crs.to_epsg() == 32632
        assert np.isnan(raster.nodata)
        p21, share = raster.read(1), raster.read(5)
        np.testing.assert_array_equal(p21, result.study.grid.values[0])
        assert np.nanmax(share) <= 1.0001
    _check_layers(files, result)
    assert "west" in files["report"].read_text(encoding="utf-8")


def _check_layers(files: dict[str, Path], result: Any) -> None:
    blocks_file, nodes_file = (ogr.Open(str(files[name])) for name in ("blocks", "nodes"))
    blocks, nodes = blocks_file.GetLayer("blocks"), nodes_file.GetLayer("nodes")
    found = [(each.GetField("area_m2"), each.GetField("edge"), each.geometry().Area(),
              each.geometry().IsValid()) for each in blocks]  # fmt: skip
    assert sum(edge == 0 for _, edge, _, _ in found) == result.numbers.blocks
    for area, _, on_map, valid in found:
        assert valid
        assert area == pytest.approx(on_map, rel=2e-3, abs=1e-3)  # the projection's own scale
    kinds = [each.GetField("kind") for each in nodes]
    network = result.study.network
    assert kinds.count("X") == int((network.kind == 4).sum())
    assert kinds.count("I") == int((network.kind == 1).sum())


def test_the_report_may_be_json_and_layers_may_share_a_file(tmp_path: Path, drawn: Path) -> None:
    both, report = tmp_path / "both.gpkg", tmp_path / "r.json"
    run_fracture_numbers(FractureNumbersJob(drawn, blocks=both, nodes=both, report=report))
    made = ogr.Open(str(both))
    assert [made.GetLayer(index).GetName() for index in range(2)] == ["blocks", "nodes"]
    told = json.loads(report.read_text("utf-8"))
    assert told["unit"] == "m"
    assert told["whole"]["topology"]["connections_per_branch"] > 0
    assert told["timings"]["total"] > 0


@pytest.mark.parametrize("stop_at", [0, 1, 5, 20, 60])
def test_a_cancelled_run_leaves_nothing(
    tmp_path: Path, drawn: Path, squares: Path, stop_at: int
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    asked = iter(range(10**6))
    with pytest.raises(Cancelled):
        run_fracture_numbers(
            FractureNumbersJob(drawn, squares, **all_files(out)),
            cancelled=lambda: next(asked) >= stop_at,
        )
    assert list(out.iterdir()) == []


def test_a_failed_run_leaves_nothing(tmp_path: Path, drawn: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    one = write(tmp_path / "one.gpkg", "LineString", line_wkts([((0, 0), (5, 5))]))
    with pytest.raises(InputError, match="span no area"):
        run_fracture_numbers(FractureNumbersJob(one, **all_files(out)))
    assert list(out.iterdir()) == []
    with pytest.raises(OutputError):
        run_fracture_numbers(FractureNumbersJob(drawn, table=out / "none" / "t.csv"))


def test_companions_get_both_layers_and_the_study(tmp_path: Path, drawn: Path) -> None:
    seen: dict[str, Any] = {}

    class Companion:
        def make(self, result: Any, polygons: Path | None) -> None:
            made = ogr.Open(str(polygons))
            seen["layers"] = [made.GetLayer(index).GetName() for index in range(2)]
            seen["p21"] = result.numbers.p21

        def commit(self) -> None:
            seen["committed"] = True

        def discard(self) -> None:
            seen["discarded"] = True

    result = run_fracture_numbers(FractureNumbersJob(drawn), companions=(Companion(),))
    assert seen["layers"] == ["blocks", "nodes"]
    assert seen["p21"] == result.numbers.p21
    assert seen["committed"]


def test_every_way_to_say_the_same_lines_says_the_same(tmp_path: Path) -> None:
    shapes = line_wkts(LADDER)
    many = [f"MULTILINESTRING ({', '.join(each[11:] for each in shapes)})"]
    deep = [each.replace("LINESTRING", "LINESTRING Z").replace(",", " 7,").replace(")", " 7)")
            for each in shapes]  # fmt: skip
    files = (
        write(tmp_path / "a.gpkg", "LineString", shapes),
        write(tmp_path / "b.gpkg", "MultiLineString", many),
        write(tmp_path / "c.gpkg", "LineString25D", deep),
        write(tmp_path / "d.gpkg", "Unknown", [*shapes, "", f"POINT {wkt([ORIGIN])}"]),
        write(tmp_path / "e.geojson", "LineString", shapes),
    )
    first = read_lines(files[0])
    for file in files[1:]:
        found = read_lines(file)
        np.testing.assert_allclose(found.points, first.points, atol=1e-6)
        assert found.starts.tolist() == first.starts.tolist()
        assert found.crs == first.crs
    assert "no line was left out: 1 of other shapes" in read_lines(files[3]).left_out[0]


def test_sets_and_borders_of_traces_are_heeded(tmp_path: Path) -> None:
    path = write(
        tmp_path / "traces.gpkg", "LineString", line_wkts(LADDER), set=[1, 2, 1, 1, 0],
        cut_1=[0, 1, 1, 0, 0], cut_2=[0, 0, 1, 1, 0],
    )  # fmt: skip
    found = read_lines(path)
    assert found.sets.tolist() == [1, 2, 1, 1, 0]
    assert found.cut.tolist() == [
        [False, False], [True, False], [True, True], [False, True], [False, False],
    ]  # fmt: skip


def test_sets_that_have_names_are_called_by_them(tmp_path: Path) -> None:
    names = ["bedding", "<joint>", "bedding", "", "2"]
    path = write(tmp_path / "named.gpkg", "LineString", line_wkts(LADDER), set=names)
    lines = read_lines(path)
    assert lines.sets.tolist() == [3, 2, 3, 0, 1]
    report = tmp_path / "named.html"
    told = run_fracture_numbers(FractureNumbersJob(lines=lines, report=report)).numbers
    assert {each.name for each in told.sets} == {"2", "<joint>", "bedding", "no set"}
    assert any(line.startswith("bedding") for line in in_words(told))
    page = report.read_text(encoding="utf-8")
    assert "&lt;joint&gt;" in page and "<joint>" not in page and "set 3" not in page


def test_areas_come_to_the_coordinates_of_the_lines(tmp_path: Path, drawn: Path) -> None:
    lines = read_lines(drawn)
    ring = box(0, 0, 100, 100) + ORIGIN
    xs, ys = rasterio.warp.transform("EPSG:32632", "EPSG:4326", *ring.T)
    shape = {"type": "Polygon", "coordinates": [list(zip(xs, ys))]}
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {"id": 7}, "geometry": shape}))
    (found,) = read_areas(path, lines.crs)
    assert found.name == "7"
    np.testing.assert_allclose(found.polygons[0][0], ring, atol=1e-3)
    with pytest.raises(InputError, match="only one of them says"):
        read_areas(path, None)


def test_geojson_in_pixels_is_known_by_its_numbers(tmp_path: Path) -> None:
    lines = [np.array(line, float) * 100 for line in GRID]
    shapes = [{"type": "LineString", "coordinates": line.tolist()} for line in lines]
    path = tmp_path / "pixels.geojson"
    path.write_text(json.dumps({"type": "GeometryCollection", "geometries": shapes}))
    assert read_lines(path).crs is None
    result = run_fracture_numbers(FractureNumbersJob(path, scale=0.01))
    assert (result.numbers.unit, result.numbers.total_length) == ("m", pytest.approx(60))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[1, 2]", "no line"),
        (b'{"type": "FeatureCollection", "features": []}', "no feature"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "1 of other shapes"),
        (b'{"type": "LineString", "coordinates": [["a", 2], [3, 4]]}', "no numbers"),
        (b'{"type": "LineString", "coordinates": 5}', "no numbers"),
        (b'{"type": "LineString", "coordinates": [[1, 1], [1, 1]]}', "no line to measure"),
        (b"SQLite format 3\x00" + b"\x00" * 90, "cannot be read"),
        (b"\x00\x00\x27\x0a" + b"\x00" * 96, "no GeoPackage and no GeoJSON"),  # a shapefile
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "lines.geojson"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_lines(path)


def test_a_wrong_layer_is_named(tmp_path: Path, drawn: Path, squares: Path) -> None:
    with pytest.raises(InputError, match="no layer 'x'; it has: drawn"):
        read_lines(drawn, layer="x")
    with pytest.raises(InputError, match="no layer of lines"):
        read_lines(squares)
    with pytest.raises(InputError, match="no layer of polygons"):
        read_areas(drawn, None)
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / "none.gpkg")


def test_curves_are_refused(tmp_path: Path) -> None:
    curve = "COMPOUNDCURVE (CIRCULARSTRING (0 0, 1 1, 2 0))"
    path = write(tmp_path / "c.gpkg", "CompoundCurve", [curve])
    with pytest.raises(InputError, match="curves"):
        read_lines(path)


def test_broken_binary_is_a_value_error() -> None:
    whole = ogr.CreateGeometryFromWkt("LINESTRING (0 0, 1 1, 5 5)").ExportToWkb()
    assert shapes_in(bytes(whole)).lines[0].tolist() == [[0, 0], [1, 1], [5, 5]]
    for end in range(1, len(whole)):
        with pytest.raises((ValueError, IndexError)):
            shapes_in(bytes(whole[:end]))
    nested = struct.pack("<BII", 1, 7, 1) * 20
    with pytest.raises(ValueError, match="nested"):
        shapes_in(nested)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"snap": -1.0}, "snapping distance"),
        ({"scale": 0.0}, "scale is metres"),
        ({"cell": 0.0}, "cell of the grid"),
        ({"radius": float("nan")}, "radius of the grid"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict, words: str) -> None:
    lines = FractureLines.of([[(0, 0), (1, 1)]], crs=None)
    with pytest.raises(InputError, match=words):
        FractureNumbersJob(lines, **settings)


def test_two_files_of_one_name_are_refused(tmp_path: Path, drawn: Path) -> None:
    same = tmp_path / "same.csv"
    with pytest.raises(OutputError, match="named twice"):
        FractureNumbersJob(drawn, table=same, report=same)
    with pytest.raises(OutputError, match="named twice"):
        FractureNumbersJob(drawn, blocks=drawn)


def test_the_command_line(
    tmp_path: Path, drawn: Path, squares: Path, capsys: pytest.CaptureFixture
) -> None:
    table, report = tmp_path / "t.csv", tmp_path / "r.html"
    arguments = ["fracturenumbers", str(drawn), "--areas", str(squares), "--table", str(table)]
    assert main([*arguments, "--report", str(report)]) == 0
    out = capsys.readouterr().out
    assert "P21" in out
    assert "connections a branch" in out
    assert table.exists()
    assert report.exists()
    assert main(["fracturenumbers", str(tmp_path / "none.gpkg")]) == 1
    assert "cannot be read" in capsys.readouterr().err
