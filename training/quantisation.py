# SPDX-License-Identifier: GPL-2.0-or-later
"""From float to 8 bits: measure the ranges, switch the rounding on, learn to live with it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from .quantisable import QuantisableNet, Range
from .run import Run
from .schedule import one_cycle

Net = TypeVar("Net", bound=QuantisableNet)
Distance = Callable[[Tensor, Tensor], Tensor]

_CLIP, _DECAY = 1.0, 0.98
"""Largest norm of a gradient, and the decay of the averaged weights."""
TAIL = 1e-4
"""Share of values beyond each end of a range."""


def switch(net: QuantisableNet, *, on: bool) -> None:
    """Turn the rounding of weights and activations on or off."""
    for out_range in net.ranges():
        out_range.enabled = on
    for unit in net.conv_units():
        unit.quantise_weight = on


def _tails(x: Tensor) -> tuple[float, float]:
    """Values with a share of TAIL below and above, on an even sample."""
    values = x.detach().flatten()
    values = values[:: max(1, values.numel() // 400_000)].sort().values
    cut = int(values.numel() * TAIL)
    return float(values[cut]), float(values[-1 - cut])


def calibrate(net: QuantisableNet, images: list[Tensor]) -> None:
    """Set every range from what passes through it; ReLU6 keeps ranges within 0..6 by itself."""
    seen: dict[Range, list[tuple[float, float]]] = {r: [] for r in net.ranges()}
    hooks = [
        r.register_forward_hook(lambda module, inputs, _: seen[module].append(_tails(inputs[0])))
        for r in seen
    ]
    switch(net, on=False)
    with torch.no_grad():
        for image in images:
            net.eval()(image)
    for hook in hooks:
        hook.remove()
    for out_range, tails in seen.items():
        out_range.set_limits(min(t[0] for t in tails), max(t[1] for t in tails))


def calibrated(net: Net, images: list[Tensor]) -> Net:
    """A copy of a folded network with its ranges measured and its rounding switched on."""
    net = copy.deepcopy(net)
    calibrate(net, images)
    switch(net, on=True)
    return net


def agreement_loss(logits: Tensor, reference: Tensor) -> Tensor:
    """How far the quantised network's answer is from the float network's (KL divergence)."""
    return (
        functional.kl_div(logits.log_softmax(dim=1), reference.softmax(dim=1), reduction="none")
        .sum(dim=1)
        .mean()
    )


def follow(
    run: Run,
    teacher: nn.Module,
    images: Tensor,
    *,
    total: int,
    distance: Distance = agreement_loss,
) -> float:
    """One step of `total` towards the float network's own answer; the loss comes back."""
    with torch.no_grad():
        wanted = teacher(images)
    loss = distance(run.net.train()(images), wanted)
    return run.descend(loss, factor=one_cycle(run.step, total), clip=_CLIP, decay=_DECAY)
