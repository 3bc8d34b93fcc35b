# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the 8-bit network and its card, with figures measured on the very file that is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import torch

from .augment import training_sampler
from .card import landcover_card
from .config import LandcoverConfig
from .landcover_data import CLASSES, band_statistics, load_fields, load_tile, zoomed
from .mobilenet_unet import MobileNetUNet
from .one_shot import agreement, evaluate_scenes, field_shares, onnx_predictor
from .onnx_writer import draw
from .quantise import calibrate, calibration_images, folded

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


def _figures(flat: dict[str, float]) -> dict[str, Any]:
    iou = {
        land.name: flat[f"iou_{land.name.lower()}"]
        for land in CLASSES
        if f"iou_{land.name.lower()}" in flat
    }
    return {"mean_iou": flat["mean_iou"], "pixel_accuracy": flat["pixel_accuracy"], "iou": iou}


def measure(
    float_file: Path, int8_file: Path, *, data: Path, config: LandcoverConfig
) -> dict[str, Any]:
    """Figures of both files on pictures never trained on, one shot, by actual runs."""
    scenes = [zoomed(load_tile(data, config.validation_tile), config.resolution_m)]
    predictors = [onnx_predictor(file) for file in (float_file, int8_file)]
    (real, real_answers), (short, short_answers) = (
        evaluate_scenes(predict, scenes) for predict in predictors
    )
    height, width = scenes[0].truth.shape
    metrics = {
        "data": f"Dubai tile {config.validation_tile}, {height}x{width} pixels, never trained on "
        "(the best of a few looks during training was kept on it), one shot, logits enlarged "
        "bilinearly",
        "float": _figures(real),
        "int8": _figures(short),
        "argmax_agreement": round(agreement(real_answers, short_answers), 5),
    }
    if config.batch.field_share > 0:
        fields = [zoomed(s, config.resolution_m) for s in load_fields(data, held_out=True)]
        metrics["fields"] = {
            "data": f"pixels inside fields of {len(fields)} NAIP pictures never trained on: what "
            "they are taken for (bare land and vegetation are both right)",
            "float": field_shares(predictors[0], fields),
            "int8": field_shares(predictors[1], fields),
        }
    return metrics


def export_landcover(
    config: LandcoverConfig, *, data: Path, out: Path, models: Path, remark: str = ""
) -> dict[str, Any]:
    """Write landcover.onnx and landcover.json into `models`, the float twin into `out`.

    `remark` joins the card's recipe: what happened in this run that the recipe does not say.
    """
    real, sampler = folded(out / "float_best.pt", config), training_sampler(config, data)
    learnt = out / "quantised.pt"
    if learnt.exists():
        short, words = load_quantised(learnt, config), AWARE.format(steps=config.steps.quantised)
    else:
        short, words = folded(out / "float_best.pt", config), AFTER
        calibrate(short, calibration_images(sampler))
    models.mkdir(parents=True, exist_ok=True)
    float_file, int8_file = out / "landcover_float.onnx", models / "landcover.onnx"
    onnx.save(draw(real, quantised=False), float_file)
    onnx.save(draw(short, quantised=True), int8_file)
    metrics = measure(float_file, int8_file, data=data, config=config)
    card = landcover_card(
        int8_file,
        config=config,
        metrics=metrics,
        kept_step=json.loads((out / "float_best.json").read_text(encoding="utf-8"))["step"],
        quantisation=f"{words} {remark}".strip(),
        statistics=band_statistics(sampler.scenes),
        generated=bool(sampler.generated),
    )
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (models / "landcover.json").write_text(text, encoding="utf-8")
    print(json.dumps(metrics, indent=2))
    return card
