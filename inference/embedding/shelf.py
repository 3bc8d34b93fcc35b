# SPDX-License-Identifier: GPL-2.0-or-later
"""Things that take long to open, kept open until others need the room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Generic, TypeVar

Key = TypeVar("Key")
Opened = TypeVar("Opened")

_ROOM = 4


class Shelf(Generic[Key, Opened]):
    """What was used last stays open, `_ROOM` of them; for one thread at a time."""

    def __init__(self, opening: Callable[[Key], AbstractContextManager[Opened]]) -> None:
        self._opening = opening
        self._held: OrderedDict[Key, tuple[Opened, ExitStack]] = OrderedDict()

    def take(self, key: Key) -> Opened:
        """What `opening` opens; raises what it raises."""
        if key not in self._held:
            with ExitStack() as stack:
                opened = stack.enter_context(self._opening(key))
                self._held[key] = opened, stack.pop_all()
            if len(self._held) > _ROOM:
                self._held.popitem(last=False)[1][1].close()
        self._held.move_to_end(key)
        return self._held[key][0]

    def close(self) -> None:
        """Close all; what is taken afterwards is opened again."""
        while self._held:
            self._held.popitem()[1][1].close()
