# SPDX-License-Identifier: GPL-2.0-or-later
"""Where models are found: bundled with GeoSift, in the user's folder, or a file given by path."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import CardError
from ..foreign.reading import CARD, NETWORK, card_of
from .card import ModelCard
from .model_index import listed

BUNDLED = Path(__file__).resolve().parents[2] / "resources" / "models"
_BETWEEN = ";"
"""Stands between the two paths of a promptable pair."""


@dataclass(frozen=True)
class Catalog:
    """Finds model cards; reads JSON and what networks say of themselves, loads no network."""

    user_folder: Path | None = None

    def look(self) -> tuple[tuple[ModelCard, ...], tuple[str, ...]]:
        """Every usable card, and one sentence for each model of the user's that cannot be used.

        Bundled ones come first; the user's card wins over a bundled one of that id. For several of
        one id see `_told_apart`.
        """
        users, sentences = self._users()
        found = {card.id: card for card in self._bundled()}
        found.update(_told_apart(users, bundled=frozenset(found)))
        return tuple(found.values()), sentences

    def cards(self) -> tuple[ModelCard, ...]:
        """Every usable card."""
        return self.look()[0]

    def broken(self) -> tuple[str, ...]:
        """One sentence for each model in the user's folder that cannot be used."""
        return self._users()[1]

    def find(self, id_or_path: str | Path) -> ModelCard:
        """The card with that id, or of that .onnx or .json file, folder or pair; else CardError.

        ModelError where a file is damaged, or asks for what it may not.
        """
        text = str(id_or_path).strip()
        try:
            return self._named(text)
        except OSError as error:  # a name no system takes, a drive that went away
            raise CardError(
                f"{text[:80]!r} cannot be looked for ({error.strerror}); give the name of a model, "
                f"or the path of an {NETWORK} file."
            ) from error

    def _named(self, text: str) -> ModelCard:
        path = Path(text)
        if _BETWEEN in text and not path.is_file():
            return _pair(text)
        if path.suffix.lower() in (NETWORK, CARD):
            return card_of(path)
        cards = {card.id: card for card in self.cards()}
        if text in cards:
            return cards[text]
        if path.is_dir():
            return _pair(text)
        raise CardError(
            f"There is no model {_quoted(text)}; installed are: {_in_words(cards)}. "
            f"Give one of these, or the path of an {NETWORK} file."
        )

    @staticmethod
    def _bundled() -> list[ModelCard]:
        return [ModelCard.load(path) for path in sorted(BUNDLED.glob(f"*{CARD}"))]

    def _users(self) -> tuple[tuple[ModelCard, ...], tuple[str, ...]]:
        """The user's cards, and what is wrong with those that are left out."""
        return ((), ()) if self.user_folder is None else listed(Path(self.user_folder))


def _told_apart(cards: Iterable[ModelCard], *, bundled: frozenset[str]) -> dict[str, ModelCard]:
    """Cards by ids that differ, and stay the same whatever other models come or go.

    A saved workflow names a model by its id: it must never run another one. So where several have
    one, or a stranger's has a bundled one's, their digests stand behind it.
    """
    of_id: dict[str, list[ModelCard]] = {}
    for card in cards:
        of_id.setdefault(card.id, []).append(card)
    found: dict[str, ModelCard] = {}
    for name, alike in of_id.items():
        first = min(map(_rank, alike))
        holders = [card for card in alike if _rank(card) == first]
        is_free = len(holders) == 1 and not (name in bundled and holders[0].origin)
        for card in alike:
            keeps = is_free and card is holders[0]
            own = name if keeps else _free_id(f"{name}-{card.sha256[:6]}", found)
            found[own] = card if keeps else replace(card, id=own)
    return found


def _rank(card: ModelCard) -> tuple[bool, bool]:
    """Who keeps an id that several have: cards before others, files of that name before others."""
    return bool(card.origin), card.path.stem != card.id


def _free_id(wanted: str, taken: Container[str]) -> str:
    """The id itself, or with the first number behind it that makes it another."""
    free, number = wanted, 1
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free


def _pair(text: str) -> ModelCard:
    from ..prompt.pairs.card import card_of_pair  # it makes cards of two files

    card = card_of_pair(text)
    if card is None:
        raise CardError(
            f"{_quoted(text)} is no promptable pair: expected a folder with an encoder and a "
            f"decoder ({NETWORK}), or the paths of both with '{_BETWEEN}' between."
        )
    return card


def _quoted(text: str) -> str:
    return f"'{text}'" if text.isprintable() and len(text) <= 200 else f"{text[:200]!r}"


def _in_words(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)) or "none"
