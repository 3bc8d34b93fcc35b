# SPDX-License-Identifier: GPL-2.0-or-later
"""From a float network to 8 bits: fold, measure ranges, then train with the rounding in place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from .. import checkpoint
from ..batches import batches, to_images
from ..checkpoint import load_weights
from ..devices import pick_device
from ..history import History
from ..loops import learn_8_bits
from ..one_shot import torch_predictor
from ..quantisation import agreement_loss, calibrated, follow
from ..run import Run, groups
from .augment import Sampler
from .config import FractureConfig
from .curve import DRAWN_TOLERANCE
from .faces import Face
from .looks import agreement, figures, tallied
from .network import FractureNet
from .scaling import scale_head
from .train import Shown

_CALIBRATION = 6


def folded(weights: Path, config: FractureConfig, held_out: Sequence[Face]) -> FractureNet:
    """The float network of a weights file, batch norms folded and probabilities made right."""
    net = load_weights(FractureNet(config.architecture.decoder), weights).folded()
    scale_head(net, held_out)
    return net


def calibration_images(sampler: Sampler) -> list[Tensor]:
    """Batches beyond those trained on."""
    cpu = torch.device("cpu")
    return [to_images(sampler.batch(10**6 + i)[0], cpu) for i in range(_CALIBRATION)]


def teacher_of(out: Path, config: FractureConfig, held_out: Sequence[Face]) -> FractureNet:
    """The float network that 8 bits follow, kept since its quantisation-aware training began.

    Scenes held out may be other ones later, where the generator has changed.
    """
    kept = out / "scaled.pt"
    if not (kept.exists() and (out / "quantised_run.pt").exists()):
        net = folded(out / "float_best.pt", config, held_out)
        checkpoint.save(net.state_dict(), kept)
    return load_folded(kept, config)


def load_folded(path: Path, config: FractureConfig) -> FractureNet:
    """The folded network of a file, with its ranges: scaled.pt or quantised.pt."""
    return load_weights(FractureNet(config.architecture.decoder).folded(), path).eval()


def both_agree(logits: Tensor, wanted: Tensor) -> Tensor:
    """How far logits of the class fracture are from others, both classes counted."""
    return agreement_loss(*(torch.cat([torch.zeros_like(p), p], dim=1) for p in (logits, wanted)))


def train_quantised(
    sampler: Sampler, shown: Shown, *, config: FractureConfig, out: Path, history: History
) -> None:
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    device = pick_device(config.device)
    teacher = teacher_of(out, config, shown.held_out)
    student = calibrated(teacher, calibration_images(sampler)).to(device)
    teacher = teacher.to(device).requires_grad_(False)
    rate, total = config.optimiser.quantised_rate, config.steps.quantised
    run = Run.begin(student, groups(student.parameters(), rate=rate, weight_decay=0.0))
    run.load(out / "quantised_run.pt")
    tally, wanted = tallied(torch_predictor(teacher), shown.held_out, tolerance=DRAWN_TOLERANCE)
    threshold = tally.curve().best() / 100

    def look() -> None:
        predict = torch_predictor(run.average)
        found, answers = tallied(predict, shown.held_out, tolerance=DRAWN_TOLERANCE)
        told = figures(found)
        told["agreement"] = round(agreement(answers, wanted, threshold), 5)
        history.look("quantised", run.step, **told)

    first, last = (config.steps.float + step for step in (run.step, total))
    losses = (
        follow(run, teacher, to_images(batch[0], device), total=total, distance=both_agree)
        for _, batch in batches(sampler.batch, first, last)
    )
    every = config.steps.checkpoint_every
    learn_8_bits(
        run, losses, total=total, out=out, history=history,
        look=look, look_every=every, save_every=every,
    )  # fmt: skip
