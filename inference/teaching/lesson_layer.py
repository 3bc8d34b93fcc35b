# SPDX-License-Identifier: GPL-2.0-or-later
"""A lesson from a layer of anybody's: shapes, and a field that says the class of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from rasterio.crs import CRS

from ..cards.fields import printable
from ..cards.parts import ClassInfo
from ..cards.rules import MOST_TEXT
from ..errors import InputError
from ..vector.feature_file import ANY, read_features
from .lesson import MOST_CLASSES, Label, Lesson, LessonSettings, free_color
from .lesson_file import shapes_of

_ENDING = 6
"""Letters of the longest number behind a name."""


@dataclass(frozen=True)
class Look:
    """What a class of a layer is called, and its colour `#RRGGBB`."""

    name: str
    color: str


def lesson_of(
    labels: Sequence[tuple[Mapping[str, Any], Any]],
    *,
    name: str,
    crs: CRS | None,
    settings: LessonSettings,
    width: float = 0.0,
    looks: Mapping[str, Look] | None = None,
) -> Lesson:
    """From shapes and the value of each; one without a value, or with an empty text, is left out.

    Classes are in the order of their values, numbers before texts; `looks` by value as a text.
    """
    told = [(shape, _key(value)) for shape, value in labels if not _is_empty(value)]
    values = sorted({key for _, key in told})
    if len(values) > MOST_CLASSES:
        raise InputError(
            f"The labels are of {len(values)} classes, at most {MOST_CLASSES} fit; name a field "
            "with fewer values."
        )
    ids = {value: number for number, value in enumerate(values)}
    classes = _classes([text for *_, text in values], looks or {})
    return Lesson(
        name=name,
        classes=classes,
        labels=tuple(Label(shape, ids[key], width) for shape, key in told),
        crs=crs,
        settings=settings,
    )


def read_labels(
    path: Path, field: str, layer: str = ""
) -> tuple[list[tuple[Any, Any]], CRS | None]:
    """Shapes and the `field` of each, of a GeoPackage or GeoJSON; InputError without that field."""
    found = read_features(Path(path), wanted=ANY, layer=layer)
    names = list(dict.fromkeys(name for values in found.values for name in values))
    if field not in names:
        raise InputError(
            f"{path} has no field '{field}'; it has: {', '.join(names) or 'none'}. Name the one "
            "that says the class of each label."
        )
    pairs = zip(found.shapes, found.values)
    labels = [(shape, values.get(field)) for shapes, values in pairs for shape in shapes_of(shapes)]
    return labels, found.crs


def _is_empty(value: Any) -> bool:
    """QGIS writes an empty text where nothing was ever typed."""
    return value is None or (isinstance(value, str) and not value.strip())


def _key(value: Any) -> tuple[bool, float, str]:
    """Sorts numbers by size and before texts; a whole number is told without a point."""
    if isinstance(value, (int, float)):
        return False, float(value), f"{value:g}" if isinstance(value, float) else str(value)
    return True, 0.0, str(value).strip()


def _classes(texts: Iterable[str], looks: Mapping[str, Look]) -> tuple[ClassInfo, ...]:
    found: list[ClassInfo] = []
    kept = [ClassInfo(0, "", look.color) for look in looks.values()]
    for number, text in enumerate(texts):
        look = looks.get(text) or Look(text, free_color([*kept, *found]))
        name = printable(look.name)[:MOST_TEXT] or f"Class {number}"
        found.append(ClassInfo(number, _free(name, {each.name for each in found}), look.color))
    return tuple(found)


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken: a style may call two values the same."""
    numbered = (f"{name[: MOST_TEXT - _ENDING]} ({number})" for number in count(2))
    return next(each for each in chain((name,), numbered) if each not in taken)
