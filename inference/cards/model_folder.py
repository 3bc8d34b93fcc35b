# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's own models: each in a folder of its own, come and gone as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import Cancelled, CardError
from ..foreign.reading import card_of, cards_in, files_of
from ..runs.partial_file import PartialFolder, writing
from .card import ModelCard
from .catalog import Catalog

_MARK = ".geosift-model"
"""Lies in folders made here, which may be deleted with all that is in them."""
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Watch:
    """Told the share of the work that is done, 0..1, and asked whether to give up."""

    progress: Callable[[float], None] = lambda _share: None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class ModelFolder:
    """Where a user's models lie; `path` need not exist yet."""

    path: Path

    def add(self, source: Path, watch: Watch | None = None) -> tuple[ModelCard, ...]:
        """Copy the model of an .onnx or .json file, or all those of a folder; raises GeoSiftError.

        A folder comes whole or, where one of its models cannot be taken, up to that one.
        """
        if not Path(source).is_dir():
            return (self.add_described(card_of(Path(source)), watch),)
        found, sentences = cards_in(Path(source))
        if not found:
            raise CardError(
                "\n".join(sentences)
                or f"The folder {source} holds no model: choose one with .onnx files in it."
            )
        return tuple(self.add_described(card, watch) for card in found)

    def add_described(
        self, card: ModelCard, watch: Watch | None = None, *, written: bool = False
    ) -> ModelCard:
        """Copy the model of this card; `written`: put the card beside it, which had none."""
        card.verify()
        files = _named(files_of(card), card.path.parent)
        texts = {f"{card.path.stem}.json": card.to_json()} if written else {}
        return self._put(card.id, files, watch or Watch(), texts=texts)

    def install(self, model_id: str, files: Mapping[str, Path]) -> ModelCard:
        """Move verified files, by the names they shall have, into a folder of that name."""
        return self._put(model_id, files, Watch(), moved=True)

    def installed(self, model_id: str) -> ModelCard:
        """The card of the model in the folder of that name; raises CardError."""
        return _only_card(self.path / model_id)

    def owns(self, card: ModelCard) -> bool:
        """Whether the model lies in here."""
        return self.path in card.path.parents

    def require_absent(self, model_id: str) -> None:
        """Raise CardError where a model with that id, or its folder, is there already."""
        own = {card.id for card in Catalog(self.path).cards() if self.owns(card)}
        if model_id in own or (self.path / model_id).exists():
            raise CardError(
                f"The model '{model_id}' is among your models already; remove it first, or give "
                "the file of the new one another name, and then bring that."
            )

    def remove(self, card: ModelCard) -> None:
        """Delete a model of the user's: its folder where it was made here, else its files alone."""
        if not self.owns(card):
            raise CardError(f"The model '{card.id}' does not lie in {self.path}; it stays.")
        folder = card.path.parent
        with writing(folder):
            if (folder / _MARK).is_file() and folder.parent == self.path:
                shutil.rmtree(folder)
                return
            others = _others(card, cards_in(folder)[0])
            shared = {path for other in others for path in files_of(other)}
            mine = [path for path in files_of(card) if path not in shared]
            for path in sorted(mine, key=lambda each: each.suffix.lower() != ".json"):
                path.unlink(missing_ok=True)  # the card first: half removed, it is no model

    def _put(
        self,
        model_id: str,
        files: Mapping[str, Path],
        watch: Watch,
        *,
        texts: Mapping[str, str] | None = None,
        moved: bool = False,
    ) -> ModelCard:
        """Make the folder of a model beside the others, and look whether it is one."""
        self.require_absent(model_id)
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        place = PartialFolder(self.path / model_id, is_ours=lambda _folder: False)
        try:
            with writing(place.path):
                if moved:
                    for name, path in files.items():
                        path.replace(place.partial / name)
                else:
                    _copy(files, place.partial, watch)
                for name, text in (texts or {}).items():
                    (place.partial / name).write_text(text, encoding="utf-8")
                (place.partial / _MARK).touch()
            _only_card(place.partial).verify()
            place.commit()
        finally:
            place.discard()
        return self.installed(model_id)


def _others(card: ModelCard, cards: Sequence[ModelCard]) -> list[ModelCard]:
    """Those of a folder that are not this one, which the catalogue may have given another id."""
    others = [each for each in cards if each.id != card.id]
    if len(others) < len(cards):
        return others
    return [each for each in cards if replace(each, id=card.id) != card]


def _only_card(folder: Path) -> ModelCard:
    """The one model of the folder; raises CardError."""
    cards, sentences = cards_in(folder)
    if len(cards) == 1 and not sentences:
        return cards[0]
    raise CardError(
        "\n".join(sentences)
        or f"The files of {folder.name} are {len(cards)} models, and one was expected; bring each "
        "by itself."
    )


def _named(paths: Iterable[Path], folder: Path) -> dict[str, Path]:
    """The files by the names they keep: where they lie below `folder`, else beside the network."""
    named: dict[str, Path] = {}
    for path in paths:
        inside = folder in path.parents
        name = path.relative_to(folder).as_posix() if inside else path.name
        if named.setdefault(name, path) != path:
            raise CardError(f"Two files of the model are called {name}; give one another name.")
    return named


def _copy(files: Mapping[str, Path], folder: Path, watch: Watch) -> None:
    """Copies, in pieces, so that it can be told and cancelled."""
    whole = sum(path.stat().st_size for path in files.values()) or 1
    done = 0
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as source, (folder / name).open("wb") as target:
            for chunk in iter(lambda: source.read(_CHUNK), b""):
                if watch.is_cancelled():
                    raise Cancelled("Cancelled; nothing was changed.")
                target.write(chunk)
                done += len(chunk)
                watch.progress(done / whole)
