# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a run is still going to take, estimated from how it went so far."""

from __future__ import annotations

_SOONEST_PERCENT = 3.0
_SOONEST_SECONDS = 1.5
_MEMORY = 0.7


class TimeLeft:
    """Smoothed estimate of the seconds left of work whose progress is told in percent.

    The rate is that of the whole run mixed with that of the last steps: the first tiles also load
    the network, the last ones also finish files. Times come from outside, in seconds.
    """

    def __init__(self, start: float) -> None:
        self._start, self._last_time, self._last_percent = start, start, 0.0
        self._rate: float | None = None

    def update(self, percent: float, now: float) -> None:
        """Take note that `percent` are done at time `now`."""
        step, seconds = percent - self._last_percent, now - self._last_time
        if step <= 0 or seconds <= 0:
            return
        newest = step / seconds
        self._rate = newest if self._rate is None else _MEMORY * self._rate + (1 - _MEMORY) * newest
        self._last_percent, self._last_time = percent, now

    def seconds(self, now: float) -> float | None:
        """Seconds left at time `now`; None while nothing can be said."""
        elapsed = now - self._start
        if (
            self._rate is None
            or elapsed < _SOONEST_SECONDS
            or self._last_percent < _SOONEST_PERCENT
        ):
            return None
        overall = self._last_percent / max(self._last_time - self._start, 1e-6)
        at_update = (100.0 - self._last_percent) / (0.5 * overall + 0.5 * self._rate)
        return max(0.0, at_update - (now - self._last_time))
