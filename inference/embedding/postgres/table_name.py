# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tables of an index are called."""

from __future__ import annotations

from dataclasses import dataclass

from .sql_text import identifier, literal

_META = "_index"
_LONGEST_ENDING = 9


@dataclass(frozen=True)
class TableName:
    """The table of patches in a schema; beside it one that says how they were made.

    All that a method or property gives is SQL text. InputError where no table can be called so.
    """

    schema: str
    table: str

    def __post_init__(self) -> None:
        identifier(self.schema)
        identifier(self.table)
        identifier(self.table + "?" * _LONGEST_ENDING)

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def patches(self) -> str:
        return self._named(self.table)

    @property
    def meta(self) -> str:
        """One row: the description of the index, and the token of the run that wrote it."""
        return self._named(self.table + _META)

    def new(self, state: str) -> str:
        """The table of a run that takes the place of `patches` when it is whole."""
        return self._named(f"{self.table}_{state[: _LONGEST_ENDING - 1]}")

    @property
    def bare(self) -> str:
        """The table's name alone."""
        return identifier(self.table)

    def _named(self, table: str) -> str:
        return f"{identifier(self.schema)}.{identifier(table)}"


def is_there(name: str) -> str:
    """Whether there is a table, or a view, of that quoted name."""
    return f"to_regclass({literal(name)}) IS NOT NULL"
