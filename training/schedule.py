# SPDX-License-Identifier: GPL-2.0-or-later
"""Rates over the steps, and weights averaged over the last of them."""

from __future__ import annotations

import math

import torch
from torch import nn


def one_cycle(step: int, total: int, *, warm: float = 0.15) -> float:
    """Factor of the highest rate: cosine up over `warm` of the steps, cosine down to 1/500."""
    done = step / max(1, total - 1)
    if done < warm:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * done / warm)) / 2
    return 0.002 + 0.998 * (1 + math.cos(math.pi * (done - warm) / (1 - warm))) / 2


def update_average(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Move the averaged weights and running statistics towards `net`."""
    with torch.no_grad():
        state = net.state_dict()
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(state[name], 1 - decay)
            else:
                value.copy_(state[name])
