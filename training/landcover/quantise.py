# SPDX-License-Identifier: GPL-2.0-or-later
"""From a float network to 8 bits: fold, measure ranges, then train with the rounding in place."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from .. import checkpoint
from ..checkpoint import load_weights
from ..devices import pick_device
from ..history import History, progress_bar
from ..quantisation import agreement_loss, calibrate, switch
from ..schedule import one_cycle, update_average
from .augment import Sampler
from .batches import batches, to_tensors
from .config import LandcoverConfig
from .data import CLASSES, Scene
from .network import MobileNetUNet
from .one_shot import agreement, evaluate_scenes
from .train import torch_predictor


def folded(state: Path, config: LandcoverConfig) -> MobileNetUNet:
    """The float network of a weights file, batch norms folded."""
    net = MobileNetUNet(len(CLASSES), config.architecture.decoder)
    return load_weights(net, state).folded()


def calibration_images(sampler: Sampler, count: int = 6) -> list[Tensor]:
    """Batches beyond those trained on."""
    cpu = torch.device("cpu")
    return [to_tensors(sampler.batch(10**6 + i), cpu)[0] for i in range(count)]


@dataclass
class QuantisedRun:
    """The network that learns to live with its rounding; everything here is in its checkpoint."""

    student: MobileNetUNet
    average: MobileNetUNet
    optimiser: torch.optim.Optimizer
    step: int = 0

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        state = {
            "student": self.student.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        checkpoint.save(state, path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.student.load_state_dict(state["student"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]


def new_quantised_run(weights: Path, config: LandcoverConfig, sampler: Sampler) -> QuantisedRun:
    """The float network with its ranges measured and its rounding switched on."""
    student = folded(weights, config)
    calibrate(student, calibration_images(sampler))
    switch(student, on=True)
    student = student.to(pick_device(config.device))
    optimiser = torch.optim.AdamW(student.parameters(), weight_decay=0.0)
    return QuantisedRun(student, copy.deepcopy(student), optimiser)


def quantised_step(
    run: QuantisedRun, teacher: MobileNetUNet, images: Tensor, *, config: LandcoverConfig
) -> float:
    """One step towards the float network's own answer; the loss comes back."""
    for group in run.optimiser.param_groups:
        cycle = one_cycle(run.step, config.steps.quantised)
        group["lr"] = config.optimiser.quantised_rate * cycle
    with torch.no_grad():
        reference = teacher(images)
    loss = agreement_loss(run.student.train()(images), reference)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.student.parameters(), 1.0)
    run.optimiser.step()
    run.step += 1
    update_average(run.average, run.student, min(0.98, run.step / (run.step + 9)))
    return float(loss.detach())


def train_quantised(
    sampler: Sampler, *, config: LandcoverConfig, out: Path, validation: list[Scene],
    history: History,
) -> None:  # fmt: skip
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    device = pick_device(config.device)
    teacher = folded(out / "float_best.pt", config).to(device)
    run = new_quantised_run(out / "float_best.pt", config, sampler)
    if (out / "quantised_run.pt").exists():
        run.load(out / "quantised_run.pt")
    _, wanted = evaluate_scenes(torch_predictor(teacher), validation)
    first, total = config.steps.float, config.steps.quantised

    def look() -> None:
        figures, answers = evaluate_scenes(torch_predictor(run.average), validation)
        figures["agreement"] = round(agreement(answers, wanted), 5)
        history.say(json.dumps({"quantised_step": run.step, **figures}))
        history.record("quantised", run.step, **figures)
        history.plot()
        run.save(out / "quantised_run.pt")

    if run.step == 0:
        look()
    steps = batches(sampler, first + run.step, first + total, device=device)
    with progress_bar("quantised", done=run.step, total=total) as show:
        for _, images, _ in steps:
            loss = quantised_step(run, teacher, images, config=config)
            show(run.step)
            if run.step % 20 == 0:
                history.record("quantised", run.step, loss=loss)
            if run.step % config.steps.checkpoint_every == 0 or run.step == total:
                look()
    checkpoint.save(run.average.state_dict(), out / "quantised.pt")
