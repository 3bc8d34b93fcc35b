# SPDX-License-Identifier: GPL-2.0-or-later
"""From the float network to 8 bits: ranges measured, then steps with the rounding in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..batches import batches, to_images
from ..checkpoint import load_weights
from ..data.eurosat import Tiles
from ..devices import pick_device
from ..history import History
from ..loops import learn_8_bits
from ..quantisable import QuantisableNet
from ..quantisation import calibrated, follow
from ..run import Run, groups
from .augment import TileSampler
from .config import EurosatConfig, Stage
from .networks import make_network
from .train import chances

_CALIBRATION = 12
_SAVE_EVERY = 20


def whole_tiles(stage: Stage, *, batch: int) -> Stage:
    """The same augmentation of whole tiles, none pasted: what the network will be shown."""
    how = replace(stage.augment, paste_share=0.0)
    return replace(stage, batch=batch, early_share=0.0, augment=how)


def folded(stage: Stage, weights: Path) -> QuantisableNet:
    """The float network of a weights file, batch norms folded."""
    return load_weights(make_network(stage.network), weights).folded()


def calibration_images(sampler: TileSampler) -> list[Tensor]:
    """Batches from which the ranges are measured."""
    return [
        to_images(sampler.batch(step).images, torch.device("cpu")) for step in range(_CALIBRATION)
    ]


def train_quantised(
    config: EurosatConfig, tiles: Tiles, *, validation: Tiles, out: Path, history: History
) -> None:
    """Quantisation-aware training from the best float weights; writes quantised.pt."""
    stage = whole_tiles(config.student, batch=config.quantised.batch)
    sampler = TileSampler(tiles, stage, seed=config.seed + 1)
    weights, device = out / "float_best.pt", pick_device(config.device)
    reference = folded(stage, weights)
    net = calibrated(reference, calibration_images(sampler)).to(device)
    reference = reference.to(device)
    run = Run.begin(net, groups(net.parameters(), rate=config.quantised.rate, weight_decay=0.0))
    run.load(out / "quantised_run.pt")
    wanted = chances(reference, validation).argmax(axis=1)

    def look() -> None:
        answers = chances(run.average, validation).argmax(axis=1)
        figures = {
            "accuracy": round(float((answers == validation.labels).mean()), 5),
            "agreement": round(float((answers == wanted).mean()), 5),
        }
        history.look("quantised", run.step, **figures)

    total = config.quantised.steps
    losses = (
        follow(run, reference, to_images(batch.images, device), total=total)
        for _, batch in batches(sampler.batch, run.step, total)
    )
    learn_8_bits(
        run, losses, total=total, out=out, history=history,
        look=look, look_every=total, save_every=_SAVE_EVERY,
    )  # fmt: skip
