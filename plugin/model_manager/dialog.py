# SPDX-License-Identifier: GPL-2.0-or-later
"""All that can be done with models, in a window beside QGIS's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QGuiApplication, QShowEvent
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..i18n import tr
from ..widgets.notice import Notice
from .activity import Activity
from .fetch_page import FetchPage
from .installed_page import InstalledPage

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_CHARACTERS, _LINES = 145, 40
_FETCH_PAGE = 1


class ModelManager(QDialog):
    """Two pages and, below them, what goes on and what came of it."""

    def __init__(self, iface: QgisInterface | None, parent: QWidget | None = None) -> None:
        """Without `iface` there is no map on which a model could be tried."""
        super().__init__(parent)
        self.setWindowTitle(tr("GeoSift: models"))
        self.setObjectName("modelManager")
        self.activity = Activity()
        self.installed = InstalledPage(self.activity, iface)
        self.fetch = FetchPage(self.activity)
        self.notice = Notice()
        self.words = QLabel()
        self.words.setObjectName("modelWords")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(tr("Models"))
        self.pages.addTab(self.installed, tr("Installed"))
        self.pages.addTab(self.fetch, tr("To fetch"))
        self.pages.tabBar().setToolTip(tr("The models that are there, and those that could be"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._lay_out()
        self._connect()
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """Models put into the folder by hand are found when this is opened again."""
        super().showEvent(event)
        if not event.spontaneous():
            self.installed.look_again()

    def reject(self) -> None:
        """Close; what is under way is cancelled first, and has left before the dialog goes."""
        self.activity.leave()
        super().reject()

    def _fit(self) -> None:
        """All columns where the screen has room for them; by itself Qt stays below two thirds."""
        metrics = self.fontMetrics()
        wanted = QSize(_CHARACTERS * metrics.averageCharWidth(), _LINES * metrics.lineSpacing())
        self.resize(wanted.boundedTo(0.9 * QGuiApplication.primaryScreen().availableSize()))

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.reject)
        self.activity.changed.connect(self._clear)
        self.activity.failed.connect(self._fail)
        self.pages.currentChanged.connect(self._turn)
        for page in (self.installed, self.fetch):
            page.said.connect(self._say)
            page.failed.connect(self._fail)

    def _turn(self, index: int) -> None:
        """Nothing is asked of any network before somebody wants to see it."""
        if index == _FETCH_PAGE:
            self.fetch.load_once()

    def _clear(self) -> None:
        if self.activity.is_busy:
            self.notice.hide()
            self.words.hide()

    def _say(self, words: str) -> None:
        self.notice.hide()
        self.words.setText(words)
        self.words.show()

    def _fail(self, trouble: str) -> None:
        self.words.hide()
        self.notice.say(trouble or tr("Cancelled."))

    def _lay_out(self) -> None:
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)  # Enter in a field is no wish to leave
        column = QVBoxLayout(self)
        column.addWidget(self.pages, 1)
        for widget in (self.words, self.notice, self.activity, self.buttons):
            column.addWidget(widget)
        self.words.hide()
