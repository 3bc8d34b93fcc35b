# SPDX-License-Identifier: GPL-2.0-or-later
"""Which models can be fetched, from where, and how to know them: a list in JSON, read and checked.

Nothing here goes to the network. A list is written by others: every name, address and number in it
is checked before anybody uses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..errors import RegistryError
from .fields import document, entries, section, text, whole
from .network_file import SHA256
from .rules import KINDS

__all__ = ["MOST_BYTES", "RegisteredFile", "RegisteredModel", "Registry"]

SCHEMA = 1
MOST_BYTES = 4_000_000
"""Of a list; thousands of models fit."""
_MOST_FILE_BYTES = 16_000_000_000
_ENDINGS = (".onnx", ".json", ".data", ".onnx_data", ".bin", ".txt", ".md")
"""A network, its card, weights that lie beside it, and what tells about them."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that stand for devices on Windows, whatever their ending."""


@dataclass(frozen=True)
class RegisteredFile:
    """A file of a model: its plain name, its absolute address, its size and its digest."""

    name: str
    url: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class RegisteredModel:
    """A model that can be fetched; its `id` is the name of the folder it goes to."""

    id: str
    name: str
    kind: str
    licence: str
    files: tuple[RegisteredFile, ...]
    description: str = ""
    source: str = ""

    @property
    def bytes(self) -> int:
        """What there is to fetch."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Registry:
    """The models of a list, and one sentence for each entry that cannot be used."""

    models: tuple[RegisteredModel, ...]
    broken: tuple[str, ...] = ()

    @classmethod
    def parse(cls, content: bytes, *, place: str) -> Registry:
        """Read the list that came from the address `place`, against which addresses count.

        RegistryError where it is no list at all; an entry that breaks a rule is left out.
        """
        found: dict[str, RegisteredModel] = {}
        broken = []
        for number, entry in enumerate(_entries(content, place), start=1):
            try:
                model = _model(section({"entry": entry}, "entry"), place)
                _require(model.id not in found, "its id was there before")
                found[model.id] = model
            except (KeyError, ValueError) as error:
                what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
                broken.append(f"Model {number} of the list {place} is left out: {what}.")
        return cls(tuple(found.values()), tuple(broken))


def _entries(content: bytes, place: str) -> list[Any]:
    try:
        _require(len(content) <= MOST_BYTES, f"it has more than {MOST_BYTES} bytes")
        raw = document(content.decode("utf-8"))
        _require(
            isinstance(raw, Mapping) and raw.get("schema") == SCHEMA,
            f'expected a JSON object with "schema": {SCHEMA}',
        )
        return entries(raw, "models")
    except (KeyError, ValueError, RecursionError) as error:
        what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise RegistryError(
            f"The list of models {place} is not one GeoSift can read ({what}); check its address, "
            "or ask who keeps it."
        ) from error


def _model(raw: Mapping[str, Any], place: str) -> RegisteredModel:
    model = RegisteredModel(
        id=text(raw, "id"),
        name=_line(raw, "name"),
        kind=text(raw, "kind"),
        licence=_line(raw, "licence"),
        files=tuple(
            _file(section({"file": file}, "file"), place) for file in entries(raw, "files")
        ),
        description=_line({"description": "", **raw}, "description"),
        source=_line({"source": "", **raw}, "source"),
    )
    names = [file.name.lower() for file in model.files]
    _require(bool(_ID.fullmatch(model.id)), f"id '{model.id:.80}' has other than a-z, 0-9, - and _")
    _require(not _DEVICES.fullmatch(model.id), f"id '{model.id}' names a device")
    _require(bool(model.name), "name is empty")
    _require(bool(model.licence), "licence is empty: say under which terms it may be used")
    _require(model.kind in KINDS, f"kind '{model.kind:.80}' is not one of {', '.join(KINDS)}")
    _require(len(set(names)) == len(names), "two of its files have the same name")
    _require(any(name.endswith(".onnx") for name in names), "none of its files is an .onnx file")
    return model


def _file(raw: Mapping[str, Any], place: str) -> RegisteredFile:
    name, size, digest = text(raw, "name"), whole(raw, "bytes"), text(raw, "sha256")
    plain = _NAME.fullmatch(name) and not _DEVICES.fullmatch(name)
    _require(bool(plain), f"'{name:.80}' is not the plain name of a file")
    _require(
        name.lower().endswith(_ENDINGS),
        f"'{name}' is none of the files models are made of ({', '.join(_ENDINGS)})",
    )
    _require(0 < size <= _MOST_FILE_BYTES, f"bytes {size} of '{name}' is no size of a file")
    _require(bool(SHA256.fullmatch(digest)), f"sha256 of '{name}' is not 64 hexadecimal digits")
    return RegisteredFile(name, _address(raw, place), size, digest)


def _address(raw: Mapping[str, Any], place: str) -> str:
    """The address of a file, made absolute.

    A list from a server may not name files of this computer or its shares: looking at those would
    tell the other side who asks.
    """
    url = urljoin(place, text(raw, "url").strip())
    parts, here = urlsplit(url), urlsplit(place)
    _require(
        parts.scheme in ("http", "https", "file"),
        f"url '{url:.200}' does not begin with https://, http:// or file://",
    )
    _require(parts.scheme == "file" or bool(parts.hostname), f"url '{url:.200}' names no server")
    _require(
        parts.scheme != "file" or here.scheme == "file",
        f"url '{url:.200}' names a file, which only a list that is a file itself may do",
    )
    return url


def _line(holder: Mapping[str, Any], key: str) -> str:
    """A text as one line."""
    return " ".join(text(holder, key).split())


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
