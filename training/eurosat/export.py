# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...inference.cards.card import ModelCard
from ..candidates import Candidates, bits_in_words
from ..checkpoint import load_weights
from ..data.eurosat import CLASSES, SIDE, TRAINING, VALIDATION, Tiles, load_tiles, require_unseen
from ..gate import Gate
from ..metrics import key
from ..onnx_writer import draw
from ..quantisable import QuantisableNet
from ..quantisation import calibrated
from ..shipping import kept_step, ship
from .augment import TileSampler
from .card import eurosat_card
from .config import EurosatConfig
from .evaluate import Answers, answers_of, figures_of
from .networks import make_network
from .quantise import calibration_images, folded, whole_tiles
from .speed import measure_speed

NAMES = tuple(land.name for land in CLASSES)
PER_CLASS = ("iou", "precision", "recall", "f1")


def gate(config: EurosatConfig) -> Gate:
    """What is asked of the 8-bit network."""
    return Gate(
        figure="accuracy",
        least_agreement=0.99,
        largest_loss=0.003,
        largest_file=config.largest_file,
    )


def drawn(net: QuantisableNet, *, quantised: bool) -> onnx.ModelProto:
    """The ONNX model of a folded network."""
    return draw(net, "eurosat", sides=(SIDE, SIDE), answer=(len(CLASSES),), quantised=quantised)


def _draw(config: EurosatConfig, tiles: Tiles, out: Path) -> tuple[Candidates, str]:
    """Both files, and words on how the 8 bits came."""
    real, learnt = folded(config.student, out / "float_best.pt"), out / "quantised.pt"
    if learnt.exists():
        net = make_network(config.student.network).folded()
        short, steps = load_weights(net, learnt).eval(), config.quantised.steps
    else:
        stage = whole_tiles(config.student, batch=config.quantised.batch)
        sampler = TileSampler(tiles, stage, seed=config.seed + 1)
        short, steps = calibrated(real, calibration_images(sampler)), None
    files = Candidates.write(out, config.id, real=real, short=short, draw=drawn)
    return files, bits_in_words(steps, in_float="the last layer")


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


def export(
    config: EurosatConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write the network and its card into `models` if it passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    kept = kept_step(out / "float_best.json")
    tiles, validation = load_tiles(data / TRAINING), load_tiles(data / VALIDATION)
    require_unseen(tiles, validation)
    files, words = _draw(config, tiles, out)
    card = eurosat_card(
        config, kept_step=kept, quantisation=f"{words} {remark}".strip(), tiles=tiles
    )
    card = files.measured(card, partial(card_metrics, validation=validation))
    gate(config).require(
        card["metrics"],
        size=files.short.stat().st_size,
        marks={"validation": card["metrics"]["int8"]["accuracy"]},
        incumbent=_incumbent(models / f"{config.id}.json", validation),
    )
    ship(files.short, models)
    return card


def _incumbent(path: Path, validation: Tiles) -> dict[str, float]:
    """The mark of the network that would be replaced, on the same tiles."""
    if not path.exists():
        return {}
    return {"validation": _accuracy(answers_of(ModelCard.load(path), validation), validation)}
