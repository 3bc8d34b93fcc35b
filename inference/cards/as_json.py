# SPDX-License-Identifier: GPL-2.0-or-later
"""Model cards as JSON: read, with the field named that is wrong, and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import CardError
from .card import ModelCard
from .class_list import class_list, read_classes
from .detection_info import Detection
from .fields import (
    document,
    entries,
    number,
    numbers,
    printable,
    section,
    text,
    texts,
    truth,
    whole,
)
from .network_file import DecoderFile
from .parts import AnswerInfo, BlendSettings, Reflectance
from .rules import require_valid

SCHEMA = 1
_MOST_BYTES = 16_000_000
"""Of a card; the largest here has a hundredth of it."""
_LONGEST = 250
"""Letters of what is wrong: it may quote the card."""
_OPTIONAL = (
    "origin", "description", "limits", "licence", "answers", "detection", "decoder",
    "metrics", "training", "statistics",
)  # fmt: skip

_T = TypeVar("_T")
_Json = Mapping[str, Any]


def read_card(json_path: Path) -> ModelCard:
    """Read and validate a card; raises CardError with the field that is wrong."""
    try:
        raw = document(_content(json_path))
    except (OSError, ValueError, RecursionError) as error:
        raise CardError(
            f"The model card {json_path} cannot be read ({error}); fetch the model again."
        ) from error
    return card_from(raw, json_path)


def card_from(raw: object, json_path: Path) -> ModelCard:
    """The card that the JSON document `raw` of that file is; raises CardError."""
    try:
        card = _parse(raw, json_path)
        require_valid(card)
    except (KeyError, ValueError) as error:
        what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise CardError(
            f"The model card {json_path} is not valid: {printable(what)[:_LONGEST]}; correct it."
        ) from error
    return card


def written(card: ModelCard) -> str:
    """The card as JSON text."""
    document = {
        "schema": SCHEMA,
        "id": card.id,
        "name": card.name,
        "kind": card.kind,
        "file": card.path.name,
        "sha256": card.sha256,
        "bytes": card.bytes,
        "origin": card.origin,
        "description": card.description,
        "limits": card.limits,
        "licence": card.licence,
        "input": _input_section(card),
        "output": _output_section(card),
        "classes": class_list(card.classes),
        "answers": [
            {"name": info.name, "classes": class_list(info.classes)} for info in card.answers
        ],
        "blend": {"halo": card.blend.halo, "ring": card.blend.ring, "fade": card.blend.fade},
        "detection": None if card.detection is None else vars(card.detection),
        "decoder": _decoder_section(card.decoder),
        "metrics": card.metrics,
        "training": card.training,
        "statistics": card.statistics,
    }
    told = {
        key: value
        for key, value in document.items()
        if key not in _OPTIONAL or value not in ("", None, [], {})
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _content(path: Path) -> str:
    """The text of a file that is one, and not larger than a card can be."""
    if not path.is_file():
        raise OSError("there is no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise OSError(f"it is larger than {_MOST_BYTES // 1_000_000} MB")
    return path.read_text(encoding="utf-8")


def _parse(raw: Any, json_path: Path) -> ModelCard:
    if not isinstance(raw, Mapping) or raw.get("schema") != SCHEMA:
        raise ValueError(f'expected a JSON object with "schema": {SCHEMA}')
    image, output = section(raw, "input"), section(raw, "output")
    return replace(
        _needed(raw, image, output, json_path=json_path),
        reflectance=_told(image, "reflectance", _parse_reflectance),
        decoder=_told(raw, "decoder", lambda told: _parse_decoder(told, json_path)),
        fixed_tile=truth({"fixed_tile": False, **image}, "fixed_tile"),
        fixed_batch=None if image.get("fixed_batch") is None else whole(image, "fixed_batch"),
        answers=_parse_answers({"answers": [], **raw}),
        output=None if output.get("name") is None else text(output, "name"),
        threshold=None if output.get("threshold") is None else number(output, "threshold"),
        median=whole({"median": 0, **output}, "median"),
        centred=truth({"centred": False, **output}, "centred"),
        upscale=whole({"upscale": 1, **output}, "upscale"),
        value_scale=number({"scale": 1.0, **output}, "scale"),
        detection=_told(raw, "detection", _parse_detection),
        origin=text({"origin": "", **raw}, "origin"),
        description=text({"description": "", **raw}, "description"),
        limits=text({"limits": "", **raw}, "limits"),
        licence=text({"licence": "", **raw}, "licence"),
        metrics=section({"metrics": {}, **raw}, "metrics"),
        training=section({"training": {}, **raw}, "training"),
        statistics=section({"statistics": {}, **raw}, "statistics"),
    )


def _needed(raw: _Json, image: _Json, output: _Json, *, json_path: Path) -> ModelCard:
    """The fields that every card has."""
    blend = section(raw, "blend")
    return ModelCard(
        id=text(raw, "id"),
        name=text(raw, "name"),
        kind=text(raw, "kind"),
        path=_beside(json_path, raw),
        bands=texts(image, "bands"),
        dtype=text(image, "dtype"),
        mean=numbers(image, "mean"),
        std=numbers(image, "std"),
        resolution_m=None if image["resolution_m"] is None else number(image, "resolution_m"),
        stride_multiple=whole(image, "stride_multiple"),
        tile=whole(image, "tile"),
        output_stride=whole(output, "stride"),
        activation=text(output, "activation"),
        classes=read_classes(raw),
        blend=BlendSettings(whole(blend, "halo"), whole(blend, "ring"), whole(blend, "fade")),
        sha256=text(raw, "sha256"),
        bytes=whole(raw, "bytes"),
    )


def _told(holder: _Json, key: str, parse: Callable[[_Json], _T]) -> _T | None:
    return None if holder.get(key) is None else parse(section(holder, key))


def _beside(json_path: Path, holder: _Json) -> Path:
    """Where a file lies that a card names: beside it, wherever the name points."""
    return json_path.parent / Path(text(holder, "file")).name


def _parse_decoder(told: _Json, json_path: Path) -> DecoderFile:
    return DecoderFile(_beside(json_path, told), text(told, "sha256"), whole(told, "bytes"))


def _parse_detection(told: _Json) -> Detection:
    return Detection(text(told, "layout"), number(told, "confidence"), number(told, "iou"))


def _parse_reflectance(told: _Json) -> Reflectance:
    return Reflectance(
        numbers(told, "low"), numbers(told, "high"), number({"offset": 0, **told}, "offset")
    )


def _parse_answers(holder: _Json) -> tuple[AnswerInfo, ...]:
    told = [section({"answer": entry}, "answer") for entry in entries(holder, "answers")]
    return tuple(AnswerInfo(text(each, "name"), read_classes(each)) for each in told)


def _input_section(card: ModelCard) -> dict[str, Any]:
    told: dict[str, Any] = {
        "bands": list(card.bands),
        "dtype": card.dtype,
        "mean": list(card.mean),
        "std": list(card.std),
        "resolution_m": card.resolution_m,
        "stride_multiple": card.stride_multiple,
        "tile": card.tile,
    }
    if card.fixed_tile:
        told["fixed_tile"] = True
    if card.fixed_batch is not None:
        told["fixed_batch"] = card.fixed_batch
    if card.reflectance is not None:
        low, high = list(card.reflectance.low), list(card.reflectance.high)
        offset = {"offset": card.reflectance.offset} if card.reflectance.offset else {}
        told["reflectance"] = {"low": low, "high": high, **offset}
    return told


def _output_section(card: ModelCard) -> dict[str, Any]:
    """Stride and activation, and what differs from what is meant where nothing is said."""
    told: dict[str, Any] = {"activation": card.activation, "stride": card.output_stride}
    further = (
        ("name", card.output, None),
        ("threshold", card.threshold, None),
        ("median", card.median, 0),
        ("centred", card.centred, False),
        ("upscale", card.upscale, 1),
        ("scale", card.value_scale, 1.0),
    )
    told.update((key, value) for key, value, usual in further if value != usual)
    return told


def _decoder_section(decoder: DecoderFile | None) -> dict[str, Any] | None:
    if decoder is None:
        return None
    return {"file": decoder.path.name, "sha256": decoder.sha256, "bytes": decoder.bytes}
