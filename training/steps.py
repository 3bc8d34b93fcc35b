# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of a recipe that says how long a network learns."""

from __future__ import annotations

from dataclasses import dataclass

from .rules import need


@dataclass(frozen=True)
class Steps:
    """How many optimiser steps, and how often to look and to save.

    Training stops early after `patience` looks without a better one; 0 never stops it.
    """

    float: int
    quantised: int
    evaluate_every: int
    checkpoint_every: int
    patience: int

    def __post_init__(self) -> None:
        need(self.float >= 2, "steps.float", self.float, "2 or more")
        need(self.quantised >= 0, "steps.quantised", self.quantised, "0 or more")
        for name in ("evaluate_every", "checkpoint_every"):
            need(getattr(self, name) >= 1, f"steps.{name}", getattr(self, name), "1 or more")
        need(self.patience >= 0, "steps.patience", self.patience, "0 or more")
