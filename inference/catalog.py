# SPDX-License-Identifier: GPL-2.0-or-later
"""Where models are found: bundled with GeoSift, in the user's folder, or a file given by path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .card import ModelCard
from .errors import CardError

BUNDLED = Path(__file__).resolve().parent.parent / "resources" / "models"


@dataclass(frozen=True)
class Catalog:
    """Finds model cards; reads JSON only, loads no network."""

    user_folder: Path | None = None

    def cards(self) -> tuple[ModelCard, ...]:
        """Every usable card, bundled first; the user's card wins over a bundled one of that id."""
        found = {card.id: card for card in self._bundled()}
        found.update({card.id: card for card in self._users()[0]})
        return tuple(found.values())

    def broken(self) -> tuple[str, ...]:
        """One sentence for each card in the user's folder that cannot be used."""
        return self._users()[1]

    def find(self, id_or_path: str | Path) -> ModelCard:
        """The card with that id, or of that .onnx or .json file; else raises CardError."""
        text = str(id_or_path).strip()
        path = Path(text)
        if path.suffix.lower() in (".onnx", ".json"):
            return self._from_file(path)
        cards = {card.id: card for card in self.cards()}
        if text in cards:
            return cards[text]
        raise CardError(
            f"There is no model '{text}'; installed are: {', '.join(sorted(cards)) or 'none'}. "
            "Give one of these, or the path of an .onnx file with its card (.json) beside it."
        )

    @staticmethod
    def _bundled() -> list[ModelCard]:
        return [ModelCard.load(path) for path in sorted(BUNDLED.glob("*.json"))]

    def _users(self) -> tuple[tuple[ModelCard, ...], tuple[str, ...]]:
        """The user's cards, and what is wrong with those that are left out."""
        cards, sentences = [], []
        folder = self.user_folder
        for path in sorted(folder.glob("*.json")) if folder is not None else ():
            try:
                cards.append(ModelCard.load(path))
            except CardError as error:
                sentences.append(str(error))
        return tuple(cards), tuple(sentences)

    @staticmethod
    def _from_file(path: Path) -> ModelCard:
        card_path = path.with_suffix(".json")
        if not card_path.is_file():
            raise CardError(
                f"{path} has no model card: expected {card_path.name} beside it, which says what "
                "the network's bands, resolution and classes are."
            )
        card = ModelCard.load(card_path)
        if path.suffix.lower() == ".onnx" and card.path.name != path.name:
            raise CardError(
                f"The card {card_path} describes {card.path.name}, not {path.name}; "
                "give the network it names, or correct its field 'file'."
            )
        return card
