# SPDX-License-Identifier: GPL-2.0-or-later
"""Says which Python packages are missing, why they are needed and how large, and installs them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..dependencies import folder
from ..dependencies.installer import Installation, Python, work_out
from ..dependencies.needs import Package, missing
from ..dependencies.task import PythonTask
from ..i18n import tr
from .dependency_source import DependencySource
from .dependency_table import DependencyTable
from .notice import Notice
from .task_runner import TaskRunner

_CHARACTERS = 92
_OUTPUT_LINES = 9
_MARGIN = 48
"""Of the screen, for the title of the window."""


class DependencyDialog(QDialog):
    """Everything about packages in one place: look, install, try out, remove."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("GeoSift: Python packages"))
        self.setObjectName("dependencyDialog")
        self._runner = TaskRunner(self)
        self._broken = False
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.table = DependencyTable()
        self.source = DependencySource()
        self.notice = Notice()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.output = QPlainTextEdit()
        self.output.setObjectName("dependencyOutput")
        self.install = QPushButton(tr("&Install"))
        self.cancel = QPushButton(tr("&Cancel"))
        self.try_out = QPushButton(tr("&Try out"))
        self.remove = QPushButton()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._explain()
        self._lay_out()
        self._connect()
        self.look()

    def look(self, troubles: Mapping[str, str] | None = None) -> None:
        """Show what is there now."""
        lacking = missing()
        self._broken = any(map(folder.holds, troubles or ()))
        self.table.look(troubles)
        self.source.offer(self._wanted(), lacking)
        self.words.setText(_words(lacking))
        size = folder.megabytes()
        self.remove.setText(tr("&Remove what GeoSift installed ({0} MB)").format(size))
        self.remove.setVisible(size > 0)
        self._show_state()

    def reject(self) -> None:
        """Close; what is under way is cancelled first, and has left before the dialog goes."""
        self._runner.leave()
        super().reject()

    def start_install(self) -> None:
        """Install what is missing from where the user chose."""
        wanted = self._wanted()
        again = any(each.module in sys.modules for each in wanted)
        self._start(
            tr("Installing Python packages for GeoSift"),
            Installation(wanted, self.source.wheels_folder()).run,
            lambda _answer: self._installed(again),
        )

    def start_try_out(self) -> None:
        """Import every package in a process of its own and tell what is wrong."""
        self._start(tr("Trying out GeoSift's Python packages"), work_out, self._tried)

    def remove_all(self) -> None:
        """Delete what was installed into the profile."""
        gone = folder.remove()
        self.look()
        self.words.setText(
            tr("Removed. What QGIS has loaded of it stays in memory until QGIS is closed.")
            if gone
            else tr("Some files are in use: the rest is removed when QGIS starts again.")
        )

    def _wanted(self) -> tuple[Package, ...]:
        """What pip shall bring: all that is found nowhere but in GeoSift's own folder.

        Nothing, as long as everything is there and works.
        """
        if not missing() and not self._broken:
            return ()
        absent = missing(without=folder.packages_folder())
        return tuple(each for each in absent if each.by_pip)

    def _start(
        self, title: str, work: Callable[[Python], Any], done: Callable[[Any], None]
    ) -> None:
        self.notice.hide()
        self.output.clear()
        self.output.show()
        task = PythonTask(title, work)
        task.said.connect(self.output.appendPlainText)
        self._runner.start(task, done)

    def _fail(self, trouble: str) -> None:
        self.notice.say(trouble or tr("Cancelled; nothing was changed."))
        self._fit()

    def _installed(self, again: bool) -> None:
        folder.activate()
        self.look()
        if not missing():
            self.words.setText(
                tr("Installed and tried out. Start QGIS again to use what is new.")
                if again
                else tr("Installed and tried out: GeoSift is ready, without starting QGIS again.")
            )

    def _tried(self, troubles: Mapping[str, str]) -> None:
        self.look(troubles)
        if troubles:
            self.notice.say("\n".join(troubles.values()))
            self._fit()
        else:
            self.words.setText(tr("Everything was imported and works."))

    def _show_state(self) -> None:
        running = self._runner.is_busy
        for widget in (self.try_out, self.remove):
            widget.setEnabled(not running)
        self.source.setVisible(not running and bool(self._wanted() or missing()))
        self.busy.setVisible(running)
        self.cancel.setVisible(running)
        self.install.setVisible(not running and bool(missing() or self._broken))
        self.install.setEnabled(bool(self._wanted()) and self.source.installs)
        self.install.setDefault(self.install.isEnabled())
        self._fit()

    def _fit(self) -> None:
        """Grow to what is shown; adjustSize() would keep to two thirds of the screen."""
        column = self.layout()
        column.activate()
        wanted = column.totalHeightForWidth(max(self.width(), self.minimumWidth()))
        most = self.screen().availableGeometry().height() - _MARGIN
        self.resize(self.width(), min(max(self.height(), wanted), most))

    def _explain(self) -> None:
        self.install.setToolTip(tr("Fetch what is missing into your QGIS profile"))
        self.cancel.setToolTip(tr("Stop; nothing is changed"))
        self.try_out.setToolTip(tr("Import each package in a process of its own"))
        self.remove.setToolTip(tr("Delete GeoSift's own folder of packages from your QGIS profile"))

    def _connect(self) -> None:
        self.source.changed.connect(self._show_state)
        self._runner.changed.connect(self._show_state)
        self._runner.failed.connect(self._fail)
        self.install.clicked.connect(self.start_install)
        self.cancel.clicked.connect(self._runner.cancel)
        self.try_out.clicked.connect(self.start_try_out)
        self.remove.clicked.connect(self.remove_all)
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        self.output.setReadOnly(True)
        self.output.setAccessibleName(tr("What is under way"))
        self.output.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        lines = self.output.fontMetrics().lineSpacing()
        self.output.setMinimumHeight(_OUTPUT_LINES * lines)
        self.output.hide()
        action = QDialogButtonBox.ButtonRole.ActionRole
        for button in (self.install, self.cancel, self.try_out, self.remove):
            self.buttons.addButton(button, action)
        column = QVBoxLayout(self)
        for widget in (self.words, self.table, self.source, self.notice, self.busy):
            column.addWidget(widget)
        column.addWidget(self.output, 1)
        column.addWidget(self.buttons)
        self.setMinimumWidth(_CHARACTERS * self.fontMetrics().averageCharWidth())


def show_packages(parent: QWidget | None) -> None:
    """Show the dialog until the user closes it."""
    dialog = DependencyDialog(parent)
    dialog.exec()
    dialog.deleteLater()


def offer_missing_packages(parent: QWidget | None) -> bool:
    """Whether everything is there, in the end: what is missing is offered in a dialog first."""
    if not missing():
        return True
    show_packages(parent)
    return not missing()


def _words(lacking: tuple[Package, ...]) -> str:
    if not lacking:
        return tr("GeoSift finds every Python package it needs.")
    by_hand = ", ".join(each.title for each in lacking if not each.by_pip)
    words = tr(
        "Some Python packages are missing. GeoSift puts them into your QGIS profile, beside what "
        "QGIS brings and without changing it, and tries them out before they count."
    )
    if not by_hand:
        return words
    return f"{words} " + tr("From your system's packages alone: {0}.").format(by_hand)
