# SPDX-License-Identifier: GPL-2.0-or-later
"""The training loop: fixed number of steps, one-cycle, averaged weights, resumable at any step."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .augment import Sampler
from .config import LandcoverConfig
from .evaluate import Predict, evaluate_scenes
from .landcover_data import CLASSES, Scene, class_shares
from .losses import class_weights, segmentation_loss
from .mobilenet_unet import MobileNetUNet
from .pretrained import start_encoder

Log = Callable[[str], None]


def one_cycle(step: int, total: int, *, warm: float = 0.15) -> float:
    """Factor of the highest rate: cosine up over `warm` of the steps, cosine down to 1/500."""
    done = step / max(1, total - 1)
    if done < warm:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * done / warm)) / 2
    return 0.002 + 0.998 * (1 + math.cos(math.pi * (done - warm) / (1 - warm))) / 2


def to_tensors(batch: tuple[np.ndarray, np.ndarray]) -> tuple[Tensor, Tensor]:
    """Images as float (N, 3, H, W), channels last in memory, and truths as int64 (N, H/2, W/2)."""
    images = torch.from_numpy(batch[0]).permute(0, 3, 1, 2).float()
    return images, torch.from_numpy(batch[1]).long()


def batches(sampler: Sampler, first: int, last: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Steps first..last-1 with their tensors, each made while the one before is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(sampler.batch, first)
        for step in range(first, last):
            images, truths = to_tensors(coming.result())
            if step + 1 < last:
                coming = pool.submit(sampler.batch, step + 1)
            yield step, images, truths


def update_average(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Move the averaged weights and running statistics towards `net`."""
    with torch.no_grad():
        state = net.state_dict()
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(state[name], 1 - decay)
            else:
                value.copy_(state[name])


def torch_predictor(net: MobileNetUNet) -> Predict:
    """One-shot prediction with a torch network, in float32."""

    def predict(image: np.ndarray) -> np.ndarray:
        tensor = torch.from_numpy(image).float().contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            return net.eval()(tensor).numpy()

    return predict


@dataclass
class Run:
    """What a training run is at one step; everything here is in its checkpoint."""

    net: MobileNetUNet
    average: MobileNetUNet
    optimiser: torch.optim.Optimizer
    step: int = 0
    best: float = -1.0

    def save(self, path: Path) -> None:
        """Write a checkpoint under a temporary name first, so that a stop leaves the old one."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        partial = path.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]


def new_run(config: LandcoverConfig, data: Path, sampler: Sampler) -> Run:
    """A network with the pretrained encoder, its average and its optimiser."""
    torch.manual_seed(config.seed)
    net = MobileNetUNet(len(CLASSES))
    start_encoder(net, data, to_tensors(sampler.batch(0))[0])
    net = net.to(memory_format=torch.channels_last)
    rates, decay = config.optimiser, config.optimiser.weight_decay
    encoder = [p for unit in net.encoder_units() for p in unit.parameters()]
    known = {id(p) for p in encoder}
    decoder = [p for p in net.parameters() if id(p) not in known]
    groups = [
        {"params": [p for p in part if p.dim() > 1], "rate": rate, "weight_decay": decay}
        for part, rate in ((encoder, rates.encoder_rate), (decoder, rates.decoder_rate))
    ]
    groups += [
        {"params": [p for p in part if p.dim() == 1], "rate": rate, "weight_decay": 0.0}
        for part, rate in ((encoder, rates.encoder_rate), (decoder, rates.decoder_rate))
    ]
    return Run(net, copy.deepcopy(net), torch.optim.AdamW(groups))


def float_step(
    run: Run, images: Tensor, truths: Tensor, *, config: LandcoverConfig, weights: Tensor
) -> float:
    """One optimiser step in mixed precision; the loss comes back."""
    factor = one_cycle(run.step, config.steps.float)
    for group in run.optimiser.param_groups:
        group["lr"] = group["rate"] * factor
    with torch.autocast("cpu", torch.bfloat16):
        logits = run.net.train()(images)
    loss = segmentation_loss(
        logits.float(),
        truths,
        weights,
        dice=config.loss.dice,
        label_smoothing=config.loss.label_smoothing,
    )
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
    run.optimiser.step()
    run.step += 1
    decay = min(config.optimiser.ema, run.step / (run.step + 9))
    update_average(run.average, run.net, decay)
    return float(loss.detach())


def look(run: Run, validation: list[Scene], out: Path, log: Log) -> None:
    """Evaluate the averaged weights on the validation scenes and keep the best."""
    figures, _ = evaluate_scenes(torch_predictor(run.average), validation)
    log(json.dumps({"step": run.step, **figures}))
    if figures["mean_iou"] > run.best:
        run.best = figures["mean_iou"]
        torch.save(run.average.state_dict(), out / "float_best.pt")
        (out / "float_best.json").write_text(json.dumps({"step": run.step, **figures}) + "\n")


def train_float(
    run: Run,
    sampler: Sampler,
    *,
    config: LandcoverConfig,
    out: Path,
    validation: list[Scene],
    log: Log,
    stop_at: int | None = None,
) -> None:
    """Train from `run.step` to the end of the recipe (or `stop_at`), saving as it goes."""
    last = config.steps.float if stop_at is None else min(stop_at, config.steps.float)
    weights = class_weights(class_shares(sampler.scenes), config.loss.class_weight_power)
    began, first = time.monotonic(), run.step
    for step, images, truths in batches(sampler, run.step, last):
        loss = float_step(run, images, truths, config=config, weights=weights)
        if step % 25 == 0:
            pace = (time.monotonic() - began) / (run.step - first)
            log(f"step {run.step}/{config.steps.float} loss {loss:.4f} {pace:.3f} s/step")
        if run.step % config.steps.checkpoint_every == 0:
            run.save(out / "float.pt")
        if run.step % config.steps.evaluate_every == 0 or run.step == config.steps.float:
            look(run, validation, out, log)
    run.save(out / "float.pt")
