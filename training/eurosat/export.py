# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...inference.cards.card import ModelCard
from ..checkpoint import load_weights
from ..data.eurosat import CLASSES, SIDE, TRAINING, VALIDATION, Tiles, load_tiles, require_unseen
from ..gate import Gate
from ..metrics import key
from ..onnx_writer import draw
from ..quantisable import QuantisableNet
from ..shipping import described, kept_step, ship, write_card
from .augment import TileSampler
from .card import eurosat_card
from .config import EurosatConfig
from .evaluate import Answers, answers_of, figures_of
from .networks import make_network
from .quantise import calibrated, folded, whole_tiles
from .speed import measure_speed

NAMES = tuple(land.name for land in CLASSES)
AWARE = (
    "8 bits: {steps} quantisation-aware steps with folded batch norms, towards the float "
    "network's own answer (KL divergence); U8 activations per tensor, S8 weights per channel, "
    "the last layer in float."
)
AFTER = (
    "8 bits: calibrated after training only (99.99 percentile); U8 activations per tensor, S8 "
    "weights per channel, the last layer in float."
)
PER_CLASS = ("iou", "precision", "recall", "f1")


def gate(config: EurosatConfig) -> Gate:
    """What is asked of the 8-bit network."""
    return Gate(
        figure="accuracy",
        least_agreement=0.99,
        largest_loss=0.003,
        largest_file=config.largest_file,
    )


def _short(config: EurosatConfig, tiles: Tiles, out: Path) -> tuple[QuantisableNet, str]:
    """The 8-bit network, folded and with its ranges, and words on how they came."""
    learnt, stage = out / "quantised.pt", config.student
    if learnt.exists():
        net = make_network(stage.network).folded()
        return load_weights(net, learnt).eval(), AWARE.format(steps=config.quantised.steps)
    stage = whole_tiles(stage, batch=config.quantised.batch)
    sampler = TileSampler(tiles, stage, seed=config.seed + 1)
    return calibrated(stage, out / "float_best.pt", sampler), AFTER


def _draw(config: EurosatConfig, tiles: Tiles, out: Path) -> tuple[Path, Path, str]:
    """Write the float and the 8-bit file as candidates; they, and words on how 8 bits came."""
    short, words = _short(config, tiles, out)
    files = out / "float" / f"{config.id}.onnx", out / "candidate" / f"{config.id}.onnx"
    for file, net in zip(files, (folded(config.student, out / "float_best.pt"), short)):
        file.parent.mkdir(exist_ok=True)
        model = draw(
            net, "eurosat", sides=(SIDE, SIDE), answer=(len(CLASSES),), quantised=net is short
        )
        onnx.save(model, file)
    return (*files, words)


def structured(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Headline figures, figures of each class, and the confusion matrix (rows: truth)."""
    heads = ("accuracy", "macro_f1", "macro_precision", "macro_recall", "calibration_error")
    nested: dict[str, Any] = {head: figures[head] for head in heads}
    for kind in PER_CLASS:
        values = {name: figures.get(f"{kind}_{key(name)}") for name in NAMES}
        nested[kind] = {name: value for name, value in values.items() if value is not None}
    nested["confusion"] = [
        [figures[f"confusion_{key(truth)}_{key(answer)}"] for answer in NAMES] for truth in NAMES
    ]
    return nested


def card_metrics(
    float_card: ModelCard, int8_card: ModelCard, *, validation: Tiles
) -> dict[str, Any]:
    """Everything `metrics` of the card says."""
    real, short = (answers_of(card, validation) for card in (float_card, int8_card))
    nested = [structured(figures_of(validation, answers)) for answers in (real, short)]
    return {
        "data": "EuroSAT's validation part: 4,050 tiles of 27,000, stratified by class, apart from "
        "training by file name and by pixels; the best of the looks during training was kept on it",
        "command": f"python -m geosift.training evaluate eurosat --model {int8_card.id} "
        f"--data DATA/{VALIDATION}",
        "classes": list(NAMES),
        "int8": nested[1],
        "float": {name: value for name, value in nested[0].items() if name != "confusion"},
        "argmax_agreement": round(float(np.mean(real.ids == short.ids)), 5),
        "agreement_command": "python -m geosift.training export eurosat --config RECIPE "
        "--data DATA --models MODELS",
        "views": {
            str(views): _accuracy(answers_of(int8_card, validation, views=views), validation)
            for views in (4, 8)
        },
        "speed": measure_speed(int8_card),
    }


def _accuracy(answers: Answers, tiles: Tiles) -> float:
    return round(float(np.mean(answers.ids == tiles.labels)), 5)


def export_eurosat(
    config: EurosatConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write the network and its card into `models` if it passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    kept = kept_step(out / "float_best.json")
    tiles, validation = load_tiles(data / TRAINING), load_tiles(data / VALIDATION)
    require_unseen(tiles, validation)
    float_file, int8_file, words = _draw(config, tiles, out)
    card = eurosat_card(
        config, kept_step=kept, quantisation=f"{words} {remark}".strip(), tiles=tiles
    )
    cards = [write_card(described(card, file), file) for file in (float_file, int8_file)]
    card["metrics"] = card_metrics(*cards, validation=validation)
    write_card(described(card, int8_file), int8_file)
    print(json.dumps(card["metrics"], indent=2))
    gate(config).require(
        card["metrics"],
        size=int8_file.stat().st_size,
        marks={"validation": card["metrics"]["int8"]["accuracy"]},
        incumbent=_incumbent(models / f"{config.id}.json", validation),
    )
    ship(int8_file, models)
    return card


def _incumbent(path: Path, validation: Tiles) -> dict[str, float]:
    """The mark of the network that would be replaced, on the same tiles."""
    if not path.exists():
        return {}
    return {"validation": _accuracy(answers_of(ModelCard.load(path), validation), validation)}
