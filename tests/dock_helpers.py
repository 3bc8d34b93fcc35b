# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock outside QGIS's window, and the hand that uses it."""

# ruff: noqa: N802, N815 (QGIS fixes these names)
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugin_helpers import wait_until
from qgis.core import Qgis, QgsMapLayer, QgsProject
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication, QStatusBar, QWidget

from geosift.plugin import settings
from geosift.plugin.background.runs import Run
from geosift.plugin.dock import GeoSiftDock


class Bar(QgsMessageBar):
    """A message bar that remembers."""

    def __init__(self) -> None:
        self._holder = QWidget()  # a window of its own would take the keys when it has messages
        super().__init__(self._holder)
        self.messages: list[tuple[str, str]] = []

    def pushWidget(self, widget: QWidget, level: Qgis.MessageLevel, duration: int = 0) -> QWidget:
        name = "success" if level == Qgis.MessageLevel.Success else "info"
        self.messages.append((name, widget.text()))
        return super().pushWidget(widget, level, duration)

    def pushCritical(self, _title: str, text: str) -> None:
        self.messages.append(("critical", text))

    def pushInfo(self, _title: str, text: str) -> None:
        self.messages.append(("info", text))

    def pushWarning(self, _title: str, text: str) -> None:
        self.messages.append(("warning", text))


class Interface(QObject):
    """The few members of QgisInterface that the dock uses."""

    currentLayerChanged = pyqtSignal(QgsMapLayer)

    def __init__(self) -> None:
        super().__init__()
        self.canvas = QgsMapCanvas()
        self.canvas.resize(400, 300)
        self.bar = Bar()
        self.status_bar = QStatusBar()
        self.active: QgsMapLayer | None = None
        self.zoomed_to: QgsMapLayer | None = None

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def messageBar(self) -> Bar:
        return self.bar

    def statusBarIface(self) -> QStatusBar:
        return self.status_bar

    def activeLayer(self) -> QgsMapLayer | None:
        return self.active

    def setActiveLayer(self, layer: QgsMapLayer | None) -> None:
        self.active = layer
        self.currentLayerChanged.emit(layer)

    def zoomToActiveLayer(self) -> None:
        self.zoomed_to = self.active


@contextmanager
def open_dock(interface: Interface) -> Iterator[GeoSiftDock]:
    """The dock as wide as it often is; shut down and gone afterwards."""
    panel = GeoSiftDock(interface)
    panel.resize(300, 800)
    panel.show()
    try:
        yield panel
    finally:
        panel.shut_down()
        panel.close()
        panel.deleteLater()
        QApplication.processEvents()


def click(button: QAbstractButton) -> None:
    assert button.isVisible() and button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@contextmanager
def models_in(folder: Path) -> Iterator[None]:
    """The user keeps models in that folder."""
    before = settings.model_folder()
    settings.set_model_folder(str(folder))
    try:
        yield
    finally:
        settings.set_model_folder(str(before))


def choose_model(dock: GeoSiftDock, name: str) -> None:
    """From the list, with the keyboard."""
    combo = dock.form.model.combo
    row = combo.findText(name)
    assert row >= 0, name
    combo.setFocus()
    while combo.currentIndex() != row:
        down = combo.currentIndex() < row
        QTest.keyClick(combo, Qt.Key.Key_Down if down else Qt.Key.Key_Up)


def choose(dock: GeoSiftDock, text: str) -> None:
    """Choose an extent with the keyboard, as in any list."""
    combo = dock.form.extent.combo
    QTest.keyClicks(combo, text)
    assert combo.currentText().startswith(text)


def run_to_the_end(dock: GeoSiftDock) -> Run:
    """Click Run and wait for the run to be over."""
    over: list[Run] = []
    dock.queue.finished.connect(over.append)
    click(dock.run_button)
    wait_until(lambda: bool(over))
    QApplication.processEvents()
    return over[0]


def result_layers() -> dict[str, QgsMapLayer]:
    return {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
