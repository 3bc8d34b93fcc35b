# SPDX-License-Identifier: GPL-2.0-or-later
"""From a float network to 8 bits: fold, measure ranges, then train with the rounding in place."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from .augment import Sampler
from .config import LandcoverConfig
from .evaluate import agreement, evaluate_scenes
from .landcover_data import CLASSES, DataError, Scene, class_shares
from .losses import agreement_loss, class_weights, segmentation_loss
from .mobilenet_unet import MobileNetUNet, Range
from .trainer import Log, batches, one_cycle, to_tensors, torch_predictor, update_average

TAIL = 1e-4  # share of values beyond each end of a range


def folded(state: Path) -> MobileNetUNet:
    """The float network of a weights file, batch norms folded."""
    if not state.exists():
        raise DataError(f"{state} should hold trained weights: run the train command first")
    net = MobileNetUNet(len(CLASSES))
    net.load_state_dict(torch.load(state, weights_only=True))
    for unit in net.conv_units():
        unit.fold()
    return net.eval().to(memory_format=torch.channels_last)


def switch(net: MobileNetUNet, *, on: bool) -> None:
    """Turn the rounding of weights and activations on or off."""
    for out_range in net.ranges():
        out_range.enabled = on
    for unit in net.conv_units():
        unit.quantise_weight = on


def _tails(x: Tensor) -> tuple[float, float]:
    """Values with a share of TAIL below and above, on an even sample."""
    values = x.detach().flatten()
    values = values[:: max(1, values.numel() // 400_000)].sort().values
    cut = int(values.numel() * TAIL)
    return float(values[cut]), float(values[-1 - cut])


def calibrate(net: MobileNetUNet, images: list[Tensor]) -> None:
    """Set every range from what passes through it; ReLU6 keeps ranges within 0..6 by itself."""
    seen: dict[Range, list[tuple[float, float]]] = {r: [] for r in net.ranges()}
    hooks = [
        r.register_forward_hook(lambda module, inputs, _: seen[module].append(_tails(inputs[0])))
        for r in seen
    ]
    switch(net, on=False)
    with torch.no_grad():
        for image in images:
            net.eval()(image)
    for hook in hooks:
        hook.remove()
    for out_range, tails in seen.items():
        out_range.set_limits(min(t[0] for t in tails), max(t[1] for t in tails))


def calibration_images(sampler: Sampler, count: int = 6) -> list[Tensor]:
    """Batches beyond those trained on."""
    return [to_tensors(sampler.batch(10**6 + i))[0] for i in range(count)]


def quantised_step(
    student: MobileNetUNet,
    teacher: MobileNetUNet,
    batch: tuple[Tensor, Tensor],
    *,
    weights: Tensor,
    config: LandcoverConfig,
) -> Tensor:
    """The truth's loss plus the distance to the float network's answer, which weighs more."""
    images, truths = batch
    with torch.no_grad():
        reference = teacher(images)
    logits = student(images)
    truth_loss = segmentation_loss(
        logits, truths, weights, dice=config.loss.dice, label_smoothing=config.loss.label_smoothing
    )
    return 0.2 * truth_loss + 4.0 * agreement_loss(logits, reference)


def train_quantised(
    sampler: Sampler, *, config: LandcoverConfig, out: Path, validation: list[Scene], log: Log
) -> None:
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    teacher = folded(out / "float_best.pt")
    student = folded(out / "float_best.pt")
    calibrate(student, calibration_images(sampler))
    switch(student, on=True)
    average = copy.deepcopy(student)
    _, wanted = evaluate_scenes(torch_predictor(teacher), validation)
    optimiser = torch.optim.AdamW(student.parameters(), weight_decay=0.0)
    weights = class_weights(class_shares(sampler.scenes), config.loss.class_weight_power)
    total, first = config.steps.quantised, config.steps.float

    def look(step: int) -> None:
        figures, answers = evaluate_scenes(torch_predictor(average), validation)
        log(
            json.dumps(
                {
                    "quantised_step": step,
                    "agreement": round(agreement(answers, wanted), 5),
                    **figures,
                }
            )
        )
        torch.save(average.state_dict(), out / "quantised.pt")

    look(0)
    for step, images, truths in batches(sampler, first, first + total):
        rate = config.optimiser.quantised_rate * one_cycle(step - first, total)
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss = quantised_step(
            student.train(), teacher, (images, truths), weights=weights, config=config
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        update_average(average, student, min(0.97, (step - first + 1) / (step - first + 10)))
        if (step - first) % 20 == 0:
            log(f"quantised step {step - first}/{total} loss {float(loss.detach()):.4f}")
        if (step - first + 1) % 160 == 0 or step == first + total - 1:
            look(step - first + 1)
