# SPDX-License-Identifier: GPL-2.0-or-later
"""Indexes as GeoParquet, there and back; and files as others write them."""

from __future__ import annotations

import datetime
import json
import struct
import sys
from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
from embedded import content, embed, unit_vectors
from made_rasters import MAKERS, patches, write
from running import content as files_in
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding.examples import Examples
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.parquet_export import export_parquet
from geosift.inference.embedding.parquet_import import import_parquet
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.similar import SimilarJob, run_similar
from geosift.inference.errors import GeoSiftError, InputError, MissingDependency

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def card(tmp_path: Path) -> ModelCard:
    return made.mean_colour(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, card: ModelCard) -> Path:
    one = write(tmp_path / "one.tif", patches(3, 100, 120))
    two = write(tmp_path / "two.tif", patches(3, 60, 90, seed=5))
    embed(tmp_path / "index", card, one, two)
    return tmp_path / "index"


def test_there_and_back_nothing_is_lost(folder: Path, tmp_path: Path, card: ModelCard) -> None:
    """The index that comes back is the same, and goes on as if it had been made here."""
    count = export_parquet(Index.open(folder), tmp_path / "out.parquet")
    assert import_parquet(tmp_path / "out.parquet", tmp_path / "again") == count
    before, after = Index.open(folder), Index.open(tmp_path / "again")
    assert after.info == before.info
    assert content(tmp_path / "again") == content(folder)
    again = embed(tmp_path / "again", card, tmp_path / "one.tif", tmp_path / "two.tif")
    assert len(again.skipped) == 2
    query = Query(Examples(rows=(3,)))
    for where in (folder, tmp_path / "again"):
        out = where.with_suffix(".gpkg")
        assert run_similar(SimilarJob(where, query, out, thumbnails=True)).warnings == ()


def test_the_file_is_as_the_conventions_say(folder: Path, tmp_path: Path) -> None:
    export_parquet(Index.open(folder), tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet")
    geo = json.loads(table.schema.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Polygon"])
    assert column["covering"]["bbox"]["xmax"] == ["bbox", "xmax"]
    assert "crs" not in column  # which means longitude and latitude
    rows = table.to_pylist()
    index = Index.open(folder)
    assert len({row["id"] for row in rows}) == len(rows) == len(index.places)
    vectors = unit_vectors(folder)
    for row, place in zip(rows, index.places.tolist()):
        key = Path(row["source_url"]).name, row["row"], row["col"]
        np.testing.assert_allclose(row["embedding"], vectors[key], atol=1e-6)
        assert np.linalg.norm(row["embedding"]) == pytest.approx(1.0, abs=1e-6)
        box = [row["bbox"][name] for name in ("xmin", "ymin", "xmax", "ymax")]
        np.testing.assert_allclose(box, place[:4])
        ring = np.frombuffer(row["geometry"][13:], "<f8").reshape(5, 2)
        np.testing.assert_allclose([*ring.min(0), *ring.max(0)], place[:4])
        assert isinstance(row["datetime"], datetime.datetime)
    outer = [min(p[0] for p in index.places.tolist()), max(p[3] for p in index.places.tolist())]
    np.testing.assert_allclose([column["bbox"][0], column["bbox"][3]], outer)


def test_cells_of_h3_are_told_where_the_package_is(folder: Path, tmp_path: Path) -> None:
    h3 = pytest.importorskip("h3")
    export_parquet(Index.open(folder), tmp_path / "out.parquet")
    for row in parquet.read_table(tmp_path / "out.parquet").to_pylist():
        box = row["bbox"]
        middle = (box["ymin"] + box["ymax"]) / 2, (box["xmin"] + box["xmax"]) / 2
        assert row["h3"] == h3.latlng_to_cell(*middle, h3.get_resolution(row["h3"]))
        # About as large as a patch of 32 x 32 m: a level is seven times the one below it.
        assert 1024 / 3 < h3.cell_area(row["h3"], unit="m^2") < 1024 * 3


def test_photographs_have_no_coordinate_system(tmp_path: Path, card: ModelCard) -> None:
    embed(tmp_path / "index", card, MAKERS["no_crs"](tmp_path / "photo.tif"))
    export_parquet(Index.open(tmp_path / "index"), tmp_path / "out.parquet")
    schema = parquet.read_schema(tmp_path / "out.parquet")
    assert json.loads(schema.metadata[b"geo"])["columns"]["geometry"]["crs"] is None
    assert "h3" not in schema.names
    import_parquet(tmp_path / "out.parquet", tmp_path / "again")
    assert Index.open(tmp_path / "again").crs is None


def _polygon(left: float, bottom: float, side: float) -> bytes:
    ring = [
        (left, bottom), (left + side, bottom), (left + side, bottom + side),
        (left, bottom + side), (left, bottom),
    ]  # fmt: skip
    return struct.pack("<BIII10d", 1, 3, 1, 5, *(value for point in ring for value in point))


def _others(path: Path, *, metadata: dict | None = None, **changed) -> Path:
    """As Clay wrote them: no bbox, lists of any length, a date, a source for some patches each."""
    vectors = np.random.default_rng(0).normal(size=(30, 5))
    columns = {
        "source_url": [f"s3://tiles/{number % 2}.tif" for number in range(30)],
        "date": [datetime.date(2021, 1 + number % 2, 9) for number in range(30)],
        "embeddings": vectors.tolist(),
        "geometry": [_polygon(number, 10, 0.5) for number in range(30)],
        **changed,
    }
    table = pyarrow.table({name: value for name, value in columns.items() if value is not None})
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {}}}
    told = {b"geo": json.dumps(geo if metadata is None else metadata).encode()}
    parquet.write_table(table.replace_schema_metadata(told), path, row_group_size=7)
    return path


def test_embeddings_of_others_are_searched(tmp_path: Path) -> None:
    path = _others(tmp_path / "clay.parquet")
    assert import_parquet(path, tmp_path / "index") == 30
    index = Index.open(tmp_path / "index")
    assert (index.making.model, index.making.dimension) == ("clay", 5)
    assert {each.date for each in index.info.sources} == {"2021-01-09", "2021-02-09"}
    vectors = np.random.default_rng(0).normal(size=(30, 5))
    query = Query(Examples(places=((7.25, 10.25),)))
    result = run_similar(SimilarJob(tmp_path / "index", query, tmp_path / "out.gpkg", count=30))
    found = np.array([index.middles[0][hit.vector] - 0.25 for hit in result.hits])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = unit[np.rint(found).astype(int)] @ unit[7]
    np.testing.assert_allclose([hit.score for hit in result.hits], expected, atol=0.02)
    with pytest.raises(InputError, match="embed it again"):
        run_similar(
            SimilarJob(
                tmp_path / "index", query, heat=tmp_path / "h.tif",
                heat_of=index.info.sources[0].file.path,
            )
        )  # fmt: skip


def _table(path: Path, columns: dict, geo: dict | None = None) -> Path:
    """Columns as (type, values); `geo` None is Parquet that says nothing of places."""
    table = pyarrow.table({name: pyarrow.array(v, kind) for name, (kind, v) in columns.items()})
    told = {} if geo is None else {b"geo": json.dumps(geo).encode()}
    parquet.write_table(table.replace_schema_metadata(told), path, row_group_size=11)
    return path


def _vectors(count: int, dimension: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, dimension)).astype(np.float16)


def _require_imported(path: Path, vectors: np.ndarray, boxes: np.ndarray, **options) -> Index:
    """As many patches, each with the direction and the box that are in the file."""
    folder = path.with_suffix("")
    assert import_parquet(path, folder, **options) == len(vectors)
    index = Index.open(folder)
    order = np.argsort(index.places["left"] * 1000 + index.places["bottom"])
    expected = np.argsort(boxes[:, 0] * 1000 + boxes[:, 1])
    unit = vectors / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    found = index.unit_vectors(order)
    assert np.abs(found - unit[expected]).max() < 0.02
    for axis, name in enumerate(("left", "bottom", "right", "top")):
        np.testing.assert_allclose(index.places[name][order], boxes[expected, axis], atol=1e-6)
    for row in (0, len(vectors) - 1):
        _, _, _, _, source, down, across, _ = index.places[row].tolist()
        assert index.row_of((index.info.sources[source].file.path, down, across)) == row
    return index


def test_major_tom_as_its_dataset_cards_say(tmp_path: Path) -> None:
    """Core-S2RGB-SigLIP: vectors as a matrix of one row, compact times, a list that is a box."""
    count, vectors = 25, _vectors(25, 7)
    boxes = np.array([(n, 3, n + 0.1, 3.1) for n in range(count)], float)
    text, number, real = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    path = _table(
        tmp_path / "siglip.parquet",
        {
            "unique_id": (text, [f"{n:032x}" for n in range(count)]),
            "embedding": (
                pyarrow.list_(pyarrow.list_(pyarrow.float32())),
                [[each.tolist()] for each in vectors.astype(np.float32)],
            ),
            "timestamp": (text, [f"2018071{n % 2}T101031" for n in range(count)]),
            "product_id": (text, ["S2A_MSIL2A_20180712T101031"] * count),
            "grid_cell": (text, ["922D_237L"] * count),
            "grid_row_u": (number, [-922] * count),
            "grid_col_r": (number, [-237] * count),
            "geometry": (pyarrow.binary(), [_polygon(n, 3, 0.1) for n in range(count)]),
            "centre_lat": (real, [3.05] * count),
            "centre_lon": (real, [n + 0.05 for n in range(count)]),
            "utm_footprint": (text, ["POLYGON ((0 0, 1 0, 1 1, 0 0))"] * count),
            "utm_crs": (text, ["EPSG:32720"] * count),
            "pixel_bbox": (pyarrow.list_(real), [[0, 0, 384, 384]] * count),
        },
        {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {}}},
    )
    index = _require_imported(path, vectors, boxes)
    assert {each.date for each in index.info.sources} == {
        "2018-07-10T10:10:31.000Z", "2018-07-11T10:10:31.000Z",
    }  # fmt: skip
    assert {each.file.path for each in index.info.sources} == {"S2A_MSIL2A_20180712T101031"}


@pytest.mark.parametrize("kind", ["halffloat", "float", "double", "fixed"])
def test_earth_index_and_clay_as_the_survey_of_embeddings_says(kind: str, tmp_path: Path) -> None:
    """id, geometry, embedding; index, source_url, date, embeddings, geometry: any kind of list."""
    count, vectors = 30, _vectors(30, 6)
    boxes = np.array([(n, 10, n + 0.5, 10.5) for n in range(count)], float)
    item = {"halffloat": pyarrow.float16(), "double": pyarrow.float64()}.get(
        kind, pyarrow.float32()
    )
    lists = pyarrow.list_(item, 6) if kind == "fixed" else pyarrow.list_(item)
    rows = [list(each) if kind == "halffloat" else each.tolist() for each in vectors]
    shapes = (pyarrow.binary(), [_polygon(n, 10, 0.5) for n in range(count)])
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {}}}
    text = pyarrow.string()
    earth = _table(
        tmp_path / "21MNT.parquet",
        {
            "geometry": shapes,
            "id": (text, list(map(str, range(count)))),
            "embedding": (lists, rows),
        },
        geo,
    )
    assert _require_imported(earth, vectors, boxes).info.sources[0].file.path == str(earth)
    clay = _table(
        tmp_path / "27WXN_20200101_20231231_v001.parquet",
        {
            "index": (pyarrow.int64(), range(count)),
            "source_url": (text, [f"s3://clay-tiles-02/{n % 3}.tif" for n in range(count)]),
            "date": (pyarrow.date32(), [datetime.date(2017, 5, 19)] * count),
            "embeddings": (lists, rows),
            "geometry": shapes,
        },
        geo,
    )
    index = _require_imported(clay, vectors, boxes)
    assert {each.date for each in index.info.sources} == {"2017-05-19"}


def test_middles_become_squares_that_touch(tmp_path: Path) -> None:
    """Points, or columns of longitude and latitude: as wide on the ground as they are tall."""
    rows, cols = np.mgrid[:5, :6]
    step = 0.003
    lat = 50.0 + rows.ravel() * step
    lon = 8.0 + cols.ravel() * step / np.cos(np.radians(50.006))
    vectors = _vectors(30, 4)
    half = np.array([step / np.cos(np.radians(50.006)), step]) / 2
    middles = np.stack([lon, lat], axis=1)
    boxes = np.concatenate([middles - half, middles + half], axis=1)
    lists, real = pyarrow.list_(pyarrow.float32()), pyarrow.float64()
    rows = vectors.astype(np.float32).tolist()
    points = [struct.pack("<BI2d", 1, 1, *place) for place in middles.tolist()]
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {}}}
    files = (
        _table(
            tmp_path / "points.parquet",
            {"embedding": (lists, rows), "geometry": (pyarrow.binary(), points)}, geo,
        ),
        _table(
            tmp_path / "middles.parquet",
            {"embedding": (lists, rows), "centre_lat": (real, lat), "centre_lon": (real, lon)},
        ),
    )  # fmt: skip
    for path in files:
        _require_imported(path, vectors, boxes)


def test_boxes_alone_and_one_of_several_embeddings(tmp_path: Path) -> None:
    vectors, other = _vectors(12, 3), _vectors(12, 5)
    boxes = np.array([(n, 1, n + 1, 2) for n in range(12)], float)
    names = ("xmin", "ymin", "xmax", "ymax")
    lists = pyarrow.list_(pyarrow.float32())
    path = _table(
        tmp_path / "boxes.parquet",
        {
            "bbox": (
                pyarrow.struct([(name, pyarrow.float64()) for name in names]),
                [dict(zip(names, box)) for box in boxes.tolist()],
            ),
            "clip": (lists, other.astype(np.float32).tolist()),
            "dino": (lists, vectors.astype(np.float32).tolist()),
        },
    )
    _require_imported(path, vectors, boxes, column="dino")
    with pytest.raises(InputError, match="no column sam with vectors; name one of") as told:
        import_parquet(path, tmp_path / "none", column="sam")
    assert is_one_sentence(str(told.value))


def test_a_source_for_every_patch_is_no_list_of_sources(tmp_path: Path) -> None:
    count = 700
    path = _others(
        tmp_path / "many.parquet", source_url=[f"{n}.tif" for n in range(count)], date=None,
        embeddings=np.ones((count, 3)).tolist(), geometry=[_polygon(n, 1, 1) for n in range(count)],
    )  # fmt: skip
    assert import_parquet(path, tmp_path / "index") == count
    assert len(Index.open(tmp_path / "index").info.sources) <= 501


def test_what_is_no_geoparquet_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text.parquet"
    text.write_text("not parquet")
    crs = {"name": "Web Mercator", "id": {"authority": "EPSG", "code": 3857}}
    mercator = {"primary_column": "geometry", "columns": {"geometry": {"crs": crs}}}
    uneven = [[1.0] * (5 if number else 4) for number in range(30)]
    point = struct.pack("<BI2d", 1, 1, 3.0, 4.0)
    bad = {
        "cannot be read": text,
        "no such file|No such file": tmp_path / "none.parquet",
        "no column embedding": _others(tmp_path / "a.parquet", embeddings=None),
        "no column geometry": _others(tmp_path / "b.parquet", geometry=None),
        "Web Mercator": _others(tmp_path / "c.parquet", metadata=mercator),
        "not all of 4 values": _others(tmp_path / "d.parquet", embeddings=uneven),
        "how large a patch is": _others(tmp_path / "e.parquet", geometry=[point] * 30),
        "neither polygon nor point": _others(tmp_path / "g.parquet", geometry=[None] * 30),
        "name of a grid cell": _others(
            tmp_path / "h.parquet", geometry=None, grid_cell=["922D_237L"] * 30
        ),
        "name one of its columns clip, dino": _others(
            tmp_path / "i.parquet", embeddings=None, clip=[[1.0, 2.0]] * 30, dino=[[1.0]] * 30
        ),
        "cannot be read as": _others(tmp_path / "f.parquet", geometry=[b"\x01\x03"] * 30),
    }
    for says, path in bad.items():
        with pytest.raises(GeoSiftError, match=says) as told:
            import_parquet(path, tmp_path / "index")
        assert is_one_sentence(str(told.value))
        assert not (tmp_path / "index/index.json").exists()
    import_parquet(_others(tmp_path / "good.parquet"), tmp_path / "index")
    with pytest.raises(InputError, match="an index already"):
        import_parquet(tmp_path / "good.parquet", tmp_path / "index")


def test_without_pyarrow_it_is_said_what_is_lacking(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    before = files_in(tmp_path)
    with pytest.raises(MissingDependency, match="pip install") as told:
        export_parquet(Index.open(folder), tmp_path / "out.parquet")
    assert is_one_sentence(str(told.value))
    with pytest.raises(MissingDependency, match="pyarrow"):
        import_parquet(tmp_path / "out.parquet", tmp_path / "again")
    assert files_in(tmp_path) == before
