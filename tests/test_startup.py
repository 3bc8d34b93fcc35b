# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading the plugin: cheap, complete, and undone by unloading."""

# ruff: noqa: N802 (QGIS fixes these names)
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from qgis.core import Qgis, QgsApplication, QgsMapLayer, QgsProject, QgsSettings
from qgis.gui import QgsMapCanvas, QgsMessageBar, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QDialog,
    QMainWindow,
    QPushButton,
    QStatusBar,
    QToolButton,
    QWidget,
    QWizard,
)

import geosift
from geosift.plugin import settings
from geosift.plugin.dependencies import OFFER
from geosift.plugin.model_manager.dialog import ModelManager
from geosift.plugin.model_news import NEWS
from geosift.plugin.plugin import GeoSiftPlugin
from geosift.plugin.sample import SCENE

_LOAD = """
import json, sys, time
from qgis.core import Qgis, QgsApplication
application = QgsApplication([], False)
application.initQgis()
before = set(sys.modules)
start = time.process_time()  # whatever else this computer does meanwhile
import geosift
plugin = geosift.classFactory(None)
plugin.initProcessing()
milliseconds = 1000 * (time.process_time() - start)
print(json.dumps({"ms": milliseconds, "loaded": sorted(set(sys.modules) - before)}))
plugin.unload()
"""
_HEAVY = {"numpy", "onnxruntime", "cv2", "rasterio", "torch", "processing", "affine"}


@pytest.fixture
def loads(plain_environment: Mapping[str, str]) -> list[dict[str, object]]:
    """What loading the plugin cost and imported, in three fresh processes."""
    environment = {**plain_environment, "QT_QPA_PLATFORM": "offscreen"}
    answers = []
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", _LOAD],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(json.loads(run.stdout.splitlines()[-1]))
    return answers


def test_this_is_the_qgis_that_was_asked_for(qgis_process: list[str]) -> None:
    """`make test-3.40` asks for another than the installed one, in every process."""
    wanted = os.environ.get("GEOSIFT_TESTED_QGIS", Qgis.QGIS_VERSION.split("-")[0])
    assert Qgis.QGIS_VERSION.startswith(wanted)
    said = subprocess.run(
        [*qgis_process, "--version"], capture_output=True, text=True, timeout=100, check=True
    )
    assert f"QGIS {wanted}" in said.stdout


def test_loading_is_cheap_and_imports_nothing_heavy(loads: list[dict[str, object]]) -> None:
    assert min(load["ms"] for load in loads) <= 50
    for load in loads:
        assert not _HEAVY & {name.split(".")[0] for name in load["loaded"]}


class _Interface(QObject):
    """The few members of QgisInterface that the plugin and its dock use."""

    currentLayerChanged = pyqtSignal(QgsMapLayer)  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.bar = QgsMessageBar(self.window)
        self.status_bar = self.window.statusBar()
        self.tool_bar: list[QAction] = []
        self.menu: list[QAction] = []
        self.options: list[QgsOptionsWidgetFactory] = []
        self.active: QgsMapLayer | None = None
        self.zoomed = 0

    def mainWindow(self) -> QMainWindow:
        return self.window

    def messageBar(self) -> QgsMessageBar:
        return self.bar

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def statusBarIface(self) -> QStatusBar:
        return self.status_bar

    def activeLayer(self) -> QgsMapLayer | None:
        return self.active

    def setActiveLayer(self, layer: QgsMapLayer) -> None:
        self.active = layer

    def zoomToActiveLayer(self) -> None:
        self.zoomed += 1

    def addDockWidget(self, area: Qt.DockWidgetArea, dock: QWidget) -> None:
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: QWidget) -> None:
        self.window.removeDockWidget(dock)

    def addToolBarIcon(self, action: QAction) -> None:
        self.tool_bar.append(action)

    def removeToolBarIcon(self, action: QAction) -> None:
        self.tool_bar.remove(action)

    def addPluginToRasterMenu(self, _name: str, action: QAction) -> None:
        self.menu.append(action)

    def removePluginRasterMenu(self, _name: str, action: QAction) -> None:
        self.menu.remove(action)

    def registerOptionsWidgetFactory(self, factory: QgsOptionsWidgetFactory) -> None:
        self.options.append(factory)

    def unregisterOptionsWidgetFactory(self, factory: QgsOptionsWidgetFactory) -> None:
        self.options.remove(factory)


@pytest.fixture
def interface() -> _Interface:
    return _Interface()


@pytest.fixture
def plugin(interface: _Interface) -> Iterator[GeoSiftPlugin]:
    """The plugin as the desktop has it; unloaded in the end, also where a test did."""
    made = geosift.classFactory(interface)
    made.initGui()
    yield made
    made.unload()


def test_what_is_registered_is_unregistered(interface: _Interface) -> None:
    registry = QgsApplication.processingRegistry()
    path = list(sys.path)
    plugin = geosift.classFactory(interface)
    plugin.initGui()
    assert registry.algorithmById("geosift:segment") is not None
    actions = plugin.actions
    assert interface.tool_bar == [actions.panel, actions.prompt]
    assert [each.text() for each in interface.menu] == [
        "GeoSift &panel", "P&oint and cut out", "&Models…", "Open the &sample scene",
        "P&ython packages…",
    ]  # fmt: skip
    assert [factory.title() for factory in interface.options] == ["GeoSift"]
    assert plugin.dock is None, "the dock is made when it is first wanted"
    plugin.unload()
    assert registry.providerById("geosift") is None
    assert interface.tool_bar == interface.menu == interface.options == []
    assert sys.path == path
    OFFER.wanted.emit("nobody listens any more")
    assert interface.bar.items() == []


def test_what_is_missing_is_offered_once_in_the_message_bar(
    interface: _Interface, plugin: GeoSiftPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(plugin, "show_packages", lambda: opened.append("dialog"))
    for _ in range(2):
        OFFER.wanted.emit("GeoSift needs a package")
    (item,) = interface.bar.items()
    assert item.text() == "GeoSift needs a package."
    (button,) = (each for each in item.findChildren(QPushButton) if each.text() == "Install…")
    button.click()
    assert (opened, interface.bar.items()) == (["dialog"], [])
    OFFER.wanted.emit("GeoSift needs a package")
    assert len(interface.bar.items()) == 1, "what was dismissed is offered again when needed again"


def test_an_open_dock_follows_the_settings(
    interface: _Interface, plugin: GeoSiftPlugin, tmp_path: Path
) -> None:
    """A folder of models, set in QGIS's options, is listed in the dock that stands open."""
    import networks

    page = interface.options[0].createWidget(None)
    page.apply()  # before there is a dock
    plugin.show_dock()
    model = networks.smooth(tmp_path, tile=64, halo=16, ring=8, fade=8).id
    combo = plugin.dock.form.model.combo
    assert combo.findData(model) < 0
    page.models.setFilePath(str(tmp_path))
    page.apply()
    assert combo.findData(model) >= 0
    QgsSettings().remove(settings.NODE)


@pytest.mark.usefixtures("qgis_new_project")
def test_the_sample_scene_comes_from_the_plugin_and_is_shown_from_the_profile(
    interface: _Interface, plugin: GeoSiftPlugin
) -> None:
    """QGIS writes statistics beside what it shows, and nothing may be written into the plugin."""
    before = sorted(path.name for path in SCENE.parent.iterdir())
    dock = plugin.show_dock()
    interface.window.show()
    assert dock.sample.isVisible()
    dock.sample.click()
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.isValid() and layer.name() == "Sample scene"
    assert settings.profile_folder() in Path(layer.source()).parents
    assert interface.active is layer and interface.zoomed == 1
    assert dock.form.layers.currentLayer() is layer
    assert not dock.sample.isVisible(), "there is something to work on now"
    plugin.actions.sample.trigger()
    assert len(QgsProject.instance().mapLayers()) == 1, "it is there already"
    assert sorted(path.name for path in SCENE.parent.iterdir()) == before
    QgsProject.instance().clear()
    assert dock.sample.isVisible()


@pytest.mark.usefixtures("qgis_new_project")
def test_a_damaged_copy_of_the_sample_is_made_anew(
    interface: _Interface, plugin: GeoSiftPlugin
) -> None:
    copy = settings.profile_folder() / "sample" / SCENE.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(b"cut short")
    plugin.actions.sample.trigger()
    assert copy.read_bytes() == SCENE.read_bytes()
    QgsProject.instance().clear()


@pytest.mark.usefixtures("qgis_new_project")
def test_a_sample_that_cannot_be_copied_is_told(
    interface: _Interface, plugin: GeoSiftPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr("geosift.plugin.sample.profile_folder", lambda: blocked)
    plugin.actions.sample.trigger()
    (item,) = interface.bar.items()
    assert item.text().startswith("The sample scene cannot be copied to your QGIS profile: ")
    assert plugin.dock is None
    assert QgsProject.instance().mapLayers() == {}


def test_the_dialog_of_packages_goes_when_it_is_closed(
    interface: _Interface, plugin: GeoSiftPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geosift.plugin.widgets.dependency_dialog import DependencyDialog

    monkeypatch.setattr(DependencyDialog, "exec", lambda _dialog: 0)
    for _ in range(3):
        plugin.actions.packages.trigger()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert interface.window.findChildren(DependencyDialog) == []


def test_the_model_manager_is_one_window_beside_the_others(
    interface: _Interface, plugin: GeoSiftPlugin
) -> None:
    """From the menu as from the button beside any list of models."""
    plugin.actions.models.trigger()
    manager = plugin.models
    assert manager.isVisible() and not manager.isModal()
    manager.reject()
    dock = plugin.show_dock()
    interface.window.show()
    dock.form.model.findChild(QToolButton, "manageModelsButton").click()
    assert plugin.models is manager and manager.isVisible()
    plugin.unload()
    assert plugin.models is None
    assert not manager.isVisible()
    NEWS.manager_wanted.emit()
    NEWS.description_wanted.emit("nobody listens any more")
    assert plugin.models is None


def test_above_a_dialog_that_waits_the_manager_waits_too(
    interface: _Interface, plugin: GeoSiftPlugin
) -> None:
    """As in the model designer; else nobody could use it."""
    seen: list[tuple[bool, bool]] = []
    dialog = QDialog(interface.window)

    def look() -> None:
        front = QApplication.activeModalWidget()
        seen.append((isinstance(front, ModelManager), front.parentWidget() is dialog))
        front.reject()
        dialog.reject()

    def open_manager() -> None:
        QTimer.singleShot(100, look)
        NEWS.manager_wanted.emit()

    QTimer.singleShot(50, open_manager)
    dialog.exec()
    assert seen == [(True, True)]


def test_a_bare_network_that_is_chosen_is_described_at_once(
    plugin: GeoSiftPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card lies beside it in the end, and the form knows it."""
    from foreign_networks import save

    path = save(tmp_path, "strange", {"o": ("n", 4, 512, 512)})
    monkeypatch.setattr(
        "geosift.plugin.widgets.model_combo.QFileDialog.getOpenFileName",
        lambda *_: (str(path), ""),
    )
    form = plugin.show_dock().form

    def answer() -> None:
        wizard = QApplication.activeModalWidget()
        for which in ("NextButton", "NextButton", "FinishButton"):
            button = wizard.button(getattr(QWizard.WizardButton, which))
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, answer)
    form.model.findChild(QToolButton, "browseModelButton").click()
    assert path.with_suffix(".json").is_file()
    assert form.model.value() == str(path)
    assert form.model.card().name == "strange"
    assert "4&nbsp;classes" in form.about.text()


def test_under_qgis_process_there_is_no_interface() -> None:
    plugin = geosift.classFactory(None)
    plugin.initProcessing()
    provider = QgsApplication.processingRegistry().providerById("geosift")
    assert provider.name() == "GeoSift"
    assert not provider.icon().isNull()
    assert Path(provider.svgIconPath()).is_file()
    assert provider.supportedOutputRasterLayerExtensions() == ["tif"]
    plugin.unload()


def test_the_tool_that_cuts_out_is_turned_on_by_its_button(
    interface: _Interface,
    plugin: GeoSiftPlugin,
    qgis_new_project: None,
    tmp_path: Path,
    prompt_model: str,
) -> None:
    """The button, the panel's page and the map agree; unloading gives the map back."""
    from plugin_helpers import add_raster
    from prompt_hand import write_scene

    action = plugin.actions.prompt
    action.trigger()
    assert not action.isChecked(), "there is no raster yet"
    page = plugin.dock.prompt.page
    assert page.isVisibleTo(plugin.dock)
    page.layers.setLayer(add_raster(write_scene(tmp_path)))
    page.model.set_value(prompt_model)
    action.trigger()
    assert action.isChecked()
    assert interface.canvas.mapTool() is plugin.dock.prompt.controller.tool
    action.trigger()
    assert interface.canvas.mapTool() is None
    assert not action.isChecked()
    action.trigger()
    plugin.unload()
    assert interface.canvas.mapTool() is None
    assert interface.tool_bar == []
