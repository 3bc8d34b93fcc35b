# SPDX-License-Identifier: GPL-2.0-or-later
"""What strangers wrote is read as it stands, and not taken for markup."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from dock_helpers import Interface, open_dock, run_to_the_end
from foreign_networks import save
from made_rasters import noise
from made_rasters import write as write_raster
from onnx import helper
from plugin_helpers import add_raster
from qgis.core import QgsApplication
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import QApplication, QLabel, QTextBrowser

from geosift.inference.foreign.bare import card, questions
from geosift.inference.runs.areas import ClassArea
from geosift.plugin.background.runs import FAILED
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.markup import bar_text, tip_text
from geosift.plugin.widgets.result_panel import ResultPanel

pytestmark = pytest.mark.usefixtures("provider")

WORDS = "'<img src=\"file://server/share/a.png\">' & <b>fields</b> &lt; 3"


def test_the_message_bar_shows_what_was_written(qgis_app) -> None:
    bar = QgsMessageBar()
    bar.pushCritical(bar_text(f"GeoSift, {WORDS}"), bar_text(WORDS))
    shown = bar.findChild(QTextBrowser)
    assert shown.toPlainText() == f"GeoSift, {WORDS}: {WORDS}"
    assert "<img" not in shown.toHtml()
    bar.pushCritical("GeoSift", WORDS)
    assert "<img" in bar.currentItem().findChild(QTextBrowser).toHtml(), "as it would be else"


def test_a_tool_tip_shows_what_was_written(qgis_app) -> None:
    document = QTextDocument()
    for words in (WORDS, "a < b", "plain"):
        document.setHtml(tip_text(words))
        assert document.toPlainText() == words


def test_a_class_with_a_name_of_markup(qgis_app) -> None:
    panel = ResultPanel()
    area = ClassArea(1, WORDS, "#102030", 10, 10.0, 1.0)
    told = SimpleNamespace(areas=(area,), engine="CPU")
    panel.show_result("run", told, 1.0, counted="pixels", fades=False)
    document = QTextDocument()
    document.setHtml(panel.table.topLevelItem(0).toolTip(0))
    assert document.toPlainText() == WORDS


def _task(number: int) -> str:
    return QgsApplication.taskManager().task(number).description()


@pytest.fixture
def interface(qgis_new_project) -> Interface:
    return Interface()


@pytest.fixture
def dock(interface: Interface) -> Iterator[GeoSiftDock]:
    with open_dock(interface) as panel:
        yield panel


def test_an_operator_with_a_name_of_markup(dock, interface, tmp_path: Path) -> None:
    """Its card is good, so it is refused in the run: in the notice, the message bar, the title."""
    node = helper.make_node(WORDS, ["image"], ["o"], domain="far.away")
    plain = save(tmp_path, "net", {"o": ("n", 2, 64, 64)}, image=("n", 3, 64, 64))
    answers = questions(plain).defaults("segmentation")
    told = json.loads(card(plain, answers).to_json())
    save(
        tmp_path, "net", {"o": ("n", 2, 64, 64)}, image=("n", 3, 64, 64), nodes=[node],
        opsets={"": 17, "far.away": 1},
    )  # fmt: skip
    told.update(name=WORDS, sha256=hashlib.sha256(plain.read_bytes()).hexdigest())
    (tmp_path / "net.json").write_text(json.dumps(told))
    raster = write_raster(tmp_path / "in.tif", noise(3, 80, 80))
    interface.setActiveLayer(add_raster(raster, "in"))
    dock.form.model.set_value(str(plain))
    QApplication.processEvents()
    tasks: list[str] = []
    note = lambda number: tasks.append(_task(number))  # noqa: E731 (to be disconnected again)
    QgsApplication.taskManager().taskAdded.connect(note)
    failed = run_to_the_end(dock)
    QgsApplication.taskManager().taskAdded.disconnect(note)
    assert tasks == [failed.title.replace("<", "‹").replace(">", "›")], "QGIS tells of its end"
    assert failed.state == FAILED
    assert "is from 'far.away'" in failed.error
    assert "<img" in failed.error
    (text,) = [text for kind, text in interface.bar.messages if kind == "critical"]
    assert text == bar_text(failed.error)
    for label in dock.findChildren(QLabel):
        if "<img" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText, label.objectName()
