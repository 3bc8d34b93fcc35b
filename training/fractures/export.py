# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx

from ...inference.cards.card import ModelCard
from ..gate import Gate
from ..history import History
from ..one_shot import onnx_predictor
from ..onnx_writer import draw
from ..picture_statistics import picture_statistics
from ..shipping import described, kept_step, ship, write_card
from .augment import Sampler
from .card import fracture_card
from .card_metrics import card_metrics, mark
from .commands import shown_scenes, training_sampler
from .config import FractureConfig
from .curve import DRAWN_TOLERANCE
from .faces import Face
from .looks import agreement, tallied
from .network import OUTPUT_STRIDE, FractureNet
from .quantise import calibrated, load_folded, teacher_of

GATE = Gate(figure="f1", least_agreement=0.99, largest_loss=0.005, largest_file=3_000_000)
AWARE = (
    "8 bits: {steps} quantisation-aware steps with folded batch norms, towards the float "
    "network's own answer (KL divergence); U8 activations per tensor, S8 "
    "weights per channel, last convolution in float."
)
AFTER = (
    "8 bits: calibrated after training only (99.99 percentile); U8 activations per tensor, "
    "S8 weights per channel, last convolution in float."
)
_NAME = "fractures"
_DESCRIBED = 64
"""Scenes whose bands and features the card tells, and on which ranges may be measured."""


@dataclass(frozen=True)
class _Files:
    """The float and the 8-bit network, and words on how the 8 bits came."""

    real: Path
    short: Path
    words: str

    def both(self) -> tuple[Path, Path]:
        return self.real, self.short


def export_fractures(
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
    files = _draw(out, config, sampler, held_out)
    threshold, alike = _compared(files, held_out)
    card = fracture_card(
        config=config,
        kept_step=kept,
        quantisation=f"{files.words} {remark}".strip(),
        threshold=threshold,
        statistics=picture_statistics([scene.image for scene in sampler.scenes]),
    )
    real, short = (write_card(described(card, file), file) for file in files.both())
    card["metrics"] = card_metrics(real, short, data=data, agreement=alike)
    write_card(described(card, files.short), files.short)
    print(json.dumps(card["metrics"], indent=2))
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


def _draw(out: Path, config: FractureConfig, sampler: Sampler, held_out: Sequence[Face]) -> _Files:
    """Write the float and the 8-bit file as candidates."""
    learnt, real = out / "quantised.pt", teacher_of(out, config, held_out)
    if learnt.exists():
        short, words = load_folded(learnt, config), AWARE.format(steps=config.steps.quantised)
    else:
        short, words = calibrated(real, sampler), AFTER
    files = _Files(out / "float" / f"{_NAME}.onnx", out / "candidate" / f"{_NAME}.onnx", words)
    for file, net in zip(files.both(), (real, short)):
        file.parent.mkdir(exist_ok=True)
        onnx.save(drawn(net, quantised=net is short), file)
    return files


def _compared(files: _Files, held_out: list[Face]) -> tuple[float, float]:
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
