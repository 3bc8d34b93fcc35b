# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import torch

from ...inference.cards.card import ModelCard
from ..data.crops import Sampler
from ..data.labelled_scene import zoomed
from ..data.land_cover import CLASSES
from ..gate import Gate
from ..onnx_writer import draw
from ..picture_statistics import band_statistics, feature_statistics
from ..quantisation import calibrate
from ..shipping import described, kept_step, ship, write_card
from .card import landcover_card
from .card_metrics import card_metrics, marks, marks_of
from .config import LandcoverConfig
from .network import OUTPUT_STRIDE, MobileNetUNet
from .quantise import calibration_images, folded
from .sources import training_sampler

GATE = Gate(figure="mean_iou", least_agreement=0.99, largest_loss=0.005, largest_file=3_000_000)
AWARE = (
    "8 bits: {steps} quantisation-aware steps with folded batch norms, towards the float "
    "network's own answer (KL divergence); U8 activations per tensor, S8 "
    "weights per channel, last convolution in float."
)
AFTER = (
    "8 bits: calibrated after training only (99.99 percentile); U8 activations per tensor, "
    "S8 weights per channel, last convolution in float."
)


def load_quantised(path: Path, config: LandcoverConfig) -> MobileNetUNet:
    """The folded network of a quantised.pt, with its learnt ranges."""
    net = MobileNetUNet(len(CLASSES), config.architecture.decoder)
    for unit in net.conv_units():
        unit.fold()
    net.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return net.eval()


def drawn(net: MobileNetUNet, *, quantised: bool) -> onnx.ModelProto:
    """The ONNX model of a folded network."""
    answer = (len(CLASSES), f"H/{OUTPUT_STRIDE}", f"W/{OUTPUT_STRIDE}")
    return draw(net, "landcover", answer=answer, quantised=quantised)


def _draw(out: Path, config: LandcoverConfig, sampler: Sampler) -> tuple[Path, Path, str]:
    """Write the float and the 8-bit file as candidates; they, and words on how 8 bits came."""
    learnt = out / "quantised.pt"
    if learnt.exists():
        short, words = load_quantised(learnt, config), AWARE.format(steps=config.steps.quantised)
    else:
        short, words = folded(out / "float_best.pt", config), AFTER
        calibrate(short, calibration_images(sampler))
    files = out / "float" / "landcover.onnx", out / "candidate" / "landcover.onnx"
    for file, net in zip(files, (folded(out / "float_best.pt", config), short)):
        file.parent.mkdir(exist_ok=True)
        onnx.save(drawn(net, quantised=net is short), file)
    return (*files, words)


def _incumbent(models: Path, data: Path) -> dict[str, float]:
    """The marks, on the same pictures, of the network that would be replaced."""
    path = models / "landcover.json"
    return marks(ModelCard.load(path), data) if path.exists() else {}


def export_landcover(
    config: LandcoverConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write landcover.onnx and landcover.json into `models` if the network passes the gate.

    Candidates are made and measured in `out`. `remark` joins the card's recipe: what happened in
    this run that the recipe does not say. Raises GateError with what is not as it should be.
    """
    sampler = training_sampler(config, data)
    kept = kept_step(out / "float_best.json")
    float_file, int8_file, words = _draw(out, config, sampler)
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
    cards = [write_card(described(card, file), file) for file in (float_file, int8_file)]
    card["metrics"] = card_metrics(
        *cards, data=data, tile=config.validation_tile, resolution_m=config.resolution_m
    )
    write_card(described(card, int8_file), int8_file)
    print(json.dumps(card["metrics"], indent=2))
    GATE.require(
        card["metrics"],
        size=int8_file.stat().st_size,
        marks=marks_of(card["metrics"]),
        incumbent=_incumbent(models, data),
    )
    ship(int8_file, models)
    return card
