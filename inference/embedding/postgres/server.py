# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server can do: whether it knows vectors, and geometry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import DatabaseError, OutputError
from .database import Database
from .sql_text import identifier, literal
from .table_name import TableName

_SCHEMA_OF = (
    "(SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n "
    "ON n.oid = e.extnamespace WHERE e.extname = '{0}')"
)
_QUESTION = (
    "SELECT current_database()::text, "  # nosec B608
    f"{_SCHEMA_OF.format('vector')}::text, {_SCHEMA_OF.format('postgis')}::text, "
    "EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'vector')"
)


@dataclass(frozen=True)
class Server:
    """The schemas its extensions are in, quoted: `vector` of pgvector, `postgis` None without it.

    Types, functions and operators are called by their schema, for nobody knows the search path.
    """

    vector: str
    postgis: str | None = None

    def vector_type(self, dimension: int | None = None) -> str:
        """Of vectors, of one length where there is a dimension."""
        return f"{self.vector}.vector" + (f"({dimension})" if dimension else "")

    @property
    def less_product(self) -> str:
        """The operator of two vectors that gives their inner product, with the other sign."""
        return f"OPERATOR({self.vector}.<#>)"


def read_server(database: Database) -> Server:
    """OutputError where it knows no vectors."""
    found = _asked(database)
    if isinstance(found, Server):
        return found
    raise OutputError(_without(database, *found))


def server_with_vectors(database: Database) -> Server:
    """The same, but where the extension only waits to be made, it is made.

    Not within the transaction of a run: it belongs to the whole database, and does no harm to it.
    """
    found = _asked(database)
    if isinstance(found, Server):
        return found
    _name, is_offered = found
    if not is_offered:
        raise OutputError(_without(database, *found))
    try:
        database.ask("CREATE EXTENSION IF NOT EXISTS vector")
    except DatabaseError as error:
        raise OutputError(
            f"{_without(database, *found)[:-1]} (the server says: {error})."
        ) from error
    return read_server(database)


def as_made(server: Server, database: Database, name: TableName) -> Server:
    """The server as a table knows it: PostGIS may have come later, then its shapes are bytes."""
    if server.postgis is None:
        return server
    column = (
        "SELECT FROM pg_catalog.pg_attribute WHERE attname = 'geom' "  # nosec B608
        f"AND atttypid = 'bytea'::regtype AND attrelid = to_regclass({literal(name.patches)})"
    )
    holds_bytes = database.ask(f"SELECT EXISTS ({column})")[0][0]
    return replace(server, postgis=None) if holds_bytes else server


def _asked(database: Database) -> Server | tuple[str, bool]:
    """The server, or the database's name and whether pgvector is installed there at least."""
    name, vector, postgis, is_offered = database.ask(_QUESTION)[0]
    if not vector:
        return str(name), bool(is_offered)
    return Server(identifier(str(vector)), identifier(str(postgis)) if postgis else None)


def _without(database: Database, name: str, is_offered: bool) -> str:
    todo = f'run CREATE EXTENSION vector in the database "{name}" as a superuser'
    if not is_offered:
        todo = f"install pgvector on the server, then {todo}"
    return f"The database of '{database.name}' knows no vectors; ask its administrator to {todo}."
