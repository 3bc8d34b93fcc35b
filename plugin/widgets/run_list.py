# SPDX-License-Identifier: GPL-2.0-or-later
"""The runs that go on or wait, each with its progress and a button that cancels it."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..background.runs import WAITING, Run, RunQueue
from ..i18n import tr
from ..words import time_left_words

_REFRESH_MS = 1000


class RunRow(QFrame):
    """One run: its title, a bar, the time left in words, Cancel."""

    def __init__(self, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.setFrameShape(QFrame.Shape.StyledPanel)
        title = QLabel(run.title)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setObjectName("runProgress")
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(max(8, self.fontMetrics().height() // 2))
        self.status = QLabel()
        self.status.setObjectName("runStatus")
        self.status.setWordWrap(True)
        self.button = QPushButton(tr("Cancel"))
        self.button.setObjectName("cancelButton")
        self.button.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self.button.setToolTip(tr("Stop this run; nothing of it is kept"))
        self.button.clicked.connect(self._cancel)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 8, 6)
        grid.setColumnStretch(0, 1)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.button, 0, 1)
        grid.addWidget(self.bar, 1, 0, 1, 2)
        grid.addWidget(self.status, 2, 0, 1, 2)
        run.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how far the run is now."""
        self.bar.setValue(round(10 * self.run.percent))
        if self.run.feedback.isCanceled():
            self.status.setText(tr("stopping"))
        elif self.run.state == WAITING:
            self.status.setText(tr("waiting for its turn"))
        else:
            left = time_left_words(self.run.seconds_left())
            self.status.setText(tr("{0} % · {1}").format(int(self.run.percent), left))
        self.status.setToolTip(self.status.text())

    def _cancel(self) -> None:
        self.button.setEnabled(False)
        self.run.cancel()
        self.refresh()


class RunList(QWidget):
    """A row for every run of the queue; empty and without height when there is none."""

    def __init__(self, queue: RunQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._rows: dict[Run, RunRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._tick)
        queue.changed.connect(self._match_queue)

    def rows(self) -> list[RunRow]:
        """The rows, first run first."""
        return list(self._rows.values())

    def _match_queue(self) -> None:
        for run in [run for run in self._rows if run not in self._queue.runs]:
            row = self._rows.pop(run)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for run in self._queue.runs:
            if run not in self._rows:
                self._rows[run] = RunRow(run)
                self._column.addWidget(self._rows[run])
        if self._rows:
            self._timer.start()
        else:
            self._timer.stop()

    def _tick(self) -> None:
        for row in self._rows.values():
            row.refresh()
