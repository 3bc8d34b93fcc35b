# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings GeoSift's page into QGIS's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.gui import QgsOptionsWidgetFactory
from qgis.PyQt.QtWidgets import QWidget

from .icons import plugin_icon

if TYPE_CHECKING:
    from .widgets.settings_page import SettingsPage


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page anew each time the options are opened; `applied` is called after a change."""

    def __init__(self, applied: Callable[[], None]) -> None:
        super().__init__("GeoSift", plugin_icon())
        self._applied = applied

    def createWidget(self, parent: QWidget | None) -> SettingsPage:  # noqa: N802 (QGIS's name)
        from .widgets.settings_page import SettingsPage

        return SettingsPage(parent, applied=self._applied)
