# SPDX-License-Identifier: GPL-2.0-or-later
"""The card of a network that was taught: what it tells, from what, and how well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..cards.card import ModelCard
from ..cards.network_file import digest
from ..cards.parts import BlendSettings, ClassInfo
from .feature_network import HALO
from .lesson import Lesson
from .scene import Scene
from .teach import Taught

_TILE = 1024
_RING, _FADE = 72, 48
"""Of the halo: pixels of a tile that never count, and over which its weight fades in."""


def card_of(
    taught: Taught, lesson: Lesson, scenes: Sequence[Scene], *, model_id: str, name: str, path: Path
) -> ModelCard:
    """The card of the network that was written to `path`.

    Classes are those with labels, numbered anew. Bands, their scaling, what stands for missing
    pixels, and the licence are the encoder's.
    """
    encoder = scenes[0].view.card
    classes = tuple(replace(each, id=place) for place, each in enumerate(taught.classes))
    return replace(
        encoder,
        id=model_id,
        name=name,
        kind="segmentation",
        path=path,
        resolution_m=_resolution(lesson, scenes),
        tile=_TILE,
        activation="logits",
        classes=classes,
        blend=BlendSettings(HALO, _RING, _FADE),
        sha256=digest(path),
        bytes=path.stat().st_size,
        output=None,
        origin="",
        description=_description(classes, encoder),
        limits=_limits(taught, scenes),
        metrics=_metrics(taught, encoder),
        training=_training(taught, lesson, scenes, encoder),
        statistics={key: told for key, told in encoder.statistics.items() if key == "bands"},
    )


def _resolution(lesson: Lesson, scenes: Sequence[Scene]) -> float | None:
    """Metres a pixel that the lesson was looked at with."""
    seen = scenes[0].resolution_m
    if lesson.settings.resolution is not None and seen is not None:
        return lesson.settings.resolution
    return None if seen is None else float(f"{seen:.6g}")


def _description(classes: Sequence[ClassInfo], encoder: ModelCard) -> str:
    names = ", ".join(each.name for each in classes)
    return (
        f"Tells {names}. Taught with GeoSift: a linear head on the dense features of the network "
        f"'{encoder.id}'."
    )


def _limits(taught: Taught, scenes: Sequence[Scene]) -> str:
    names = ", ".join(Path(scene.view.source.name).name for scene in scenes[:3])
    more = f" and {len(scenes) - 3} more" if len(scenes) > 3 else ""
    return (
        f"Learnt from {_strokes(taught)} strokes on {names}{more} alone: elsewhere, in another "
        "season, light or sensor, it is a guess until it is checked there."
    )


def _strokes(taught: Taught) -> int:
    return taught.samples.strokes


def _metrics(taught: Taught, encoder: ModelCard) -> Mapping[str, Any]:
    """As measured with these very numbers: 8 bits where the encoder has 8 bits."""
    told: dict[str, Any] = {
        "data": "the strokes of the lesson, each told by a head that had not learnt from it"
    }
    numbers: dict[str, Any] = {"strokes": _strokes(taught), "cells": sum(taught.cells.values())}
    if taught.accuracy is not None:
        numbers.update(taught.accuracy.to_json())
    told["int8" if encoder.metrics.get("int8") else "float"] = numbers
    return told


def _training(
    taught: Taught, lesson: Lesson, scenes: Sequence[Scene], encoder: ModelCard
) -> Mapping[str, Any]:
    rasters = [Path(scene.view.source.name).name for scene in scenes]
    own = {
        "name": f"Labels of the lesson '{lesson.name}' on {', '.join(rasters)}",
        "licence": "the user's own",
        "citation": "",
    }
    carried = encoder.training.get("data", [])
    return {
        "data": [own, *(carried if isinstance(carried, list) else [])],
        "recipe": (
            "Multinomial logistic regression with a ridge of "
            f"{taught.head.ridge:g} on {sum(taught.cells.values())} cells of {_strokes(taught)} "
            f"strokes; the encoder '{encoder.id}' (SHA-256 {encoder.sha256[:12]}) stays as it is."
        ),
        "cells": {info.name: taught.cells[info.id] for info in taught.classes},
        "date": date.today().isoformat(),
    }
