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
        "has no polygon": _others(tmp_path / "e.parquet", geometry=[point] * 30),
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
