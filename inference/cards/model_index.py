# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of the models in a folder, kept in it, so that listing them opens no network.

An index is never trusted further than the files themselves: it counts for a place as long as names,
sizes and times there are those it was made of, its cards are read as cards, and one that is broken,
foreign or of another version is made anew.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CardError
from ..foreign.reading import CARD, cards_at, places
from .as_json import card_from
from .card import ModelCard
from .fields import document, entries, section, texts

NAME = ".geosift-index.json"
_VERSION = 2
"""Raised whenever the same files are understood in another way, so that no old card stays."""
_MOST_BYTES = 64_000_000
_SETTLED_NS = 3_000_000_000
"""A file younger than that may change again without its time telling (FAT counts two seconds)."""

Found = tuple[tuple[ModelCard, ...], tuple[str, ...]]
_Stamps = list[list[Any]]


@dataclass(frozen=True)
class _Place:
    """One folder: the names, sizes and times of what lies in it, and what it was found to be."""

    stamps: _Stamps
    found: Found


def listed(folder: Path) -> Found:
    """The cards in a folder and its folders, and a sentence for each model without one."""
    before = _read(folder)
    now, is_new = {}, False
    for place in places(folder):
        name = "" if place == folder else place.name
        stamps = _stamps(place)
        known = _known(before.get(name), stamps, place)
        is_new |= known is None and bool(stamps)
        now[name] = _Place(stamps, cards_at(place) if known is None else known)
    if is_new or set(before) - set(now):
        _write(folder, now)
    return (
        tuple(card for each in now.values() for card in each.found[0]),
        tuple(sentence for each in now.values() for sentence in each.found[1]),
    )


def _stamps(place: Path) -> _Stamps:
    """[name, size, time] of every file there that may say something of a model."""
    try:
        with os.scandir(place) as found:
            files = (each for each in found if each.name[0] != "." and each.is_file())
            told = [(each.name, each.stat()) for each in files]
    except OSError:  # not there, or not ours to read: told by what lists it
        return []
    return sorted([name, each.st_size, each.st_mtime_ns] for name, each in told)


def _known(raw: object, stamps: _Stamps, place: Path) -> Found | None:
    """What the index says of a place, None where it does not, or not of what is there now."""
    if not isinstance(raw, Mapping) or raw.get("files") != stamps:
        return None
    try:
        cards = tuple(card_from(each, place / CARD) for each in entries(raw, "cards"))
        return cards, texts(raw, "sentences")
    except (CardError, KeyError, ValueError):
        return None


def _read(folder: Path) -> Mapping[str, Any]:
    """The places of the index, none where it is broken or of another folder."""
    path = folder / NAME
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return {}
        raw = document(path.read_text(encoding="utf-8"))
        if raw["version"] != _VERSION or raw["folder"] != str(folder.resolve()):
            return {}
        return section(raw, "places")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _write(folder: Path, now: Mapping[str, _Place]) -> None:
    """Keep what is settled; a folder that cannot be written is listed without an index."""
    newest = time.time_ns() - _SETTLED_NS
    kept = {
        name: {
            "files": place.stamps,
            "cards": [json.loads(card.to_json()) for card in place.found[0]],
            "sentences": list(place.found[1]),
        }
        for name, place in now.items()
        if all(stamp[2] < newest for stamp in place.stamps)
    }
    document = {"version": _VERSION, "folder": str(folder.resolve()), "places": kept}
    partial = folder / f"{NAME}.{uuid.uuid4().hex[:8]}"
    try:
        partial.write_text(json.dumps(document), encoding="utf-8")
        partial.replace(folder / NAME)
    except OSError:
        _remove(partial)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # a folder of others: nothing was written there either
        return
