# SPDX-License-Identifier: GPL-2.0-or-later
"""The card of any ONNX file: its own, one of what others wrote about it, or what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..cards.as_json import read_card
from ..cards.card import ModelCard
from ..cards.fields import document
from ..errors import BareModelError, CardError, GeoSiftError
from . import deepness, mlm, ultralytics
from .building import card_from
from .external_data import external_files
from .guard import require_safe
from .plain_text import plain

CARD, NETWORK = ".json", ".onnx"
_MOST_FILES = 10_000
_MOST_BYTES = 16_000_000
_UNTOLD = (
    "{0} says nothing of what its numbers mean: neither a model card ({1}) nor a STAC item lies "
    "beside it, nor is there metadata of Deepness or Ultralytics in it; describe it once in the "
    "model manager, or with 'describe {0} --kind ... --write'."
)


def card_of(path: Path) -> ModelCard:
    """The card of the network `path`, an .onnx file, or of its card, a .json file.

    In this order: a card beside it, a STAC MLM item, Deepness' metadata, Ultralytics' metadata, a
    promptable pair. CardError or ModelError with the sentence what is missing, BareModelError
    where only the user can know.
    """
    if path.suffix.lower() == CARD:
        return _of_json(path)
    if not path.is_file():
        raise CardError(
            f"There is no file {plain(str(path))}; choose a network ({NETWORK}) or a model card."
        )
    own = path.with_suffix(CARD)
    return _own(own, path) if _is_card(own) else _of_others(path)


def files_of(card: ModelCard) -> tuple[Path, ...]:
    """Every file a model consists of: networks, their external data, and what describes them."""
    networks = (card.path, *([] if card.decoder is None else [card.decoder.path]))
    data = [file for path in networks for file in external_files(path, require_safe(path))]
    own = [path for path in _cards(card.path.parent) if card.path.name in _named(path)]
    own.sort(key=lambda path: _id(path) != card.id)  # several may be about one network
    told = own[0] if own else mlm.item_beside(card.path)
    return tuple(dict.fromkeys((*networks, *data, *([] if told is None else [told]))))


def cards_in(folder: Path) -> tuple[tuple[ModelCard, ...], tuple[str, ...]]:
    """The cards of all models in a folder and its folders, and a sentence for each that has none.

    One level of folders; hidden ones are left out.
    """
    found = [cards_at(place) for place in places(folder)]
    return (
        tuple(card for cards, _ in found for card in cards),
        tuple(sentence for _, sentences in found for sentence in sentences),
    )


def places(folder: Path) -> list[Path]:
    """The folder and those in it: where models are looked for."""
    return [folder, *(path for path in visible(folder) if path.is_dir())]


def cards_at(place: Path) -> tuple[tuple[ModelCard, ...], tuple[str, ...]]:
    """The same of the files of one folder alone."""
    cards: list[ModelCard] = []
    sentences = []
    try:
        models = _models(place)
    except CardError as error:  # one folder that is not ours to read hides no other
        return (), (str(error),)
    for path in models:
        try:
            card = card_of(path)
        except GeoSiftError as error:
            sentences.append(str(error))
        else:
            if path.suffix.lower() == CARD or card not in cards:  # both halves of a pair are one
                cards.append(card)
    return tuple(cards), tuple(sentences)


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, sorted, without what is hidden; nothing where there is no folder."""
    if not folder.is_dir():
        return []
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CardError(f"The folder {folder} cannot be read ({error}).") from error
    return found[:_MOST_FILES]


def _models(place: Path) -> list[Path]:
    """What stands for a model each: cards, and networks that no card names."""
    own = _cards(place)
    named = {name for path in own for name in _named(path)}
    networks = [
        path for path in visible(place) if path.suffix.lower() == NETWORK and path.is_file()
    ]
    return own + [path for path in networks if path.name not in named]


def _cards(place: Path) -> list[Path]:
    return [path for path in visible(place) if path.suffix.lower() == CARD and _is_card(path)]


def _of_json(path: Path) -> ModelCard:
    """The card in a file, or that of the network a STAC item there is about."""
    if not mlm.is_item(_json(path)):
        return read_card(path)
    about = [
        each for each in sorted(path.parent.glob(f"*{NETWORK}")) if mlm.item_beside(each) == path
    ]
    if not about:
        raise CardError(
            f"The STAC item {path} is about no network ({NETWORK}) that lies beside it; put the "
            "network there."
        )
    return _of_others(about[0])


def _own(own: Path, path: Path) -> ModelCard:
    card = read_card(own)
    if card.path.name != path.name:
        raise CardError(
            f"The card {own} describes {card.path.name}, not {path.name}; "
            "give the network it names, or correct its field 'file'."
        )
    return card


def _of_others(path: Path) -> ModelCard:
    from ..prompt.pairs.card import card_of_pair  # it makes cards of two files

    facts = require_safe(path)
    item = mlm.item_beside(path)
    if item is not None:
        return card_from(path, facts, mlm.answers_of(path, facts, item))
    if deepness.is_from_deepness(facts):
        return card_from(path, facts, deepness.answers_of(path, facts))
    if ultralytics.is_from_ultralytics(facts):
        return card_from(path, facts, ultralytics.answers_of(path, facts))
    pair = card_of_pair(path)
    if pair is not None:
        return pair
    raise BareModelError(_UNTOLD.format(path.name, path.with_suffix(CARD).name))


def _is_card(path: Path) -> bool:
    """Whether a JSON file is meant as a card: it says which schema, or cannot be read at all."""
    if not path.is_file():
        return False
    raw = _json(path)
    return raw is None or (isinstance(raw, dict) and "schema" in raw)


def _named(path: Path) -> Iterator[str]:
    """The files that a card names, whether it is valid or not."""
    raw = _json(path)
    holders = (raw, raw.get("decoder")) if isinstance(raw, dict) else ()
    for holder in holders:
        name = holder.get("file") if isinstance(holder, dict) else None
        if isinstance(name, str):
            yield Path(name).name


def _id(path: Path) -> object:
    raw = _json(path)
    return raw.get("id") if isinstance(raw, dict) else None


def _json(path: Path) -> object:
    """A JSON document, None where it is none."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        return document(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
