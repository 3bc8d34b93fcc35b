# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the fracture network's card, each with the command that gives it again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...inference.cards.card import ModelCard
from ..evaluation import Figure, Request
from .evaluate import DRAWN, evaluate_fractures

REAL = "rock_fractures"
"""Folder of --data with photographs of rock faces."""
_DRAWN_WORDS = (
    "24 drawn pictures of rock of seeds that no training, choice of weights or threshold has used; "
    "right and found within 2 pixels"
)
_REAL_WORDS = (
    "12 photographs of rock faces with fractures marked by hand (doi 10.1007/s12145-021-00650-1): "
    "nothing was trained, calibrated or chosen on them, while parameters and thresholds of the "
    "classical tools were; but answers on them were looked at while the generator was made; right "
    "and found within 3 pixels"
)
_COMMAND = "python -m geosift.training evaluate fractures --model {model} --data {data}"
_HEADS = ("f1", "precision", "recall", "average_precision", "best_f1", "best_threshold")


def card_metrics(
    real: ModelCard, short: ModelCard, *, data: Path, agreement: float
) -> dict[str, Any]:
    """Everything `metrics` of the card says: drawn scenes, and photographs where `data` has any."""
    figures = [measure(card, DRAWN, classical=False) for card in (real, short)]
    told: dict[str, Any] = {
        "data": _DRAWN_WORDS,
        "command": _COMMAND.format(model=short.id, data=DRAWN),
        "int8": _heads(figures[1]),
        "float": _heads(figures[0]),
        "argmax_agreement": round(agreement, 5),
        "agreement_command": "python -m geosift.training export fractures --data DATA "
        "--models MODELS",
    }
    if (data / REAL).is_dir():
        figures = [measure(real, data / REAL, classical=False), measure(short, data / REAL)]
        told["rock_faces"] = {
            "data": _REAL_WORDS,
            "command": _COMMAND.format(model=short.id, data=f"DATA/{REAL}"),
            **_heads(figures[1]),
            "float": _heads(figures[0]),
            "classical": _classical(figures[1]),
        }
    return told


def measure(card: ModelCard, data: Path, *, classical: bool = True) -> Mapping[str, Figure]:
    """The flat figures of a network on a folder, or on drawn scenes."""
    with tempfile.TemporaryDirectory(prefix="geosift-") as folder:
        request = Request(card, data, Path(folder), wants_report=False)
        return evaluate_fractures(request, classical=classical).figures


def mark(card: ModelCard) -> float:
    """The figure by which two networks are compared."""
    return float(measure(card, DRAWN, classical=False)["f1"])


def _heads(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    return {name: figures[name] for name in _HEADS}


def _classical(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """What the classical tools reach, with the settings that they took."""
    tools = ("best_classical", "frangi", "sato", "meijering", "canny")
    return {name: value for name, value in figures.items() if name.startswith(tools)}
