# SPDX-License-Identifier: GPL-2.0-or-later
"""`embed` and `similar` on the command line: options reach the engine, trouble is a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import exported_networks as made
import pytest
import rasterio
from embedded import content, embed, features
from made_rasters import CORNER, UTM, patches, write
from rasterio.warp import transform_geom
from running import is_one_sentence

from geosift.inference.__main__ import main
from geosift.inference.cards.catalog import Catalog
from geosift.inference.embedding.index import Index


@pytest.fixture
def model(tmp_path: Path) -> str:
    return made.described(made.mean_colour(tmp_path, name="mean"))


@pytest.fixture
def rasters(tmp_path: Path) -> list[Path]:
    return [
        write(tmp_path / "one.tif", patches(3, 120, 150)),
        write(tmp_path / "two.tif", patches(3, 90, 100, seed=4)),
    ]


def _main(*words: object) -> int:
    return main([str(word) for word in words])


def test_the_index_is_that_of_the_engine(tmp_path: Path, rasters, model, capsys) -> None:
    left, top = CORNER
    extent = (left + 10, top - 80, left + 90, top - 5)
    options = ("--step", 20, "--bands", "3,2,1", "--extent", *extent, "--resolution", 1)
    assert _main("embed", *rasters, "--index", tmp_path / "a", "--model", model, *options) == 0
    embed(
        tmp_path / "b", made.mean_colour(tmp_path, name="mean"), *rasters, step=20, bands=(3, 2, 1),
        extent=extent, resolution=1.0,
    )  # fmt: skip
    assert content(tmp_path / "a") == content(tmp_path / "b")
    told = capsys.readouterr().out
    assert f"{len(content(tmp_path / 'a'))} patches added" in told


def test_a_search_writes_what_was_asked_for(tmp_path: Path, rasters, model, capsys) -> None:
    index = tmp_path / "index"
    assert _main("embed", *rasters, "--index", index, "--model", model) == 0
    left, top = CORNER
    assert _main(
        "similar", "--index", index, "--at", left + 48, top - 48, "--not-row", 3, "--crs", UTM,
        "--weight", 0.25, "--count", 7, "--out", tmp_path / "hits.gpkg", "--source", "one.tif",
        "--heat", tmp_path / "heat.tif", "--heat-of", "one.tif", "--thumbnails",
        "--dates", "2000", "", "--extent", left, top - 100, left + 100, top,
    ) == 0  # fmt: skip
    rows = features(tmp_path / "hits.gpkg")
    assert len(rows) == 7
    assert {Path(row["source"]).name for row in rows} == {"one.tif"}
    assert all(row["thumbnail"] for row in rows)
    with rasterio.open(tmp_path / "heat.tif") as dataset:
        assert (dataset.height, dataset.width) == (8, 10)
    assert "patches compared" in capsys.readouterr().out


def test_polygons_of_a_file_say_where_to_look(tmp_path: Path, rasters, model) -> None:
    """In whatever coordinates they are, and places as well."""
    index, (left, top) = tmp_path / "index", CORNER
    assert _main("embed", rasters[0], "--index", index, "--model", model) == 0
    ring = [[left, top], [left + 50, top], [left + 50, top - 60], [left, top - 60], [left, top]]
    shape = transform_geom(UTM, "EPSG:4326", {"type": "Polygon", "coordinates": [ring]})
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    collection = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "where.geojson").write_text(json.dumps(collection))
    found = []
    for more in ((), ("--crs", UTM)):
        out = tmp_path / f"{len(found)}.gpkg"
        words = ("--index", index, "--row", 0, "--mask", tmp_path / "where.geojson", *more)
        assert _main("similar", *words, "--apart", "--out", out) == 0
        found.append({(row["row"], row["col"]) for row in features(out)})
    # Middles are 16 pixels into a patch, and a step is 16: three rows and three columns of them.
    assert found[0] == found[1] <= {(row, col) for row in range(3) for col in range(3)}
    assert (0, 0) in found[0]


def test_geoparquet_there_and_back(tmp_path: Path, rasters, model) -> None:
    pytest.importorskip("pyarrow")
    index, file = tmp_path / "index", tmp_path / "out.parquet"
    assert _main("embed", *rasters, "--index", index, "--model", model, "--export", file) == 0
    assert _main("embed", "--index", tmp_path / "again", "--import", file) == 0
    assert content(tmp_path / "again") == content(index)
    dropped = ("--drop", rasters[0], "--model", model)
    assert _main("embed", "--index", tmp_path / "again", *dropped) == 0
    assert len(Index.open(tmp_path / "again").info.sources) == 1


def test_a_search_finds_the_network_of_its_index(
    tmp_path: Path, rasters, model, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not be named where it is installed; where it is not, that is told."""
    index, (left, top) = tmp_path / "index", CORNER
    assert _main("embed", rasters[0], "--index", index, "--model", model) == 0
    search = ("similar", "--index", index, "--at", left + 57, top - 41, "--crs", UTM, "--out")
    assert _main(*search, tmp_path / "nearest.gpkg") == 0
    assert "nearest patch" in capsys.readouterr().err
    card = made.mean_colour(tmp_path, name="mean")
    monkeypatch.setattr(Catalog, "find", lambda self, name: {"mean": card}[name])
    assert _main(*search, tmp_path / "place.gpkg") == 0
    assert "nearest patch" not in capsys.readouterr().err
    scores = [features(tmp_path / f"{name}.gpkg")[0]["score"] for name in ("nearest", "place")]
    assert scores[0] == pytest.approx(1)
    assert scores[1] < 1


def test_an_index_is_grouped_where_asked(tmp_path: Path, rasters, model, capsys) -> None:
    pytest.importorskip("faiss")
    index = tmp_path / "index"
    assert _main("embed", rasters[0], "--index", index, "--model", model, "--group") == 0
    assert "groups" in capsys.readouterr().out
    assert Index.open(index).groups.count == Index.open(index).info.rows
    assert _main("embed", "--index", tmp_path / "none", "--group") == 1
    told = capsys.readouterr().err
    assert "is no index" in told
    assert is_one_sentence(told.strip())


def test_trouble_is_one_sentence_and_no_success(tmp_path: Path, rasters, model, capsys) -> None:
    index = tmp_path / "index"
    assert _main("embed", rasters[0], "--index", index, "--model", model) == 0
    capsys.readouterr()
    for words, says in (
        (("embed", "--index", index), "Nothing is to be done"),
        (("embed", rasters[0], "--index", tmp_path / "new"), "needs a network"),
        (("embed", rasters[0], "--index", index, "--model", "landcover"), "made for segmentation"),
        (("embed", "--index", tmp_path / "no", "--export", tmp_path / "o.parquet"), "is no index"),
        (("similar", "--index", index, "--out", tmp_path / "o.gpkg"), "There is no example"),
        (("similar", "--index", index, "--row", 0), "Nothing is to be written"),
        (
            (
                "similar",
                "--index",
                index,
                "--row",
                0,
                "--crs",
                "soup",
                "--out",
                tmp_path / "o.gpkg",
            ),
            "no coordinate system",
        ),
    ):
        assert _main(*words) == 1
        told = capsys.readouterr().err
        assert says in told
        assert is_one_sentence(told.strip())
