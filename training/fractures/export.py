# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import onnx

from ...inference.cards.card import ModelCard
from ..candidates import Candidates, bits_in_words
from ..gate import Gate
from ..history import History
from ..one_shot import onnx_predictor
from ..onnx_writer import draw
from ..picture_statistics import picture_statistics
from ..quantisation import calibrated
from ..shipping import kept_step, ship
from .augment import Sampler
from .card import fracture_card
from .card_metrics import card_metrics, mark
from .commands import shown_scenes, training_sampler
from .config import FractureConfig
from .curve import DRAWN_TOLERANCE
from .faces import Face
from .looks import agreement, tallied
from .network import OUTPUT_STRIDE, FractureNet
from .quantise import calibration_images, load_folded, teacher_of

GATE = Gate(figure="f1", least_agreement=0.99, largest_loss=0.005, largest_file=3_000_000)
_NAME = "fractures"
_DESCRIBED = 64
"""Scenes whose bands and features the card tells, and on which ranges may be measured."""


def export(
    config: FractureConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write fractures.onnx and fractures.json into `models` if the network passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    history = History(out)
    kept = kept_step(out / "float_best.json")
    few = replace(config.scenes, train=min(_DESCRIBED, config.scenes.train))
    sampler = training_sampler(replace(config, scenes=few), out, history)
    held_out = shown_scenes(config, data, out, history).held_out
    files, words = _draw(out, config, sampler, held_out)
    threshold, alike = _compared(files, held_out)
    card = fracture_card(
        config=config,
        kept_step=kept,
        quantisation=f"{words} {remark}".strip(),
        threshold=threshold,
        statistics=picture_statistics([scene.image for scene in sampler.scenes]),
    )
    card = files.measured(card, partial(card_metrics, data=data, agreement=alike))
    GATE.require(
        card["metrics"],
        size=files.short.stat().st_size,
        marks={"drawn": card["metrics"]["int8"]["f1"]},
        incumbent=_incumbent(models),
    )
    ship(files.short, models)
    return card


def drawn(net: FractureNet, *, quantised: bool) -> onnx.ModelProto:
    """The ONNX model of a folded network."""
    answer = (1, f"H/{OUTPUT_STRIDE}", f"W/{OUTPUT_STRIDE}")
    return draw(net, _NAME, answer=answer, quantised=quantised)


def _draw(
    out: Path, config: FractureConfig, sampler: Sampler, held_out: Sequence[Face]
) -> tuple[Candidates, str]:
    """Both files, and words on how the 8 bits came."""
    real, learnt = teacher_of(out, config, held_out), out / "quantised.pt"
    if learnt.exists():
        short, steps = load_folded(learnt, config), config.steps.quantised
    else:
        short, steps = calibrated(real, calibration_images(sampler)), None
    files = Candidates.write(out, _NAME, real=real, short=short, draw=drawn)
    return files, bits_in_words(steps, in_float="last convolution")


def _compared(files: Candidates, held_out: list[Face]) -> tuple[float, float]:
    """The threshold with which the 8-bit network has the best F1 on the scenes held out, and the

    share of pixels that it decides there as the float network does.
    """
    (_, wanted), (tally, found) = (
        tallied(onnx_predictor(file), held_out, tolerance=DRAWN_TOLERANCE) for file in files.both()
    )
    threshold = tally.curve().best() / 100
    return threshold, agreement(wanted, found, threshold)


def _incumbent(models: Path) -> dict[str, float]:
    """The mark, on the same drawn scenes, of the network that would be replaced."""
    path = models / f"{_NAME}.json"
    return {"drawn": mark(ModelCard.load(path))} if path.exists() else {}
