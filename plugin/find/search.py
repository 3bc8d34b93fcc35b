# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the worker, and passes on what it tells as long as it is still what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...inference.errors import GeoSiftError
from ..dependencies import lacks_package, missing_package_words
from .desk import Desk
from .errands import Errands
from .example import Example
from .question import Answer, IndexState, Limits, Question, Thumbnail, Written

_LET_GO, _ASK, _LOOK, _KEEP, _HEAT, _DRAW, _PREPARE, _REST = range(8)
"""Errands, the most urgent first."""
_LEAVE_SECONDS = 5.0
_QUIET_MS = 5000
"""From when on no raster stays open, since nobody asks."""


class Search(QObject):
    """One index at a time; a new question makes all older ones stale."""

    changed = pyqtSignal()
    """Something is being looked for, or no longer is."""
    looked = pyqtSignal(object)
    """The IndexState of the folder."""
    answered = pyqtSignal(object)
    """An Answer, also one of nothing."""
    pictured = pyqtSignal(object)
    """A Thumbnail of the last answer."""
    heated = pyqtSignal(object)
    """What was Written over a raster for the last answer."""
    heat_failed = pyqtSignal()
    kept = pyqtSignal(object)
    """What was Written for the user."""
    troubled = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._desk = Desk()
        self._errands = Errands(self._desk.close)
        self._errands.told.connect(self._hear)
        self._errands.idled.connect(self.changed)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._rest)
        self._number = 0
        self.folder = ""
        self.answer: Answer | None = None
        """The last one, None where it is of nothing any more."""

    @property
    def is_asking(self) -> bool:
        """Whether an answer is to come."""
        return self._errands.has(_ASK)

    @property
    def is_busy(self) -> bool:
        """Whether the worker has anything to do."""
        return self._errands.is_busy

    def look(self, folder: str, *, grows: bool = False) -> None:
        """Tell what is in this folder, which is searched from now on; see Desk.look."""
        if folder != self.folder:
            self.forget()
            self.folder = folder
        self._send(_LOOK, self._desk.look(folder, grows=grows))

    def ask(self, examples: tuple[Example, ...], limits: Limits, *, is_placed: bool) -> None:
        """Look for what is like these; whatever was asked before is not answered any more."""
        self._number += 1
        question = Question(self._number, self.folder, is_placed, examples, limits)
        for kind in (_HEAT, _DRAW):
            self._errands.give_up(kind)
        self._send(_ASK, self._desk.answer(question))
        self.changed.emit()

    def forget(self) -> None:
        """Nothing is looked for any more."""
        self._number += 1
        self.answer = None
        for kind in (_ASK, _HEAT, _DRAW):
            self._errands.give_up(kind)
        self.changed.emit()

    def prepare(self) -> None:
        """Have everything at hand for the first question."""
        self._send(_PREPARE, self._desk.prepare(self.folder))

    def let_go(self) -> None:
        """Close the index's files: a run is going to exchange them, and nothing opens them again
        before the next question.
        """
        for kind in (_ASK, _HEAT, _DRAW, _PREPARE):
            self._errands.give_up(kind)
        self._send(_LET_GO, self._desk.let_go())

    def heat(self, raster: str, path: str) -> None:
        """Write how much each place of a raster is like the examples of the last answer."""
        if self.answer is not None:
            self._send(_HEAT, self._desk.heat(self.answer.question, raster, path))

    def keep(self, path: str) -> None:
        """Write the last answer to a GeoPackage."""
        if self.answer is not None:
            self._send(_KEEP, self._desk.keep(self.answer.question, path))

    def stop(self) -> None:
        """End the worker, for good."""
        self._quiet.stop()
        self._errands.told.disconnect(self._hear)
        self._errands.idled.disconnect(self.changed)
        self._errands.stop(_LEAVE_SECONDS)

    def _send(self, kind: int, steps: Iterator[Any]) -> None:
        self._errands.send(kind, steps)
        self._quiet.start()

    def _rest(self) -> None:
        if self._errands.is_busy:
            self._quiet.start()
        else:
            self._errands.send(_REST, self._desk.rest())

    def _hear(self, kind: int, told: object) -> None:
        if isinstance(told, Exception):
            self.changed.emit()
            if kind == _HEAT:
                self.heat_failed.emit()
            self.troubled.emit(_trouble_words(told))
        elif isinstance(told, IndexState) and told.folder == self.folder:
            self.looked.emit(told)
        elif isinstance(told, Answer) and told.question.number == self._number:
            self._take(told)
        elif isinstance(told, Thumbnail):
            self.pictured.emit(told)
        elif isinstance(told, Written) and kind == _KEEP:
            self.kept.emit(told)
        elif isinstance(told, Written) and told.question.number == self._number:
            self.heated.emit(told)

    def _take(self, answer: Answer) -> None:
        self.answer = None if answer.trouble else answer
        self.answered.emit(answer)
        if self.answer is answer and answer.found:
            self._send(_DRAW, self._desk.thumbnails(answer))
        self.changed.emit()


def _trouble_words(error: Exception) -> str:
    """What GeoSift foresees or a package lacks, in a sentence; raises what is a bug of ours."""
    if isinstance(error, ImportError) and lacks_package(error):
        return missing_package_words(error)
    if isinstance(error, GeoSiftError):
        return str(error)
    raise error
