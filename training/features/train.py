# SPDX-License-Identifier: GPL-2.0-or-later
"""Training in float: one-cycle, averaged weights, the best look kept, resumable at any step."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor
from torch.nn import functional

from ..class_weights import class_weights
from ..data.labelled_scene import class_shares
from ..data.land_cover import CLASSES
from ..devices import pick_device
from ..errors import DataError
from ..history import History
from ..loops import learn_float
from ..run import Run, at_two_rates
from ..schedule import one_cycle
from ..segmentation_loss import segmentation_loss
from .config import FeatureConfig
from .looks import Shown, figures_of_net
from .losses import alike_loss
from .network import Learner
from .samples import Samples, Seen, seen_batches

START = Path("prompt") / "float_best.pt"
"""The encoder of prompts to begin with, beside the folder of this training."""
_CLIP = 5.0
_WEIGHT_POWER = 0.5
"""Of land covers in the loss: a class weighs its share to this power less."""


def new_run(config: FeatureConfig, start: Path) -> Run:
    """A network that begins as the encoder of prompts, its average and its optimiser."""
    if not start.exists():
        raise DataError(f"{start} should hold the encoder of prompts: train prompt first")
    torch.manual_seed(config.seed)
    learner = Learner(config.architecture, len(CLASSES))
    state = torch.load(start, weights_only=True, map_location="cpu")
    before = "encoder."
    own = {n[len(before) :]: value for n, value in state.items() if n.startswith(before)}
    learner.net.begin_from(own)
    learner.net.frozen().requires_grad_(False)
    learner = learner.to(device=pick_device(config.device), memory_format=torch.channels_last)
    known = learner.net.known().parameters()
    return Run.begin(learner, at_two_rates(learner, known, config.optimiser))


def loss_of(learner: Learner, seen: Seen, config: FeatureConfig, weights: Tensor) -> Tensor:
    """The recipe's sum of losses."""
    how = config.loss
    with torch.autocast(seen.patches.device.type, torch.bfloat16):
        vectors = learner.net.embed(seen.patches)
        logits = learner.reader(learner.net.dense(seen.crops))
    loss = vectors.sum() * 0
    parts = zip(vectors.float().split(seen.counts), seen.groups.split(seen.counts))
    for weight, (family, of) in zip((how.tiles, how.neighbours, how.cover), parts):
        loss = loss + weight * alike_loss(family, of, temperature=how.temperature)
    # The truth has two cells for each of the dense map.
    planes = functional.interpolate(
        logits.float(), size=seen.truths.shape[1:], mode="bilinear", align_corners=False
    )
    covered = segmentation_loss(planes, seen.truths, weights, dice=0.0, label_smoothing=0.0)
    return loss + how.dense * covered


def float_step(run: Run, seen: Seen, config: FeatureConfig, weights: Tensor) -> float:
    """One optimiser step in mixed precision; the loss comes back."""
    loss = loss_of(run.net.learning(), seen, config, weights)
    factor = one_cycle(run.step, config.steps.float)
    return run.descend(loss, factor=factor, clip=_CLIP, decay=config.optimiser.ema)


def look(run: Run, shown: Shown, out: Path, history: History) -> None:
    """Measure the averaged weights and keep them if they are the best so far."""
    told = figures_of_net(run.average.net, shown)
    history.look("float", run.step, **told)
    mark = fmean(told.values())
    run.keep_if_best(mark, out / "float_best.pt", figures=told, net=run.average.net)


def train_float(
    run: Run,
    samples: Samples,
    shown: Shown,
    *,
    config: FeatureConfig,
    out: Path,
    history: History,
) -> None:
    """Train from `run.step` to the end of the recipe, looking and saving as it goes."""
    steps, device = config.steps, next(run.net.parameters()).device
    shares = class_shares(samples.crops.scenes)
    weights = class_weights(shares, _WEIGHT_POWER).to(device)
    losses = (
        float_step(run, seen, config, weights)
        for seen in seen_batches(samples, run.step, steps.float, device=device)
    )
    looking = partial(look, run, shown, out, history)
    learn_float(run, losses, steps=steps, out=out, history=history, look=looking)
