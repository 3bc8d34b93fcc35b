# SPDX-License-Identifier: GPL-2.0-or-later
"""Says in QGIS's message bar that a run is done, with buttons for what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import Qgis
from qgis.PyQt.QtCore import QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QPushButton

from ..i18n import tr
from ..markup import bar_text
from .layer_tree import main_result, still_there

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_SECONDS = 20


def tell_done(iface: QgisInterface, words: str, layer_ids: list[str], *, report: str = "") -> None:
    """Say so a moment later, to lie above QGIS's own "Task complete".

    `report` is the path of a page, '' where there is none.
    """
    QTimer.singleShot(0, lambda: _push(iface, words, layer_ids, report))


def zoom_to(iface: QgisInterface, layer_ids: list[str]) -> None:
    """Make the main one of a run's results the active layer, and have the map show all of it."""
    layers = still_there(layer_ids)
    layer = main_result(layers) or next(iter(layers), None)
    if layer is not None:
        iface.setActiveLayer(layer)
        iface.zoomToActiveLayer()


def open_page(page: str) -> None:
    """Show a page in whatever the user's computer shows pages with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(page))


def _push(iface: QgisInterface, words: str, layer_ids: list[str], report: str) -> None:
    """The buttons are for this run's results, not for a later one's."""
    bar = iface.messageBar()
    item = bar.createMessage("GeoSift", bar_text(words))
    buttons = [("showLayerButton", tr("Show layer"), lambda: zoom_to(iface, layer_ids))]
    if report:
        buttons.append(("openReportButton", tr("Open report"), lambda: open_page(report)))
    for name, text, slot in buttons:
        button = QPushButton(text)
        button.setObjectName(name)
        button.clicked.connect(slot)
        item.layout().addWidget(button)
    bar.pushWidget(item, Qgis.MessageLevel.Success, _SECONDS)
