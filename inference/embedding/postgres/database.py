# SPDX-License-Identifier: GPL-2.0-or-later
"""What is needed of whatever carries SQL to a server and answers back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Rows = Sequence[Sequence[Any]]
Do = Callable[[str], None]


class Database(Protocol):
    """One database, by the name its user knows.

    Every call raises DatabaseError with what the server says, or Cancelled.
    """

    @property
    def name(self) -> str:
        """Of the connection."""

    def ask(self, sql: str) -> Rows:
        """The rows that one statement answers; what it changes is kept.

        Of statements that may be done twice, as they are where the connection breaks off.
        """

    def transaction(self) -> AbstractContextManager[Do]:
        """Statements of which all are kept, or none where anything is raised.

        Law: none of them is done outside the transaction, however the connection is mended. Where
        the end itself raises, the server has to be asked which of the two it was.
        """
