# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of a recipe that says how an encoder and a decoder learn together."""

from __future__ import annotations

from dataclasses import dataclass

from .rules import need


@dataclass(frozen=True)
class Optimiser:
    """AdamW, one-cycle; `ema` is the decay of the averaged weights."""

    encoder_rate: float
    decoder_rate: float
    quantised_rate: float
    weight_decay: float
    ema: float

    def __post_init__(self) -> None:
        for name in ("encoder_rate", "decoder_rate", "quantised_rate"):
            value = getattr(self, name)
            need(0 < value < 1, f"optimiser.{name}", value, "above 0 and below 1")
        need(self.weight_decay >= 0, "optimiser.weight_decay", self.weight_decay, "0 or more")
        need(0 <= self.ema < 1, "optimiser.ema", self.ema, "from 0 to below 1")
