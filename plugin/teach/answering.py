# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the workers one question after another; only the newest counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsFeedback, QgsTask
from qgis.PyQt.QtCore import QEventLoop, QObject, pyqtSignal

from ...inference.errors import Cancelled
from ..background.work_task import quiet_flags
from ..i18n import tr
from ..markup import task_text
from .question import Answer, Question

if TYPE_CHECKING:
    from .classroom import Classroom


class LessonTask(QgsTask):
    """Answers one question; what goes wrong is kept for the main thread."""

    early = pyqtSignal(object)
    """An answer that another will follow."""

    def __init__(
        self, room: Callable[[], Classroom], question: Question, ended: Callable[[LessonTask], None]
    ) -> None:
        title = tr("Classifying the view of {0}").format(question.site.title)
        super().__init__(task_text(title), quiet_flags())
        self._room, self._ended = room, ended
        self.question = question
        self.answer: Answer | None = None
        self.error: Exception | None = None

    def run(self) -> bool:
        """See QgsTask.run."""
        try:
            self.answer = self._room().answer(self.question, self.early.emit, self.isCanceled)
        except Cancelled:
            return False
        except Exception as error:  # noqa: BLE001 (handed to the main thread, which tells it)
            self.error = error
        return self.error is None

    def finished(self, _successful: bool) -> None:
        """See QgsTask.finished; on the main thread."""
        self._ended(self)


class Answering(QObject):
    """One task at a time; what was asked before the newest question is given up."""

    changed = pyqtSignal()
    """It has begun, or it has nothing to do any more."""
    answered = pyqtSignal(object)
    failed = pyqtSignal(object, object)
    """The question, and the GeoSiftError or whatever else was raised."""

    def __init__(self) -> None:
        super().__init__()
        self._feedback = QgsFeedback()
        self._classroom: Classroom | None = None
        self._task: LessonTask | None = None
        self._next: Question | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._task is not None

    def room(self) -> Classroom:
        """Where is taught; made by the first worker that asks, which loads the engine."""
        if self._classroom is None:
            from .classroom import Classroom

            self._classroom = Classroom(self._feedback)
        return self._classroom

    def ask(self, question: Question) -> None:
        """Have it answered as soon as the one under way has given up."""
        if self._task is not None:
            self._next = question
            self._task.cancel()
            return
        self._task = LessonTask(self.room, question, self._end)
        self._task.early.connect(self._tell_early)
        QgsApplication.taskManager().addTask(self._task)
        self.changed.emit()

    def cancel(self) -> None:
        """Want no answer any more."""
        self._next = None
        if self._task is not None:
            self._task.cancel()

    def forget(self) -> None:
        """Let go of the raster, unless a question about it is under way."""
        if self._classroom is not None and self._task is None:
            self._classroom.forget()

    def stop(self, seconds: float) -> None:
        """Cancel, and let events through until the worker is out, at most so long; for good."""
        self._feedback.cancel()
        self.cancel()
        deadline = time.monotonic() + seconds
        while self._task is not None and time.monotonic() < deadline:
            QgsApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            time.sleep(0.01)  # the worker needs Python's lock to leave
        self.forget()

    def _tell_early(self, answer: Answer) -> None:
        """The answer to the newest question; what was asked before is outdated."""
        if self._next is None and self._task is not None and not self._task.isCanceled():
            self.answered.emit(answer)

    def _end(self, task: LessonTask) -> None:
        self._task = None
        question, self._next = self._next, None
        if question is not None:
            self.ask(question)
        elif task.error is not None:
            self.failed.emit(task.question, task.error)
        elif task.answer is not None and not task.isCanceled():
            self.answered.emit(task.answer)
        if self._task is None:
            self.changed.emit()
