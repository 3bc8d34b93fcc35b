# SPDX-License-Identifier: GPL-2.0-or-later
"""A thread that works in small steps, the urgent kind first, and drops what has become stale."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from qgis.PyQt.QtCore import QObject, QThread, pyqtSignal

_LATE: set[Errands] = set()
"""Threads that did not leave in time, kept until they do."""


class Errands(QThread):
    """Of each kind of errand only the newest is done; kinds are numbers, the least goes first.

    An errand is an iterator: what each of its steps gives is told, with its kind; what it raises is
    its last word. Between two steps more urgent ones are done, so that a click never waits for the
    last of a hundred pictures. When the thread leaves it calls `at_end`: what it has opened it
    closes.
    """

    told = pyqtSignal(int, object)
    idled = pyqtSignal()

    def __init__(self, at_end: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at_end = at_end
        self._wake = threading.Condition()
        self._steps: dict[int, Iterator[Any]] = {}
        self._leaving = False

    def send(self, kind: int, steps: Iterator[Any]) -> None:
        """Do this; an older errand of its kind is given up, and what it gives now is not told."""
        with self._wake:
            self._steps[kind] = steps
            self._wake.notify()
        if not self.isRunning():
            self.start()

    def give_up(self, kind: int) -> None:
        """Do nothing of that kind any more."""
        with self._wake:
            self._steps.pop(kind, None)

    @property
    def is_busy(self) -> bool:
        """Whether something is to be done."""
        with self._wake:
            return bool(self._steps)

    def has(self, kind: int) -> bool:
        """Whether something of that kind is to be done."""
        with self._wake:
            return kind in self._steps

    def stop(self, seconds: float) -> bool:
        """Leave after the step under way; whether the thread is over by then."""
        with self._wake:
            self._leaving = True
            self._steps.clear()
            self._wake.notify()
        in_time = self.wait(round(1000 * seconds))
        if not in_time:  # Qt ends the process when a thread is deleted that still runs
            _LATE.add(self)
            self.finished.connect(lambda: _LATE.discard(self))
        return in_time

    def run(self) -> None:
        """See QThread.run."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._leaving or self._steps)
                if self._leaving:
                    break
                kind = min(self._steps)
                steps = self._steps[kind]
            told, is_over = _step(steps)
            with self._wake:
                is_newest = self._steps.get(kind) is steps
                if is_over and is_newest:
                    del self._steps[kind]
                is_idle = not self._steps
            if told is not None and is_newest:
                self.told.emit(kind, told)
            if is_idle:
                self.idled.emit()
        self._at_end()


def _step(steps: Iterator[Any]) -> tuple[Any, bool]:
    """What the next step gives (None for nothing), and whether it was the last."""
    try:
        return next(steps), False
    except StopIteration:
        return None, True
    except Exception as error:  # noqa: BLE001 (told to the main thread, which raises it)
        return error, True
