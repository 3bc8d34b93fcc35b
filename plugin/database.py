# SPDX-License-Identifier: GPL-2.0-or-later
"""A PostgreSQL connection that the user has stored in QGIS, for the engine (worker thread)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsDataSourceUri,
    QgsException,
    QgsFeedback,
    QgsProviderConnectionException,
    QgsProviderRegistry,
    QgsTransaction,
)

from ..inference.errors import Cancelled, DatabaseError, InputError
from .i18n import tr

PROVIDER = "postgres"
_TROUBLE = (QgsException, QgsProviderConnectionException)
"""QGIS 3.22 raises the first for the second, and later neither is the other."""
_NO_LIMIT = 0
_SETTING = "geosift.run"
_BEGIN = f"SET LOCAL {_SETTING} = '1'"
_GUARD = f"SELECT CAST(current_setting('{_SETTING}') AS integer); "
"""Before every statement of a transaction. Where a server went away and is back, QGIS mends the
connection and does the statement once more, outside the transaction, and so would a COMMIT do
nothing and tell no error; on another connection the setting is not there, which is an error."""
_SAID = re.compile(r"[\[(]\s*(?:[^\W\d_]+:\s+)?([^\n]*)")
"""After "returned 0 [" or "Status 7 (" the server's own words: first how bad it is."""


class _NoConnection(DatabaseError):
    """The server is not there, or does not let one in."""


@dataclass(frozen=True)
class StoredConnection:
    """The connection's name and what it says of the server; `feedback` may cancel what is asked."""

    name: str
    uri: str
    feedback: QgsFeedback | None = None

    def ask(self, sql: str) -> list[list[Any]]:
        """The rows that one statement answers; what it changes is kept.

        QGIS keeps connections for later. One that broke meanwhile, which nothing but words in some
        language tells, fails once, and is mended when it is used again: so all is tried twice.
        """
        try:
            return self._rows(sql)
        except _NoConnection:
            raise
        except DatabaseError:
            return self._rows(sql)

    def _rows(self, sql: str) -> list[list[Any]]:
        connection = _metadata().createConnection(self.uri, {})
        try:
            rows = connection.executeSql(sql, self.feedback)
        except _TROUBLE as error:
            self._stop()
            told = str(error).replace(sql, "")
            if self.uri in told:  # it tells how one logs in
                raise _NoConnection(_unreachable()) from error
            raise DatabaseError(_reason(told)) from error
        self._stop()
        return rows

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Statements of which all are kept, or none where anything is raised."""
        uri = QgsDataSourceUri(self.uri)
        transaction = QgsTransaction.create(uri.connectionInfo(False), PROVIDER)
        _check(*transaction.begin(_NO_LIMIT))

        def do(sql: str) -> None:
            self._stop()
            _check(*transaction.executeSql(_GUARD + sql))

        try:
            _check(*transaction.executeSql(_BEGIN))
            yield do
            do("COMMIT")
        finally:
            transaction.rollback()  # what was not kept; it lets go of the connection, too

    def _stop(self) -> None:
        if self.feedback is not None and self.feedback.isCanceled():
            raise Cancelled(tr("Cancelled."))


def stored_connection(name: str, feedback: QgsFeedback | None = None) -> StoredConnection:
    """The connection of that name; InputError where there is none."""
    known = _metadata().connections(False)
    if name not in known:
        words = tr("There is no PostgreSQL connection '{0}' in QGIS; there is: {1}.")
        raise InputError(words.format(name, ", ".join(sorted(known)) or tr("none")))
    return StoredConnection(name, known[name].uri(), feedback)


def _metadata() -> Any:
    found = QgsProviderRegistry.instance().providerMetadata(PROVIDER)
    if found is None:
        raise InputError(tr("This QGIS cannot reach PostgreSQL: its provider is not installed."))
    return found


def _check(is_done: bool, error: str) -> None:
    if not is_done:
        raise DatabaseError(_reason(error))


def _reason(told: str) -> str:
    """What the server says, in one line."""
    if _SETTING in told:
        return tr("the connection broke off")
    found = _SAID.search(told)
    said = found.group(1).strip().rstrip(".])") if found else ""
    return said or _unreachable()


def _unreachable() -> str:
    return tr("no connection can be made; check it in QGIS's browser")
