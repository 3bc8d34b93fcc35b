# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything can be reached, told apart and used without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface, open_dock
from foreign_networks import save
from plugin_helpers import add_raster, patchwork, wait_until, write_raster
from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
    QWizard,
)

from geosift.inference.cards.answer_rules import VALUE_KINDS
from geosift.plugin.background.runs import CANCELLED, Run
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.model_manager.dialog import ModelManager
from geosift.plugin.model_wizard.wizard import ModelWizard
from geosift.plugin.models import TRACES, algorithm_of
from geosift.plugin.widgets.dependency_dialog import DependencyDialog
from geosift.plugin.widgets.settings_page import SettingsPage

pytestmark = pytest.mark.usefixtures("provider")

QGIS_MENUS = set("JEVLSPORDWMCH")
"""Letters of QGIS's own menus, which Alt opens: a panel of the same window leaves them alone."""
PAGES = ("whole", "prompt", "find", "teach")
"""Of the dock, as it calls them."""
KEYS = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
_SAME_ROW_PX, _LINE_PX = 12, 24


@pytest.fixture
def dock(qgis_new_project: None, tmp_path: Path) -> Iterator[GeoSiftDock]:
    interface = Interface()
    interface.setActiveLayer(add_raster(write_raster(tmp_path / "a.tif", patchwork(64, 64))))
    with open_dock(interface) as made:
        made.resize(340, 1100)
        in_front(made)
        yield made


def in_front(widget: QWidget) -> None:
    widget.show()
    widget.activateWindow()
    assert QTest.qWaitForWindowActive(widget)


def page(dock: GeoSiftDock, name: str) -> QWidget:
    """The dock with a page open and all that opens on it."""
    dock.pages.turn_to(getattr(dock, name))
    for box in dock.findChildren(QgsCollapsibleGroupBox):
        box.setCollapsed(False)
    QApplication.processEvents()
    return dock


def visited(panel: QWidget) -> list[QWidget]:
    """What has the focus in turn as Tab is pressed, until it begins anew."""
    first = next(each for each in panel.findChildren(QWidget) if takes_tab(each))
    first.setFocus(Qt.FocusReason.TabFocusReason)
    found = [QApplication.focusWidget()]
    for _ in range(200):
        QTest.keyClick(panel.window().windowHandle(), KEYS.Key_Tab)
        if QApplication.focusWidget() in found:
            return found
        found.append(QApplication.focusWidget())
    raise AssertionError("Tab never comes back to where it began")


def takes_tab(widget: QWidget) -> bool:
    """Whether Tab stops there: parts of a control are reached by its arrows."""
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    part = isinstance(widget, QLineEdit) and widget.objectName().startswith("qt_")
    return bool(policy) and not part and widget.isVisible() and widget.isEnabled()


def spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    own = widget.accessibleName() or getattr(widget, "text", str)()
    if isinstance(widget, QLineEdit):
        own = widget.accessibleName()
    if own or widget.isWindow() or widget.parentWidget() is None:
        return own
    labels = [each for each in widget.window().findChildren(QLabel) if each.buddy() is widget]
    title = widget.title() if isinstance(widget, QGroupBox) else ""
    return next((each.text() for each in labels), title) or spoken(widget.parentWidget())


@pytest.mark.parametrize("name", PAGES)
def test_tab_goes_through_the_panel_from_top_to_bottom(dock: GeoSiftDock, name: str) -> None:
    panel = page(dock, name)
    order = visited(panel)
    everything = {each for each in panel.findChildren(QWidget) if takes_tab(each)}
    proxies = {each.focusProxy() or each for each in everything}
    assert proxies - set(order) == set(), "what Tab never reaches"
    inside = [each for each in order if dock.widget().isAncestorOf(each)]
    rows = [each.mapTo(dock, QPoint(0, min(each.height(), _LINE_PX) // 2)).y() for each in inside]
    leaps = [
        (spoken(inside[at]), rows[at], inside[at + 1].objectName(), rows[at + 1])
        for at in range(len(rows) - 1)
        if rows[at + 1] < rows[at] - _SAME_ROW_PX
    ]
    assert leaps == []


def fetching() -> ModelManager:
    """On its second page, the list of what can be fetched read."""
    made = ModelManager(None)
    made.pages.setCurrentIndex(1)
    wait_until(lambda: not made.activity.is_busy)
    return made


PANELS: dict[str, Callable[[], QWidget]] = {
    "settings": lambda: SettingsPage(None, applied=lambda: None),
    "packages": DependencyDialog,
    "models": lambda: ModelManager(None),
    "fetch": fetching,
}


@pytest.fixture(params=sorted(PANELS))
def panel(request: pytest.FixtureRequest) -> Iterator[QWidget]:
    made = PANELS[request.param]()
    in_front(made)
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def test_tab_reaches_every_control_of_dialogs(panel: QWidget) -> None:
    order = set(visited(panel))
    everything = {each for each in panel.findChildren(QWidget) if takes_tab(each)}
    assert [spoken(each) for each in everything if (each.focusProxy() or each) not in order] == []


def nameless(panel: QWidget) -> list[str]:
    return [
        f"{type(each).__name__} '{each.objectName()}'"
        for each in panel.findChildren(QWidget)
        if takes_tab(each) and not re.search(r"\w{2}", spoken(each))
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_control_of_the_panel_has_a_name(dock: GeoSiftDock, name: str) -> None:
    assert nameless(page(dock, name)) == []


def test_every_control_of_dialogs_has_a_name(panel: QWidget) -> None:
    assert nameless(panel) == []


def letters(panel: QWidget) -> list[str]:
    """The letters that Alt makes keys of what is visible."""
    texts = [
        each.text()
        for each in panel.findChildren(QWidget)
        if (isinstance(each, QAbstractButton) or (isinstance(each, QLabel) and each.buddy()))
        and each.isVisible()
        and each.isEnabled()
    ]
    texts += [each.title() for each in panel.findChildren(QGroupBox) if each.isVisible()]
    bars = [each for each in panel.findChildren(QTabBar) if each.isVisible()]
    texts += [bar.tabText(index) for bar in bars for index in range(bar.count())]
    return [letter.upper() for text in texts for letter in re.findall(r"&(\w)", text)]


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        *((algorithm_of(each), each) for each in ("detection", *VALUE_KINDS)),
        (TRACES, "segmentation"),
    ],
)
def test_options_of_every_kind_have_names(dock: GeoSiftDock, algorithm: str, kind: str) -> None:
    dock.form._serve(algorithm, kind)
    dock.form.trace.setVisible(algorithm == TRACES)
    assert nameless(page(dock, "whole")) == []
    found = letters(page(dock, "whole"))
    assert len(found) == len(set(found)), found


NETWORKS = {
    "segmentation": {"o": ("n", 5, "h", "w")},
    "classification": {"o": ("n", 10)},
    "detection": {"o": ("n", 84, 5376)},
    "regression": {"o": ("n", 1, 512, 512)},
    "superresolution": {"o": ("n", 3, "h", "w")},
    "recognition": {"o": ("n", 256)},
}
"""Shapes of outputs, by a kind they may be of."""


@pytest.mark.parametrize("kind", sorted(NETWORKS))
def test_the_wizard_is_filled_in_without_a_mouse(qgis_app, kind: str, tmp_path: Path) -> None:
    wizard = ModelWizard(save(tmp_path, "net", NETWORKS[kind]))
    in_front(wizard)
    wizard.network.kind.setCurrentIndex(wizard.network.kind.findData(kind))
    assert wizard.network.kind.currentData() == kind
    buttons = QWizard.WizardButton
    for which in (buttons.NextButton, buttons.NextButton, buttons.FinishButton):
        order = set(visited(wizard))
        everything = {each for each in wizard.findChildren(QWidget) if takes_tab(each)}
        missed = [each for each in everything if (each.focusProxy() or each) not in order]
        assert [spoken(each) for each in missed] == []
        assert nameless(wizard) == []
        found = letters(wizard)
        assert sorted(set(found)) == sorted(found)
        wizard.button(which).setFocus()
        QTest.keyClick(wizard.windowHandle(), KEYS.Key_Space)
    assert wizard.card is not None and wizard.card.kind == kind
    wizard.deleteLater()


@pytest.mark.parametrize("name", PAGES)
def test_letters_of_the_panel_lead_to_one_place_each(dock: GeoSiftDock, name: str) -> None:
    dock.queue.runs.append(Run("a", "geosift:segment", {}))
    dock.queue.changed.emit()
    found = letters(page(dock, name))
    dock.queue.runs.clear()
    assert len(found) >= 6
    assert sorted(set(found)) == sorted(found)
    assert not QGIS_MENUS & set(found)


def test_letters_of_dialogs_lead_to_one_place_each(panel: QWidget) -> None:
    found = letters(panel)
    assert found
    assert sorted(set(found)) == sorted(found)


def test_a_run_from_the_keyboard_alone(dock: GeoSiftDock) -> None:
    """Choose the extent, look at the options, run, and see what came out."""
    window = dock.windowHandle()
    over: list[Run] = []
    dock.queue.finished.connect(over.append)
    QTest.keyClick(window, KEYS.Key_X, ALT)
    assert QApplication.focusWidget() is dock.form.extent.combo
    QTest.keyClick(window, KEYS.Key_C)
    assert dock.form.extent.combo.currentText() == "Current view of the map"
    QTest.keyClick(window, KEYS.Key_Home)
    QTest.keyClick(window, KEYS.Key_Tab)
    QTest.keyClick(window, KEYS.Key_Space)
    assert not dock.form.options.isCollapsed()
    QTest.keyClick(window, KEYS.Key_U, ALT)
    wait_until(lambda: bool(over))
    assert over[0].error == ""
    assert dock.result.isVisible()


def test_a_run_is_cancelled_from_the_keyboard(dock: GeoSiftDock) -> None:
    run = Run("a", "geosift:segment", {})
    dock.queue.runs.append(run)
    dock.queue.changed.emit()
    (row,) = dock.run_list.rows()
    order = visited(dock)
    assert row.button in order
    row.button.setFocus()
    QTest.keyClick(dock.windowHandle(), KEYS.Key_Space)
    assert run.state == CANCELLED
    dock.queue.runs.clear()


def test_pages_turn_by_letters_and_arrows(dock: GeoSiftDock) -> None:
    QTest.keyClick(dock.windowHandle(), KEYS.Key_N, ALT)
    assert dock.prompt.isVisible() and not dock.form.isVisible()
    QTest.keyClick(dock.windowHandle(), KEYS.Key_F, ALT)
    assert dock.notice.isVisible() or dock.prompt.page.status.text(), "it says what to write"
    QTest.keyClick(dock.windowHandle(), KEYS.Key_Y, ALT)
    assert dock.form.isVisible()
    dock.pages.setFocus()
    QTest.keyClick(dock.windowHandle(), KEYS.Key_Right)
    assert dock.prompt.isVisible()
