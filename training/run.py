# SPDX-License-Identifier: GPL-2.0-or-later
"""What a training run is at one step: everything that its checkpoint holds."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from . import checkpoint
from .optimiser import Optimiser
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

    def keep_if_best(
        self,
        mark: float,
        path: Path,
        *,
        figures: Mapping[str, float],
        net: nn.Module | None = None,
    ) -> None:
        """Write the averaged weights (or those of `net`, a part) if no look had a higher `mark`.

        The step and what the look has shown go beside them as JSON.
        """
        if mark <= self.best:
            return
        self.best, self.best_step = mark, self.step
        checkpoint.save((self.average if net is None else net).state_dict(), path)
        about = json.dumps({"step": self.step, **figures}) + "\n"
        path.with_suffix(".json").write_text(about, encoding="utf-8")

    def gave_up(self, *, patience: int, every: int) -> bool:
        """Whether `patience` looks, one in so many steps, have passed without a better one."""
        return 0 < patience <= (self.step - self.best_step) // every

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


def at_two_rates(
    net: nn.Module, known: Iterable[nn.Parameter], rates: Optimiser
) -> list[dict[str, object]]:
    """What is `known` already at the encoder's rate, all else of a network at the decoder's."""
    known = list(known)
    seen = {id(p) for p in known}
    learning = [p for p in known if p.requires_grad]
    fresh = [p for p in net.parameters() if id(p) not in seen]
    return [
        *groups(learning, rate=rates.encoder_rate, weight_decay=rates.weight_decay),
        *groups(fresh, rate=rates.decoder_rate, weight_decay=rates.weight_decay),
    ]
