# SPDX-License-Identifier: GPL-2.0-or-later
"""Training in float: one-cycle, averaged weights, the best look kept, resumable at any step."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..batches import batches, to_tensors
from ..class_weights import class_weights
from ..data.crops import Sampler
from ..data.labelled_scene import Scene, class_shares
from ..data.land_cover import CLASSES
from ..devices import pick_device
from ..history import History, progress_bar
from ..one_shot import torch_predictor
from ..pretrained import start_encoder
from ..run import Run, at_two_rates
from ..schedule import one_cycle
from ..segmentation_loss import segmentation_loss
from .config import LandcoverConfig
from .looks import evaluate_scenes
from .mining import mine, recall
from .network import MobileNetUNet


def new_run(config: LandcoverConfig, data: Path, sampler: Sampler) -> Run:
    """A network with the pretrained encoder, its average and its optimiser."""
    torch.manual_seed(config.seed)
    device = pick_device(config.device)
    net = MobileNetUNet(len(CLASSES), config.architecture.decoder)
    start_encoder(net, data, to_tensors(sampler.batch(0), torch.device("cpu"))[0])
    net = net.to(device=device, memory_format=torch.channels_last)
    encoder = (p for unit in net.encoder_units() for p in unit.parameters())
    return Run.begin(net, at_two_rates(net, encoder, config.optimiser))


def float_step(
    run: Run, images: Tensor, truths: Tensor, *, config: LandcoverConfig, weights: Tensor
) -> float:
    """One optimiser step in mixed precision; the loss comes back."""
    with torch.autocast(images.device.type, torch.bfloat16):
        logits = run.net.train()(images)
    loss = segmentation_loss(
        logits.float(),
        truths,
        weights.to(logits.device),
        dice=config.loss.dice,
        label_smoothing=config.loss.label_smoothing,
    )
    return run.descend(
        loss,
        factor=one_cycle(run.step, config.steps.float),
        clip=5.0,
        decay=config.optimiser.ema,
    )


def look(run: Run, validation: list[Scene], out: Path, history: History) -> None:
    """Evaluate the averaged weights on the validation scenes and keep the best."""
    figures, _ = evaluate_scenes(torch_predictor(run.average), validation)
    history.look("float", run.step, **figures)
    run.keep_if_best(figures["mean_iou"], out / "float_best.pt", figures=figures)


def until_look(
    run: Run, sampler: Sampler, last: int, *, config: LandcoverConfig, out: Path, history: History
) -> None:
    """Train to the next look or to `last`, whichever comes first."""
    every = config.steps.evaluate_every
    stop = min(last, (run.step // every + 1) * every)
    weights = class_weights(class_shares(sampler.scenes), config.loss.class_weight_power)
    device = next(run.net.parameters()).device
    with progress_bar("float", done=run.step, total=config.steps.float) as show:
        for step, batch in batches(sampler.batch, run.step, stop):
            images, truths = to_tensors(batch, device)
            loss = float_step(run, images, truths, config=config, weights=weights)
            show(run.step)
            if step % 25 == 0:
                rate = run.optimiser.param_groups[0]["lr"]
                history.record("float", run.step, loss=loss, rate=rate)
            if run.step % config.steps.checkpoint_every == 0:
                run.save(out / "float.pt")


def train_float(
    run: Run,
    sampler: Sampler,
    *,
    config: LandcoverConfig,
    out: Path,
    validation: list[Scene],
    history: History,
    stop_at: int | None = None,
) -> None:
    """Train from `run.step` to the end of the recipe (or `stop_at`), saving as it goes."""
    last = config.steps.float if stop_at is None else min(stop_at, config.steps.float)
    recall(sampler, out / "hardness.npz")
    while run.step < last:
        until_look(run, sampler, last, config=config, out=out, history=history)
        if run.step % config.steps.evaluate_every == 0 or run.step == config.steps.float:
            look(run, validation, out, history)
            if config.batch.hard_share > 0:
                mine(sampler, torch_predictor(run.average), out / "hardness.npz")
        run.save(out / "float.pt")
        if run.gave_up(patience=config.steps.patience, every=config.steps.evaluate_every):
            history.say(f"stopped early: no better look since step {run.best_step}")
            break
