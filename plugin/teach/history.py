# SPDX-License-Identifier: GPL-2.0-or-later
"""The lesson as it is now and as it was, step by step, and whether it is on disk like that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QObject, pyqtSignal

if TYPE_CHECKING:
    from ...inference.teaching.lesson import Lesson

_MOST = 500
"""Steps that can be undone."""


class History(QObject):
    """Lessons are never changed: each step is another one, so undoing brings the former back."""

    changed = pyqtSignal()

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self._steps, self._at = [lesson], 0
        self._kept = lesson

    @property
    def lesson(self) -> Lesson:
        """The one of now."""
        return self._steps[self._at]

    @property
    def is_unsaved(self) -> bool:
        """Whether there are labels, or were, that are not on disk as they are now."""
        now, kept = self.lesson, self._kept
        same = (now.classes, now.labels) == (kept.classes, kept.labels)
        return not same and bool(now.labels or kept.labels)

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at + 1 < len(self._steps)

    def do(self, lesson: Lesson) -> None:
        """Go one step on; what had been undone is gone for good."""
        del self._steps[self._at + 1 :]
        self._steps.append(lesson)
        del self._steps[:-_MOST]
        self._at = len(self._steps) - 1
        self.changed.emit()

    def undo(self) -> None:
        """Go one step back, as long as there is one."""
        if self.can_undo:
            self._at -= 1
            self.changed.emit()

    def redo(self) -> None:
        """Go forward again what was gone back."""
        if self.can_redo:
            self._at += 1
            self.changed.emit()

    def begin(self, lesson: Lesson) -> None:
        """Go on with another lesson: there is nothing to undo, and it is as it is on disk."""
        self._steps, self._at = [lesson], 0
        self._kept = lesson
        self.changed.emit()

    def saved(self, lesson: Lesson) -> None:
        """This one is on disk now; its name is that of all steps."""
        self._steps = [replace(each, name=lesson.name) for each in self._steps]
        self._kept = self.lesson
        self.changed.emit()
