# SPDX-License-Identifier: GPL-2.0-or-later
"""A search in a table is the search on the disk; algorithms find their way to both."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedded import features
from plugin_helpers import Listener
from postgres_server import PORT, USER, Server
from published import NAMES, made_index
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsSettings,
)
from rasterio.crs import CRS
from rasterio.warp import transform_bounds
from running import is_one_sentence

from geosift.inference.embedding.examples import ExamplePolygon, Examples
from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.postgres import examples, server
from geosift.inference.embedding.postgres.publish import PublishJob, publish_index
from geosift.inference.embedding.postgres.search import PublishedIndex, run_similar_in
from geosift.inference.embedding.postgres.server import Server as Known
from geosift.inference.embedding.postgres.table_name import TableName
from geosift.inference.embedding.postgres.where import conditions
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.similar import SimilarJob, run_similar
from geosift.inference.errors import Cancelled, InputError, OutputError
from geosift.plugin.database import StoredConnection

pytestmark = pytest.mark.usefixtures("qgis_app")

TABLE = TableName("public", "geosift_patches")
UTM = CRS.from_epsg(32631)
ROWS = 400


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_index(tmp_path_factory.mktemp("made") / "index", ROWS)


@pytest.fixture(scope="module")
def database(postgres: Server, index: Path, qgis_app: object) -> StoredConnection:
    """With the index in it, and an index for distance, which must not be used."""
    made = StoredConnection("office", postgres.uri())
    publish_index(PublishJob(index, TABLE, distance_index=True), made)
    return made


def ring(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [*points, points[0]]


HOLED = {
    "type": "Polygon",
    "coordinates": [
        ring((5, 5), (70, 8), (40, 45)), ring((30, 15), (45, 15), (40, 25)),
    ],
}  # fmt: skip
TWO = {
    "type": "MultiPolygon",
    "coordinates": [[ring((0, 0), (20, 0), (10, 30))], [ring((80, 5), (99, 9), (90, 49))]],
}
SQUARE = (300000.0, 1000000.0, 900000.0, 4000000.0)
FILTERS = {
    "none": Filters(),
    "extent": Filters(extent=(10.5, -3, 40, 20.25)),
    "extent in metres": Filters(extent=SQUARE, crs=UTM),
    "polygon with a hole": Filters(polygons=(HOLED,)),
    "several polygons": Filters(polygons=(HOLED, TWO)),
    "polygon and extent": Filters(polygons=(TWO,), extent=(0, 0, 95, 20)),
    "dates": Filters(dates=("2021", "2021-06")),
    "raster": Filters(sources=(NAMES[1],)),
    "all": Filters((0, 0, 60, 60), (HOLED,), ("2020-01", ""), (NAMES[0],)),
}


def a_vector(seed: int = 1) -> tuple[float, ...]:
    return tuple(np.random.default_rng(seed).normal(size=16).tolist())


def place_of(index: Path, row: int) -> tuple[float, float]:
    x, y = Index.open(index).middles[:, row].tolist()
    return x, y


def both(
    index: Path, database: StoredConnection, folder: Path, **options: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a search finds on the disk and in the table, as layers hold it."""
    found = []
    for name in ("disk.gpkg", "table.gpkg"):
        job = SimilarJob(index, output=folder / name, **options)
        if name == "disk.gpkg":
            result = run_similar(job)
        else:
            result = run_similar_in(TABLE, database, replace(job, index=Path()))
        found.append((features(folder / name), result))
    (disk, first), (table, second) = found
    assert first.compared == second.compared
    assert first.warnings == second.warnings
    # In the table patches are counted from 1.
    return disk, [{**each, "vector": each["vector"] - 1} for each in table]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("named", FILTERS)
def test_the_same_is_found(
    index: Path, database: StoredConnection, tmp_path: Path, named: str, apart: bool
) -> None:
    """The same layers, with equal scores in the same order: every vector is there twice."""
    query = Query(Examples(vectors=(a_vector(),)), Examples(vectors=(a_vector(2),)))
    options = {"query": query, "filters": FILTERS[named], "count": 30, "apart": apart}
    disk, table = both(index, database, tmp_path, **options)
    assert len(disk) > 5 and table == disk


@pytest.mark.parametrize(
    "named", ["place", "places", "polygon", "small polygon", "patch", "metres", "area"]
)
def test_the_same_examples_are_understood(
    index: Path, database: StoredConnection, tmp_path: Path, named: str
) -> None:
    """Without the folder: the patches they stand for are asked of the server."""
    at, other = place_of(index, 7), place_of(index, ROWS + 3)
    x, y = at
    crs = UTM if named == "metres" else None
    left, bottom, *_ = transform_bounds("EPSG:4326", UTM, x, y, x, y) if crs else (x, y)
    tiny = {"type": "Polygon", "coordinates": [ring((x, y + 0.01), (x + 0.1, y), (x, y - 0.01))]}
    examples = {
        "place": Examples(places=(at,)),
        "places": Examples(places=(at, other)),
        "polygon": Examples(polygons=(ExamplePolygon(HOLED, (10, 6)),)),
        "small polygon": Examples(polygons=(ExamplePolygon(tiny, (x + 0.05, y)),)),
        "patch": Examples(patches=((NAMES[1], 3, 4),)),
        "metres": Examples(places=((left, bottom),)),
        "area": Examples(areas=((x - 0.1, y - 0.1, x + 0.1, y + 0.1),)),
    }[named]
    query = Query(examples, Examples(places=(place_of(index, 31),)) if crs is None else Examples(),
                  crs=crs)  # fmt: skip
    disk, table = both(index, database, tmp_path, query=query, count=20)
    assert len(disk) == 20 and table == disk


def test_a_rectangle_that_only_touches_patches_stands_for_the_nearest(
    index: Path, database: StoredConnection, tmp_path: Path
) -> None:
    """As on the disk: its middle lies on no patch at all."""
    right = Index.open(index).places["right"].max()
    area = (float(right) - 0.05, 0.0, float(right) + 4.0, 50.0)
    query = Query(Examples(areas=(area,)))
    disk, table = both(index, database, tmp_path, query=query, count=20)
    assert len(disk) == 20 and table == disk


def test_a_polygon_of_many_patches_is_read_in_pages(
    index: Path, database: StoredConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more vectors at a time than fit; sums of pages differ in the last digits."""
    monkeypatch.setattr(examples, "_AT_ONCE", 16)
    opened, asked = PublishedIndex.open(database, TABLE), []

    class Listening:
        name = "office"

        def ask(self, sql: str) -> list[list[Any]]:
            asked.append(database.ask(sql))
            return asked[-1]

    query = Query(Examples(polygons=(ExamplePolygon(HOLED, (10, 6)),)))
    job = SimilarJob(index, query, tmp_path / "disk.gpkg", count=20)
    found = replace(opened, database=Listening()).find(job, tell=print)
    assert len(asked) > 20 and max(map(len, asked[:-1])) <= max(16, 2 * ROWS // 16 + 1)
    disk = run_similar(job).hits
    assert [each.patch for each in found.hits] == [each.patch for each in disk]
    scores = [each.score for each in disk]
    np.testing.assert_allclose([each.score for each in found.hits], scores, atol=1e-12)


def test_the_same_is_found_across_the_date_line(database: StoredConnection, tmp_path: Path) -> None:
    """However a filter counts its degrees, and however the patches do."""
    folder = made_index(tmp_path / "index", ROWS, names=NAMES[:1], west=130.0)
    publish_index(PublishJob(folder, TableName("public", "across")), database)
    opened = PublishedIndex.open(database, TableName("public", "across"))
    beyond = [(x - 230, y) for x, y in HOLED["coordinates"][0]]
    for filters in (
        Filters(extent=(175, 0, 190, 50)), Filters(extent=(-185, 0, -170, 50)),
        Filters(polygons=({"type": "Polygon", "coordinates": [beyond]},)),
        Filters(extent=(19e6, 0, 21e6, 5e6), crs=CRS.from_epsg(3857)),
    ):  # fmt: skip
        query = Query(Examples(vectors=(a_vector(),)))
        job = SimilarJob(folder, query, tmp_path / "disk.gpkg", filters=filters, count=30)
        table, disk = opened.find(job, tell=print), run_similar(job)
        assert [each.patch for each in table.hits] == [each.patch for each in disk.hits]
        assert table.compared == disk.compared > 10
    x, y = place_of(folder, 7)
    job = SimilarJob(folder, Query(Examples(places=((x - 360, y),))), tmp_path / "disk.gpkg")
    assert opened.find(job, tell=print).hits[0].patch == run_similar(job).hits[0].patch


def test_more_are_wanted_than_there_are(
    index: Path, database: StoredConnection, tmp_path: Path
) -> None:
    query = Query(Examples(vectors=(a_vector(),)))
    disk, table = both(index, database, tmp_path, query=query, count=5000)
    assert len(disk) == 2 * ROWS and table == disk


def test_a_spatial_index_and_no_index_for_distance_is_asked(database: StoredConnection) -> None:
    """The order of the approximate index is not exact; a filter is what an index is for."""
    opened = PublishedIndex.open(database, TABLE)
    asked: list[str] = []

    class Listening:
        name = "office"

        def ask(self, sql: str) -> list[list[Any]]:
            asked.append(sql)
            return database.ask(sql)

    query = Query(Examples(vectors=(a_vector(),)))
    job = SimilarJob(Path(), query, Path("x.gpkg"), filters=Filters(extent=(1, 1, 9, 9)))
    replace(opened, database=Listening()).find(job, tell=print)
    (search,) = asked
    plan = database.ask(f"SET enable_seqscan = off; EXPLAIN {search}")
    database.ask("RESET ALL")
    told = "\n".join(row[0] for row in plan)
    assert "gist" in told or "box" in told
    assert "hnsw" not in told and "embedding_idx" not in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"query": Query(Examples(places=((190.0, 80.0),)))}, "No patch of the index"),
        ({"query": Query(Examples(rows=(1,)))}, "no fixed numbers"),
        ({"query": Query(Examples(vectors=((1.0, 2.0),)))}, "16 finite numbers"),
        ({"query": Query(Examples())}, "no example"),
        ({"filters": Filters(extent=(200, 0, 201, 1))}, "widen"),
        ({"filters": Filters(sources=("nowhere.tif",))}, "no raster is called"),
        ({"heat": Path("heat.tif")}, "heat raster"),
    ],
)
def test_what_cannot_be_is_told(
    database: StoredConnection, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    usual = {"query": Query(Examples(vectors=(a_vector(),))), "output": tmp_path / "a.gpkg"}
    with pytest.raises(InputError) as trouble:
        run_similar_in(TABLE, database, SimilarJob(Path(), **{**usual, **options}))
    assert is_one_sentence(str(trouble.value)) and words in str(trouble.value)
    assert list(tmp_path.iterdir()) == []


def test_no_table_and_no_right_are_told(
    postgres: Server, database: StoredConnection, tmp_path: Path
) -> None:
    job = SimilarJob(Path(), Query(Examples(vectors=(a_vector(),))), tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r"no table public\.other"):
        run_similar_in(TableName("public", "other"), database, job)
    database.ask("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN")
    nobody = StoredConnection("office", postgres.uri("plain"))
    with pytest.raises((InputError, OutputError)) as trouble:
        run_similar_in(TABLE, nobody, job)
    assert is_one_sentence(str(trouble.value))
    database.ask("DROP ROLE plain")


def test_a_search_can_be_cancelled_and_survives_a_restart(
    postgres: Server, database: StoredConnection, tmp_path: Path
) -> None:
    """QGIS keeps connections; those that broke are mended without a word to the user."""
    job = SimilarJob(Path(), Query(Examples(vectors=(a_vector(),))), tmp_path / "a.gpkg")
    feedback = Listener()
    feedback.cancel()
    with pytest.raises(Cancelled):
        run_similar_in(TABLE, replace(database, feedback=feedback), job)
    postgres.restart()
    assert len(run_similar_in(TABLE, database, job).hits) == 100
    postgres.kill()
    with pytest.raises(OutputError) as trouble:
        run_similar_in(TABLE, database, job)
    assert is_one_sentence(str(trouble.value))
    postgres.start()


def test_with_postgis_its_index_is_asked(index: Path) -> None:
    """Nothing but the first sieve differs."""
    opened, gis = Index.open(index), Known('"public"', '"gis"')
    for filters in (FILTERS["extent"], FILTERS["several polygons"]):
        with_it, without = (
            " AND ".join(conditions(filters, opened, known)) for known in (gis, Known('"public"'))
        )
        assert 'geom OPERATOR("gis".&&) "gis".ST_MakeEnvelope(' in with_it
        assert with_it.count("&&") == without.count("&&") == with_it.count(", 4326)")
        assert with_it.count("@>") == without.count("@>")


def test_a_table_made_before_postgis_came_is_searched_as_it_is(
    index: Path, database: StoredConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its shapes are bytes, which PostGIS would not read; it is extended as it is, too."""
    before = PublishedIndex.open(database, TABLE).server
    assert before.postgis is None
    monkeypatch.setattr(server, "_asked", lambda database: replace(before, postgis='"gis"'))
    assert PublishedIndex.open(database, TABLE).server == before
    query = Query(Examples(vectors=(a_vector(),)))
    disk, table = both(index, database, tmp_path, query=query, filters=FILTERS["extent"])
    assert table == disk
    assert publish_index(PublishJob(index, TABLE), database).sent == 0


# From QGIS


def settings_of(postgres: Server) -> dict[str, str]:
    """What QGIS keeps of a connection."""
    return {
        "host": postgres.host, "port": str(PORT), "database": "postgres", "username": USER,
        "saveUsername": "true", "savePassword": "true",  # pragma: allowlist secret
    }  # fmt: skip


@pytest.fixture
def stored(provider: None, postgres: Server, database: StoredConnection) -> Iterator[str]:
    """The name of a connection among those QGIS keeps."""
    settings, name = QgsSettings(), "GeoSift's own"
    for key, value in settings_of(postgres).items():
        settings.setValue(f"PostgreSQL/connections/{name}/{key}", value)
    yield name
    settings.remove(f"PostgreSQL/connections/{name}")


def run(name: str, **parameters: Any) -> dict[str, Any]:
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geosift:{name}")
    context, feedback = QgsProcessingContext(), Listener()
    fine, complaint = algorithm.checkParameterValues(parameters, context)
    if not fine:
        raise QgsProcessingException(complaint)
    return algorithm.run(parameters, context, feedback, catchExceptions=False)[0]


def test_the_algorithm_publishes(index: Path, stored: str, database: StoredConnection) -> None:
    told = run("publishindex", INDEX=str(index), CONNECTION=stored, TABLE="by_hand")
    assert (told["SENT"], told["RASTERS"], told["ROWS"]) == (2 * ROWS, 2, 2 * ROWS)
    assert database.ask("SELECT count(*) FROM public.by_hand") == [[2 * ROWS]]
    assert run("publishindex", INDEX=str(index), CONNECTION=stored, TABLE="by_hand")["SENT"] == 0
    again = run(
        "publishindex", INDEX=str(index), CONNECTION=stored, TABLE="by_hand", OVERWRITE=True
    )
    assert again["SENT"] == 2 * ROWS


def test_the_search_is_the_same_from_the_toolbox(index: Path, stored: str, tmp_path: Path) -> None:
    """Places and an extent mean the same, wherever the index is."""
    x, y = place_of(index, 7)
    found = []
    for name, where in (("disk", {"INDEX": str(index)}), ("table", {"CONNECTION": stored})):
        wanted = {"PLACE": f"{x},{y} [EPSG:4326]", "EXTENT": "0,60,0,40 [EPSG:4326]", "COUNT": 25}
        path = tmp_path / f"{name}.gpkg"
        told = run("similar", **where, **wanted, THUMBNAILS=False, OUTPUT=str(path))
        assert told["FOUND"] == 25
        rows = features(path)
        found.append(
            [{key: row[key] for key in ("rank", "score", "source", "box")} for row in rows]
        )
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"INDEX": ""}, "INDEX is missing"),
        ({"CONNECTION": ""}, "CONNECTION is missing"),
        ({"CONNECTION": "nowhere"}, "There is no PostgreSQL connection 'nowhere'"),
        ({"TABLE": "x" * 64}, "1 to 63 bytes"),
        ({"INDEX": "/nowhere"}, "/nowhere is no index"),
    ],
)
def test_the_algorithm_refuses(index: Path, stored: str, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(QgsProcessingException, match=words) as trouble:
        run("publishindex", **{"INDEX": str(index), "CONNECTION": stored, **wrong})
    assert is_one_sentence(str(trouble.value))


def test_qgis_process_publishes(
    index: Path, postgres: Server, database: StoredConnection, qgis_process: list[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    """A connection of the profile, as a script at night has it."""
    settings = tmp_path / "profile/profiles/default/QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    told = settings_of(postgres).items()
    lines = [f"connections\\office\\{key}={value}" for key, value in told]
    settings.write_text("\n".join(["[PythonPlugins]", "geosift=true", "[PostgreSQL]", *lines, ""]))
    done = subprocess.run(
        [*qgis_process, "--json", "run", "geosift:publishindex", "--", f"INDEX={index}",
         "CONNECTION=office", "SCHEMA=night", "TABLE=fields"],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"]["SENT"] == 2 * ROWS
    assert database.ask("SELECT count(*) FROM night.fields") == [[2 * ROWS]]
