# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock with a network that finds lines: what it offers, draws and tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import made_fractures as made
import pytest
from dock_helpers import (
    Interface,
    choose_model,
    click,
    models_in,
    open_dock,
    result_layers,
    run_to_the_end,
)
from plugin_helpers import add_raster, assert_nothing_is_cut_off
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtGui import QColor, QDesktopServices, QHelpEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QCheckBox, QDoubleSpinBox, QToolButton, QToolTip

from geosift.inference.cards.card import ModelCard
from geosift.plugin.background.runs import DONE
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.widgets.rose_chart import RoseChart

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return made.network(tmp_path_factory.mktemp("models"), name="Rock lines")


@pytest.fixture(scope="module")
def rock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.image(tmp_path_factory.mktemp("scene") / "rock.tif")


@pytest.fixture
def dock(qgis_new_project: None, model: ModelCard, rock: Path) -> Iterator[GeoSiftDock]:
    """The dock of a user who keeps the network in the folder of models, and chose it."""
    interface = Interface()
    with models_in(model.path.parent), open_dock(interface) as panel:
        interface.setActiveLayer(add_raster(rock, "rock"))
        QApplication.processEvents()
        choose_model(panel, "Rock lines")
        yield panel


def tick(dock: GeoSiftDock, name: str) -> None:
    """Click a box where its mark is."""
    box = dock.findChild(QCheckBox, name)
    assert box.isVisible() and box.isEnabled()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def type_into(dock: GeoSiftDock, name: str, text: str) -> None:
    box = dock.findChild(QDoubleSpinBox, name)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Tab)


def test_lines_are_offered_where_the_model_finds_some(dock: GeoSiftDock) -> None:
    box = dock.findChild(QCheckBox, "traceCheck")
    assert box.isVisible() and box.isChecked()
    assert dock.form.algorithm() == "geosift:traces"
    tick(dock, "traceCheck")
    assert dock.form.algorithm() == "geosift:segment"
    assert "SETS" not in dock.form.parameters()
    tick(dock, "traceCheck")
    assert dock.form.algorithm() == "geosift:traces"
    choose_model(dock, "Land cover")
    assert not box.isVisible()
    assert dock.form.algorithm() == "geosift:segment"
    choose_model(dock, "Rock lines")
    assert box.isVisible()
    assert dock.form.algorithm() == "geosift:traces"


def test_a_run_draws_lines_and_tells_their_numbers(dock: GeoSiftDock, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    run = run_to_the_end(dock)
    assert run.state == DONE, run.error
    layers = result_layers()
    assert layers["rock, Rock lines, traces"].featureCount() == 3
    panel = dock.result
    assert panel.totals.text().startswith("3 traces · ")
    assert f"P21 {run.results['P21']:.3g} m/m²" in panel.totals.text()
    assert panel.rose.isVisible() and not panel.chart.isVisible()
    result = run.feedback.result
    assert panel.table.topLevelItemCount() >= 1
    header, *lines = panel.table_text().split("\n")
    assert header == "Set\tAzimuth\tTraces\tLength (m)\tShare"
    assert sum(float(line.split("\t")[3]) for line in lines) == pytest.approx(result.total_length)
    (report,) = [each for each in panel.findChildren(QToolButton) if each.text() == "Report"]
    click(report)
    assert opened == [run.parameters["REPORT"]]
    assert "P21" in Path(opened[0]).read_text("utf-8")
    assert_nothing_is_cut_off(dock, width=300, height=900)


def test_options_become_parameters_and_layers(dock: GeoSiftDock) -> None:
    dock.form.options.setCollapsed(False)
    QApplication.processEvents()
    given = dock.form.parameters()
    assert {"HIGH", "LOW", "LENGTH", "PIXEL_SIZE", "NODES", "PROBABILITY"}.isdisjoint(given)
    tick(dock, "nodesCheck")
    tick(dock, "probabilityCheck")
    for name, text in (("highSpin", "80"), ("lowSpin", "30"), ("lengthSpin", "100")):
        type_into(dock, name, text)
    type_into(dock, "setsSpin", "1")
    given = dock.form.parameters()
    assert (given["HIGH"], given["LOW"], given["LENGTH"], given["SETS"]) == (80, 30, 100, 1)
    assert_nothing_is_cut_off(dock, width=300, height=900)
    run = run_to_the_end(dock)
    assert run.state == DONE, run.error
    root = QgsProject.instance().layerTreeRoot().findGroup("rock · Rock lines")
    assert [each.name() for each in root.findLayers()] == [
        "rock, Rock lines, nodes",
        "rock, Rock lines, traces",
        "rock, Rock lines, probability",
    ]
    assert run.results["COUNT"] == 2


def test_after_lines_come_classes_and_the_other_way_round(dock: GeoSiftDock) -> None:
    for rose in (True, False, True):
        run = run_to_the_end(dock)
        assert run.state == DONE, run.error
        assert dock.result.rose.isVisible() == rose
        assert dock.result.chart.isVisible() != rose
        assert dock.result.totals.isVisible() == rose
        tick(dock, "traceCheck")


def test_a_run_that_cannot_start_says_why(dock: GeoSiftDock) -> None:
    dock.form.options.setCollapsed(False)
    type_into(dock, "highSpin", "20")
    type_into(dock, "lowSpin", "60")
    run = run_to_the_end(dock)
    assert "LOW (60) is above HIGH (20)" in run.error
    assert dock.notice.isVisible()
    assert not result_layers().keys() - {"rock"}


# The rose


@pytest.fixture
def rose(qgis_app) -> RoseChart:
    chart = RoseChart()
    chart.resize(200, 200)
    lengths = [0.0] * 18
    lengths[4], lengths[13] = 300.0, 100.0  # 40 to 50, and 130 to 140 degrees from north
    chart.set_lengths(lengths)
    return chart


def test_petals_point_where_lines_run(rose: RoseChart) -> None:
    """To north-east and south-west most, to south-east and north-west a third of that."""
    picture = rose.grab().toImage()
    ink = rose.palette().highlight().color()

    def painted(right: int, up: int) -> bool:
        return QColor(picture.pixel(100 + right, 100 - up)) == ink

    assert painted(50, 50) and painted(-50, -50)
    assert painted(25, -25) and painted(-25, 25)
    assert not painted(50, -50) and not painted(-50, 50)
    assert not painted(0, 40) and not painted(40, 10)


def test_a_rose_tells_its_numbers_under_the_pointer(rose: RoseChart, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, _widget: said.append(text))
    for right, up in ((50, 50), (-30, 30), (0, 99)):
        place = QPoint(100 + right, 100 - up)
        QApplication.sendEvent(rose, QHelpEvent(QEvent.Type.ToolTip, place, place))
    assert "40° to 50°: 75.0 %" in said[0]
    assert "130° to 140°: 25.0 %" in said[1]
    assert said[2] == ""
    assert "40° to 50°" in rose.accessibleDescription()


def test_a_rose_of_nothing_is_a_circle(qgis_app) -> None:
    chart = RoseChart()
    chart.resize(120, 120)
    chart.set_lengths([0.0] * 18)
    chart.grab()
    assert chart.bin_at(60, 50) is None
