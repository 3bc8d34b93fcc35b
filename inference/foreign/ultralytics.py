# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports of Ultralytics (YOLOv8 and later): metadata in the ONNX file as that exporter writes it.

https://docs.ultralytics.com/modes/export/
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CardError
from .answers import Answers
from .building import band_names
from .facts import OnnxFacts
from .shapes import input_of
from .values import as_names, as_numbers, parsed

_LAYOUTS = {"detect": "ultralytics", "segment": "ultralytics_seg", "obb": "ultralytics_obb"}
_KINDS = {**dict.fromkeys(_LAYOUTS, "detection"), "classify": "classification"}
_CONFIDENCE, _IOU = 0.25, 0.7
"""What its own `predict` takes where nothing is said."""
_OF_BOX = 6
"""Numbers of an object in the answer of a network that has sorted them out itself."""
_MOST_FINISHED = 1000
"""Objects in such an answer; anchors are more."""


def is_from_ultralytics(facts: OnnxFacts) -> bool:
    """Whether the metadata is that of an export."""
    return "task" in facts.metadata and not {"imgsz", "stride"}.isdisjoint(facts.metadata)


def answers_of(path: Path, facts: OnnxFacts) -> Answers:
    """What the metadata says; CardError for what GeoSift does not run."""
    try:
        told = {key: parsed(text) for key, text in facts.metadata.items()}
        return _answers(path, facts, told)
    except (ValueError, KeyError) as error:
        if isinstance(error, CardError):
            raise
        raise CardError(
            f"The metadata of {path.name} cannot be used: {error}; export it again."
        ) from error


def _answers(path: Path, facts: OnnxFacts, told: Mapping[str, Any]) -> Answers:
    task = str(told["task"]).strip().lower()
    if task not in _KINDS:
        raise CardError(
            f"{path.name} is an Ultralytics network for {task!r:.40}, GeoSift runs those for "
            f"{', '.join(_KINDS)}; choose one of these."
        )
    is_finished = _is_finished(facts, told)
    if is_finished and task != "detect":
        raise CardError(
            f"{path.name} sorts out its objects itself, which GeoSift takes of plain boxes only; "
            "export it with nms=False and end2end=False."
        )
    sizes = as_numbers(told.get("imgsz", 640), "imgsz")
    return Answers(
        kind=_KINDS[task],
        name=str(told.get("description") or path.stem),
        bands=band_names(input_of(facts, called=path.name).bands),
        scaling="0..1",
        tile=int(max(sizes)),
        classes=(as_names(told.get("names", ["object"]), "names"),),
        layout="ultralytics_end2end" if is_finished else _LAYOUTS.get(task, ""),
        confidence=_CONFIDENCE,
        iou=_IOU,
        licence=str(told.get("license", "")),
        description=_described(told),
        origin="Ultralytics metadata",
    )


def _is_finished(facts: OnnxFacts, told: Mapping[str, Any]) -> bool:
    """Whether the graph itself keeps one box an object: few rows of box, score and class."""
    arguments = told.get("args")
    by_word = told.get("end2end") is True or (
        isinstance(arguments, Mapping) and arguments.get("nms") is True
    )
    shape = facts.outputs[0].shape if facts.outputs else ()
    few = len(shape) == 3 and isinstance(shape[1], int) and shape[1] <= _MOST_FINISHED
    return by_word or (few and shape[2] == _OF_BOX)


def _described(told: Mapping[str, Any]) -> str:
    author, version = told.get("author", ""), told.get("version", "")
    made = ", ".join(str(each) for each in (author, version, told.get("date", "")) if each)
    return f"{told.get('description', '')} ({made})" if made else str(told.get("description", ""))
