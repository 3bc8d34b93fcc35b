# SPDX-License-Identifier: GPL-2.0-or-later
"""From a float network to 8 bits: fold, measure ranges, then train with the rounding in place."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .. import checkpoint
from ..checkpoint import load_weights
from ..devices import pick_device
from ..history import History, progress_bar
from ..quantisation import calibrated
from ..run import Run, groups
from ..schedule import one_cycle
from .config import FeatureConfig
from .looks import Shown, figures_of_net
from .network import FeatureNet
from .samples import Samples, Seen, seen_batches

_CALIBRATION = 6
"""Batches from which the ranges are measured."""
_CLIP, _DECAY = 1.0, 0.95
_LATER = 10**6
"""Batches from here on are none that the float network was trained on."""


def folded(weights: Path, config: FeatureConfig) -> FeatureNet:
    """The float network of a weights file, batch norms folded."""
    net: FeatureNet = load_weights(FeatureNet(config.architecture), weights).folded()
    return net


def load_quantised(path: Path, config: FeatureConfig) -> FeatureNet:
    """The folded network of a quantised.pt, with its learnt ranges."""
    net: FeatureNet = load_weights(FeatureNet(config.architecture).folded(), path).eval()
    return net


def calibration_images(samples: Samples) -> list[Tensor]:
    """Batches beyond those trained on."""
    cpu = torch.device("cpu")
    seen = seen_batches(samples, _LATER, _LATER + _CALIBRATION, device=cpu)
    return [images for each in seen for images in (each.patches, each.crops)]


def likeness_loss(vectors: Tensor, wanted: Tensor, cells: Tensor, wanted_cells: Tensor) -> Tensor:
    """How far both answers are from those of the float network: the angle between the vectors, and

    the cells as a share of their spread.
    """
    angle = 1 - functional.cosine_similarity(vectors, wanted, dim=1).mean()
    spread = wanted_cells.var().clamp_min(1e-6)
    return angle + functional.mse_loss(cells, wanted_cells) / spread


def train_quantised(
    samples: Samples, shown: Shown, *, config: FeatureConfig, out: Path, history: History
) -> None:
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    device, teacher = pick_device(config.device), folded(out / "float_best.pt", config)
    student = calibrated(teacher, calibration_images(samples)).to(device)
    teacher = teacher.to(device).requires_grad_(False)
    rate, total = config.optimiser.quantised_rate, config.steps.quantised
    run = Run.begin(student, groups(student.parameters(), rate=rate, weight_decay=0.0))
    run.load(out / "quantised_run.pt")

    def look() -> None:
        told = figures_of_net(run.average, shown)
        history.look("quantised", run.step, **told)
        run.save(out / "quantised_run.pt")

    first = _LATER + _CALIBRATION
    with progress_bar("quantised", done=run.step, total=total) as bar:
        for seen in seen_batches(samples, first + run.step, first + total, device=device):
            told = _step(run, teacher, seen, total=total)
            bar(run.step)
            if run.step % 20 == 0:
                history.record("quantised", run.step, loss=told)
            if run.step % config.steps.checkpoint_every == 0 and run.step < total:
                run.save(out / "quantised_run.pt")
    look()
    checkpoint.save(run.average.state_dict(), out / "quantised.pt")


def _step(run: Run, teacher: FeatureNet, seen: Seen, *, total: int) -> float:
    """One step towards the float network's own answers; the loss comes back."""
    with torch.no_grad():
        wanted = teacher.embed(seen.patches), teacher.dense(seen.crops)
    student = run.net.train()
    loss = likeness_loss(
        student.embed(seen.patches), wanted[0], student.dense(seen.crops), wanted[1]
    )
    return run.descend(loss, factor=one_cycle(run.step, total), clip=_CLIP, decay=_DECAY)
