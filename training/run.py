# SPDX-License-Identifier: GPL-2.0-or-later
"""What a training run is at one step: everything that its checkpoint holds."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from . import checkpoint
from .schedule import update_average


@dataclass
class Run:
    """A network, the average of its last weights, its optimiser, and what the looks have shown.

    `notes` are further tensors to go on with.
    """

    net: nn.Module
    average: nn.Module
    optimiser: torch.optim.Optimizer
    step: int = 0
    best: float = -1.0
    best_step: int = 0
    notes: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def begin(cls, net: nn.Module, groups: Iterable[dict[str, object]]) -> Run:
        """AdamW over groups of parameters, each with its own highest `rate`."""
        return cls(net, copy.deepcopy(net), torch.optim.AdamW(list(groups)))

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "best_step": self.best_step,
            "notes": self.notes,
        }
        checkpoint.save(state, path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, where there is one."""
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = state["step"], state["best"]
        self.best_step, self.notes = state["best_step"], state["notes"]

    def descend(self, loss: Tensor, *, factor: float, clip: float, decay: float) -> float:
        """One optimiser step at `factor` of the highest rates; the loss comes back.

        `decay` is that of the averaged weights, which follow faster in the first steps.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * factor
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), clip)
        self.optimiser.step()
        self.step += 1
        update_average(self.average, self.net, min(decay, self.step / (self.step + 9)))
        return float(loss.detach())


def groups(
    parameters: Iterable[nn.Parameter], *, rate: float, weight_decay: float
) -> list[dict[str, object]]:
    """Weights that decay, and biases and norms that do not."""
    both = list(parameters)
    return [
        {"params": [p for p in both if p.dim() > 1], "rate": rate, "weight_decay": weight_decay},
        {"params": [p for p in both if p.dim() == 1], "rate": rate, "weight_decay": 0.0},
    ]
