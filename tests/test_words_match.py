# SPDX-License-Identifier: GPL-2.0-or-later
"""A phrase finds the class it stands for, with an honest score, or is refused with near words."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.cards.card import ClassInfo, ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import InputError
from geosift.inference.prompt.lexicon import LANGUAGES, fold, lexicon, read_lexicon
from geosift.inference.prompt.words import THRESHOLD, Match, Vocabulary

LANDCOVER = Catalog().find("landcover")
VOCABULARY = Vocabulary.of(Catalog().cards())


def card_with(*classes: str, name: str = "made", **synonyms: tuple[str, ...]) -> ModelCard:
    """A card for segmentation with these classes."""
    infos = tuple(
        ClassInfo(index, each, "#808080", synonyms.get(each, ()))
        for index, each in enumerate(classes)
    )
    return dataclasses.replace(LANDCOVER, id=name, name=name, classes=infos)


def found(phrase: str, *cards: ModelCard) -> Match:
    return (Vocabulary.of(cards) if cards else VOCABULARY).match(phrase)


def refusal(phrase: str, *cards: ModelCard) -> str:
    with pytest.raises(InputError) as caught:
        found(phrase, *cards)
    return str(caught.value)


@pytest.mark.parametrize(
    ("phrase", "name", "score"),
    [
        ("building", "Building", 1.0),
        ("Gebäude", "Building", 1.0),
        ("Gebaeude", "Building", 1.0),
        ("GEBÄUDE", "Building", 1.0),
        ("edificio", "Building", 1.0),
        ("Wasser", "Water", 1.0),
        ("l'eau", "Water", 1.0),
        ("eau", "Water", 1.0),
        ("carretera", "Road", 1.0),
        ("strasse", "Road", 1.0),
        ("buildings", "Building", 0.95),
        ("all the buildings", "Building", 0.95),
        ("bâtiments", "Building", 0.95),
        ("batiments", "Building", 0.95),
        ("plans d'eau", "Water", 0.95),
        ("todas las carreteras", "Road", 0.95),
        ("structure", "Building", 0.9),
        ("structures", "Building", 0.855),
        ("swimming pool", "Water", 0.7),
        ("forêt", "Vegetation", 0.7),
        ("houses", "Building", 0.665),
        ("bulding", "Building", 0.84),
    ],
)
def test_phrases_in_four_languages(phrase: str, name: str, score: float) -> None:
    match = found(phrase)
    assert (match.info.name, match.card.id) == (name, "landcover")
    assert match.score == pytest.approx(score, abs=0.005)


def test_a_pool_is_one_kind_of_water_and_that_is_said() -> None:
    words = found("swimming pool").in_words()
    assert "class 'Water' of the model 'landcover', match 0.70" in words
    assert "holds more than that" in words
    assert "holds more" not in found("water").in_words()


def test_a_network_that_tells_pools_apart_is_taken_for_pools() -> None:
    pools = card_with("Swimming pool", "Other", name="pools")
    match = found("piscine", LANDCOVER, pools)
    assert (match.card.id, match.info.name, match.score) == ("pools", "Swimming pool", 1.0)
    assert found("water", LANDCOVER, pools).card.id == "landcover"


def test_a_class_that_holds_only_a_part_is_worth_less_and_told() -> None:
    match = found("water", card_with("Lake", "Other"))
    assert (match.info.name, match.score) == ("Lake", 0.6)
    assert "only a part" in match.in_words()


def test_two_parts_of_what_was_asked_are_not_chosen_between() -> None:
    said = refusal("vegetation", card_with("Tree", "Grass"))
    assert (
        said == "'vegetation' may mean Grass or Tree of the model 'made'; give one of these words."
    )


def test_of_equal_matches_the_first_card_wins() -> None:
    first, second = card_with("Roof", name="first"), card_with("Roof", name="second")
    assert found("roofs", first, second).card.id == "first"


def test_what_only_the_card_knows_counts() -> None:
    card = card_with("Widget", "Other", Widget=("gizmo", "small thingy"))
    assert (found("Widgets", card).info.name, found("Widgets", card).score) == ("Widget", 0.95)
    assert found("Gizmos", card).score == pytest.approx(0.855)
    assert found("small thingies", card).info.name == "Widget"


def test_misspelt_words_say_what_they_were_read_as() -> None:
    match = found("swiming pool")
    assert match.form == "spelling"
    assert "'swiming pool', read as 'swimming pool'" in match.in_words()
    assert THRESHOLD <= match.score < 0.7


@pytest.mark.parametrize(
    ("phrase", "start", "near"),
    [
        ("qwertzuiop", "No installed model knows 'qwertzuiop'", "'Building', 'Land', 'Road'"),
        ("red roofs", "No installed model knows 'red roofs'", "'roof' (Building)"),
        ("houses and roads", "No installed model knows", "'house' (Building) or 'road' (Road)"),
        ("car", "No installed model tells 'car' from what is around it", "'Fracture', 'Building'"),
        ("die Brücken", "No installed model tells 'die Brücken'", "'Fracture', 'Building'"),
        ("parking lot", "No installed model tells", "'paved ground' (Land)"),
        ("beach", "No installed model tells", "'sand' (Land)"),
        ("buldnig", "No installed model knows 'buldnig'", "'building' (Building)"),
        ("", "The text says nothing", "'buildings'"),
        (" ?! ", "The text says nothing", "'buildings'"),
        ("the", "No installed model knows 'the'", "they know"),
    ],
)
def test_what_is_not_found_is_refused_with_near_words(phrase: str, start: str, near: str) -> None:
    said = refusal(phrase)
    assert said.startswith(start)
    assert near in said
    assert "\n" not in said and said.endswith((".", "'."))


def test_known_things_are_not_taken_for_what_is_spelt_alike() -> None:
    assert "tells 'wagon'" in refusal("wagon", card_with("Waggon wheel", "Dragon"))


def test_without_a_model_for_segmentation_that_is_said() -> None:
    assert "there is no model for segmentation" in refusal("water", Catalog().find("eurosat-cnn"))


def test_every_word_of_a_class_finds_it() -> None:
    """Each of the 1,700: as exact as its form says, by any of its spellings."""
    words = lexicon()
    own = {words.concept(info.name): info.name for info in LANDCOVER.classes}
    assert set(own) == {"building", "land", "road", "vegetation", "water"}
    for folded, word in words.words.items():
        if word.concept in own:
            match = VOCABULARY.match(folded)
            assert match.info.name == own[word.concept]
            assert match.score == (0.95 if word.inflected else 1.0), folded


@quick
@given(st.sampled_from(sorted(lexicon().words)), st.data())
def test_case_accents_and_what_stands_before_change_nothing(word: str, data: Any) -> None:
    def answer(phrase: str) -> tuple[str, float] | str:
        try:
            match = VOCABULARY.match(phrase)
        except InputError as error:
            return str(error).replace(phrase, "")
        return match.info.name, match.score

    base = lexicon().words[word].base
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", base) if not unicodedata.combining(each)
    )
    before = data.draw(st.sampled_from(["", "the ", "all the ", "die ", "tous les ", "las "]))
    wanted = answer(base)
    for other in (base.upper(), plain, f"  {base.swapcase()} ", before + base):
        if fold(other) in lexicon().words or before:
            assert answer(other) == wanted, other


@quick
@given(st.text())
def test_any_text_is_answered_or_refused_in_one_sentence(text: str) -> None:
    try:
        match = VOCABULARY.match(text)
    except InputError as error:
        assert str(error).endswith((".", "these."))
        return
    assert THRESHOLD <= match.score <= 1.0


# The list itself


def test_each_concept_has_words_in_every_language() -> None:
    raw = json.loads(
        (Path(__file__).resolve().parents[1] / "resources/words.json").read_text(encoding="utf-8")
    )
    for name, concept in raw["concepts"].items():
        assert set(concept) - {"kind_of"} == set(LANGUAGES), name
        assert all(concept[language] for language in LANGUAGES), name
    assert len(lexicon().words) > 1500


def test_nothing_is_a_kind_of_itself() -> None:
    words = lexicon()
    for concept, above in words.kind_of.items():
        assert all(words.steps_up(each, concept) is None for each in above), concept


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"schema": 2}, "schema"),
        ({"concepts": {"a": {"en": ["x"], "de": [], "fr": [], "es": []},
                       "b": {"en": ["X"], "de": [], "fr": [], "es": []}}}, "'x' means a and b"),
        ({"concepts": {"a": {"kind_of": ["z"], "en": ["x"], "de": [], "fr": [], "es": []}}},
         "no concept"),
    ],
)  # fmt: skip
def test_a_list_that_contradicts_itself_is_not_read(
    change: dict[str, Any], wrong: str, tmp_path: Path
) -> None:
    leading = {language: [] for language in LANGUAGES}
    path = tmp_path / "words.json"
    path.write_text(json.dumps({"schema": 1, "leading": leading, "concepts": {}, **change}))
    with pytest.raises(ValueError, match=wrong):
        read_lexicon(path)
