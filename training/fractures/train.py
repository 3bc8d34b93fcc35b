# SPDX-License-Identifier: GPL-2.0-or-later
"""Training in float: one-cycle, averaged weights, the best look kept, resumable at any step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..batches import batches, to_tensors
from ..devices import pick_device
from ..history import History
from ..loops import learn_float
from ..one_shot import Predict, torch_predictor
from ..pretrained import start_encoder
from ..run import Run, at_two_rates
from ..schedule import one_cycle
from .augment import Sampler
from .config import FractureConfig
from .curve import DRAWN_TOLERANCE, REAL_TOLERANCE
from .faces import Face
from .looks import figures, show, tallied
from .losses import fracture_loss
from .network import FractureNet

_CLIP = 5.0


@dataclass(frozen=True)
class Shown:
    """What the training is looked at with: scenes `held_out` by seed, by which weights are kept,
    and photographs to `watch`, which decide nothing.
    """

    held_out: list[Face]
    watch: list[Face]
    digest: str
    """Of the generator: figures of scenes that another one has drawn cannot be compared."""


def new_run(config: FractureConfig, data: Path, sampler: Sampler) -> Run:
    """A network with the pretrained encoder, its average and its optimiser."""
    torch.manual_seed(config.seed)
    net = FractureNet(config.architecture.decoder)
    start_encoder(net, data, to_tensors(sampler.batch(0), torch.device("cpu"))[0])
    net = net.to(device=pick_device(config.device), memory_format=torch.channels_last)
    encoder = (p for unit in net.encoder_units() for p in unit.parameters())
    return Run.begin(net, at_two_rates(net, encoder, config.optimiser))


def float_step(run: Run, images: Tensor, truths: Tensor, config: FractureConfig) -> float:
    """One optimiser step in mixed precision; the loss comes back."""
    with torch.autocast(images.device.type, torch.bfloat16):
        logits = run.net.train()(images)
    loss = fracture_loss(logits.float(), truths, config.loss)
    factor = one_cycle(run.step, config.steps.float)
    return run.descend(loss, factor=factor, clip=_CLIP, decay=config.optimiser.ema)


def look(run: Run, shown: Shown, out: Path, history: History) -> None:
    """Measure the averaged weights and keep them if they are the best on the held-out scenes."""
    predict = torch_predictor(run.average)
    with torch.autocast("cpu", torch.bfloat16):  # half the time, and exact enough
        told = figures(tallied(predict, shown.held_out, tolerance=DRAWN_TOLERANCE)[0])
        if shown.watch:
            told |= _watched(predict, shown.watch, out / "watched")
    history.look("float", run.step, **told)
    mark = (told["f1"] + told["average_precision"]) / 2
    run.keep_if_best(mark, out / "float_best.pt", figures=told)


def _watched(predict: Predict, faces: list[Face], folder: Path) -> dict[str, float]:
    """Figures of the photographs, and pictures of the answers in `folder`."""
    tally, answers = tallied(predict, faces, tolerance=REAL_TOLERANCE)
    folder.mkdir(exist_ok=True)
    for face, answer in zip(faces, answers):
        show(face, answer, folder / f"{face.name}.jpg")
    return figures(tally, before="real_")


def forget_other_scenes(run: Run, shown: Shown, history: History) -> None:
    """Begin the search for the best anew where the held-out scenes are not those of before."""
    now = torch.tensor(list(shown.digest.encode()))
    before = run.notes.get("digest")
    if before is not None and not torch.equal(before, now):
        history.say(f"from step {run.step} on with the scenes of generator {shown.digest}")
        run.best, run.best_step = -1.0, run.step
    run.notes["digest"] = now


def train_float(
    run: Run, sampler: Sampler, shown: Shown, *, config: FractureConfig, out: Path, history: History
) -> None:
    """Train from `run.step` to the end of the recipe, looking and saving as it goes."""
    forget_other_scenes(run, shown, history)
    device = next(run.net.parameters()).device
    losses = (
        float_step(run, *to_tensors(batch, device), config)
        for _, batch in batches(sampler.batch, run.step, config.steps.float)
    )
    looking = partial(look, run, shown, out, history)
    learn_float(run, losses, steps=config.steps, out=out, history=history, look=looking)
