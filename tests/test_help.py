# SPDX-License-Identifier: GPL-2.0-or-later
"""Help is whole: in the toolbox, on the pages of the repository, under the pointer."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface, open_dock
from plugin_helpers import add_raster, patchwork, write_raster
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QWidget,
)
from real_data import REPOSITORY

from geosift.plugin.algorithms.help_text import PAGES, example
from geosift.plugin.background.runs import Run
from geosift.plugin.model_manager.dialog import ModelManager
from geosift.plugin.widgets.dependency_dialog import DependencyDialog
from geosift.plugin.widgets.settings_page import SettingsPage

NAMES = (
    *("segment", "classify", "regress", "superresolve"),
    *("recognise", "detect", "prompt", "labels", "teach"),
    *("traces", "fracturenumbers", "embed", "similar", "publishindex", "fetchmodel"),
)

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(params=NAMES)
def algorithm(request: pytest.FixtureRequest, provider: None) -> QgsProcessingAlgorithm:
    """Each of them."""
    registry = QgsApplication.processingRegistry()
    return registry.createAlgorithmById(f"geosift:{request.param}")


def test_these_are_all_algorithms() -> None:
    provider = QgsApplication.processingRegistry().providerById("geosift")
    assert {each.name() for each in provider.algorithms()} == set(NAMES)


def test_help_explains_every_input_and_output(algorithm: QgsProcessingAlgorithm) -> None:
    lines = algorithm.shortHelpString().split("\n")
    definitions = [*algorithm.parameterDefinitions(), *algorithm.outputDefinitions()]
    for definition in definitions:
        start = f"{definition.description()} ({definition.name()}): "
        (line,) = [line for line in lines if line.startswith(start)]
        assert line.endswith("."), line
        assert len(line) > len(start) + 20, line
    assert not set("<>&") & set(algorithm.shortHelpString()), "QGIS reads it as HTML"
    assert lines[-1] == example(algorithm)


def test_the_example_gives_what_the_algorithm_takes(algorithm: QgsProcessingAlgorithm) -> None:
    start, _, given = example(algorithm).partition(" -- ")
    assert start == f"qgis_process run geosift:{algorithm.name()}"
    names = {word.partition("=")[0] for word in given.split()}
    definitions = algorithm.parameterDefinitions()
    assert names <= {each.name() for each in definitions}
    optional = QgsProcessingParameterDefinition.Flag.FlagOptional
    needed = [each for each in definitions if not each.flags() & optional]
    results = {each.name() for each in algorithm.destinationParameterDefinitions()}
    assert {
        each.name() for each in needed if each.defaultValue() is None and each.name() not in results
    } <= names


def test_the_page_tells_all_and_is_where_the_help_says(algorithm: QgsProcessingAlgorithm) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPOSITORY / "metadata.txt", encoding="utf-8")
    assert f"{parser['general']['repository']}/blob/main/docs" == PAGES
    assert algorithm.helpUrl() == f"{PAGES}/{algorithm.name()}.md"
    text = (REPOSITORY / "docs" / f"{algorithm.name()}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {algorithm.displayName()} (`geosift:{algorithm.name()}`)\n")
    assert "\n![" in text, "a picture"
    assert example(algorithm) in text.replace(" \\\n    ", " ")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]{15,}) \|$", text, re.M)
    results = [each.name() for each in algorithm.outputDefinitions()]
    definitions = [*algorithm.parameterDefinitions(), *algorithm.outputDefinitions()]
    wanted = {each.name(): each.description() for each in definitions}
    assert {name: title for name, title, _ in rows} == wanted
    inputs = [
        each.name() for each in algorithm.parameterDefinitions() if each.name() not in results
    ]
    assert [name for name, *_ in rows] == [*inputs, *results], "in the order of the dialog"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")]
    missing = [
        f"{path.relative_to(REPOSITORY)}: {target}"
        for path in pages
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert missing == []


@pytest.fixture
def panels(qgis_new_project: None, tmp_path: Path) -> Iterator[list[QWidget]]:
    """Everything with controls: the dock with a run and its result, options, packages, models."""
    interface = Interface()
    interface.setActiveLayer(add_raster(write_raster(tmp_path / "a.tif", patchwork(64, 64))))
    with open_dock(interface) as dock:
        dock.queue.runs.append(Run("a", "geosift:segment", {}))
        dock.queue.changed.emit()
        others = [SettingsPage(None, applied=lambda: None), DependencyDialog(), ModelManager(None)]
        yield [dock.widget(), *others]
        dock.queue.runs.clear()
        for other in others:
            other.deleteLater()


def test_every_control_has_a_tool_tip(panels: list[QWidget]) -> None:
    """Also those that come and go; parts of a control show that of the whole."""
    seen, without = set(), []
    for panel in panels:
        for control in panel.findChildren(QWidget):
            if isinstance(control, (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)):
                seen.add(control.objectName())
                if not tool_tip(control, panel) and not is_close(control):
                    name = control.objectName() or getattr(control, "text", str)()
                    without.append(f"{type(control).__name__} '{name}'")
    assert without == [], "\n".join(without)
    assert {"runButton", "layerCombo", "extentCombo", "cancelButton", "threadsSpin"} <= seen


def tool_tip(control: QWidget, panel: QWidget) -> str:
    """What Qt shows: the widget's own tip, or that of the one it is a part of."""
    while control is not panel and not control.toolTip():
        control = control.parentWidget()
    return control.toolTip()


def is_close(control: QWidget) -> bool:
    """Whether it is a button every dialog has."""
    box = control.parentWidget()
    none = QDialogButtonBox.StandardButton.NoButton
    return isinstance(box, QDialogButtonBox) and box.standardButton(control) != none
