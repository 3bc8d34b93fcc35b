# SPDX-License-Identifier: GPL-2.0-or-later
"""A card that is written is read back equal, and what contradicts itself is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from made_cards import cards

from geosift.inference.cards.card import AnswerInfo, BlendSettings, ClassInfo, Detection, ModelCard
from geosift.inference.cards.catalog import BUNDLED
from geosift.inference.cards.rules import require_valid
from geosift.inference.errors import CardError

_WATER = (ClassInfo(0, "land", "#000000"), ClassInfo(1, "water", "#0000FF"))
_TREES = (ClassInfo(0, "trees", "#00FF00"),)
_LINES = ClassInfo(0, "fracture", "#D55E00", lines=True)
_TWO = (AnswerInfo("water", _WATER), AnswerInfo("trees", _TREES))


def _card(**changes: Any) -> ModelCard:
    plain = ModelCard(
        id="made",
        name="Made",
        kind="segmentation",
        path=Path("made.onnx"),
        bands=("red",),
        dtype="float32",
        mean=(0.0,),
        std=(255.0,),
        resolution_m=None,
        stride_multiple=1,
        tile=64,
        output_stride=1,
        activation="probabilities",
        classes=_WATER,
        blend=BlendSettings(4, 0, 8),
        sha256="0" * 64,
        bytes=1,
    )
    return replace(plain, **changes)


@thorough
@given(data=st.data())
def test_what_is_written_is_read_back_equal(tmp_path: Path, data: st.DataObject) -> None:
    card = data.draw(cards(tmp_path))
    require_valid(card)
    path = tmp_path / "network.json"
    path.write_text(card.to_json(), encoding="utf-8")
    assert ModelCard.load(path) == card


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.json")), ids=lambda path: path.stem)
def test_bundled_cards_are_written_as_they_were(path: Path, tmp_path: Path) -> None:
    """So nothing of a card is lost by importing it."""
    card = ModelCard.load(path)
    assert json.loads(card.to_json()) == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "regression", "activation": "values"}, "a regression has no classes, but 2"),
        ({"kind": "regression", "classes": ()}, "of a regression is not 'values'"),
        ({"activation": "values"}, "is not 'logits' or 'probabilities'"),
        ({"threshold": 1.5}, "output.threshold 1.5 is not within 0..1"),
        ({"median": 4}, "output.median 4 is neither 0 nor odd"),
        ({"median": -1}, "output.median -1"),
        ({"median": 257}, "output.median 257"),
        ({"centred": True}, "output.centred needs input.fixed_tile"),
        ({"upscale": 2}, "output.upscale 2 is not 1"),
        ({"upscale": 0}, "output.upscale 0 is not 1"),
        ({"value_scale": 2.0}, "output.scale 2.0"),
        ({"value_scale": 0.0}, "output.scale 0.0"),
        ({"fixed_batch": 0}, "input.fixed_batch 0 is not within"),
        ({"fixed_tile": True, "tile": 8192, "fixed_batch": 9}, "9 tiles of 8192 pixels in 1 bands"),
        ({"kind": "detection"}, "has a field 'detection'"),
        ({"detection": Detection("yolo_v5")}, "'detection' is for a detection network"),
        ({"kind": "detection", "detection": Detection("yolo_v0")}, "layout 'yolo_v0' is not one"),
        ({"kind": "detection", "detection": Detection("yolo_v5", 2, 0)}, "not within 0..1"),
        ({"kind": "detection", "detection": Detection("yolo_v5"), "median": 3}, "not a detection"),
        ({"answers": _TWO, "classes": _TREES}, "classes are not those of the answer"),
        ({"answers": _TWO, "output": "other"}, "classes are not those of the answer 'other'"),
        ({"answers": (_TWO[0], _TWO[0])}, "answers need different names"),
        (
            {"kind": "detection", "detection": Detection("yolo_v5"), "answers": _TWO},
            "a detection gives one answer, not several",
        ),
        (
            {"kind": "prompt", "activation": "logits", "classes": (_LINES,)},
            "a class of lines is one of a segmentation, not of a prompt",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_rule_that_is_broken_is_named(changes: dict[str, Any], says: str) -> None:
    require_valid(_card())
    with pytest.raises(ValueError) as caught:
        require_valid(_card(**changes))
    assert says in str(caught.value)


def test_a_card_answers_with_the_output_that_is_chosen() -> None:
    card = _card(answers=_TWO)
    require_valid(card)
    assert card.answering(0) == replace(card, output="water")
    assert card.answering(1) == replace(card, output="trees", classes=_TREES)
    assert card.answering(1).answering(0).classes == _WATER
    require_valid(card.answering(1))
    assert _card().answering(0) == _card()


@pytest.mark.parametrize("index", [-1, 2])
def test_an_answer_there_is_not_is_told_with_those_there_are(index: int) -> None:
    with pytest.raises(CardError, match="choose one of 0: water, 1: trees"):
        _card(answers=_TWO).answering(index)
    with pytest.raises(CardError, match="choose one of 0: its own"):
        _card().answering(index)


def test_numbers_and_nesting_without_measure_are_refused(tmp_path: Path) -> None:
    """Python would take hours for the first, and run out of stack when it writes the second."""
    path = tmp_path / "made.json"
    path.write_text(_card().to_json().replace('"bytes": 1', f'"bytes": {"9" * 100_000}'))
    with pytest.raises(CardError, match="a number of 100,000 digits"):
        ModelCard.load(path)
    deep = '{"a": ' * 500 + "1" + "}" * 500
    path.write_text(_card().to_json().replace('"bytes": 1', f'"bytes": 1, "metrics": {deep}'))
    with pytest.raises(CardError, match="nest more than 16 deep"):
        ModelCard.load(path)


def test_a_card_larger_than_any_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(16_000_001)
    with pytest.raises(CardError, match="larger than 16 MB"):
        ModelCard.load(path)
