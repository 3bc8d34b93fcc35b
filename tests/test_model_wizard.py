# SPDX-License-Identifier: GPL-2.0-or-later
"""The wizard for a network nothing describes, filled in as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from foreign_networks import save
from onnx import TensorProto
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QWizard

from geosift.inference.cards.card import Detection, ModelCard
from geosift.inference.cards.detection_info import LAYOUTS
from geosift.inference.errors import CardError, GeoSiftError, InputError, ModelError
from geosift.inference.foreign import bare
from geosift.plugin.model_wizard.beside import write_beside
from geosift.plugin.model_wizard.fields import ANSWERED, SEEN, layout_words
from geosift.plugin.model_wizard.wizard import ModelWizard

pytestmark = pytest.mark.usefixtures("qgis_app")

TILE = (512, 512)
EVERY = {
    "segmentation": {"o": ("n", 5, *TILE)},
    "classification": {"o": ("n", 10)},
    "detection": {"o": ("n", 84, 5376)},
    "regression": {"o": ("n", 1, *TILE)},
    "superresolution": {"o": ("n", 3, 1024, 1024)},
    "recognition": {"o": ("n", 256)},
}
"""Shapes of outputs, by a kind that fits them."""


@contextmanager
def wizard_for(path: Path) -> Iterator[ModelWizard]:
    made = ModelWizard(path)
    made.show()
    try:
        yield made
    finally:
        made.close()
        made.deleteLater()


def press(wizard: ModelWizard, which: QWizard.WizardButton) -> None:
    button = wizard.button(which)
    assert button.isVisible() and button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def go_on(wizard: ModelWizard, times: int = 1) -> None:
    for _ in range(times):
        press(wizard, QWizard.WizardButton.NextButton)


def finish(wizard: ModelWizard) -> ModelCard:
    press(wizard, QWizard.WizardButton.FinishButton)
    assert not wizard.isVisible(), wizard.answered.notice.label.text()
    return wizard.card


def choose(wizard: ModelWizard, kind: str) -> None:
    combo = wizard.network.kind
    combo.setCurrentIndex(combo.findData(kind))
    assert combo.currentData() == kind


def part(wizard: ModelWizard, name: str):
    """The widget that asks for that field."""
    return next(
        page._fields[name].widget for page in (wizard.seen, wizard.answered) if name in page._fields
    )


@pytest.mark.parametrize("kind", EVERY)
def test_what_is_proposed_makes_a_card_that_is_read_back(kind: str, tmp_path: Path) -> None:
    """Three clicks, for a network of every kind."""
    path = save(tmp_path, "strange_net", EVERY[kind])
    with wizard_for(path) as wizard:
        choose(wizard, kind)
        go_on(wizard, 2)
        card = finish(wizard)
    assert card.kind == kind
    assert card.name == "strange net"
    assert card == bare.card(path, _as_proposed(path, kind, card))
    written = write_beside(card)
    assert written == path.with_suffix(".json")
    assert ModelCard.load(written) == card


def _as_proposed(path: Path, kind: str, card: ModelCard):
    """What is proposed, with the colours the wizard shows."""
    from dataclasses import replace

    colors = (tuple(info.color for info in card.classes),) if card.classes else ()
    return replace(bare.questions(path).defaults(kind), colors=colors)


def test_the_file_is_told_first_in_plain_text(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"<b>o</b>": ("n", 5, *TILE)})
    with wizard_for(path) as wizard:
        facts = wizard.network.facts
        assert facts.textFormat() == Qt.TextFormat.PlainText
        assert "3 bands of 512 x 512 pixels" in facts.text()
        assert "<b>o</b>" in facts.text()


def test_what_is_answered_stands_in_the_card(tmp_path: Path) -> None:
    with wizard_for(save(tmp_path, "net", {"o": ("n", 2, *TILE)})) as wizard:
        wizard.network.name.selectAll()
        QTest.keyClicks(wizard.network.name, "Roofs")
        QTest.keyClicks(wizard.network.licence, "MIT")
        go_on(wizard)
        part(wizard, "bands").clear()
        QTest.keyClicks(part(wizard, "bands"), "nir, red,green")
        part(wizard, "resolution_m").setValue(0.25)
        part(wizard, "overlap").setValue(30)
        scaling = part(wizard, "scaling")
        scaling.combo.setCurrentIndex(scaling.combo.findData("own"))
        QTest.keyClicks(scaling.mean, "1, 2.5 3")
        QTest.keyClicks(scaling.std, "4,5,6")
        go_on(wizard)
        part(wizard, "activation").setCurrentIndex(0)
        classes = part(wizard, "classes")
        classes.table.item(1, 0).setText("roof")
        classes.table.cellWidget(1, 1).setColor(QColor("#aabbcc"))
        card = finish(wizard)
    assert (card.name, card.licence) == ("Roofs", "MIT")
    assert card.bands == ("nir", "red", "green")
    assert (card.mean, card.std) == ((1.0, 2.5, 3.0), (4.0, 5.0, 6.0))
    assert card.resolution_m == 0.25
    assert 2 * card.blend.halo == round(512 * 0.3)
    assert card.activation == "probabilities"
    assert [info.name for info in card.classes] == ["class 0", "roof"]
    assert card.classes[1].color == "#AABBCC"


def test_a_wrong_answer_is_said_on_its_page(tmp_path: Path) -> None:
    with wizard_for(save(tmp_path, "net", {"o": ("n", 2, *TILE)})) as wizard:
        go_on(wizard)
        scaling = part(wizard, "scaling")
        scaling.combo.setCurrentIndex(scaling.combo.findData("own"))
        QTest.keyClicks(scaling.mean, "one two")
        go_on(wizard)
        assert wizard.currentPage() is wizard.seen
        assert "no list of numbers" in wizard.seen.notice.label.text()
        scaling.combo.setCurrentIndex(0)
        part(wizard, "bands").setText("red")
        go_on(wizard)
        press(wizard, QWizard.WizardButton.FinishButton)
        assert wizard.isVisible()
        assert "takes 3 bands, 1 are named" in wizard.answered.notice.label.text()
        press(wizard, QWizard.WizardButton.BackButton)
        assert part(wizard, "bands").text() == "red", "going back forgets nothing"
        part(wizard, "bands").setText("red, green, blue")
        go_on(wizard)
        assert finish(wizard).bands == ("red", "green", "blue")


def test_names_of_classes_are_pasted(tmp_path: Path) -> None:
    with wizard_for(save(tmp_path, "net", {"o": ("n", 3, *TILE)})) as wizard:
        go_on(wizard, 2)
        classes = part(wizard, "classes")
        QgsApplication.clipboard().setText("background\n 'roof'\n\ntree\n")
        QTest.mouseClick(classes.paste, Qt.MouseButton.LeftButton)
        assert classes.names() == ("background", "roof", "tree")
        QgsApplication.clipboard().setText("a, b")
        QTest.mouseClick(classes.paste, Qt.MouseButton.LeftButton)
        assert classes.names() == ("a", "b")
        press(wizard, QWizard.WizardButton.FinishButton)
        assert wizard.isVisible(), "the network has three"
        assert wizard.answered.notice.isVisible()


def test_objects_may_be_of_hundreds_of_classes(tmp_path: Path) -> None:
    """As of Open Images: their class is a number in a table, not a byte of a raster."""
    with wizard_for(save(tmp_path, "net", {"o": ("n", 605, 5376)})) as wizard:
        go_on(wizard, 2)
        press(wizard, QWizard.WizardButton.FinishButton)
        assert wizard.card is not None, wizard.answered.notice.label.text()
    card = wizard.card
    assert (card.kind, len(card.classes)) == ("detection", 601)
    path = write_beside(card)
    assert ModelCard.load(path).classes == card.classes
    scenes = save(tmp_path, "scenes", {"o": ("n", 300)})
    names = tuple(f"class {index}" for index in range(300))
    answers = replace(bare.questions(scenes).defaults("classification"), classes=(names,))
    with pytest.raises(CardError, match="300 classes; 1 to 254 fit"):
        bare.card(scenes, answers)


def test_another_layout_of_objects_leaves_another_number_of_classes(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 84, 5376)})
    with wizard_for(path) as wizard:
        go_on(wizard, 2)
        assert part(wizard, "classes").count.value() == 80
        layout = part(wizard, "layout")
        layout.setCurrentIndex(layout.findData("ultralytics_obb"))
        assert part(wizard, "classes").count.value() == 79
        part(wizard, "confidence").setValue(40)
        part(wizard, "iou").setValue(60)
        card = finish(wizard)
    assert card.detection == Detection("ultralytics_obb", 0.4, 0.6)
    assert len(card.classes) == 79


def test_another_kind_is_asked_for_anew(tmp_path: Path) -> None:
    with wizard_for(save(tmp_path, "net", {"o": ("n", 1, *TILE)})) as wizard:
        go_on(wizard, 2)
        assert part(wizard, "classes").names() == ("background", "class 1")
        press(wizard, QWizard.WizardButton.BackButton)
        press(wizard, QWizard.WizardButton.BackButton)
        choose(wizard, "regression")
        go_on(wizard, 2)
        part(wizard, "value_scale").setValue(2.5)
        card = finish(wizard)
    assert (card.kind, card.value_scale, card.classes) == ("regression", 2.5, ())


def test_giving_up_makes_no_card(tmp_path: Path) -> None:
    with wizard_for(save(tmp_path, "net", {"o": ("n", 1, *TILE)})) as wizard:
        go_on(wizard)
        press(wizard, QWizard.WizardButton.CancelButton)
        assert wizard.card is None
        assert not wizard.isVisible()


@pytest.mark.parametrize("kind", EVERY)
def test_every_question_has_a_field_with_a_tool_tip(kind: str, tmp_path: Path) -> None:
    path = save(tmp_path, "net", EVERY[kind], dtype=TensorProto.FLOAT)
    asked = set(bare.questions(path).asked(kind)) - {"kind", "name", "colors"}
    with wizard_for(path) as wizard:
        choose(wizard, kind)
        go_on(wizard, 2)
        assert {*wizard.seen._fields, *wizard.answered._fields} == asked
        for page in (wizard.network, wizard.seen, wizard.answered):
            for control in page.findChildren(
                (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
            ):
                tip, widget = control.toolTip(), control
                while not tip and widget is not page:
                    widget = widget.parentWidget()
                    tip = widget.toolTip()
                assert tip, control


def test_every_answer_that_may_be_asked_for_has_its_place() -> None:
    everything = {name for names in bare._FURTHER.values() for name in names}
    everything |= {"scaling", "tile", "centred", "upscale", "stride", *bare._ALWAYS}
    assert everything - {"kind", "name", "colors"} == {*SEEN, *ANSWERED}


def test_every_layout_of_objects_has_a_name() -> None:
    assert set(layout_words()) == set(LAYOUTS)


def test_what_cannot_be_run_is_said_instead_of_asked(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 5, *TILE)}, dtype=TensorProto.FLOAT16)
    with pytest.raises(ModelError, match="half"):
        ModelWizard(path)
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(GeoSiftError):
        ModelWizard(tmp_path / "text.onnx")


def test_what_lies_beside_is_not_overwritten(tmp_path: Path) -> None:
    path = save(tmp_path, "net", {"o": ("n", 5, *TILE)})
    card = bare.card(path, bare.questions(path).defaults("segmentation"))
    path.with_suffix(".json").write_text("mine")
    with pytest.raises(InputError, match="in the way"):
        write_beside(card)
    assert path.with_suffix(".json").read_text() == "mine"
