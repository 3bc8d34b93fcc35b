# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a call takes where nothing disturbs it."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_seconds(call: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of some calls, after one that nobody counts."""
    call()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
