# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of the GeoSift panel: tabs on top, of the pages below them only one shows."""

from __future__ import annotations

from qgis.core import QgsMapLayer
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QTabBar, QWidget

from .i18n import tr


class Page(QWidget):
    """What a page has to do with the panel around it, which shares its queue and its notice."""

    run_wanted = pyqtSignal(object)
    """A `Run`, for the panel's queue; with `tell` it is for the page to tell what came of it."""

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Hear which layer is the active one now."""

    def shut_down(self) -> None:
        """Let go of the map and of QGIS; called before the page is deleted."""


class PageBar(QTabBar):
    """Tabs in a row as narrow as the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.setAccessibleName(tr("Pages of the panel"))
        self.setToolTip(tr("What the panel is for now"))
        self.setDrawBase(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self._pages: list[QWidget] = []
        self.currentChanged.connect(self._show)

    def add(self, title: str, tip: str, page: QWidget) -> None:
        """A further tab; its page shows while the tab is the current one."""
        self._pages.append(page)
        page.setHidden(len(self._pages) > 1)
        self.setTabToolTip(self.addTab(title), tip)

    def turn_to(self, page: QWidget) -> None:
        """Bring a page to the front."""
        self.setCurrentIndex(self._pages.index(page))

    def _show(self, current: int) -> None:
        for index, page in enumerate(self._pages):
            page.setVisible(index == current)
