# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts rasters into the index: runs of `geosift:embed`, and whether one of ours is under way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..algorithms import embed_parameters as names
from ..background.runs import Run
from ..i18n import tr

_EMBED = "geosift:embed"
_EVERY_MS = 3000
"""How often a growing index is looked at: the run keeps what it has every two seconds."""


class Growing(QObject):
    """One run at a time; `grew` while patches come, `ended` when it is over, however it ended."""

    grew = pyqtSignal()
    ended = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._renews = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_EVERY_MS)
        self._rest.timeout.connect(self.grew)

    @property
    def is_under_way(self) -> bool:
        return self._run is not None

    @property
    def exchanges_files(self) -> bool:
        """Whether nobody may have the index open: Windows does not exchange open files."""
        return self._run is not None and self._renews

    @property
    def percent(self) -> float:
        return 0.0 if self._run is None else self._run.percent

    def run(self, rasters: Sequence[str], folder: str, *, renew: bool) -> Run:
        """The run that puts rasters (layer ids or paths) into the index.

        It has nothing to tell when it is done: what is in the index says it all.
        """
        name = Path(folder).name
        title = tr("Renewing {0}") if renew else tr("Adding to {0}")
        parameters = {names.INPUTS: list(rasters), names.INDEX: folder, names.RENEW: renew}
        made = Run(title.format(name), _EMBED, parameters, tell=lambda _run: None)
        self._run, self._renews = made, renew
        made.changed.connect(self._hear)
        made.over.connect(self._end)
        return made

    def forget(self) -> None:
        """Hear nothing more of the run; the panel's queue ends it."""
        self._rest.stop()
        if self._run is not None:
            self._run.changed.disconnect(self._hear)
            self._run.over.disconnect(self._end)
        self._run = None

    def _hear(self) -> None:
        if not self._rest.isActive() and not self._renews:
            self._rest.start()

    def _end(self, run: Run) -> None:
        self._rest.stop()
        self._run = None
        self.ended.emit(run)
