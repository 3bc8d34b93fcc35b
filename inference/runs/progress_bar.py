# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a run is, on a terminal."""

from __future__ import annotations

import sys
import time


class ProgressBar:
    """A line on the terminal that is drawn over; silent where standard error is not one."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._start = time.monotonic()
        self._drawn = 0.0

    def show(self, percent: float) -> None:
        now = time.monotonic()
        if not self._on or (now - self._drawn < 0.1 and percent < 100.0):
            return
        self._drawn = now
        left = (now - self._start) * (100.0 - percent) / max(percent, 1e-9)
        filled = int(percent / 2.5)
        bar = "#" * filled + "." * (40 - filled)
        sys.stderr.write(f"\r[{bar}] {percent:5.1f} %  {left:5.0f} s left ")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(f"geosift: {text}\n")

    def end(self) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")
