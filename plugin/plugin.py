# SPDX-License-Identifier: GPL-2.0-or-later
"""The object QGIS loads: registers the provider, and in the desktop an action and a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt

from .i18n import tr
from .provider import GeoSiftProvider

if TYPE_CHECKING:
    from qgis.gui import QgisInterface
    from qgis.PyQt.QtWidgets import QAction

    from .dock import GeoSiftDock


class GeoSiftPlugin:
    """Registers GeoSift with QGIS and takes it out again in reverse order.

    Under qgis_process `iface` is None and only `initProcessing` is called.
    """

    def __init__(self, iface: QgisInterface | None) -> None:
        self.iface = iface
        self.provider: GeoSiftProvider | None = None
        self.action: QAction | None = None
        self.dock: GeoSiftDock | None = None

    def initProcessing(self) -> None:  # noqa: N802 (QGIS fixes the name)
        """Offer the algorithms to Processing."""
        self.provider = GeoSiftProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (QGIS fixes the name)
        """Add the algorithms, then the action that opens the dock, to the desktop."""
        self.initProcessing()
        self._add_action()

    def unload(self) -> None:
        """Take out what was put in, last first."""
        self._remove_dock()
        self._remove_action()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None

    def show_dock(self, visible: bool = True) -> GeoSiftDock:
        """Show or hide the dock; made when it is first wanted, to keep the start of QGIS short."""
        if self.dock is None:
            from .dock import GeoSiftDock

            self.dock = GeoSiftDock(self.iface)
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
            self.dock.visibilityChanged.connect(self.action.setChecked)
        self.dock.setUserVisible(visible)
        return self.dock

    def _add_action(self) -> None:
        from qgis.PyQt.QtWidgets import QAction

        from .icons import plugin_icon

        self.action = QAction(plugin_icon(), tr("GeoSift"), self.iface.mainWindow())
        self.action.setObjectName("geosiftAction")
        self.action.setToolTip(tr("GeoSift: land cover from a raster layer"))
        self.action.setCheckable(True)
        self.action.triggered.connect(self.show_dock)
        self.iface.addRasterToolBarIcon(self.action)
        self.iface.addPluginToRasterMenu(tr("GeoSift"), self.action)

    def _remove_action(self) -> None:
        if self.action is None:
            return
        self.iface.removePluginRasterMenu(tr("GeoSift"), self.action)
        self.iface.removeRasterToolBarIcon(self.action)
        self.action.deleteLater()
        self.action = None

    def _remove_dock(self) -> None:
        if self.dock is None:
            return
        self.dock.shut_down()
        self.iface.removeDockWidget(self.dock)
        self.dock.deleteLater()
        self.dock = None
