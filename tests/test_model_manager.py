# SPDX-License-Identifier: GPL-2.0-or-later
"""The model manager, used as a person does: by clicking."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import networks
import pytest
from dock_helpers import Interface, click, open_dock
from plugin_helpers import WEST, add_raster, patchwork, wait_until, write_raster
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import QEvent, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QToolButton,
    QWidget,
    QWizard,
)

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.plugin import models
from geosift.plugin.model_manager import import_button
from geosift.plugin.model_manager.card_text import card_text, measured_words
from geosift.plugin.model_manager.dialog import ModelManager
from geosift.plugin.model_manager.plain_text import one_line
from geosift.plugin.model_news import NEWS
from geosift.plugin.plugin import GeoSiftPlugin
from geosift.plugin.widgets.model_combo import ModelCombo

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def elsewhere(tmp_path: Path) -> ModelCard:
    """A model somewhere on the disk."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    card = networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)
    path = card.path.with_suffix(".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "Smooth <b>bold</b>"}))
    return ModelCard.load(path)


@pytest.fixture
def interface(qgis_new_project: None) -> Interface:
    return Interface()


@pytest.fixture
def manager(own: Path, interface: Interface) -> Iterator[ModelManager]:
    dialog = ModelManager(interface)
    dialog.show()
    yield dialog
    dialog.reject()
    dialog.deleteLater()
    QApplication.processEvents()


def idle(manager: ModelManager) -> None:
    wait_until(lambda: not manager.activity.is_busy)


def rows(manager: ModelManager) -> dict[str, list[str]]:
    """What is shown of each visible model, by the name in the first column."""
    table = manager.installed.table
    items = [table.topLevelItem(index) for index in range(table.topLevelItemCount())]
    columns = range(1, table.columnCount())
    return {
        item.text(0): [item.text(column) for column in columns]
        for item in items
        if not item.isHidden()
    }


def bring(manager: ModelManager, path: Path) -> None:
    """As when it was chosen in the file dialog."""
    manager.installed.importing.bring(str(path))
    idle(manager)


def wait_for_modal(then: Callable[[], None]) -> None:
    """Do something as soon as a dialog stands in front of all others."""

    def look() -> None:
        if QApplication.activeModalWidget() is None:
            QTimer.singleShot(20, look)
        else:
            then()

    QTimer.singleShot(20, look)


def answer_question(button: QMessageBox.StandardButton, seen: list[str]) -> None:
    """Press that button of the message box that is about to come."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.textFormat() == Qt.TextFormat.PlainText
        seen.append(box.text())
        QTest.mouseClick(box.button(button), Qt.MouseButton.LeftButton)

    wait_for_modal(press)


def test_it_lists_what_is_installed_with_what_one_wants_to_know(manager: ModelManager) -> None:
    shown = rows(manager)
    assert shown["Land cover"] == [
        "Segmentation", "2.2 MB", "0.6 m per pixel", "GPL-2.0-or-later", "bundled with GeoSift",
        "mean IoU 0.608",
    ]  # fmt: skip
    assert len(shown) == len(Catalog().cards())


def test_details_are_the_card_in_plain_words(manager: ModelManager) -> None:
    card = Catalog().find("landcover")
    manager.installed.table.choose("landcover")
    text = manager.installed.details.toPlainText()
    assert text == card_text(card)
    for part in (card.description, card.limits, card.licence, card.sha256, "4 Water", "CC0-1.0"):
        assert part in text
    assert "confusion" not in text


def test_a_filter_hides_what_does_not_fit(manager: ModelManager) -> None:
    QTest.keyClicks(manager.installed.filter, "scene 10 m")
    assert [words[0] for words in rows(manager).values()] == ["Scene classification"]
    assert manager.installed.table.card().kind == "classification", "what is hidden is not chosen"
    QTest.keyClicks(manager.installed.filter, " nothing has this")
    assert manager.installed.table.card() is None
    assert not manager.installed.try_out.isEnabled()
    assert manager.installed.details.toPlainText() == ""
    manager.installed.filter.clear()
    assert len(rows(manager)) == len(Catalog().cards())


def test_sizes_are_sorted_as_numbers(manager: ModelManager) -> None:
    table = manager.installed.table
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    found = [table.topLevelItem(index).text(2) for index in range(table.topLevelItemCount())]
    sizes = [float(text.split()[0]) * {"kB": 1, "MB": 1000}[text.split()[1]] for text in found]
    assert sizes == sorted(sizes, reverse=True)


def test_bundled_models_cannot_be_removed(manager: ModelManager) -> None:
    manager.installed.table.choose("landcover")
    assert not manager.installed.remove.isEnabled()


def test_a_model_is_imported_used_and_removed(
    manager: ModelManager, own: Path, elsewhere: ModelCard
) -> None:
    """Combo boxes that stand open follow."""
    combo = ModelCombo("segmentation")
    bring(manager, elsewhere.path)
    assert "Imported: Smooth <b>bold</b>" in manager.words.text()
    assert rows(manager)["Smooth <b>bold</b>"][4] == "yours"
    chosen = manager.installed.table.card()
    assert chosen.path == own / "smooth" / "smooth.onnx"
    assert chosen.path.read_bytes() == elsewhere.path.read_bytes()
    combo.set_value("smooth")
    assert combo.card() == chosen
    seen: list[str] = []
    answer_question(QMessageBox.StandardButton.No, seen)
    click(manager.installed.remove)
    assert chosen.path.is_file(), "the user thought better of it"
    answer_question(QMessageBox.StandardButton.Yes, seen)
    click(manager.installed.remove)
    assert str(own / "smooth") in seen[1]
    assert not (own / "smooth").exists()
    assert "Smooth <b>bold</b>" not in rows(manager)
    assert combo.value() == "landcover", "what is no longer there is not proposed"
    assert elsewhere.path.is_file(), "the original is not touched"


def test_what_a_card_says_is_shown_as_plain_text(
    manager: ModelManager, elsewhere: ModelCard
) -> None:
    manager.installed.details.setPlainText("")
    bring(manager, elsewhere.path)
    assert "Smooth <b>bold</b>" in manager.installed.details.toPlainText()
    assert manager.words.textFormat() == Qt.TextFormat.PlainText
    assert manager.activity.title.textFormat() == Qt.TextFormat.PlainText


def test_a_folder_is_imported(manager: ModelManager, own: Path, elsewhere: ModelCard) -> None:
    networks.identity(elsewhere.path.parent)
    bring(manager, elsewhere.path.parent)
    assert sorted(path.name for path in own.glob("[!.]*")) == ["identity", "smooth"]


@pytest.mark.parametrize("what", ["gone.onnx", "empty", "text.json"])
def test_what_cannot_be_imported_is_said(
    what: str, manager: ModelManager, own: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.json").write_text("no card")
    bring(manager, tmp_path / what)
    assert manager.notice.isVisible()
    assert what in manager.notice.label.text()
    assert not own.exists() or list(own.iterdir()) == []


@pytest.mark.parametrize("inside", [False, True])
def test_a_bare_network_is_asked_for(
    inside: bool, manager: ModelManager, own: Path, tmp_path: Path
) -> None:
    """One that lies in the folder of models already only gets its card."""
    from foreign_networks import save

    place = own if inside else tmp_path / "zoo"
    place.mkdir()
    path = save(place, "strange_net", {"o": ("n", 4, 512, 512)})

    def answer() -> None:
        wizard = QApplication.activeModalWidget()
        assert not manager.activity.isVisible(), "nothing goes on while it is asked"
        for which in ("NextButton", "NextButton", "FinishButton"):
            button = wizard.button(getattr(QWizard.WizardButton, which))
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    wait_for_modal(answer)
    bring(manager, path)
    idle(manager)
    assert "Imported: strange net." in manager.words.text(), manager.notice.label.text()
    where = own if inside else own / "strange-net"
    assert manager.installed.table.card().path == where / "strange_net.onnx"
    assert (where / "strange_net.json").is_file()
    assert rows(manager)["strange net"][4] == "yours, asked for"


def test_a_bare_network_that_is_not_described_is_not_imported(
    manager: ModelManager, own: Path, tmp_path: Path
) -> None:
    from foreign_networks import save

    wait_for_modal(lambda: QApplication.activeModalWidget().reject())
    bring(manager, save(tmp_path, "strange_net", {"o": ("n", 4, 512, 512)}))
    assert "was not described" in manager.notice.label.text()
    assert not own.exists()


def test_the_same_model_twice_is_refused(
    manager: ModelManager, own: Path, elsewhere: ModelCard
) -> None:
    bring(manager, elsewhere.path)
    before = (own / "smooth" / "smooth.onnx").stat()
    bring(manager, elsewhere.path)
    assert "remove it first" in manager.notice.label.text()
    assert (own / "smooth" / "smooth.onnx").stat() == before


def test_a_network_that_is_not_the_card_s_is_refused(
    manager: ModelManager, own: Path, elsewhere: ModelCard
) -> None:
    elsewhere.path.write_bytes(elsewhere.path.read_bytes() + b"\0")
    bring(manager, elsewhere.path)
    assert "is not the one its card describes" in manager.notice.label.text()
    assert not own.exists() or list(own.iterdir()) == []


def test_what_was_put_into_the_folder_by_hand_is_found_when_it_is_opened_again(
    manager: ModelManager, own: Path, elsewhere: ModelCard
) -> None:
    combo = ModelCombo("segmentation")
    manager.reject()
    own.mkdir()
    for suffix in (".onnx", ".json"):
        file = elsewhere.path.with_suffix(suffix)
        (own / file.name).write_bytes(file.read_bytes())
    manager.show()
    assert "Smooth <b>bold</b>" in rows(manager)
    assert combo.combo.findText("Smooth <b>bold</b>") >= 0


def test_what_is_wrong_with_a_model_is_shown(manager: ModelManager, own: Path) -> None:
    own.mkdir()
    (own / "broken.json").write_text('{"schema": 1}')
    NEWS.changed.emit()
    table = manager.installed.table
    item = next(
        table.topLevelItem(index)
        for index in range(table.topLevelItemCount())
        if table.topLevelItem(index).text(1) == "cannot be used"
    )
    table.setCurrentItem(item)
    assert "broken.json" in manager.installed.details.toPlainText()
    assert not manager.installed.try_out.isEnabled()
    assert not manager.installed.remove.isEnabled()


def test_a_model_is_tried_on_the_view(
    manager: ModelManager, interface: Interface, elsewhere: ModelCard, tmp_path: Path
) -> None:
    """The result lies where the map looks, and nowhere else."""
    from plugin_helpers import NORTH

    bring(manager, elsewhere.path)
    layer = add_raster(write_raster(tmp_path / "scene.tif", patchwork(200, 300)))
    interface.setActiveLayer(layer)
    interface.canvas.setDestinationCrs(layer.crs())
    interface.canvas.setExtent(QgsRectangle(WEST + 40, NORTH - 120, WEST + 160, NORTH - 40))
    seen = interface.canvas.extent()
    click(manager.installed.try_out)
    assert manager.activity.cancel.isVisible()
    assert not manager.installed.try_out.isEnabled()
    idle(manager)
    assert "temporary layer" in manager.words.text(), manager.notice.label.text()
    (made,) = (
        each for each in QgsProject.instance().mapLayers().values() if each.id() != layer.id()
    )
    assert isinstance(made, QgsRasterLayer)
    assert seen.buffered(2).contains(made.extent())
    assert made.extent().buffered(2).contains(seen.intersect(layer.extent()))


def test_another_trial_is_of_the_same_raster(
    manager: ModelManager, interface: Interface, elsewhere: ModelCard, tmp_path: Path
) -> None:
    """QGIS makes the result the active layer, which is not what one wants to see models on."""
    bring(manager, elsewhere.path)
    rasters = [
        add_raster(write_raster(tmp_path / f"{name}.tif", patchwork(60, 80)), name)
        for name in ("above", "wanted", "shown", "more")
    ]
    interface.canvas.setDestinationCrs(rasters[0].crs())
    interface.canvas.setExtent(rasters[0].extent())
    interface.canvas.setLayers(rasters[2:])
    interface.setActiveLayer(rasters[1])
    for number, name in enumerate(("wanted", "wanted", "shown")):
        if number == 2:
            QgsProject.instance().removeMapLayer(rasters[1])
        before = set(QgsProject.instance().mapLayers())
        click(manager.installed.try_out)
        idle(manager)
        assert manager.words.text().startswith(f"{name} ·"), manager.notice.label.text()
        (made,) = set(QgsProject.instance().mapLayers()) - before
        interface.setActiveLayer(QgsProject.instance().mapLayer(made))


def test_without_a_raster_it_says_so(manager: ModelManager) -> None:
    manager.installed.table.choose("landcover")
    click(manager.installed.try_out)
    assert "no raster layer" in manager.notice.label.text()


def test_what_only_tells_likeness_makes_no_layer_and_is_not_offered_for_one(
    manager: ModelManager,
) -> None:
    manager.installed.table.choose("features")
    click(manager.installed.try_out)
    assert "makes no layer by itself" in manager.notice.label.text()
    offered, _ = models.choice()
    assert "features" not in {card.id for card in offered} and len(offered) >= 2
    assert models.kind_words("features") != "features"


@pytest.fixture
def long_trial(
    manager: ModelManager, interface: Interface, elsewhere: ModelCard, tmp_path: Path
) -> QgsRasterLayer:
    """A model of tiny tiles, chosen, and a large raster that the map shows."""
    layer = add_raster(write_raster(tmp_path / "large.tif", patchwork(1200, 1200)))
    interface.setActiveLayer(layer)
    interface.canvas.setDestinationCrs(layer.crs())
    interface.canvas.setExtent(layer.extent())
    bring(manager, elsewhere.path)
    return layer


def test_a_trial_can_be_cancelled(manager: ModelManager, long_trial: QgsRasterLayer) -> None:
    click(manager.installed.try_out)
    wait_until(lambda: manager.activity.bar.maximum() > 0)
    click(manager.activity.cancel)
    idle(manager)
    assert "Cancelled" in manager.notice.label.text()
    assert list(QgsProject.instance().mapLayers()) == [long_trial.id()]


def test_closing_stops_what_goes_on(manager: ModelManager, long_trial: QgsRasterLayer) -> None:
    click(manager.installed.try_out)
    click(manager.buttons.button(QDialogButtonBox.StandardButton.Close))
    assert not manager.activity.is_busy
    assert not manager.isVisible()


def test_buttons_have_keys_of_their_own(manager: ModelManager) -> None:
    page = manager.installed
    buttons = [page.importing, page.try_out, page.remove, page.folder]
    keys = [each.text().split("&")[1][0].lower() for each in buttons]
    assert len(set(keys)) == len(keys)


def test_the_button_beside_the_list_of_models_leads_here(interface: Interface) -> None:
    wanted: list[bool] = []
    slot = lambda: wanted.append(True)  # noqa: E731 (to be disconnected again)
    NEWS.manager_wanted.connect(slot)
    try:
        with open_dock(interface) as dock:
            click(dock.form.model.findChild(QToolButton, "manageModelsButton"))
    finally:
        NEWS.manager_wanted.disconnect(slot)
    assert wanted == [True]


def test_above_a_dialog_it_comes_and_goes(own: Path, interface: Interface) -> None:
    """As from the model parameter in a dialog of Processing that nothing else is used beside."""
    front = QDialog()
    front.setModal(True)
    front.show()
    seen: list[QWidget] = []

    def close() -> None:
        seen.append(QApplication.activeModalWidget())
        seen[0].reject()

    QTimer.singleShot(50, close)
    GeoSiftPlugin(interface).show_models()
    assert isinstance(seen[0], ModelManager)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert front.findChildren(ModelManager) == []
    front.close()


def test_two_models_of_one_name_can_both_be_chosen(own: Path, elsewhere: ModelCard) -> None:
    for model_id in ("first", "second"):
        folder = own / model_id
        folder.mkdir(parents=True)
        card = json.loads(elsewhere.path.with_suffix(".json").read_text())
        (folder / "smooth.json").write_text(json.dumps({**card, "id": model_id, "name": "Same"}))
        (folder / "smooth.onnx").write_bytes(elsewhere.path.read_bytes())
    combo = ModelCombo("segmentation")
    for model_id in ("first", "second"):
        combo.set_value(model_id)
        assert combo.value() == model_id
        combo.refill()
        assert combo.value() == model_id


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tb  c", "a b c"),
        ("safe\u202egnp.exe", "safe gnp.exe"),
        ("\x00\x1b[31mred", "[31mred"),
        ("x" * 5000, "x" * 3999 + "…"),
        ("<b>bold</b> &amp;", "<b>bold</b> &amp;"),
    ],
)
def test_texts_of_strangers_are_one_plain_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_monstrous_card_is_told_in_bounds() -> None:
    card = Catalog().find("landcover")
    deep: dict[str, object] = {"accuracy": 0.5}
    for _ in range(50):
        deep = {"inner": deep}
    classes = tuple(dataclasses.replace(card.classes[0], id=each) for each in range(254))
    monster = dataclasses.replace(
        card,
        name="N" * 10**6,
        description="d " * 10**6,
        metrics={**{f"m{each}": 0.5 for each in range(10_000)}, "deep": deep, "data": 3},
        training={"data": [{"name": 5}, "x", {"name": "n" * 10**6}] * 100},
        classes=classes,
    )
    started = time.monotonic()
    text = card_text(monster)
    assert time.monotonic() - started < 5
    assert len(text) < 400_000


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, ""),
        ({"int8": {"mean_iou": 0.6075}, "float": {"mean_iou": 0.7}}, "mean IoU 0.608"),
        ({"val": {"accuracy": 1}}, "accuracy 1"),
        ({"mean_iou": "good", "accuracy": True}, ""),
        ({"views": {"four": {"macro_f1": 0.5}}}, "macro F1 0.5"),
    ],
)
def test_one_figure_says_how_good_it_is(metrics: dict, words: str) -> None:
    assert measured_words(metrics) == words


def test_opening_asks_no_network(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of what can be fetched is read when its page is looked at."""
    from geosift.plugin.model_manager import fetch_page

    asked: list[str] = []
    monkeypatch.setattr(fetch_page, "read_registry", lambda place, **_: asked.append(place))
    dialog = ModelManager(None)
    assert asked == []
    assert not dialog.installed.try_out.isEnabled(), "there is no map"
    dialog.deleteLater()


def test_missing_packages_are_offered_before_anything_is_copied(
    manager: ModelManager, own: Path, elsewhere: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_button, "offer_missing_packages", lambda _parent: False)
    bring(manager, elsewhere.path)
    assert not own.exists()
    assert QgsApplication.taskManager().count() == 0
