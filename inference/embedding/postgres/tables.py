# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements that make, replace, extend and describe the tables of an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..index_info import IndexInfo, Making
from .published import Published
from .send import COLUMNS, srid
from .server import Server
from .sql_text import literal, texts
from .table_name import TableName, is_there

BOX = "box(point(west, south), point(east, north))"
"""Around a patch, as PostgreSQL alone can index it."""
MOST_INLINE = 1900
"""Values of a vector that fit into a page with the rest of the row. PostgreSQL would put rows above
2 kB elsewhere, and every search would fetch each vector from there."""
_PATIENCE_S = 60
"""For whoever reads the table at the moment when it is replaced."""
MOST_INDEXED = 2000
"""Values of a vector that pgvector takes into an index for distance."""
BUSY, CHANGED = "geosift: another run is publishing", "geosift: the table was changed meanwhile"
"""What an error of the server says where a condition of a run does not hold."""


def conditions(name: TableName, there: Published | None) -> Iterator[str]:
    """Statements that fail where another run is at work, or has been since the table was read."""
    yield f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'"
    lock = f"pg_try_advisory_xact_lock(hashtext({literal('GeoSift ' + name.patches)}))"
    yield _only_if(lock, BUSY)
    if there is None:
        yield _only_if(f"NOT {is_there(name.patches)}", CHANGED)
    else:
        yield _only_if(f"(SELECT state FROM {name.meta}) = {literal(there.state)}", CHANGED)  # nosec B608


def _only_if(condition: str, word: str) -> str:
    """Without a language for procedures, which a server need not have: a word is no number."""
    return f"SELECT CAST(CASE WHEN {condition} THEN '1' ELSE {literal(word)} END AS integer)"


def creation(new: str, making: Making, server: Server) -> Iterator[str]:
    """A new empty table, beside the one there may be."""
    shape = "bytea"
    if server.postgis is not None:
        shape = f"{server.postgis}.geometry(Polygon, {srid(placed=bool(making.crs))})"
    yield (
        f"CREATE TABLE {new} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "source text NOT NULL, date timestamptz, date_from text NOT NULL, model text NOT NULL, "
        'model_sha256 text NOT NULL, "row" integer NOT NULL, col integer NOT NULL, '
        "west double precision NOT NULL, south double precision NOT NULL, "
        "east double precision NOT NULL, north double precision NOT NULL, length real NOT NULL, "
        f"embedding {server.vector_type(making.dimension)} NOT NULL, geom {shape} NOT NULL)"
    )
    if making.dimension <= MOST_INLINE:
        yield f"ALTER TABLE {new} ALTER COLUMN embedding SET STORAGE PLAIN"


def replacement(name: TableName, new: str, server: Server, *, there: bool) -> Iterator[str]:
    """Indexes for the new table, which is full, and its name; the old one goes in the last moment.

    Views that others have made of it keep it: then the server refuses.
    """
    yield f"CREATE INDEX ON {new} (source)"
    yield f"CREATE INDEX ON {new} USING gist ({BOX if server.postgis is None else 'geom'})"
    yield f"ANALYZE {new}"
    if there:
        yield f"DROP TABLE {name.patches}"
    yield f"ALTER TABLE {new} RENAME TO {name.bare}"


def grants(name: TableName) -> str:
    """Asks for the statements that give a new table of that name the rights of the one before.

    None of a table with row security, whose policies go with it: who may read some rows would read
    all.
    """
    table = f"to_regclass({literal(name.patches)})"
    own = texts(("id", *(column.strip('"') for column in COLUMNS)))
    everything = "coalesce(c.relacl, acldefault('r', c.relowner))"
    return (
        f"SELECT format('GRANT %s%s ON TABLE %s TO %s%s', a.privilege_type, parts, "  # nosec B608
        f"{literal(name.patches)}, coalesce(quote_ident(r.rolname), 'PUBLIC'), "
        "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END) FROM pg_catalog.pg_class c, "
        f"LATERAL (SELECT '' AS parts, (aclexplode({everything})).* UNION ALL "
        "SELECT ' (' || quote_ident(attname) || ')', (aclexplode(attacl)).* "
        "FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL "
        f"AND attname = ANY ({own})) AS a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee "
        f"WHERE c.oid = {table} AND NOT c.relrowsecurity"
    )


def removal(name: TableName, sources: Sequence[str]) -> Iterator[str]:
    """Of the patches of some rasters."""
    if sources:
        yield f"DELETE FROM {name.patches} WHERE source = ANY ({texts(sources)})"  # nosec B608


def description(name: TableName, info: IndexInfo, state: str) -> Iterator[str]:
    """What the table says of itself from now on."""
    yield (
        f"CREATE TABLE IF NOT EXISTS {name.meta} (state text NOT NULL, info text NOT NULL, "
        "made timestamptz NOT NULL DEFAULT now())"
    )
    yield f"DELETE FROM {name.meta}"  # nosec B608
    told = f"{literal(state)}, {literal(info.to_json())}"
    yield f"INSERT INTO {name.meta} (state, info) VALUES ({told})"  # nosec B608
    making = info.making
    words = (
        f"GeoSift: {info.rows} patches of {len(info.sources)} rasters, vectors of the network "
        f"{making.model} (SHA-256 {making.sha256}). Compare them by cosine; {name.meta} belongs "
        "to it."
    )
    yield f"COMMENT ON TABLE {name.patches} IS {literal(words)}"


def distance_index(name: TableName, server: Server) -> str:
    """One of the approximate kind, for whoever asks by cosine distance (<=>)."""
    return (
        f"CREATE INDEX ON {name.patches} USING hnsw (embedding {server.vector}.vector_cosine_ops)"
    )


def has_distance_index(name: TableName) -> str:
    """Whether there is one already, by a run before."""
    return (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c "  # nosec B608
        "ON c.oid = i.indexrelid JOIN pg_catalog.pg_am a ON a.oid = c.relam "
        f"WHERE i.indrelid = to_regclass({literal(name.patches)}) AND a.amname = 'hnsw')"
    )
