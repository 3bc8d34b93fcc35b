# SPDX-License-Identifier: GPL-2.0-or-later
"""One process at a time changes an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import OutputError

_NAME = "index.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, or raise OutputError where another process does.

    SQLite's own lock on an empty database: every system has it, and it ends with the process,
    whatever ends that.
    """
    try:
        database = sqlite3.connect(folder / _NAME, timeout=0.0, isolation_level=None)
    except sqlite3.Error as error:
        raise _unwritable(folder, error) from error
    with closing(database):
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise _unwritable(folder, error) from error
            raise OutputError(
                f"The index {folder} is being changed by another run of GeoSift; wait until that "
                "is done, or give another folder."
            ) from error
        yield


def _unwritable(folder: Path, error: sqlite3.Error) -> OutputError:
    return OutputError(
        f"The index {folder} cannot be changed ({error}); check that the folder may be written to "
        "and that the disk is not full."
    )
