# SPDX-License-Identifier: GPL-2.0-or-later
"""One window of QGIS at a time: several may share a profile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qgis.PyQt.QtCore import QLockFile


@contextmanager
def alone(path: Path, refusal: Exception) -> Iterator[None]:
    """Keep other windows of QGIS from doing the same with `path`; raises `refusal` while one does.

    The lock lies beside `path`; where its folder cannot be made, that is told by who writes there.
    """
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # one whose process has ended never holds; time alone says nothing
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not lock.tryLock(0) and lock.error() == QLockFile.LockError.LockFailedError:
        raise refusal
    try:
        yield
    finally:
        lock.unlock()
