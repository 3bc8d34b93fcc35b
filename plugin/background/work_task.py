# SPDX-License-Identifier: GPL-2.0-or-later
"""Work in the background that ends with an answer, or with a sentence on why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsTask

from ..i18n import tr
from ..markup import task_text


def quiet_flags() -> QgsTask.Flags:
    """Of what nobody has asked for: QGIS need not ask before it quits, nor tell that it is over."""
    flag = QgsTask.Flag
    flags = flag.CanCancel | flag.CancelWithoutPrompt
    return flags | flag.Silent if hasattr(flag, "Silent") else flags  # new in QGIS 3.26


class WorkTask(QgsTask):
    """Does `work` in a worker thread; then `answer` is what it gave, or `trouble` says what failed.

    `work` is given the task, to tell how far it is and to hear that it shall stop. What it raises
    of the type `foreseen` is a sentence for the user.
    """

    def __init__(
        self, title: str, work: Callable[[Any], Any], *, foreseen: type[Exception]
    ) -> None:
        super().__init__(task_text(title), QgsTask.Flag.CanCancel)
        self._work, self._foreseen = work, foreseen
        self.answer: Any = None
        self.trouble = ""

    def run(self) -> bool:
        """In a worker thread: nothing of the interface in here."""
        self.trouble = tr("Something nobody foresaw failed; QGIS's log of messages says what.")
        try:
            self.answer = self._work(self.tool())
        except self._foreseen as error:
            self.trouble = str(error)
            return False
        self.trouble = ""
        return True

    def tool(self) -> Any:
        """What `work` is given: the task itself, unless a child knows better."""
        return self
