# SPDX-License-Identifier: GPL-2.0-or-later
"""Training of encoder and decoder together in float; resumable at any step, the best look kept."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor, nn

from ..batches import batches, to_images
from ..devices import pick_device
from ..history import History, progress_bar
from ..run import Run, at_two_rates
from ..schedule import one_cycle
from .config import PromptConfig
from .decoder import PromptDecoder
from .encoder import PromptEncoder
from .losses import prompt_loss, shown, true_ious
from .rounds import answers, played, truths, windows
from .sampler import PromptSampler
from .tasks import Batch

_LOOK_BATCHES = 8
_LOOK_ROUNDS = (0, 4)
_CLIP = 2.0


class PromptNet(nn.Module):
    """Encoder and decoder."""

    def __init__(self, config: PromptConfig) -> None:
        super().__init__()
        how = config.architecture
        self.encoder = PromptEncoder(how.features, how.levels)
        self.decoder = PromptDecoder(how.features, how.decoder)


def new_run(config: PromptConfig, start: Path) -> Run:
    """The encoder where the land-cover network has come to, the decoder at random."""
    torch.manual_seed(config.seed)
    net = PromptNet(config)
    net.encoder.begin_from(torch.load(start, weights_only=True, map_location="cpu"))
    net.encoder.frozen().requires_grad_(False)
    net = net.to(device=pick_device(config.device), memory_format=torch.channels_last)
    return Run.begin(net, at_two_rates(net, net.encoder.parameters(), config.optimiser))


def encoded(net: PromptNet, batch: Batch) -> Tensor:
    """The features (n, C, 64, 64) of every task's window."""
    device = next(net.parameters()).device
    with torch.autocast(device.type, torch.bfloat16):
        return windows(net.encoder(to_images(batch.images, device)), list(batch.tasks))


def float_step(run: Run, batch: Batch, config: PromptConfig) -> float:
    """One optimiser step; how often the user has corrected the mask changes from step to step."""
    device = next(run.net.parameters()).device
    net, tasks = run.net.train(), list(batch.tasks)
    net.encoder.frozen().eval()
    features = encoded(net, batch)
    rounds = config.prompts.rounds[run.step % len(config.prompts.rounds)]
    tasks, before = played(net.decoder, features.detach(), tasks, rounds)
    loss = prompt_loss(*answers(net.decoder, features, tasks, before), *truths(tasks, device))
    factor = one_cycle(run.step, config.steps.float)
    return run.descend(loss, factor=factor, clip=_CLIP, decay=config.optimiser.ema)


def look(net: PromptNet, sampler: PromptSampler, name: str) -> dict[str, float]:
    """Mean IoU of the mask shown first, from boxes and from one and five clicks."""
    device = next(net.parameters()).device
    found: dict[str, list[float]] = {}
    net = net.eval()
    for step in range(_LOOK_BATCHES):
        batch = sampler.batch(step)
        tasks = list(batch.tasks)
        with torch.no_grad():
            features = encoded(net, batch)
            for rounds in _LOOK_ROUNDS:
                now, before = played(net.decoder, features, tasks, rounds)
                mask = shown(*answers(net.decoder, features, now, before))[:, None]
                true = true_ious(mask, *truths(now, device))[:, 0].tolist()
                for task, iou in zip(tasks, true):
                    how = "click" if task.prompt.box is None else "box"
                    found.setdefault(f"{name}_{how}{rounds + 1}", []).append(iou)
    return {key: round(fmean(values), 4) for key, values in sorted(found.items())}


def train_float(
    run: Run,
    sampler: PromptSampler,
    *,
    validation: list[tuple[str, PromptSampler]],
    config: PromptConfig,
    out: Path,
    history: History,
) -> None:
    """Train from `run.step` to the end of the recipe, looking and saving as it goes."""
    steps, losses = config.steps, []
    with progress_bar("float", done=run.step, total=steps.float) as show:
        for _, batch in batches(sampler.batch, run.step, steps.float):
            losses.append(float_step(run, batch, config))
            show(run.step)
            if run.step % 25 == 0:
                history.record("float", run.step, loss=fmean(losses))
                losses = []
            if run.step % steps.checkpoint_every == 0:
                run.save(out / "float.pt")
            if run.step % steps.look_every == 0 or run.step == steps.float:
                _keep_the_best(run, validation, out, history)
                run.save(out / "float.pt")


def _keep_the_best(
    run: Run, validation: list[tuple[str, PromptSampler]], out: Path, history: History
) -> None:
    figures: dict[str, float] = {}
    for name, sampler in validation:
        figures.update(look(run.average, sampler, name))
    mean = round(fmean(figures.values()), 4)
    told = {"mean_iou": mean, **figures}
    history.look("float", run.step, **told)
    run.keep_if_best(mean, out / "float_best.pt", figures=told)
