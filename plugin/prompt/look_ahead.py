# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodes what the map shows before anybody points at it, so that the first click need not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsRectangle, QgsTask
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...inference.errors import Cancelled, GeoSiftError
from ..background.work_task import quiet_flags
from ..i18n import tr
from ..map_tool.site import Site

if TYPE_CHECKING:
    from .workbench import Workbench

REST_MS = 250
"""How long the map has to be still."""


class EncodeTask(QgsTask):
    """Encodes a site where `seen`, in the layer's coordinates, lies in it."""

    def __init__(
        self,
        bench: Workbench,
        site: Site,
        seen: QgsRectangle,
        ended: Callable[[EncodeTask], None],
    ) -> None:
        super().__init__(tr("Encoding the view of {0}").format(site.title), quiet_flags())
        self.site, self.seen = site, seen
        self._bench, self._ended = bench, ended
        self.sees_raster = True
        self.metres: tuple[float, float] | None = None
        """(width, height) on the ground of a pixel one works with, where that is known."""
        self.error: Exception | None = None

    def run(self) -> bool:
        """See QgsTask.run; what goes wrong is kept for the main thread."""
        try:
            self._encode()
        except Cancelled:
            return False
        except GeoSiftError as error:
            self._bench.forget(self.site)
            self.error = error
        except Exception as error:  # noqa: BLE001 (handed to the main thread, which raises it)
            self.error = error
        return self.error is None

    def finished(self, _successful: bool) -> None:
        """See QgsTask.finished; on the main thread."""
        self._ended(self)

    def _encode(self) -> None:
        place = self._bench.place(self.site)
        self.metres = place.frame.pixel_size_m()
        seen = self.seen
        window = place.window_of(seen.xMinimum(), seen.yMinimum(), seen.xMaximum(), seen.yMaximum())
        self.sees_raster = window is not None
        if window is not None:
            place.cutter.encode_ahead(window, self.isCanceled)


class LookAhead(QObject):
    """While it is on: one task at a time, begun when the map has come to rest.

    `wanted` says what to encode, None for nothing; it is asked on the main thread.
    """

    began = pyqtSignal()
    idled = pyqtSignal()
    """The map has come to rest, and there is nothing to encode."""
    ended = pyqtSignal(object)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        bench: Workbench,
        wanted: Callable[[], tuple[Site, QgsRectangle] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._bench, self._wanted = canvas, bench, wanted
        self._task: EncodeTask | None = None
        self._on = self._again = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._begin)

    @property
    def is_busy(self) -> bool:
        """Whether something is encoded now, or is about to be."""
        return self._task is not None or self._rest.isActive()

    @property
    def is_encoding(self) -> bool:
        """Whether a task is under way."""
        return self._task is not None

    def start(self) -> None:
        """Begin with what the map shows, and follow it."""
        if self._on:
            return
        self._on = True
        for signal in self._signals():
            signal.connect(self.restart)
        self._rest.start(0)

    def stop(self) -> None:
        """Follow no longer; what is under way is cancelled."""
        if not self._on:
            return
        self._on = self._again = False
        for signal in self._signals():
            signal.disconnect(self.restart)
        self.cancel()

    def cancel(self) -> None:
        """Give up what is under way."""
        self._rest.stop()
        self._again = False
        if self._task is not None:
            self._task.cancel()

    def restart(self, *_changes: object) -> None:
        """Look again once the map has rested."""
        if self._on:
            self._rest.start(REST_MS)

    def _signals(self) -> tuple[pyqtSignal, ...]:
        canvas = self._canvas
        return canvas.extentsChanged, canvas.rotationChanged, canvas.destinationCrsChanged

    def _begin(self) -> None:
        if self._task is not None:
            self._again = True
            self._task.cancel()
            return
        wanted = self._wanted() if self._on else None
        if wanted is None:
            self.idled.emit()
            return
        self._task = EncodeTask(self._bench, *wanted, self._end)
        QgsApplication.taskManager().addTask(self._task)
        self.began.emit()

    def _end(self, task: EncodeTask) -> None:
        self._task = None
        again, self._again = self._again and self._on, False
        self.ended.emit(task)
        if again:
            self._begin()
