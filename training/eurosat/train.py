# SPDX-License-Identifier: GPL-2.0-or-later
"""Training in float: the teacher first, then the network that learns from it; both resumable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..batches import batches, enlarged, to_images
from ..class_weights import class_weights
from ..data.eurosat import CLASSES, Tiles
from ..devices import pick_device
from ..history import History, progress_bar
from ..pretrained import start_encoder
from ..quantisable import QuantisableNet
from ..run import Run, groups
from ..schedule import one_cycle
from .augment import TileBatch, TileSampler
from .config import Stage
from .networks import MobileNet, make_network

_AT_ONCE = 256
_RECORD_EVERY, _SAVE_EVERY = 25, 200
"""Steps."""
CLIP = 5.0
"""Largest norm of the gradient."""


def chances(net: QuantisableNet, tiles: Tiles, *, zoom: int = 1) -> np.ndarray:
    """Probability of each class (N, classes), in float32."""
    device = next(net.parameters()).device
    answers = []
    with torch.inference_mode():
        for first in range(0, len(tiles), _AT_ONCE):
            images = enlarged(to_images(tiles.images[first : first + _AT_ONCE], device), zoom)
            images = images.contiguous(memory_format=torch.channels_last)
            answers.append(net.eval()(images).softmax(dim=1).cpu())
    return torch.cat(answers).numpy()


def new_run(stage: Stage, sampler: TileSampler, *, data: Path, seed: int, device: str) -> Run:
    """A network as the stage asks for, its average and its optimiser."""
    torch.manual_seed(seed)
    net = make_network(stage.network)
    if stage.pretrained and isinstance(net, MobileNet):
        start_encoder(net, data, to_images(sampler.batch(0).images, torch.device("cpu")))
    net = net.to(device=pick_device(device), memory_format=torch.channels_last)
    run = Run.begin(net, groups(net.parameters(), rate=stage.rate, weight_decay=stage.weight_decay))
    run.notes["difficulty"] = torch.zeros(len(sampler.tiles))
    run.notes["hardness"] = torch.zeros(len(sampler.tiles))
    return run


@dataclass(frozen=True)
class Teacher:
    """A trained network and how much its tiles are enlarged."""

    net: QuantisableNet
    zoom: int

    def opinion(self, images: Tensor) -> Tensor:
        """Probability of each class (N, classes) of a student's own images."""
        with torch.inference_mode(), torch.autocast(images.device.type, torch.bfloat16):
            logits = self.net.eval()(enlarged(images, self.zoom))
        return logits.float().softmax(dim=1).clone()


def loss_of(
    logits: Tensor, batch: TileBatch, opinion: Tensor | None, *, stage: Stage, weights: Tensor
) -> Tensor:
    """Weighted cross-entropy with smoothed labels, mixed with the distance from the teacher."""
    logs = logits.float().log_softmax(dim=1)
    truth = torch.from_numpy(batch.shares).to(logs.device)
    smooth = truth * (1 - stage.label_smoothing) + stage.label_smoothing / len(CLASSES)
    labelled = -(smooth * weights * logs).sum(dim=1).mean()
    if opinion is None:
        return labelled
    taught = functional.kl_div(logs, opinion, reduction="batchmean")
    return (1 - stage.teacher_share) * labelled + stage.teacher_share * taught


def class_shares(tiles: Tiles) -> np.ndarray:
    """Share of each class of the tiles, (classes,)."""
    return np.bincount(tiles.labels, minlength=len(CLASSES)) / len(tiles)


@dataclass(frozen=True)
class Fit:
    """One stage of one training: what is trained, on what, watched how."""

    name: str
    run: Run
    sampler: TileSampler
    teacher: Teacher | None
    validation: Tiles
    out: Path
    history: History

    @property
    def stage(self) -> Stage:
        return self.sampler.stage

    @property
    def best(self) -> Path:
        """Where the weights of the best look are kept."""
        return self.out / f"{self.name}_best.pt"

    def train(self) -> None:
        """Go on from the checkpoint, if there is one, to the end of the stage."""
        self.run.load(self.out / f"{self.name}.pt")
        each = self.sampler.steps_an_epoch
        with progress_bar(self.name, done=self.run.step, total=self.sampler.steps) as show:
            while self.run.step < self.sampler.steps and not self.run.gave_up(
                patience=self.stage.patience, every=each * self.stage.look_every
            ):
                self._epoch(show)
                epoch = self.run.step // each
                if epoch % self.stage.look_every == 0 or self.run.step == self.sampler.steps:
                    self._look()
                self.run.save(self.out / f"{self.name}.pt")

    def _epoch(self, show: object) -> None:
        """The rest of the epoch the run is in; hard tiles are chosen at its beginning."""
        run, each = self.run, self.sampler.steps_an_epoch
        if run.step % each == 0:
            run.notes["hardness"] = run.notes["difficulty"] * self.stage.hard_share
        self.sampler.hardness = run.notes["hardness"].numpy()
        weights = class_weights(class_shares(self.sampler.tiles), self.stage.class_weight_power)
        device = next(run.net.parameters()).device
        last = (run.step // each + 1) * each
        for _, batch in batches(self.sampler.batch, run.step, last):
            loss = self._step(batch, weights.to(device))
            show(run.step)
            if run.step % _RECORD_EVERY == 0:
                rate = run.optimiser.param_groups[0]["lr"]
                self.history.record(self.name, run.step, loss=loss, rate=rate)
            if run.step % _SAVE_EVERY == 0:
                run.save(self.out / f"{self.name}.pt")

    def _step(self, batch: TileBatch, weights: Tensor) -> float:
        """One optimiser step in mixed precision; notes how far off each tile was."""
        run, stage = self.run, self.stage
        images = to_images(batch.images, weights.device)
        opinion = None if self.teacher is None else self.teacher.opinion(images)
        with torch.autocast(images.device.type, torch.bfloat16):
            logits = run.net.train()(images)
        loss = loss_of(logits, batch, opinion, stage=stage, weights=weights)
        missed = 1 - (logits.detach().float().softmax(dim=1).cpu() * batch.shares).sum(dim=1)
        run.notes["difficulty"][batch.numbers] = missed.float()
        return run.descend(
            loss, factor=one_cycle(run.step, self.sampler.steps), clip=CLIP, decay=stage.ema
        )

    def _look(self) -> None:
        """Measure the averaged weights on the validation tiles and keep the best."""
        run = self.run
        sure = chances(run.average, self.validation, zoom=self.stage.zoom)
        accuracy = float((sure.argmax(axis=1) == self.validation.labels).mean())
        figures = {"accuracy": round(accuracy, 5)}
        self.history.look(self.name, run.step, **figures)
        run.keep_if_best(accuracy, self.best, figures=figures)
