# SPDX-License-Identifier: GPL-2.0-or-later
"""The object QGIS loads: registers the provider, and in the desktop an action and a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt

from .dependencies import OFFER
from .dependencies.folder import activate, deactivate
from .i18n import install_translation, remove_translation, tr
from .model_news import NEWS
from .provider import GeoSiftProvider

if TYPE_CHECKING:
    from qgis.gui import QgisInterface, QgsMessageBarItem
    from qgis.PyQt.QtCore import QTranslator

    from .actions import Actions
    from .dock import GeoSiftDock
    from .model_manager.dialog import ModelManager
    from .options import OptionsFactory


class GeoSiftPlugin:
    """Registers GeoSift with QGIS and takes it out again in reverse order.

    Under qgis_process `iface` is None and only `initProcessing` is called.
    """

    def __init__(self, iface: QgisInterface | None) -> None:
        self.iface = iface
        self.provider: GeoSiftProvider | None = None
        self.actions: Actions | None = None
        self.options: OptionsFactory | None = None
        self.dock: GeoSiftDock | None = None
        self.models: ModelManager | None = None
        self._offered: QgsMessageBarItem | None = None
        self._translator: QTranslator | None = None

    def initProcessing(self) -> None:  # noqa: N802 (QGIS fixes the name)
        """Offer the algorithms to Processing."""
        activate()
        self._translator = install_translation()
        self.provider = GeoSiftProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 (QGIS fixes the name)
        """Add the algorithms, then actions and the page of options, to the desktop."""
        self.initProcessing()
        self._add_actions()
        self._add_options()
        OFFER.wanted.connect(self._offer_packages)
        NEWS.manager_wanted.connect(self.show_models)
        NEWS.description_wanted.connect(self.describe_model)

    def unload(self) -> None:
        """Take out what was put in, last first."""
        self._remove_models()
        self._remove_dock()
        if self.options is not None:
            NEWS.description_wanted.disconnect(self.describe_model)
            NEWS.manager_wanted.disconnect(self.show_models)
            OFFER.wanted.disconnect(self._offer_packages)
            self.iface.unregisterOptionsWidgetFactory(self.options)
            self.options = None
        self._remove_actions()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        remove_translation(self._translator)
        self._translator = None
        deactivate()

    def show_packages(self) -> None:
        """Show what Python packages are there, and offer the missing ones."""
        from .widgets.dependency_dialog import show_packages

        show_packages(self.iface.mainWindow())

    def show_models(self) -> None:
        """Show the model manager: beside QGIS's window, or above the dialog that is in front."""
        from qgis.PyQt.QtWidgets import QApplication

        from .model_manager.dialog import ModelManager

        front = QApplication.activeModalWidget()
        if front is not None:
            above = ModelManager(self.iface, front)
            above.exec()
            above.deleteLater()  # else it would follow the news of models as long as `front` lives
            return
        if self.models is None:
            self.models = ModelManager(self.iface, self.iface.mainWindow())
        self.models.show()
        self.models.raise_()
        self.models.activateWindow()

    def describe_model(self, path: str) -> None:
        """Ask what a network's numbers mean, and put the card that makes beside its file."""
        from .model_wizard.beside import describe_beside

        describe_beside(path, self.iface)

    def show_sample(self) -> None:
        """Bring the sample scene into the project, and the panel to work on it."""
        from .sample import open_sample

        if open_sample(self.iface):
            self.show_dock()

    def show_dock(self, visible: bool = True) -> GeoSiftDock:
        """Show or hide the dock; made when it is first wanted, to keep the start of QGIS short."""
        if self.dock is None:
            from .dock import GeoSiftDock

            self.dock = GeoSiftDock(self.iface)
            self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
            self.dock.visibilityChanged.connect(self.actions.panel.setChecked)
            self.dock.sample_wanted.connect(self.show_sample)
            self.dock.prompt.follow_action(self.actions.prompt)
        self.dock.setUserVisible(visible)
        return self.dock

    def point(self, on: bool = True) -> None:
        """Turn the tool that cuts out what one points at on or off, and show its page."""
        dock = self.show_dock()
        dock.show_prompt()
        dock.prompt.switch(on)
        self.actions.prompt.setChecked(dock.prompt.controller.is_on)

    def _add_actions(self) -> None:
        from .actions import Actions

        self.actions = Actions(self.iface)
        self.actions.connect(
            panel=self.show_dock,
            prompt=self.point,
            models=self.show_models,
            sample=self.show_sample,
            packages=self.show_packages,
        )

    def _remove_actions(self) -> None:
        if self.actions is not None:
            self.actions.remove()
            self.actions = None

    def _add_options(self) -> None:
        from .options import OptionsFactory

        self.options = OptionsFactory(self._settings_changed)
        self.iface.registerOptionsWidgetFactory(self.options)

    def _settings_changed(self) -> None:
        """Have what is open follow the settings: the folder of models may be another one."""
        NEWS.changed.emit()
        if self.dock is not None:
            self.dock.prompt.page.show_keys()

    def _offer_packages(self, words: str) -> None:
        """Say in the message bar what is missing, once, with a button that opens the dialog."""
        from qgis.core import Qgis
        from qgis.PyQt.QtWidgets import QPushButton

        bar = self.iface.messageBar()
        if self._offered in bar.items():
            return
        self._offered = bar.createMessage("GeoSift", f"{words}.")
        button = QPushButton(tr("Install…"))
        button.clicked.connect(self._install_offered)
        self._offered.layout().addWidget(button)
        bar.pushWidget(self._offered, Qgis.MessageLevel.Warning)

    def _install_offered(self) -> None:
        self.iface.messageBar().popWidget(self._offered)
        self.show_packages()

    def _remove_models(self) -> None:
        if self.models is not None:
            self.models.reject()
            self.models.deleteLater()
            self.models = None

    def _remove_dock(self) -> None:
        if self.dock is None:
            return
        self.dock.shut_down()
        self.iface.removeDockWidget(self.dock)
        self.dock.deleteLater()
        self.dock = None
