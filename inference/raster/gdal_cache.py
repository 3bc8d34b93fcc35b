# SPDX-License-Identifier: GPL-2.0-or-later
"""GDAL's block cache, kept small while a raster streams through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rasterio.env import get_gdal_config, set_gdal_config

_KEY = "GDAL_CACHEMAX"
_BYTES = 40 * 2**20
"""Holds a row of tiles of the widest column block; GDAL's own limit is a share of all memory."""


class _Bound:
    """The cache is the whole process's: the first run bounds it, the last one gives it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._before = 0

    def enter(self) -> None:
        with self._lock:
            if self._runs == 0:
                self._before = int(get_gdal_config(_KEY))
                set_gdal_config(_KEY, min(_BYTES, self._before))
            self._runs += 1

    def leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                set_gdal_config(_KEY, self._before)


_BOUND = _Bound()


@contextmanager
def small_cache() -> Iterator[None]:
    """Within it GDAL keeps at most 40 MB of blocks; QGIS's own setting returns afterwards."""
    _BOUND.enter()
    try:
        yield
    finally:
        _BOUND.leave()
