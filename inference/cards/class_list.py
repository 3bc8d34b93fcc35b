# SPDX-License-Identifier: GPL-2.0-or-later
"""The classes of a card, or of one of its answers, as JSON: read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .fields import entries, section, text, texts, truth, whole
from .parts import ClassInfo


def read_classes(holder: Mapping[str, Any]) -> tuple[ClassInfo, ...]:
    """The list `classes`; ValueError or KeyError where it is none."""
    told = [section({"class": entry}, "class") for entry in entries(holder, "classes")]
    return tuple(
        ClassInfo(
            whole(each, "id"),
            text(each, "name"),
            text(each, "color"),
            texts({"synonyms": [], **each}, "synonyms"),
            truth({"lines": False, **each}, "lines"),
        )
        for each in told
    )


def class_list(classes: Iterable[ClassInfo]) -> list[dict[str, Any]]:
    """What `read_classes` reads, without what most classes have not."""
    return [_entry(info) for info in classes]


def _entry(info: ClassInfo) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": info.id, "name": info.name, "color": info.color}
    if info.synonyms:
        plain["synonyms"] = list(info.synonyms)
    if info.lines:
        plain["lines"] = True
    return plain
