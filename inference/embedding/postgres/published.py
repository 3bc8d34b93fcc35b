# SPDX-License-Identifier: GPL-2.0-or-later
"""What a table of patches says of itself, and what an index has that it does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate

from ...errors import DatabaseError, InputError
from ..index_info import IndexedSource, IndexInfo, Making
from .database import Database
from .table_name import TableName, is_there


@dataclass(frozen=True)
class Published:
    """An index in a database as it was when it was looked at; every run leaves another `state`."""

    info: IndexInfo
    state: str


def read_published(database: Database, name: TableName) -> Published | None:
    """None where there is no such table; InputError where it is none of GeoSift's."""
    question = f"SELECT {is_there(name.patches)}, {is_there(name.meta)}"
    has_patches, has_meta = database.ask(question)[0]
    if not has_patches and not has_meta:
        return None
    if not has_meta:
        raise _strange(database, name)
    try:
        state, text = database.ask(f"SELECT state::text, info::text FROM {name.meta}")[0]  # nosec B608
    except (DatabaseError, IndexError, ValueError) as error:
        raise _strange(database, name) from error
    if not has_patches:
        return None
    place = f"the table {name} of '{database.name}'"
    return Published(IndexInfo.from_json(str(text), name=place), str(state))


def _strange(database: Database, name: TableName) -> InputError:
    return InputError(
        f"The database of '{database.name}' has a table {name} that holds no index of GeoSift, and "
        "it is not touched; give another name."
    )


@dataclass(frozen=True)
class Changes:
    """What makes a table hold an index: which of the index's sources to send, whose patches to
    leave out first, and how many are to be sent; `info` is what the table says of itself then.
    """

    send: tuple[IndexedSource, ...]
    drop: tuple[str, ...]
    info: IndexInfo

    @property
    def patches(self) -> int:
        return sum(source.patches for source in self.send)


def changes(there: Published | None, index: IndexInfo, *, table: str) -> Changes:
    """Of a table that is extended; InputError where its vectors are of another making.

    Rasters that only the table has stay: they may come from the index of somebody else.
    """
    if there is None:
        return Changes(index.sources, (), told_of(index.making, index.sources))
    _require_same(there.info.making, index.making, table)
    known = {source.file.path: source for source in there.info.sources}
    send = tuple(
        source
        for source in index.sources
        if source.file.path not in known or not _is_same(known[source.file.path], source)
    )
    paths = {source.file.path for source in send}
    kept = [source for source in there.info.sources if source.file.path not in paths]
    drop = tuple(sorted(path for path in paths if path in known))
    return Changes(send, drop, told_of(index.making, (*kept, *send)))


def told_of(making: Making, sources: Sequence[IndexedSource]) -> IndexInfo:
    """The description of those sources, one behind the other."""
    stops = list(accumulate(source.patches for source in sources))
    placed = tuple(
        replace(source, ranges=((stop - source.patches, stop),) if source.patches else ())
        for source, stop in zip(sources, stops)
    )
    return IndexInfo(making, stops[-1] if stops else 0, placed)


def _is_same(one: IndexedSource, other: IndexedSource) -> bool:
    """Whether the patches of both are the same, as far as can be told; time alone tells nothing."""
    told = (
        (
            source.file.bytes, source.file.digest, source.date, source.height, source.width,
            source.bands, source.area, source.patches, source.following,
        )
        for source in (one, other)
    )  # fmt: skip
    return len(set(told)) == 1


def _require_same(there: Making, here: Making, table: str) -> None:
    for field in reversed(fields(Making)):  # the model's name last: its digest says more
        have, want = (str(getattr(each, field.name))[:16] for each in (there, here))
        if getattr(there, field.name) != getattr(here, field.name):
            raise InputError(
                f"The table {table} holds vectors that were made otherwise ({field.name} is {have} "
                f"there and {want} here), which cannot be compared; give another name, or replace "
                "all that is in the table."
            )
