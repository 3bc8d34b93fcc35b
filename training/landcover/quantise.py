# SPDX-License-Identifier: GPL-2.0-or-later
"""From a float network to 8 bits: fold, measure ranges, then train with the rounding in place."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..batches import batches, to_images
from ..checkpoint import load_weights
from ..data.crops import Sampler
from ..data.labelled_scene import Scene
from ..data.land_cover import CLASSES
from ..devices import pick_device
from ..history import History
from ..loops import learn_8_bits
from ..one_shot import torch_predictor
from ..quantisation import calibrated, follow
from ..run import Run, groups
from .config import LandcoverConfig
from .looks import agreement, evaluate_scenes
from .network import MobileNetUNet


def folded(state: Path, config: LandcoverConfig) -> MobileNetUNet:
    """The float network of a weights file, batch norms folded."""
    net = MobileNetUNet(len(CLASSES), config.architecture.decoder)
    return load_weights(net, state).folded()


def load_quantised(path: Path, config: LandcoverConfig) -> MobileNetUNet:
    """The folded network of a quantised.pt, with its learnt ranges."""
    net = MobileNetUNet(len(CLASSES), config.architecture.decoder)
    return load_weights(net.folded(), path).eval()


def calibration_images(sampler: Sampler, count: int = 6) -> list[Tensor]:
    """Batches beyond those trained on."""
    cpu = torch.device("cpu")
    return [to_images(sampler.batch(10**6 + i)[0], cpu) for i in range(count)]


def new_quantised_run(weights: Path, config: LandcoverConfig, sampler: Sampler) -> Run:
    """The float network with its ranges measured and its rounding switched on."""
    student = calibrated(folded(weights, config), calibration_images(sampler))
    student = student.to(pick_device(config.device))
    rate = config.optimiser.quantised_rate
    return Run.begin(student, groups(student.parameters(), rate=rate, weight_decay=0.0))


def train_quantised(
    sampler: Sampler, *, config: LandcoverConfig, out: Path, validation: list[Scene],
    history: History,
) -> None:  # fmt: skip
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    device = pick_device(config.device)
    teacher = folded(out / "float_best.pt", config).to(device)
    run = new_quantised_run(out / "float_best.pt", config, sampler)
    run.load(out / "quantised_run.pt")
    _, wanted = evaluate_scenes(torch_predictor(teacher), validation)
    first, total = config.steps.float, config.steps.quantised

    def look() -> None:
        figures, answers = evaluate_scenes(torch_predictor(run.average), validation)
        figures["agreement"] = round(agreement(answers, wanted), 5)
        history.look("quantised", run.step, **figures)

    losses = (
        follow(run, teacher, to_images(batch[0], device), total=total)
        for _, batch in batches(sampler.batch, first + run.step, first + total)
    )
    every = config.steps.checkpoint_every
    learn_8_bits(
        run, losses, total=total, out=out, history=history,
        look=look, look_every=every, save_every=every,
    )  # fmt: skip
