# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds spent in each stage, added up over all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds the seconds of each stage; stages of several threads add up to more than the whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            with self._lock:
                self._seconds[name] = self._seconds.get(name, 0.0) + spent

    @property
    def seconds(self) -> dict[str, float]:
        with self._lock:
            return dict(self._seconds)
