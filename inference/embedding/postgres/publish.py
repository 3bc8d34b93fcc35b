# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: an index to a database, whole, or not at all."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import Cancelled, DatabaseError, GeoSiftError, InputError, OutputError
from ...runs.telling import Tell, telling
from ...runs.whole_run import Asked, Progress
from ..groups import begins_like
from ..index import Index
from . import tables
from .database import Database, Do
from .published import Changes, Published, changes, read_published, told_of
from .send import inserts
from .server import Server, as_made, server_with_vectors
from .sql_text import identifier, literal
from .table_name import TableName

_SENT = 0.95
"""Share of a run's work until the last patch is sent."""


@dataclass(frozen=True)
class PublishJob:
    """Which index to send to which table.

    A table that is there already is extended: what has not changed is not sent again. With
    `replace` all in it is replaced, whatever network it was made with. With `distance_index` it
    gets an index of pgvector (HNSW) for programs that ask it by cosine distance.
    """

    index: Path
    table: TableName
    replace: bool = False
    distance_index: bool = False


@dataclass(frozen=True)
class PublishResult:
    """`sent` patches of `sources` rasters, of the `rows` the table holds now; seconds in all."""

    sent: int
    sources: int
    rows: int
    seconds: float


def publish_index(
    job: PublishJob,
    database: Database,
    *,
    progress: Progress = lambda percent: None,
    cancelled: Asked = lambda: False,
) -> PublishResult:
    """Do the job; the table is as it was, or holds the whole index. Raises leaves of GeoSiftError
    for what a user can mend.
    """
    start = time.perf_counter()
    tell = telling(lambda done: progress(100.0 * done), cancelled)
    index = Index.open(job.index)
    if not index.info.rows:
        raise InputError(f"The index {job.index} is empty; put a raster into it first.")
    with _in_words(job.table, database):
        server = server_with_vectors(database)
        there = read_published(database, job.table)
        if there is not None and not job.replace:
            server = as_made(server, database, job.table)
        wanted = _changes(job, index, there)
        if there is None or wanted.send:
            _write(_Writing(job.table, database, server, there, wanted), index, job.replace, tell)
    if job.distance_index:
        _index_distance(job.table, database, server, index)
    tell(1.0)
    seconds = time.perf_counter() - start
    return PublishResult(wanted.patches, len(wanted.send), wanted.info.rows, seconds)


def _changes(job: PublishJob, index: Index, there: Published | None) -> Changes:
    sources = tuple(source for source in index.info.sources if source.patches)
    if job.replace:
        return Changes(sources, (), told_of(index.making, sources))
    told = changes(there, told_of(index.making, sources), table=str(job.table))
    sent = {source.file.path for source in told.send}
    # With the ranges of the index, which say where the vectors are.
    send = tuple(source for source in sources if source.file.path in sent)
    return Changes(send, told.drop, told.info)


@dataclass(frozen=True)
class _Writing:
    name: TableName
    database: Database
    server: Server
    there: Published | None
    wanted: Changes


def _write(run: _Writing, index: Index, replace: bool, tell: Tell) -> None:
    """One transaction; where its end is in doubt, the server is asked how it ended."""
    state = uuid.uuid4().hex
    _make_schema(run)
    try:
        with run.database.transaction() as do:
            for statement in tables.conditions(run.name, run.there):
                do(statement)
            if run.there is None or replace:
                _fill(run, index, run.name.new(state), do, tell)
            else:
                for statement in tables.removal(run.name, run.wanted.drop):
                    do(statement)
                _send(run, index, run.name.patches, do, tell)
            for statement in tables.description(run.name, run.wanted.info, state):
                do(statement)
            tell(1.0)
    except DatabaseError as error:
        if not _has_ended(run, state, error):
            raise


def _make_schema(run: _Writing) -> None:
    """Where there is none; made before, since many may make tables who may make no schemas."""
    wanted = literal(run.name.schema)
    schemas = f"SELECT FROM pg_catalog.pg_namespace WHERE nspname = {wanted}"  # nosec B608
    question = f"SELECT EXISTS ({schemas})"
    if not run.database.ask(question)[0][0]:
        run.database.ask(f"CREATE SCHEMA IF NOT EXISTS {identifier(run.name.schema)}")


def _fill(run: _Writing, index: Index, new: str, do: Do, tell: Tell) -> None:
    for statement in tables.creation(new, index.making, run.server):
        do(statement)
    _send(run, index, new, do, tell)
    is_there = run.there is not None
    rights = run.database.ask(tables.grants(run.name)) if is_there else ()
    statements = tables.replacement(run.name, new, run.server, there=is_there)
    for statement in (*statements, *(str(row[0]) for row in rights)):
        tell(_SENT)
        do(statement)


def _send(run: _Writing, index: Index, table: str, do: Do, tell: Tell) -> None:
    sent = 0
    for source in run.wanted.send:
        for statement, count in inserts(index, source, table, run.server):
            tell(_SENT * sent / run.wanted.patches)
            do(statement)
            sent += count
    if not begins_like(index.files.read_info(), index.info):
        # Shapes are read from the layer as it is, where other patches may have these numbers now.
        raise InputError(
            f"Rasters of the index {index.files.folder} were dropped or renewed while it was sent, "
            f"so the table {run.name} was left as it was; publish again."
        )


def _has_ended(run: _Writing, state: str, error: DatabaseError) -> bool:
    """Whether the transaction was kept although its end was never heard of."""
    try:
        now = read_published(run.database, run.name)
    except GeoSiftError as silent:
        raise OutputError(
            f"The server of '{run.database.name}' went away ({error}); the table {run.name} is as "
            "it was, or whole if that happened in the very last moment: publish again when the "
            "server is back."
        ) from silent
    return now is not None and now.state == state


def _index_distance(name: TableName, database: Database, server: Server, index: Index) -> None:
    """Not within the transaction: it takes far longer, and the table is as good without it."""
    dimension, most = index.making.dimension, tables.MOST_INDEXED
    reason = f"pgvector takes {most} values into one, and these vectors have {dimension}"
    try:
        if dimension <= most:
            if not database.ask(tables.has_distance_index(name))[0][0]:
                database.ask(tables.distance_index(name, server))
            return
    except Cancelled as error:
        raise Cancelled(_without_index(name, "cancelled")) from error
    except DatabaseError as error:
        raise OutputError(_without_index(name, str(error))) from error
    raise InputError(_without_index(name, reason))


def _without_index(name: TableName, reason: str) -> str:
    return (
        f"All patches are in the table {name}, but it has no index for distance ({reason}); it can "
        "be searched as it is."
    )


@contextmanager
def _in_words(name: TableName, database: Database) -> Iterator[None]:
    """What a server says, as one sentence."""
    try:
        yield
    except Cancelled as error:
        raise Cancelled(f"Cancelled; the table {name} is as it was.") from error
    except DatabaseError as error:
        raise OutputError(_sentence(str(error), name, database.name)) from error


def _sentence(reason: str, name: TableName, connection: str) -> str:
    if tables.BUSY in reason:
        return (
            f"Another run is publishing to the table {name} of '{connection}'; wait until that is "
            "done, or give another name."
        )
    if tables.CHANGED in reason:
        return (
            f"The table {name} of '{connection}' was changed by another run meanwhile, and is as "
            "that left it; publish again."
        )
    return (
        f"The index was not published to the table {name} of '{connection}', which is as it was "
        f"({reason}); mend that, then publish again."
    )
