# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks described by a STAC item with the machine learning model extension, beside the file.

https://github.com/stac-extensions/mlm
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..cards.fields import document, entries, section, text
from ..errors import CardError
from .answers import Answers
from .bare import questions_of
from .facts import OnnxFacts
from .mlm_scaling import scaling_of
from .values import as_number, as_whole

_MOST_BYTES = 4_000_000
_MOST_ITEMS = 64
_CLASS_KEYS = ("classification:classes", "classification_classes")
_KINDS = {
    "semantic-segmentation": "segmentation",
    "segmentation": "segmentation",
    "classification": "classification",
    "scene-classification": "classification",
    "object-detection": "detection",
    "detection": "detection",
    "instance-segmentation": "detection",
    "regression": "regression",
    "pixel-regression": "regression",
    "super-resolution": "superresolution",
    "similarity-search": "recognition",
    "image-similarity": "recognition",
}


def item_beside(path: Path) -> Path | None:
    """The JSON file of an item that describes the network `path`, None where there is none."""
    named = (path.with_suffix(".json"), path.with_suffix(".stac.json"))
    others = sorted(path.parent.glob("*.json"))[:_MOST_ITEMS]
    for file in dict.fromkeys((*named, *others)):
        raw = _read(file)
        if raw is not None and (file in named or path.name in _assets(raw)):
            return file
    return None


def answers_of(path: Path, facts: OnnxFacts, item: Path) -> Answers:
    """What the item says; CardError with the field that cannot be used."""
    try:
        raw = _read(item)
        if raw is None:
            raise ValueError("it is no STAC item with 'mlm:input'")
        return _answers(path, facts, section(raw, "properties"))
    except (ValueError, KeyError) as error:
        if isinstance(error, CardError):
            raise
        what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise CardError(f"The STAC item {item} cannot be used: {what}; correct it.") from error


def is_item(raw: object) -> bool:
    """Whether a JSON document is such an item."""
    if not isinstance(raw, Mapping) or raw.get("type") != "Feature":
        return False
    properties = raw.get("properties")
    return isinstance(properties, Mapping) and "mlm:input" in properties


def _read(file: Path) -> Mapping[str, Any] | None:
    """The item in a file, None where there is none, or it holds something else."""
    try:
        found = file.stat()
    except OSError:
        return None
    is_small_file = stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_BYTES
    return _parsed(file, found.st_size, found.st_mtime_ns) if is_small_file else None


@lru_cache(maxsize=256)
def _parsed(file: Path, _size: int, _mtime_ns: int) -> Mapping[str, Any] | None:
    """The item of a file that is as large and as old as that; read once for all networks there."""
    try:
        raw = document(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return raw if is_item(raw) else None


def _assets(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the files that an item lists, wherever they lie."""
    assets = raw.get("assets")
    listed = assets.values() if isinstance(assets, Mapping) else ()
    links = (each.get("href") for each in listed if isinstance(each, Mapping))
    return tuple(_name(link) for link in links if isinstance(link, str))


def _name(link: str) -> str:
    try:
        return unquote(urlsplit(link).path).replace("\\", "/").rpartition("/")[2]
    except ValueError:
        return ""


def _answers(path: Path, facts: OnnxFacts, told: Mapping[str, Any]) -> Answers:
    taken, given = _first(told, "mlm:input"), _first(told, "mlm:output")
    base = questions_of(path, facts).defaults(_kind(told, given))
    bands = _bands(taken, told) or base.bands
    scaling = scaling_of(taken, len(bands))
    classes = _classes(given) if base.classes else []
    if base.kind == "segmentation" and len(classes) == 1:  # how much of that there is
        classes = [("background", ""), *classes]
    colors = tuple(color for _, color in classes)
    return replace(
        base,
        name=str(told.get("mlm:name", path.stem)),
        bands=bands,
        scaling="own",
        mean=scaling.mean,
        std=scaling.std,
        reflectance=scaling.reflectance,
        resolution_m=None if told.get("gsd") is None else as_number(told["gsd"], "gsd"),
        tile=_tile(taken, base.tile),
        classes=(tuple(name for name, _ in classes),) if classes else base.classes,
        colors=(colors,) if classes and all(colors) else (),
        licence=str(told.get("license", "")),
        description=str(told.get("description", "")),
        origin="STAC MLM item",
    )


def _first(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = entries(told, key)
    if not found:
        raise ValueError(f"'{key}' is empty")
    return section({key: found[0]}, key)


def _kind(told: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    tasks = [
        str(task)
        for holder in (given, told)
        for key in ("tasks", "mlm:tasks")
        for task in entries({key: [], **holder}, key)
    ]
    known = [_KINDS[task] for task in tasks if task in _KINDS]
    if not known:
        raise ValueError(
            f"'mlm:tasks' is {tasks!r:.80}, GeoSift runs {', '.join(sorted(set(_KINDS)))}"
        )
    return known[0]


def _bands(taken: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the input's bands, by their colour where the item tells it."""
    colors = _colors_of_bands(told)
    names = []
    for entry in entries({"bands": [], **taken}, "bands"):
        band = {"name": entry} if isinstance(entry, str) else section({"band": entry}, "band")
        if band.get("expression") is not None:
            raise ValueError(
                f"the band {band.get('name')!r:.40} is computed by an expression, which GeoSift "
                "does not run; make a raster with that band"
            )
        names.append(text(band, "name"))
    return tuple(colors.get(name, name) for name in names)


def _colors_of_bands(told: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for key in ("bands", "eo:bands"):
        for band in told.get(key) if isinstance(told.get(key), list) else ():
            if isinstance(band, Mapping):
                color = band.get("eo:common_name", band.get("common_name"))
                if isinstance(color, str) and isinstance(band.get("name"), str):
                    found[band["name"]] = color
    return found


def _tile(taken: Mapping[str, Any], proposed: int) -> int:
    """The last side of the input's shape, where it is said."""
    shape = entries({"shape": [], **section({"input": {}, **taken}, "input")}, "shape")
    side = as_whole(shape[-1], "shape") if shape else 0
    return side if side > 0 else proposed


def _classes(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and colours (`#RRGGBB`, "" where none is told) in the order of their values."""
    key = next((key for key in _CLASS_KEYS if given.get(key)), _CLASS_KEYS[0])
    told = [section({key: entry}, key) for entry in entries({key: [], **given}, key)]
    told.sort(key=lambda entry: as_whole(entry["value"], "value"))
    return [(str(entry.get("name", entry["value"])), _color(entry)) for entry in told]


def _color(entry: Mapping[str, Any]) -> str:
    hint = entry.get("color_hint")
    if isinstance(hint, str) and re.fullmatch(r"#?[0-9A-Fa-f]{6}", hint):
        return "#" + hint.lstrip("#")
    if isinstance(hint, Sequence) and len(hint) == 3 and not isinstance(hint, str):
        parts = [as_whole(part, "color_hint") for part in hint]
        if all(0 <= part <= 255 for part in parts):
            return "#" + "".join(f"{part:02X}" for part in parts)
    return ""
