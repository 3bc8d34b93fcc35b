# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of a Processing algorithm in the background, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, pyqtSignal

from ..i18n import tr
from ..markup import task_text
from ..results.load_results import load_results
from .run_feedback import RunFeedback
from .time_left import TimeLeft

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"


class Run(QObject):
    """One call of an algorithm: what it shall do, how far it is, what came of it.

    `tell` is called with a run that is done, by whoever would show its result otherwise.
    """

    changed = pyqtSignal()
    over = pyqtSignal(object)

    def __init__(
        self,
        title: str,
        algorithm_id: str,
        parameters: dict[str, Any],
        *,
        tell: Callable[[Run], None] | None = None,
    ) -> None:
        super().__init__()
        self.tell = tell
        self.title, self.algorithm_id, self.parameters = title, algorithm_id, parameters
        self.state, self.percent, self.error = WAITING, 0.0, ""
        self.results: dict[str, Any] = {}
        self.layer_ids: list[str] = []  # what was added to the project
        self.feedback = RunFeedback()
        self._time_left: TimeLeft | None = None
        self._task: QgsProcessingAlgRunnerTask | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (DONE, FAILED, CANCELLED)

    def seconds_left(self) -> float | None:
        """An estimate, None while there is none."""
        return None if self._time_left is None else self._time_left.seconds(time.monotonic())

    def start(self) -> None:
        """Hand the algorithm to QGIS's task manager; what cannot start fails with its reason."""
        self.state, self._time_left = RUNNING, TimeLeft(time.monotonic())
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self._context.setFeedback(self.feedback)
        registry = QgsApplication.processingRegistry()
        self._algorithm = registry.createAlgorithmById(self.algorithm_id)
        if self._algorithm is None:
            self._finish(FAILED, tr("GeoSift's algorithms are not registered with Processing."))
            return
        fine, complaint = self._algorithm.checkParameterValues(self.parameters, self._context)
        if not fine:
            self._finish(FAILED, complaint)
            return
        self._task = QgsProcessingAlgRunnerTask(
            self._algorithm, self.parameters, self._context, self.feedback
        )
        self._task.setDescription(task_text(self.title))
        self._task.progressChanged.connect(self._progress)
        self._task.executed.connect(self._executed)
        self._task.taskTerminated.connect(self._terminated)
        QgsApplication.taskManager().addTask(self._task)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop at the next tile; a run that waits stops at once."""
        if self.is_over:
            return
        if self._task is None:
            self._finish(CANCELLED, "")
        else:
            self._task.cancel()

    def wait(self, seconds: float) -> None:
        """Let events through until the worker is out of the algorithm, at most `seconds`.

        Not QgsTask.waitForFinished: it keeps Python's lock, which the worker needs to finish.
        """
        deadline = time.monotonic() + seconds
        while not self.is_over and time.monotonic() < deadline:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            time.sleep(0.01)

    def _progress(self, percent: float) -> None:
        if self.is_over:
            return
        self.percent = percent
        self._time_left.update(percent, time.monotonic())
        self.changed.emit()

    def _executed(self, successful: bool, results: dict[str, Any]) -> None:
        if self.is_over:
            return
        if self.feedback.isCanceled():
            self._finish(CANCELLED, "")
        elif not successful:
            said = self.feedback.errors
            self._finish(FAILED, said[-1] if said else tr("The run failed without a reason."))
        else:
            self.results, self.percent = results, 100.0
            loaded, missing = load_results(self._context, self.feedback)
            self.layer_ids = [layer.id() for layer in loaded]
            self._finish(FAILED if missing else DONE, missing)

    def _terminated(self) -> None:
        """A task that never ran (QGIS cancelled it before its turn) tells nothing but this."""
        self._executed(False, {})

    def _finish(self, state: str, error: str) -> None:
        self.state, self.error, self._task = state, error, None
        self.changed.emit()
        self.over.emit(self)


class RunQueue(QObject):
    """Starts each run when the one before is over."""

    changed = pyqtSignal()
    finished = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[Run] = []

    def add(self, run: Run) -> None:
        """Put a run at the end of the queue."""
        self.runs.append(run)
        run.over.connect(self._leave)
        self.changed.emit()
        self._start_next()

    def cancel_all(self, wait_seconds: float = 0.0) -> None:
        """Cancel what runs and what waits; then give the worker time to leave."""
        for run in reversed(list(self.runs)):
            run.cancel()
        for run in list(self.runs):
            run.wait(wait_seconds)

    def _leave(self, run: Run) -> None:
        self.runs.remove(run)
        self.changed.emit()
        self.finished.emit(run)
        self._start_next()

    def _start_next(self) -> None:
        if self.runs and all(run.state == WAITING for run in self.runs):
            self.runs[0].start()
