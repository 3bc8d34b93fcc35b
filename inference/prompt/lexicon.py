# SPDX-License-Identifier: GPL-2.0-or-later
"""What people call things seen from above, in four languages: resources/words.json."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from ..cards.fields import entries, section, text, texts

LANGUAGES = ("en", "de", "fr", "es")
_FILE = Path(__file__).resolve().parents[2] / "resources" / "words.json"
_SCHEMA = 1
_FORMS = "|"
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True)
class Word:
    """One spelling of a concept; `inflected` where it is another form of `base`."""

    concept: str
    base: str
    inflected: bool


@dataclass(frozen=True)
class Lexicon:
    """Every known word by its folded spelling, and which concept is a kind of which.

    `leading` are folded words that may stand before a name and mean nothing here: "all the".
    """

    words: Mapping[str, Word]
    kind_of: Mapping[str, tuple[str, ...]]
    leading: tuple[str, ...]

    def concept(self, phrase: str) -> str:
        """What a phrase means; '' where it is not known."""
        word = self.words.get(fold(phrase))
        return "" if word is None else word.concept

    def steps_up(self, concept: str, wider: str) -> int | None:
        """How many times "is a kind of" leads from one to the other; None where it never does."""
        reached, steps = {concept}, 0
        while reached and wider not in reached:
            reached = {above for each in reached for above in self.kind_of.get(each, ())}
            steps += 1
        return steps if reached else None

    def spellings(self, phrase: str) -> tuple[str, ...]:
        """The folded phrase, and what is left of it without the words before the name."""
        whole = fold(phrase)
        before = (word for word in self.leading if whole.startswith(f"{word} "))
        return (whole, *(whole[len(word) + 1 :] for word in islice(before, 1)))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words that come with GeoSift."""
    return read_lexicon(_FILE)


def read_lexicon(path: Path) -> Lexicon:
    """The words of a file; raises ValueError for one that is no such file or not consistent."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.get("schema") != _SCHEMA:
        raise ValueError(f'{path} is not a list of words: expected "schema": {_SCHEMA}')
    concepts = section(raw, "concepts")
    words: dict[str, Word] = {}
    for folded, word in (each for name in concepts for each in _words(concepts, name)):
        other = words.setdefault(folded, word)
        if other.concept != word.concept:
            raise ValueError(f"'{folded}' means {other.concept} and {word.concept}; keep one")
    kind_of = {name: texts({"kind_of": [], **concepts[name]}, "kind_of") for name in concepts}
    unknown = {above for all_of_them in kind_of.values() for above in all_of_them} - set(concepts)
    if unknown:
        raise ValueError(f"kind_of names {sorted(unknown)}, which is no concept")
    before = section(raw, "leading")
    leading = {fold(text({"": each}, "")) for name in LANGUAGES for each in entries(before, name)}
    return Lexicon(words, kind_of, tuple(sorted(leading, key=len, reverse=True)))


def fold(phrase: str) -> str:
    """One spelling for all that differ in case, accents, hyphens, apostrophes and spaces alone."""
    plain = unicodedata.normalize("NFKD", phrase.casefold()).replace("œ", "oe").replace("æ", "ae")
    letters = (each for each in plain if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


def _words(concepts: Mapping[str, object], name: str) -> Iterator[tuple[str, Word]]:
    holder = section(concepts, name)
    for language in LANGUAGES:
        for each in texts(holder, language):
            base, *forms = each.split(_FORMS)
            for form in (base, *forms):
                word = Word(name, base, inflected=form is not base)
                yield fold(form), word
                if language == "de":  # ä is also written ae
                    yield fold(form.lower().translate(_WRITTEN_OUT)), word
