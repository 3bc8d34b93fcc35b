# SPDX-License-Identifier: GPL-2.0-or-later
"""What the workers work with: rasters, networks and what was encoded, each once while it is needed.

The engine is loaded by the first worker that asks, so that making the tool costs nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from qgis.core import QgsFeedback

from ..map_tool.site import Site

if TYPE_CHECKING:
    from ...inference.prompt.embedding import EmbeddingCache
    from ...inference.prompt.promptable import Promptable
    from .opening import Raster
    from .place import Place

_NETWORKS, _RASTERS, _PLACES = 1, 2, 6

Kept = TypeVar("Kept")


class Workbench:
    """Safe to ask from several threads; the second to want what is being opened waits for it."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._times_forgotten = 0
        self._feedback = QgsFeedback()
        self.cache: EmbeddingCache | None = None
        """What was encoded; made with the first place."""
        self._networks: _Newest[Promptable] = _Newest(_NETWORKS)
        self._rasters: _Newest[Raster] = _Newest(_RASTERS)
        self._places: _Newest[Place] = _Newest(_PLACES)

    def place(self, site: Site) -> Place:
        """The site with everything open that answers prompts; raises GeoSiftError."""
        with self._opening:
            times = self._times_forgotten
            place = self._places.get(site.key, lambda: self._open(site))
            if times != self._times_forgotten:  # meanwhile nobody wants it kept
                self._let_go()
            return place

    def forget(self, site: Site | None = None) -> None:
        """Let go of a site's raster (as after an error), or of all; what was encoded is kept.

        Unless a server drew it: what it did not send, it may send next time. Never waits for what
        is being opened: the main thread asks this.
        """
        if site is None:
            self._times_forgotten += 1
            self._let_go()
            return
        self._rasters.drop(site.fingerprint)
        self._places.drop(site.key)
        if site.is_served and self.cache is not None:
            self.cache.forget()

    def stop(self) -> None:
        """Have map servers be waited for no longer; for good."""
        self._feedback.cancel()

    def _let_go(self) -> None:
        self._rasters.clear()
        self._places.clear()

    def _open(self, site: Site) -> Place:
        from .opening import fitted, load_network, open_place, open_raster

        self.cache = fitted(self.cache)
        network = self._networks.get(site.network_key, lambda: load_network(site.card))
        raster = self._rasters.get(site.fingerprint, lambda: open_raster(site, self._feedback))
        return open_place(site, raster, network, self.cache)


class _Newest(Generic[Kept]):
    """Keeps what was asked for last; what is let go of closes when nobody works with it.

    One thread at a time may get, any may have something let go of meanwhile.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept by that key, made where there is none."""
        with self._lock:
            known = self._kept.get(key)
        found = make() if known is None else known
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found

    def drop(self, key: Hashable) -> None:
        """Keep nothing by that key."""
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
