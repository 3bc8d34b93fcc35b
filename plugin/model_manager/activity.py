# SPDX-License-Identifier: GPL-2.0-or-later
"""The one piece of work that goes on in the dialog: what it is, how far, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from ...inference.errors import GeoSiftError
from ..background.runs import CANCELLED, FAILED, Run
from ..background.work_task import WorkTask
from ..i18n import tr
from ..widgets.task_runner import TaskRunner

_LEAVE_SECONDS = 10.0


class Activity(QFrame):
    """Hidden unless something goes on; `failed` carries a sentence."""

    changed = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = TaskRunner(self)
        self._run: Run | None = None
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setObjectName("modelProgress")
        self.cancel = QPushButton(tr("&Cancel"))
        self.cancel.setObjectName("cancelModelWork")
        self.cancel.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self.cancel.setToolTip(tr("Stop what is going on"))
        self.cancel.setAutoDefault(False)  # Enter in a field begins something
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.title)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self.cancel.clicked.connect(self.stop)
        self._runner.changed.connect(self._show)
        self._runner.failed.connect(self.failed)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether something goes on; nothing else may be started meanwhile."""
        return self._runner.is_busy or self._run is not None

    def work(
        self, title: str, work: Callable[[WorkTask], Any], done: Callable[[Any], None]
    ) -> None:
        """Do it in the background; `done` is called with its answer unless it fails."""
        task = WorkTask(title, work, foreseen=GeoSiftError)
        task.progressChanged.connect(self._progress)
        self._begin(title)
        self._runner.start(task, done)

    def start(self, run: Run, done: Callable[[Run], None]) -> None:
        """Start a run of an algorithm; `done` is called with it when there is a result."""
        self._begin(run.title)
        self._run = run
        run.changed.connect(lambda: self._progress(run.percent))
        run.over.connect(lambda _run: self._over(done))
        self.changed.emit()
        run.start()
        self._show()

    def stop(self) -> None:
        """Have what goes on stop as soon as it can."""
        self.cancel.setEnabled(False)
        self._runner.cancel()
        if self._run is not None:
            self._run.cancel()

    def leave(self) -> None:
        """Stop, and wait until the worker is out of it."""
        self._runner.leave()
        if self._run is not None:
            self._run.cancel()
        if self._run is not None:
            self._run.wait(_LEAVE_SECONDS)

    def _begin(self, title: str) -> None:
        self.title.setText(title)
        self.bar.setRange(0, 0)  # until the first step is told

    def _progress(self, percent: float) -> None:
        if percent > 0:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(10 * percent))

    def _over(self, done: Callable[[Run], None]) -> None:
        run, self._run = self._run, None
        self._show()
        if run.state == FAILED:
            self.failed.emit(run.error)
        elif run.state == CANCELLED:
            self.failed.emit(tr("Cancelled."))
        else:
            done(run)

    def _show(self) -> None:
        self.setVisible(self.is_busy)
        self.cancel.setEnabled(self.is_busy)
        self.changed.emit()
