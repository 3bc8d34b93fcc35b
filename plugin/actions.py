# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's buttons in QGIS's plugins toolbar, and its entries in the raster menu.

The raster toolbar would be the place, but QGIS hides it until somebody looks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .i18n import tr
from .icons import plugin_icon, prompt_icon

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_MENU = "GeoSift"


class Actions:
    """Added in the order they are written, taken out in reverse."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface, self._window = iface, iface.mainWindow()
        self.panel = self._action("Action", tr("GeoSift &panel"), plugin_icon())
        self.panel.setToolTip(tr("GeoSift: land cover or land use from a raster layer"))
        self.prompt = self._action("PromptAction", tr("P&oint and cut out"), prompt_icon())
        self.prompt.setToolTip(tr("GeoSift: cut out what you point at in a raster layer"))
        self.models = self._action("ModelsAction", tr("&Models…"))
        self.models.setToolTip(tr("See, try out, import, fetch or remove models"))
        self.sample = self._action("SampleAction", tr("Open the &sample scene"))
        self.sample.setToolTip(tr("Add a made-up aerial picture to the project, to try GeoSift on"))
        self.packages = self._action("PackagesAction", tr("P&ython packages…"))
        self.packages.setToolTip(tr("See, install, try out or remove what GeoSift needs"))
        self._tools = (self.panel, self.prompt)
        self._all = (*self._tools, self.models, self.sample, self.packages)
        for action in self._tools:
            action.setCheckable(True)
            iface.addToolBarIcon(action)
        for action in self._all:
            iface.addPluginToRasterMenu(_MENU, action)

    def connect(
        self,
        *,
        panel: Callable[[bool], object],
        prompt: Callable[[bool], object],
        models: Callable[[], object],
        sample: Callable[[], object],
        packages: Callable[[], object],
    ) -> None:
        """What each of them does; the first two are told whether they are on."""
        self.panel.triggered.connect(panel)
        self.prompt.triggered.connect(prompt)
        for action, do in ((self.models, models), (self.sample, sample), (self.packages, packages)):
            action.triggered.connect(lambda _checked, do=do: do())

    def remove(self) -> None:
        """Take them out of QGIS."""
        for action in reversed(self._all):
            self._iface.removePluginRasterMenu(_MENU, action)
        for action in reversed(self._tools):
            self._iface.removeToolBarIcon(action)
        for action in reversed(self._all):
            action.deleteLater()

    def _action(self, name: str, text: str, icon: QIcon | None = None) -> QAction:
        action = QAction(icon or QIcon(), text, self._window)
        action.setObjectName(f"geosift{name}")
        return action
