# SPDX-License-Identifier: GPL-2.0-or-later
"""An ordinary network of what was taught: the encoder with its head in one file, and a card."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..cards.catalog import Catalog
from ..cards.fields import printable
from ..cards.model_folder import ModelFolder
from ..cards.rules import MOST_TEXT
from ..errors import CardError
from ..network.session import Session
from ..network.with_head import with_head
from ..runs.partial_file import PartialFiles, writing
from .described import card_of
from .feature_network import DENSE
from .lesson import Lesson
from .scene import Scene
from .teach import Taught

_ANSWER = "classes"
_MOST_LETTERS = 60


def keep(
    taught: Taught, lesson: Lesson, scenes: Sequence[Scene], folder: ModelFolder, *, name: str = ""
) -> ModelCard:
    """Put the network among the user's models; `name` takes the place of the lesson's.

    CardError where a model of that name is there already, OutputError where it cannot be written.
    """
    name = _one_line(name or lesson.name)
    require_free(name, folder)
    with tempfile.TemporaryDirectory(prefix="geosift-") as place:
        path = Path(place) / f"{id_of(name)}.onnx"
        card = _written(taught, lesson, scenes, path=path, name=name)
        return folder.add_described(card, written=True)


def require_free(name: str, folder: ModelFolder) -> None:
    """CardError where a model of the catalogue, bundled or the user's, has the id of that name."""
    model_id = id_of(name)
    if any(card.id == model_id for card in Catalog(folder.path).cards()):
        raise CardError(
            f"There is a model '{model_id}' already; give the new one another name, or remove that."
        )


class KeptNetwork:
    """A network and its card beside each other, under other names until both are committed.

    It may accompany a run (see runs/outputs.py) that asks it already: `card` describes the file as
    it lies there now, `described` as it will lie.
    """

    def __init__(
        self, taught: Taught, lesson: Lesson, scenes: Sequence[Scene], path: Path, *, name: str = ""
    ) -> None:
        """Write PATH.onnx and PATH.json; what lies there is replaced by `commit`."""
        path = Path(path).with_suffix(".onnx")
        self._files = PartialFiles(path.with_suffix(".json"))
        try:
            self.card = _written(
                taught, lesson, scenes, path=self._files.partial.with_suffix(".onnx"),
                name=_one_line(name or lesson.name),
            )  # fmt: skip
            self.described = replace(self.card, path=path)
            with writing(path):
                self._files.partial.write_text(self.described.to_json(), encoding="utf-8")
        except BaseException:
            self.discard()
            raise

    def make(self, result: Any, polygons: Path | None) -> None:
        """Both are whole already."""

    def commit(self) -> None:
        """Give both their names, the card last: without it the other is nobody's network."""
        self._files.commit()

    def discard(self) -> None:
        """Remove what was not committed."""
        self._files.discard()


def keep_file(
    taught: Taught, lesson: Lesson, scenes: Sequence[Scene], path: Path, *, name: str = ""
) -> ModelCard:
    """Write PATH.onnx and its card PATH.json, or neither; what lies there is replaced."""
    kept = KeptNetwork(taught, lesson, scenes, path, name=name)
    try:
        kept.commit()
    finally:
        kept.discard()
    return ModelCard.load(kept.described.path.with_suffix(".json"))


def id_of(name: str) -> str:
    """The id of a model of that name: small letters without accents, digits and hyphens.

    Names in other letters, which an id may not have, differ by a number made of them.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    told = plain.encode("ascii", "ignore").decode("ascii")
    found = re.sub(r"[^a-z0-9]+", "-", told)[:_MOST_LETTERS].strip("-") or "taught"
    is_lost = any(sign.isalnum() and not sign.isascii() for sign in plain)
    return f"{found}-{zlib.crc32(plain.encode('utf-8')):08x}" if is_lost else found


def _written(
    taught: Taught, lesson: Lesson, scenes: Sequence[Scene], *, path: Path, name: str
) -> ModelCard:
    """Write the network at `path`, describe it, and look whether it runs."""
    weight, bias = taught.head.plain
    encoder = scenes[0].view.card.path.read_bytes()
    with writing(path):
        path.write_bytes(with_head(encoder, DENSE, weight=weight, bias=bias, called=_ANSWER))
    card = card_of(taught, lesson, scenes, model_id=id_of(name), name=name, path=path)
    Session(card)
    return card


def _one_line(name: str) -> str:
    """A name as a card may have it."""
    return printable(name)[:MOST_TEXT] or "Taught"
