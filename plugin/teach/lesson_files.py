# SPDX-License-Identifier: GPL-2.0-or-later
"""Lessons on disk: opened, saved, and asked about before labels would be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox, QWidget

from ...inference.errors import GeoSiftError
from ...inference.teaching.lesson import Lesson
from ..i18n import tr
from .first_lesson import first_lesson
from .history import History


class LessonFiles(QObject):
    """A lesson is a GeoPackage; `as_wished` adds what the page says before one is saved."""

    opened = pyqtSignal()
    """Another lesson is the one of now."""
    saved = pyqtSignal(str)
    """Where to."""
    troubled = pyqtSignal(str)

    def __init__(
        self, window: QWidget, history: History, as_wished: Callable[[Lesson], Lesson]
    ) -> None:
        super().__init__()
        self._window, self._history, self._as_wished = window, history, as_wished
        self.path: Path | None = None
        """Where the lesson of now is on disk; None: nowhere yet."""

    def new(self) -> None:
        """Begin another lesson, unless the user wants to keep what is there."""
        if self.may_leave():
            self.path = None
            self._history.begin(first_lesson())
            self.opened.emit()

    def open(self) -> None:
        """Go on with a lesson that the user chooses."""
        if not self.may_leave():
            return
        path, _filter = QFileDialog.getOpenFileName(
            self._window, tr("Open a lesson"), self._usual_folder(), tr("Lessons (*.gpkg)")
        )
        if path:
            self.open_file(Path(path))

    def open_file(self, path: Path) -> None:
        """Go on with the lesson in a file."""
        from ...inference.teaching.lesson_file import open_lesson

        try:
            lesson = open_lesson(path)
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return
        self.path = path
        self._history.begin(lesson)
        self.opened.emit()

    def save(self) -> bool:
        """Write the lesson where it came from, else where the user says; whether that was done."""
        return self.save_as() if self.path is None else self._write(self.path)

    def save_as(self) -> bool:
        """Write the lesson into a file the user names; whether that was done."""
        proposed = Path(self._usual_folder()) / f"{self._history.lesson.name}.gpkg"
        text, _filter = QFileDialog.getSaveFileName(
            self._window, tr("Save the lesson"), str(proposed), tr("Lessons (*.gpkg)")
        )
        path = Path(text)
        if text and path.suffix.lower() != ".gpkg":
            path = path.with_name(f"{path.name}.gpkg")
            if path.exists():  # the dialog has asked about another file
                words = tr("{0} is there already: choose it by its whole name, or another one.")
                self.troubled.emit(words.format(path))
                return False
        return bool(text) and self._write(path)

    def may_leave(self) -> bool:
        """Whether the lesson may go: it is saved, or the user does not want it."""
        if not self._history.is_unsaved:
            return True
        kinds = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            tr("Unsaved labels"),
            tr("The labels of this lesson are not saved. Save them first?"),
            kinds.Save | kinds.Discard | kinds.Cancel,
            kinds.Save,
        )
        return self.save() if answer == kinds.Save else answer == kinds.Discard

    def _write(self, path: Path) -> bool:
        from ...inference.teaching.lesson_file import save_lesson

        lesson = self._as_wished(self._history.lesson)
        if path != self.path:
            lesson = replace(lesson, name=path.stem)
        try:
            save_lesson(lesson, path)
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return False
        self.path = path
        self._history.saved(lesson)
        self.saved.emit(str(path))
        return True

    def _usual_folder(self) -> str:
        if self.path is not None:
            return str(self.path.parent)
        return QgsProject.instance().absolutePath() or str(Path.home())
