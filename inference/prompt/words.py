# SPDX-License-Identifier: GPL-2.0-or-later
"""From a phrase to the class of an installed network: told with its score, or refused.

No network of a few megabytes understands any phrase. So a phrase is looked up, in four languages
and in the cards' own synonyms; what is not found is refused with the nearest words, never guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..cards.card import ClassInfo, ModelCard
from ..errors import InputError
from .lexicon import Lexicon, fold, lexicon

EXACT, INFLECTED, SPELLING = "exact", "inflected", "spelling"
THRESHOLD = 0.5
"""Below, a match is none."""
_SAME, _BY_CARD, _WIDER, _NARROWER = 1.0, 0.9, 0.7, 0.6
"""What a class is worth that means the same; that its card alone calls so; that holds more than was
asked for; that holds less."""
_FORM = {EXACT: 1.0, INFLECTED: 0.95, SPELLING: 0.9}
"""A spelling is worth that times how much of it is the same."""
_LEAST_RATIO, _LEAST_LETTERS = 0.85, 4
_NEAREST, _NEAR_RATIO = 3, 0.7


@dataclass(frozen=True)
class Match:
    """The class a phrase stands for: `word` is what was found for it, `score` above 0, 1 at most.

    `meaning` is the share of the score that the meaning has, the rest is the form of the word.
    """

    phrase: str
    card: ModelCard
    info: ClassInfo
    word: str
    form: str
    meaning: float
    score: float

    def in_words(self) -> str:
        """For the log: what is looked for, how sure that is, and what comes besides."""
        read = f", read as '{self.word}'" if self.form == SPELLING else ""
        start = (
            f"'{self.phrase}'{read}: class '{self.info.name}' of the model '{self.card.id}', "
            f"match {self.score:.2f}"
        )
        if self.meaning == _WIDER:
            return f"{start}; the class holds more than that, and all of it is cut out."
        if self.meaning == _NARROWER:
            return f"{start}; the class holds only a part of that."
        return f"{start}."


@dataclass(frozen=True)
class _Entry:
    """One spelling that stands for a class."""

    card: ModelCard
    info: ClassInfo
    word: str
    meaning: float
    inflected: bool


@dataclass(frozen=True)
class Vocabulary:
    """All words for the classes of some cards; earlier cards win where scores are the same."""

    cards: tuple[ModelCard, ...]
    lexicon: Lexicon

    @classmethod
    def of(cls, cards: Iterable[ModelCard], words: Lexicon | None = None) -> Vocabulary:
        """Of those cards that tell the class of every pixel."""
        usable = tuple(card for card in cards if card.kind == "segmentation")
        return cls(usable, words or lexicon())

    def match(self, phrase: str) -> Match:
        """The class the phrase stands for; raises InputError with the nearest words for none."""
        if not fold(phrase):
            raise InputError("The text says nothing; give a word, such as 'buildings' or 'water'.")
        spellings = self.lexicon.spellings(phrase)
        known = [each for each in spellings if each in self._entries or self._is_known(each)]
        if known:
            found = [self._found(phrase, known[0], entry) for entry in self._of(known[0])]
        else:
            found = [match for each in spellings for match in self._spelt_alike(phrase, each)]
        return self._best(phrase, [match for match in found if match.score >= THRESHOLD])

    @cached_property
    def _entries(self) -> dict[str, list[_Entry]]:
        entries: dict[str, list[_Entry]] = {}
        for card in self.cards:
            for info in card.classes:
                for folded, entry in _entries_of(card, info, self.lexicon):
                    entries.setdefault(folded, []).append(entry)
        return entries

    def _of(self, folded: str) -> Sequence[_Entry]:
        return self._entries.get(folded, ())

    def _is_known(self, folded: str) -> bool:
        return folded in self.lexicon.words

    @staticmethod
    def _found(phrase: str, folded: str, entry: _Entry, *, ratio: float = 1.0) -> Match:
        form = SPELLING if ratio < 1 else INFLECTED if entry.inflected else EXACT
        score = round(entry.meaning * _FORM[form] * ratio, 3)
        return Match(phrase, entry.card, entry.info, entry.word, form, entry.meaning, score)

    def _spelt_alike(self, phrase: str, folded: str) -> Iterator[Match]:
        """Of all words, also those no class stands for: else "ship" would become "shop"."""
        if len(folded) < _LEAST_LETTERS:
            return
        everything = {*self._entries, *self.lexicon.words}
        near = difflib.get_close_matches(folded, everything, n=1, cutoff=_LEAST_RATIO)
        for word in near:
            ratio = difflib.SequenceMatcher(None, word, folded).ratio()
            for entry in self._of(word):
                yield self._found(phrase, word, entry, ratio=ratio)

    def _best(self, phrase: str, found: list[Match]) -> Match:
        if not found:
            raise InputError(self._refusal(phrase))
        best = max(found, key=lambda match: match.score)  # the first of equals
        equal = {
            match.info.name
            for match in found
            if match.score == best.score and match.card is best.card
        }
        if len(equal) > 1:
            raise InputError(
                f"'{phrase}' may mean {_listed(sorted(equal))} of the model '{best.card.id}'; "
                "give one of these words."
            )
        return best

    def _refusal(self, phrase: str) -> str:
        known = any(self._is_known(each) for each in self.lexicon.spellings(phrase))
        start = f"No installed model knows '{phrase}'"
        if known:
            start = f"No installed model tells '{phrase}' from what is around it"
        nearest = self._nearest(phrase)
        if nearest:
            return f"{start}; the nearest words are {_listed(nearest)}: give one of these."
        classes = [f"'{info.name}'" for card in self.cards for info in card.classes]
        if not classes:
            return f"{start}: there is no model for segmentation; install one, or give PROMPTS."
        return f"{start}; they know {_listed(classes)}: give one of these."

    def _nearest(self, phrase: str) -> list[str]:
        """Words that stand for a class, one for each class, the nearest first.

        What the thing is a kind of, else parts of the phrase, else what is spelt alike.
        """
        folded = self.lexicon.spellings(phrase)[-1]
        parts = [part for part in folded.split() if part in self._entries]
        near = self._wider(folded) or parts or self._alike(folded)
        told: dict[str, str] = {}
        for word in near:
            entry = max(self._of(word), key=lambda each: each.meaning)
            told.setdefault(entry.info.name, f"'{entry.word}' ({entry.info.name})")
        return list(told.values())[:_NEAREST]

    def _wider(self, folded: str) -> list[str]:
        """Words for what a known thing is a kind of, fewest steps first."""
        concept = self.lexicon.concept(folded)
        steps = {
            word: self.lexicon.steps_up(concept, self.lexicon.concept(word))
            for word in self._entries
            if concept and self._is_known(word) and not self.lexicon.words[word].inflected
        }
        found = [word for word, up in steps.items() if up is not None]
        return sorted(found, key=lambda word: steps[word])

    def _alike(self, folded: str) -> list[str]:
        """Nothing for a word that is known: it is meant as it is spelt."""
        if self._is_known(folded) or len(folded) < _LEAST_LETTERS:
            return []
        return difflib.get_close_matches(folded, self._entries, n=9, cutoff=_NEAR_RATIO)


def _entries_of(card: ModelCard, info: ClassInfo, words: Lexicon) -> Iterator[tuple[str, _Entry]]:
    """Every spelling that stands for a class, and what it is worth."""
    own = words.concept(info.name)
    also = {words.concept(synonym) for synonym in info.synonyms}
    worth = {name: _worth(name, own, also, words) for name in words.kind_of}
    for folded, word in words.words.items():
        if worth[word.concept] >= THRESHOLD:
            yield folded, _Entry(card, info, word.base, worth[word.concept], word.inflected)
    for text, meaning in ((info.name, _SAME), *((each, _BY_CARD) for each in info.synonyms)):
        if text is info.name or not words.concept(text):
            yield fold(text), _Entry(card, info, text, meaning, inflected=False)
            for form in _plural_forms(fold(text)):
                yield form, _Entry(card, info, text, meaning, inflected=True)


def _worth(concept: str, own: str, also: set[str], words: Lexicon) -> float:
    """How well a class that means `own`, and by its card `also` others, answers to a concept."""
    if concept == own:
        return _SAME
    up = words.steps_up(concept, own) if own else None
    down = words.steps_up(own, concept) if own else None
    return max(
        _WIDER if concept in also else 0.0,
        0.0 if up is None else _WIDER**up,
        0.0 if down is None else _NARROWER**down,
    )


def _plural_forms(folded: str) -> Iterator[str]:
    """English plural of a card's own word, and its singular where it is one."""
    if folded.endswith("y"):
        yield f"{folded[:-1]}ies"
    if folded.endswith("ies"):
        yield f"{folded[:-3]}y"
    yield f"{folded}es" if folded.endswith(("s", "x", "sh", "ch")) else f"{folded}s"
    if folded.endswith("s") and not folded.endswith("ss"):
        yield folded[:-1]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
