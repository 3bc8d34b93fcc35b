# SPDX-License-Identifier: GPL-2.0-or-later
"""The encoder in 8 bits: ranges measured, then steps with the rounding in place.

It learns to give the float encoder's features; the decoder learns nothing more, see files.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .. import checkpoint
from ..batches import batches, to_images
from ..checkpoint import load_weights
from ..devices import pick_device
from ..history import History, progress_bar
from ..quantisation import calibrated, follow
from ..run import Run, groups
from .config import PromptConfig
from .encoder import PromptEncoder
from .sampler import PromptSampler
from .train import PromptNet

_CALIBRATION = 6
_SAVE_EVERY = 20


def best_net(config: PromptConfig, out: Path) -> PromptNet:
    """The best float weights, batch norms of the encoder folded."""
    net = load_weights(PromptNet(config), out / "float_best.pt").eval()
    net.encoder.folded()
    return net


def calibration_images(config: PromptConfig, sampler: PromptSampler) -> list[Tensor]:
    """Batches beyond those trained on."""
    cpu, later = torch.device("cpu"), config.steps.float + 1
    return [to_images(sampler.batch(later + i).images, cpu) for i in range(_CALIBRATION)]


def quantised_encoder(config: PromptConfig, path: Path) -> PromptEncoder:
    """The folded encoder of a quantised.pt, with its learnt ranges."""
    encoder = PromptNet(config).encoder.folded()
    return load_weights(encoder, path).eval()


def feature_loss(features: Tensor, wanted: Tensor) -> Tensor:
    """How far the rounded features are from the float ones, as a share of their spread."""
    return functional.mse_loss(features, wanted) / wanted.var().clamp_min(1e-6)


def train_quantised(
    config: PromptConfig, sampler: PromptSampler, *, out: Path, history: History
) -> None:
    """Quantisation-aware training of the encoder from the best float weights; quantised.pt."""
    device = pick_device(config.device)
    teacher = best_net(config, out).encoder
    encoder = calibrated(teacher, calibration_images(config, sampler)).to(device)
    teacher = teacher.to(device).requires_grad_(False)
    rate, total = config.optimiser.quantised_rate, config.steps.quantised
    run = Run.begin(encoder, groups(encoder.parameters(), rate=rate, weight_decay=0.0))
    run.load(out / "quantised_run.pt")
    first = config.steps.float + 100
    with progress_bar("quantised", done=run.step, total=total) as show:
        for _, batch in batches(sampler.batch, first + run.step, first + total):
            images = to_images(batch.images, device)
            told = follow(run, teacher, images, total=total, distance=feature_loss)
            show(run.step)
            if run.step % _SAVE_EVERY == 0:
                history.say(json.dumps({"quantised": run.step, "loss": round(told, 5)}))
                history.record("quantised", run.step, loss=told)
                run.save(out / "quantised_run.pt")
    checkpoint.save(run.average.state_dict(), out / "quantised.pt")
