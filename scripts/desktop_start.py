# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by QGIS at its start (`qgis --code`): shows GeoSift's dock once the main window stands.

With GEOSIFT_PICTURE set, runs what the dock proposes, saves a picture of the window under that name
and ends QGIS.
"""

import os

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface, plugins

_POLL_MS = 200
_SETTLE_MS = 3000  # for the canvas to draw and the dock to find its width


def _show_when_ready() -> None:
    window = iface.mainWindow()
    if not window.isVisible() or "geosift" not in plugins:
        QTimer.singleShot(_POLL_MS, _show_when_ready)
        return
    layers = list(QgsProject.instance().mapLayers().values())
    if layers:
        iface.setActiveLayer(layers[0])
    dock = plugins["geosift"].show_dock()
    if "GEOSIFT_PICTURE" in os.environ:
        window.setGeometry(window.screen().availableGeometry())
        window.findChild(QDockWidget, "Browser").hide()  # names of layers need the room
        iface.zoomToActiveLayer()
        dock.queue.finished.connect(lambda _run: QTimer.singleShot(_SETTLE_MS, _save_picture))
        QTimer.singleShot(_SETTLE_MS, dock.start)


def _save_picture() -> None:
    iface.mainWindow().grab().save(os.environ["GEOSIFT_PICTURE"])
    iface.newProject(False)  # else QGIS asks whether to save
    iface.actionExit().trigger()


QTimer.singleShot(_POLL_MS, _show_when_ready)
