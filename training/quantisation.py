# SPDX-License-Identifier: GPL-2.0-or-later
"""From float to 8 bits: measure the ranges, switch the rounding on, learn to live with it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .quantisable import QuantisableNet, Range

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


def agreement_loss(logits: Tensor, reference: Tensor) -> Tensor:
    """How far the quantised network's answer is from the float network's (KL divergence)."""
    return (
        functional.kl_div(logits.log_softmax(dim=1), reference.softmax(dim=1), reduction="none")
        .sum(dim=1)
        .mean()
    )
