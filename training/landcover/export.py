# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import onnx

from ...inference.cards.card import ModelCard
from ..candidates import Candidates, bits_in_words
from ..data.crops import Sampler
from ..data.labelled_scene import zoomed
from ..data.land_cover import CLASSES
from ..gate import Gate
from ..onnx_writer import draw
from ..picture_statistics import band_statistics, feature_statistics
from ..quantisation import calibrated
from ..shipping import kept_step, ship
from .card import landcover_card
from .card_metrics import card_metrics, marks, marks_of
from .config import LandcoverConfig
from .network import OUTPUT_STRIDE, MobileNetUNet
from .quantise import calibration_images, folded, load_quantised
from .sources import training_sampler

GATE = Gate(figure="mean_iou", least_agreement=0.99, largest_loss=0.005, largest_file=3_000_000)
_NAME = "landcover"


def drawn(net: MobileNetUNet, *, quantised: bool) -> onnx.ModelProto:
    """The ONNX model of a folded network."""
    answer = (len(CLASSES), f"H/{OUTPUT_STRIDE}", f"W/{OUTPUT_STRIDE}")
    return draw(net, _NAME, answer=answer, quantised=quantised)


def _draw(out: Path, config: LandcoverConfig, sampler: Sampler) -> tuple[Candidates, str]:
    """Both files, and words on how the 8 bits came."""
    real, learnt = folded(out / "float_best.pt", config), out / "quantised.pt"
    if learnt.exists():
        short, steps = load_quantised(learnt, config), config.steps.quantised
    else:
        short, steps = calibrated(real, calibration_images(sampler)), None
    files = Candidates.write(out, _NAME, real=real, short=short, draw=drawn)
    return files, bits_in_words(steps, in_float="last convolution")


def _incumbent(models: Path, data: Path) -> dict[str, float]:
    """The marks, on the same pictures, of the network that would be replaced."""
    path = models / f"{_NAME}.json"
    return marks(ModelCard.load(path), data) if path.exists() else {}


def export(
    config: LandcoverConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write landcover.onnx and landcover.json into `models` if the network passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    sampler = training_sampler(config, data)
    kept = kept_step(out / "float_best.json")
    files, words = _draw(out, config, sampler)
    card = landcover_card(
        config=config,
        kept_step=kept,
        quantisation=f"{words} {remark}".strip(),
        statistics={
            "bands": band_statistics(scene.image for scene in sampler.scenes),
            "features": feature_statistics(
                zoomed(scene, config.resolution_m).image for scene in sampler.scenes
            ),
        },
    )
    measure = partial(
        card_metrics, data=data, tile=config.validation_tile, resolution_m=config.resolution_m
    )
    card = files.measured(card, measure)
    GATE.require(
        card["metrics"],
        size=files.short.stat().st_size,
        marks=marks_of(card["metrics"]),
        incumbent=_incumbent(models, data),
    )
    ship(files.short, models)
    return card
