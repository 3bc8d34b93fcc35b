# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress and a wish to stop in one call, made between the steps of long work."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import Cancelled

Tell = Callable[[float], None]
"""Called with 0..1; raises Cancelled where the user no longer wants the answer."""


def telling(progress: Callable[[float], None], cancelled: Callable[[], bool]) -> Tell:
    """Hear first whether to stop, then tell how far the work is."""

    def tell(done: float) -> None:
        if cancelled():
            raise Cancelled("Cancelled; nothing was written.")
        progress(done)

    return tell


def part(tell: Callable[[float], None], first: float, last: float) -> Tell:
    """Tell of a part, 0..1, as first..last of the whole."""
    return lambda done: tell(first + (last - first) * done)
