# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of a land-cover card, each with the command that gives it again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...inference.cards.card import ModelCard
from ..data.dubai import load_tile
from ..data.labelled_scene import zoomed
from ..data.land_cover import NAMES
from ..evaluation import Request
from ..metrics import key
from ..one_shot import onnx_predictor
from .evaluate import evaluate_landcover
from .looks import agreement, evaluate_scenes

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
AGREEMENT_COMMAND = "python -m geosift.training export landcover --data DATA --models MODELS"
PER_CLASS = ("iou", "precision", "recall", "f1")


@dataclass(frozen=True)
class Check:
    """Data a network is measured on; `folder` below the data folder, and what it is in words.

    `mark` is the figure by which two networks are compared on it.
    """

    name: str
    folder: str
    mark: str
    words: str
    held_out: bool = False

    def command(self, model: str) -> str:
        """What to type to get the figures again."""
        where = "resources/sample" if self.name == "sample" else f"DATA/{self.folder}"
        held = " --held-out" if self.held_out else ""
        return f"python -m geosift.training evaluate landcover --model {model} --data {where}{held}"

    def path(self, data: Path) -> Path:
        return SAMPLE if self.name == "sample" else data / self.folder


VALIDATION = Check(
    "validation",
    "dubai_landcover/val",
    "mean_iou",
    "Dubai tile 3, a scene of another part of the city than those trained on; the best of the "
    "looks during training was kept on it",
)
OTHERS = (
    Check(
        "sample",
        "",
        "mean_iou",
        "the made scene that comes with GeoSift, of a seed never trained on",
    ),
    Check(
        "fields",
        "fields_cornbelt",
        "field_accuracy",
        "pixels inside fields on NAIP pictures of places never trained on: bare land and "
        "vegetation are both right",
        held_out=True,
    ),
    Check(
        "buildings",
        "buildings_banepa",
        "building_iou",
        "roofs of a dense town in Nepal from a drone; nothing of the kind was trained on",
    ),
)


def measure(card: ModelCard, check: Check, data: Path, *, views: int = 1) -> dict[str, Any]:
    """The flat figures of one check, with that many views of each tile."""
    with tempfile.TemporaryDirectory(prefix="geosift-") as folder:
        request = Request(
            card=card,
            data=check.path(data),
            folder=Path(folder),
            held_out=check.held_out,
            augment=views,
            wants_report=False,
        )
        return dict(evaluate_landcover(request).figures)


def structured(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Headline figures, figures of each class, and the confusion matrix (rows: truth)."""
    heads = ("mean_iou", "accuracy", "macro_f1", "calibration_error")
    nested: dict[str, Any] = {head: figures[head] for head in heads if head in figures}
    for kind in PER_CLASS:
        values = {name: figures.get(f"{kind}_{key(name)}") for name in NAMES}
        nested[kind] = {name: value for name, value in values.items() if value is not None}
    nested["confusion"] = [
        [figures.get(f"confusion_{key(truth)}_{key(answer)}", 0) for answer in NAMES]
        for truth in NAMES
    ]
    return nested


def _brief(check: Check, figures: Mapping[str, Any], model: str) -> dict[str, Any]:
    """A check beside the validation: its figures without counts, and how they came about."""
    kept = ("mean_iou", "accuracy", "macro_f1")
    starts = ("building_", "field_", "iou_")
    values = {
        name: value for name, value in figures.items() if name in kept or name.startswith(starts)
    }
    return {"data": check.words, "command": check.command(model), **values}


def marks(card: ModelCard, data: Path) -> dict[str, float]:
    """The mark of a network on every check whose data are there."""
    checks = (VALIDATION, *OTHERS)
    return {
        check.name: measure(card, check, data)[check.mark]
        for check in checks
        if check.path(data).is_dir()
    }


def marks_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The same marks, from metrics already taken."""
    elsewhere = metrics["elsewhere"]
    found = {
        check.name: elsewhere[check.name][check.mark] for check in OTHERS if check.name in elsewhere
    }
    return {VALIDATION.name: metrics["int8"][VALIDATION.mark], **found}


def card_metrics(
    float_card: ModelCard, int8_card: ModelCard, *, data: Path, tile: int, resolution_m: float
) -> dict[str, Any]:
    """Everything `metrics` of the card says; `tile` is the validation tile."""
    real, short = (measure(card, VALIDATION, data) for card in (float_card, int8_card))
    scenes = [zoomed(load_tile(data, tile), resolution_m)]
    answers = [
        evaluate_scenes(onnx_predictor(card.path), scenes)[1] for card in (float_card, int8_card)
    ]
    model = int8_card.id
    return {
        "data": VALIDATION.words,
        "command": VALIDATION.command(model),
        "classes": list(NAMES),
        "int8": structured(short),
        "float": {name: value for name, value in structured(real).items() if name != "confusion"},
        "argmax_agreement": round(agreement(*answers), 5),
        "agreement_command": AGREEMENT_COMMAND,
        "views": {
            "command": f"{VALIDATION.command(model)} --augment 4",
            **{
                str(views): measure(int8_card, VALIDATION, data, views=views)["mean_iou"]
                for views in (4, 8)
            },
        },
        "elsewhere": {
            check.name: _brief(check, measure(int8_card, check, data), model)
            for check in OTHERS
            if check.path(data).is_dir()
        },
    }
