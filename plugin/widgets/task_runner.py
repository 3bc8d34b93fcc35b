# SPDX-License-Identifier: GPL-2.0-or-later
"""One piece of work at a time for a dialog, which ends only when the work has."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEventLoop, QObject, pyqtSignal

from ..background.work_task import WorkTask


class TaskRunner(QObject):
    """Hands a task to QGIS, and its answer to whoever asked; `failed` carries the sentence."""

    changed = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._task: WorkTask | None = None

    @property
    def is_busy(self) -> bool:
        return self._task is not None

    def start(self, task: WorkTask, done: Callable[[Any], None]) -> None:
        """Start it; `done` is called with its answer, in the main thread, unless it fails."""
        self._task = task
        task.taskCompleted.connect(lambda: self._finish(lambda: done(task.answer)))
        task.taskTerminated.connect(lambda: self._finish(lambda: self.failed.emit(task.trouble)))
        self.changed.emit()
        QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """Have it stop as soon as it can."""
        if self._task is not None:
            self._task.cancel()

    def leave(self) -> None:
        """Cancel, and let events through until the worker is out of the task."""
        self.cancel()
        while self._task is not None:
            QgsApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            time.sleep(0.01)  # the worker needs Python's lock to leave

    def _finish(self, tell: Callable[[], None]) -> None:
        self._task = None
        self.changed.emit()  # `tell` may ask the user something, which takes its time
        tell()
        self.changed.emit()
