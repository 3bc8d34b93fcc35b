# SPDX-License-Identifier: GPL-2.0-or-later
"""An index in a real PostgreSQL: whole or not at all, and whatever files are called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from plugin_helpers import Listener
from postgres_server import Server
from published import NAMES, add_source, made_index, making
from running import is_one_sentence

from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_writer import IndexWriter
from geosift.inference.embedding.postgres.database import Do
from geosift.inference.embedding.postgres.publish import (
    PublishJob,
    PublishResult,
    publish_index,
)
from geosift.inference.embedding.postgres.published import read_published
from geosift.inference.embedding.postgres.send import inserts, moment
from geosift.inference.embedding.postgres.server import Server as Known
from geosift.inference.embedding.postgres.sql_text import identifier, literal, texts
from geosift.inference.embedding.postgres.table_name import TableName
from geosift.inference.embedding.postgres.tables import creation, replacement
from geosift.inference.errors import Cancelled, DatabaseError, InputError, OutputError
from geosift.plugin.database import StoredConnection

pytestmark = pytest.mark.usefixtures("qgis_app")

TABLE = TableName('my "schema"', "it's; DROP TABLE x --")
WITHOUT = Known('"public"')
WITH_POSTGIS = Known('"public"', '"gis"')
Content = dict[tuple[str, int, int], tuple[Any, ...]]


@pytest.fixture
def database(postgres: Server) -> StoredConnection:
    """Without any schema of an earlier test."""
    made = StoredConnection("office", postgres.uri())
    made.ask(f"DROP SCHEMA IF EXISTS {identifier(TABLE.schema)} CASCADE")
    return made


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return made_index(tmp_path / "index", 90)


def publish(index: Path, database: Any, **options: Any) -> PublishResult:
    cancelled = options.pop("cancelled", lambda: False)
    return publish_index(PublishJob(index, TABLE, **options), database, cancelled=cancelled)


def content(database: StoredConnection) -> Content:
    """What the table holds of each patch."""
    rows = database.ask(
        'SELECT source, "row", col, date::text, date_from, model, model_sha256, west, south, east, '
        f"north, length, embedding::text, encode(geom, 'hex') FROM {TABLE.patches} ORDER BY id"
    )
    found = {tuple(row[:3]): tuple(row[3:]) for row in rows}
    assert len(found) == len(rows), "a patch is there twice"
    return found


def expected(folder: Path) -> Content:
    """The same of an index."""
    index, found = Index.open(folder), {}
    shapes = index.layer.shapes(range(index.info.rows))
    for number, place in enumerate(index.places.tolist()):
        *box, source, row, col, length = place
        known = index.info.sources[source]
        found[known.file.path, row, col] = (
            known.date[:10] + " 00:00:00+00", "metadata", "made", index.making.sha256, *box,
            pytest.approx(length, rel=1e-6), str(index.vectors[number].tolist()).replace(" ", ""),
            shapes[number][40:].hex(),
        )  # fmt: skip
    return found


def refused(index: Path, database: Any, kind: type[Exception] = OutputError, **options: Any) -> str:
    with pytest.raises(kind) as trouble:
        publish(index, database, **options)
    text = str(trouble.value)
    assert is_one_sentence(text), text
    return text


# What is written means itself


@thorough
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=20))
def test_texts_arrive_as_they_are(postgres: Server, words: list[str]) -> None:
    """Under either setting of how backslashes are read; a zero, which no text may hold, is told."""
    database = StoredConnection("office", postgres.uri())
    wanted = [word.replace("\0", "\\0") for word in words]
    one_by_one = ", ".join(["1", *map(literal, words)])
    for strings in ("on", "off"):
        database.ask(
            f"SET standard_conforming_strings = {strings}; SET client_min_messages = error"
        )
        assert database.ask(f"SELECT {one_by_one}")[0][1:] == wanted
        count = f"SELECT to_json({texts(wanted)})::text"
        assert json.loads(database.ask(count)[0][0]) == wanted
    database.ask("RESET ALL")


@pytest.mark.parametrize("name", ["a", 'a"b', "Ä ö", "x; DROP TABLE y --", "'", "x" * 63])
def test_names_are_names(database: StoredConnection, name: str) -> None:
    found = database.ask(f"SELECT 1 AS {identifier(name)}, quote_ident({literal(name)})")
    assert found == [[1, name if name in ("a", "x" * 63) else identifier(name)]]


@pytest.mark.parametrize("name", ["", "x" * 64, "ä" * 32, "a\0b", "a\nb"])
def test_what_can_be_no_name_is_told(name: str) -> None:
    for make in (identifier, lambda text: TableName("public", text)):
        with pytest.raises(InputError) as trouble:
            make(name)
        assert is_one_sentence(str(trouble.value))


def test_a_name_leaves_room_for_the_second_table() -> None:
    with pytest.raises(InputError):
        TableName("public", "x" * 60)
    assert len(TableName("public", "x" * 54).meta) < 80


# What arrives


def test_the_table_holds_the_index(index: Path, database: StoredConnection) -> None:
    """To the last bit, in its order, whatever rasters are called; told again, nothing is sent."""
    result = publish(index, database)
    assert (result.sent, result.sources, result.rows) == (180, 2, 180)
    assert content(database) == expected(index)
    assert list(content(database)) == list(expected(index))
    before = read_published(database, TABLE)
    assert publish(index, database).sent == 0
    assert read_published(database, TABLE) == before
    (words,) = database.ask(
        f"SELECT obj_description({literal(TABLE.patches)}::regclass, 'pg_class')"
    )[0]
    assert "180 patches of 2 rasters" in words


def test_what_is_told_again_by_vectors_of_many_values(
    tmp_path: Path, database: StoredConnection
) -> None:
    """Longer than a page of the database, so that it keeps them elsewhere."""
    index = made_index(tmp_path / "index", 5, names=NAMES[:1], dimension=2500)
    publish(index, database)
    assert content(database) == expected(index)
    assert "index for distance" in refused(index, database, InputError, distance_index=True)


def test_only_what_is_new_is_sent(index: Path, database: StoredConnection) -> None:
    publish(index, database)
    ids = {
        tuple(row[1:]): row[0]
        for row in database.ask(f'SELECT id, source, "row", col FROM {TABLE.patches}')
    }
    with IndexWriter.open(index, making()) as writer:
        add_source(writer, "/scenes/new.tif", 30, seed=7)
    result = publish(index, database)
    assert (result.sent, result.sources, result.rows) == (30, 1, 210)
    assert content(database) == expected(index)
    now = {
        tuple(row[1:]): row[0]
        for row in database.ask(f'SELECT id, source, "row", col FROM {TABLE.patches}')
    }
    assert ids.items() <= now.items()


def test_a_raster_that_changed_is_replaced(index: Path, database: StoredConnection) -> None:
    publish(index, database)
    with IndexWriter.open(index, making()) as writer:
        writer.drop({0})
        add_source(writer, NAMES[0], 40, seed=5)
    result = publish(index, database)
    assert (result.sent, result.sources, result.rows) == (40, 1, 130)
    assert content(database) == expected(index)


def test_rasters_of_somebody_else_stay(
    index: Path, tmp_path: Path, database: StoredConnection
) -> None:
    """Two indexes of one network in one table; replaced, it holds the last alone."""
    other = made_index(tmp_path / "other", 20, names=("/elsewhere/c.tif",), seed=3)
    publish(index, database)
    assert publish(other, database).rows == 200
    assert content(database) == {**expected(index), **expected(other)}
    assert publish(other, database, replace=True).rows == 20
    assert content(database) == expected(other)


def test_photographs_that_lie_nowhere(tmp_path: Path, database: StoredConnection) -> None:
    index = made_index(tmp_path / "index", 8, crs="")
    publish(index, database)
    assert content(database) == expected(index)
    published = read_published(database, TABLE)
    assert published is not None and published.info.making.crs == ""


def test_an_index_for_distance_is_made_once(index: Path, database: StoredConnection) -> None:
    for _ in range(2):
        publish(index, database, distance_index=True)
    wanted = f"tablename = {literal(TABLE.table)}"
    found = [row[0] for row in database.ask(f"SELECT indexdef FROM pg_indexes WHERE {wanted}")]
    assert sum("hnsw" in each and "vector_cosine_ops" in each for each in found) == 1
    assert sum("gist" in each for each in found) == 1


# What is refused


def test_another_network_is_refused(
    index: Path, tmp_path: Path, database: StoredConnection
) -> None:
    publish(index, database)
    before = content(database)
    other = made_index(tmp_path / "other", 9, sha256="f" * 64)
    assert "sha256" in refused(other, database, InputError)
    assert content(database) == before
    publish(other, database, replace=True)
    assert content(database) == expected(other)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("which", ["patches", "meta", "both"])
def test_a_table_of_somebody_else_is_not_touched(
    index: Path, database: StoredConnection, which: str, replace: bool
) -> None:
    database.ask(f"CREATE SCHEMA {identifier(TABLE.schema)}")
    names = {"patches": [TABLE.patches], "meta": [TABLE.meta], "both": [TABLE.patches, TABLE.meta]}
    for name in names[which]:
        database.ask(f"CREATE TABLE {name} AS SELECT 1 AS a")
    assert "not touched" in refused(index, database, InputError, replace=replace)
    for name in names[which]:
        assert database.ask(f"SELECT * FROM {name}") == [[1]]


def test_a_view_of_somebody_keeps_the_table(index: Path, database: StoredConnection) -> None:
    publish(index, database)
    view = f"{identifier(TABLE.schema)}.mine"
    database.ask(f"CREATE VIEW {view} AS SELECT source FROM {TABLE.patches}")
    assert "mine" not in refused(index, database, replace=True)
    assert content(database) == expected(index)


def test_who_could_read_the_table_can_read_what_replaces_it(
    index: Path, postgres: Server, database: StoredConnection
) -> None:
    """Rights of roles and of everybody, to all of it or to columns, and to hand them on."""
    schema, patches = identifier(TABLE.schema), TABLE.patches
    roles = ('"Re ader"', "editor", "columns")
    publish(index, database)
    database.ask("; ".join(f"CREATE ROLE {role} LOGIN" for role in roles))
    try:
        database.ask(f"GRANT USAGE ON SCHEMA {schema} TO {', '.join(roles)}")
        database.ask(f'GRANT SELECT ON {patches} TO "Re ader" WITH GRANT OPTION')
        database.ask(f"GRANT INSERT, DELETE ON {patches} TO editor")
        database.ask(f'GRANT SELECT (source, "row") ON {patches} TO columns')
        before = rights(database)
        publish(index, database, replace=True)
        assert rights(database) == before and len(before) > 4
        for role, columns, may in (
            ("Re ader", "*", True), ("columns", '"row"', True),
            ("columns", "embedding", False), ("editor", "id", False),
        ):  # fmt: skip
            asked = f"SELECT {columns} FROM {patches} LIMIT 1"
            connection = StoredConnection("office", postgres.uri(role))
            if may:
                assert len(connection.ask(asked)) == 1
            else:
                with pytest.raises(DatabaseError, match="permission denied"):
                    connection.ask(asked)
        # Policies go with the table: what they kept from somebody is not given away.
        database.ask(f"ALTER TABLE {patches} ENABLE ROW LEVEL SECURITY")
        publish(index, database, replace=True)
        assert not [each for each in rights(database) if "Re ader" in each[0]]
    finally:
        database.ask(f"DROP SCHEMA {schema} CASCADE; DROP ROLE {', '.join(roles)}")


def rights(database: StoredConnection) -> set[tuple[str, ...]]:
    """Who may do what with which part of the table, and hand it on."""
    schema, table = literal(TABLE.schema), literal(TABLE.table)
    where = f"WHERE table_schema = {schema} AND table_name = {table}"
    told = "grantee::text, privilege_type::text, is_grantable::text"
    tables = database.ask(f"SELECT {told} FROM information_schema.table_privileges {where}")
    columns = database.ask(
        f"SELECT {told}, column_name::text FROM information_schema.column_privileges {where}"
    )
    return {tuple(row) for row in (*tables, *columns)}


def test_an_empty_index_and_none_are_refused(tmp_path: Path, database: StoredConnection) -> None:
    with IndexWriter.open(tmp_path / "empty", making()):
        pass
    assert "empty" in refused(tmp_path / "empty", database, InputError)
    assert "no index" in refused(tmp_path / "nowhere", database, InputError)


def test_who_may_not_is_told_what_to_ask_for(
    index: Path, postgres: Server, database: StoredConnection
) -> None:
    """A database without the extension, and a user who cannot make it."""
    database.ask("CREATE DATABASE bare")
    database.ask("CREATE ROLE plain LOGIN")
    try:
        bare = postgres.uri("plain").replace("'postgres'", "'bare'", 1)
        text = refused(index, StoredConnection("bare", bare))
        assert "CREATE EXTENSION vector" in text and "permission denied" in text
        publish(index, database)
        text = refused(index, StoredConnection("office", postgres.uri("plain")))
        assert "permission denied" in text and content(database) == expected(index)
    finally:
        database.ask("DROP ROLE plain")


def test_a_server_without_pgvector_is_told(index: Path) -> None:
    class Bare:
        name = "bare"

        def ask(self, sql: str) -> list[list[Any]]:
            return [["maps", None, None, False]]

    assert "install pgvector on the server" in refused(index, Bare())


@pytest.mark.parametrize("where", ["host=/nowhere", "host=127.0.0.1"])
def test_a_server_that_is_not_there_is_told_without_the_password(index: Path, where: str) -> None:
    uri = f"dbname='a' {where} port=1 user='b' password='se(cr)et'"  # pragma: allowlist secret
    text = refused(index, StoredConnection("office", uri))
    assert "office" in text and "cr" not in text.replace("incr", "")


# What goes wrong on the way


class Trouble:
    """A database where something happens before a statement of a transaction."""

    def __init__(self, database: StoredConnection, at: str, happens: Callable[[], None]) -> None:
        self._database, self._at, self._happens = database, at, happens
        self.name, self.happened = database.name, 0

    def ask(self, sql: str) -> list[list[Any]]:
        return self._database.ask(sql)

    @contextmanager
    def transaction(self) -> Iterator[Do]:
        with self._database.transaction() as do:

            def troubled(sql: str) -> None:
                if self._at in sql:
                    self.happened += 1
                    self._happens()
                do(sql)

            yield troubled


MOMENTS = [("INSERT INTO", False), ("INSERT INTO", True), ("DROP", False), ("COMMENT ON", True)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many statements for few patches."""
    monkeypatch.setattr("geosift.inference.embedding.postgres.send.AT_ONCE", 16 * 20)


@pytest.mark.parametrize(("moment", "is_back"), MOMENTS)
def test_a_server_that_goes_away_leaves_the_old_state(
    index: Path, tmp_path: Path, postgres: Server, database: StoredConnection, small: None,
    moment: str, is_back: bool,
) -> None:  # fmt: skip
    """Killed in the middle, also where it is back at once and QGIS mends the connection."""
    publish(index, database)
    before, other = content(database), made_index(tmp_path / "other", 90, seed=5)

    def die() -> None:
        postgres.kill()
        if is_back:
            postgres.start()

    trouble = Trouble(database, moment, die)
    try:
        text = refused(other, trouble, replace=True)
    finally:
        if not is_back:
            postgres.start()
    assert trouble.happened and ("as it was" in text)
    assert ("went away" in text) == (not is_back)
    assert content(database) == before
    assert publish(other, database, replace=True).rows == 180
    assert content(database) == expected(other)
    tables = f"SELECT count(*) FROM pg_tables WHERE schemaname = {literal(TABLE.schema)}"
    assert database.ask(tables) == [[2]], "nothing is left lying about"


def test_a_first_run_that_fails_leaves_no_table(
    index: Path, postgres: Server, database: StoredConnection, small: None
) -> None:
    """And so does a table that is extended stay as it was, though QGIS mends the connection."""
    refused(index, Trouble(database, "INSERT INTO", postgres.restart))
    assert read_published(database, TABLE) is None
    publish(index, database)
    before = content(database)
    with IndexWriter.open(index, making()) as writer:
        writer.drop({0})
        add_source(writer, NAMES[0], 90, seed=6)
    refused(index, Trouble(database, "INSERT INTO", postgres.restart))
    assert content(database) == before


def test_an_end_that_was_not_heard_of_is_looked_up(index: Path, database: StoredConnection) -> None:
    """The server kept everything, then the connection broke."""

    class Deaf(Trouble):
        @contextmanager
        def transaction(self) -> Iterator[Do]:
            with super().transaction() as do:
                yield do
            raise DatabaseError("the connection broke off")

    assert publish(index, Deaf(database, "never", lambda: None)).sent == 180
    assert content(database) == expected(index)


def test_a_cancelled_run_leaves_the_old_state(
    index: Path, tmp_path: Path, database: StoredConnection, small: None
) -> None:
    publish(index, database)
    before, other = content(database), made_index(tmp_path / "other", 90, seed=5)
    for after in (0, 3, 9):
        asked = partial(next, iter([False] * after), True)
        text = refused(other, database, Cancelled, replace=True, cancelled=asked)
        assert "as it was" in text
        assert content(database) == before
    feedback = Listener()
    feedback.cancel()
    refused(other, replace(database, feedback=feedback), Cancelled)
    assert content(database) == before


def test_two_runs_at_once_do_not_mix(
    index: Path, tmp_path: Path, database: StoredConnection
) -> None:
    """The second is told; so is who looked before the other one was done."""
    publish(index, database)
    other = made_index(tmp_path / "other", 20, seed=5)
    texts: list[str] = []
    busy = Trouble(
        database, "COMMENT", lambda: texts.append(refused(other, database, replace=True))
    )
    publish(index, busy, replace=True)
    assert "Another run" in texts[0] and content(database) == expected(index)
    late = Trouble(database, "lock_timeout", lambda: publish(other, database, replace=True))
    assert "meanwhile" in refused(index, late, replace=True)
    assert content(database) == expected(other)


def test_an_index_that_is_cut_meanwhile_is_not_sent(
    index: Path, tmp_path: Path, database: StoredConnection, small: None
) -> None:
    """Its shapes would be those of other patches; one that grows is sent as it was."""
    publish(index, database)
    before, other = content(database), made_index(tmp_path / "other", 90, seed=5)

    def drop() -> None:
        if busy.happened == 3:
            with IndexWriter.open(other, making()) as writer:
                writer.drop({0})

    busy = Trouble(database, "INSERT", drop)
    assert "were dropped" in refused(other, busy, InputError, replace=True)
    assert content(database) == before

    def grow() -> None:
        if busy.happened == 3:
            with IndexWriter.open(other, making()) as writer:
                add_source(writer, "/scenes/late.tif", 20, seed=7)

    wanted, busy = expected(other), Trouble(database, "INSERT", grow)
    publish(other, busy, replace=True)
    assert Index.open(other).info.rows == 110
    assert content(database) == wanted


@pytest.mark.parametrize(
    ("date", "arrives"),
    [("2024-06-15", "2024-06-15 00:00:00+00"), ("2024", None), ("summer", None), ("", None)],
)
def test_a_date_that_is_none_is_left_out(
    date: str, arrives: str | None, database: StoredConnection
) -> None:
    """Imported indexes say what others wrote."""
    [[told]] = database.ask(f"SELECT coalesce(({moment(date)} AT TIME ZONE 'UTC')::text, '')")
    assert told == (arrives or "").replace("+00", "")


# With PostGIS, which the server of the tests has not


def test_with_postgis_the_column_is_a_geometry(index: Path) -> None:
    opened = Index.open(index)
    made = list(creation('"a"', opened.making, WITH_POSTGIS))
    assert 'geom "gis".geometry(Polygon, 4326) NOT NULL' in made[0]
    after = list(replacement(TABLE, '"a"', WITH_POSTGIS, there=False))
    assert 'CREATE INDEX ON "a" USING gist (geom)' in after
    source = opened.info.sources[0]
    with_it, without = (
        next(inserts(opened, source, '"a"', known))[0] for known in (WITH_POSTGIS, WITHOUT)
    )
    shape = "decode(v8, 'hex')"
    assert with_it.replace(f'"gis".ST_GeomFromWKB({shape}, 4326)', shape) == without


def test_patches_that_lie_nowhere_have_no_system_in_postgis(tmp_path: Path) -> None:
    made = creation('"a"', Index.open(made_index(tmp_path / "i", 2, crs="")).making, WITH_POSTGIS)
    assert "geometry(Polygon, 0)" in next(iter(made))


def test_vectors_are_exact(index: Path, database: StoredConnection) -> None:
    publish(index, database)
    rows = database.ask(f"SELECT embedding::text FROM {TABLE.patches} ORDER BY id")
    found = np.array([json.loads(row[0]) for row in rows])
    np.testing.assert_array_equal(found, Index.open(index).vectors)
