# SPDX-License-Identifier: GPL-2.0-or-later
"""A float network and its twin of 8 bits as files: what may ship, and what it is compared with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import onnx

from ..inference.cards.card import ModelCard
from .quantisable import QuantisableNet
from .shipping import described, write_card

IN_BYTES = "U8 activations per tensor, S8 weights per channel"
"""What a card says of every network of 8 bits."""
ANSWER = "network's own answer (KL divergence)"
"""What most of them follow."""


class Drawing(Protocol):
    """Makes the ONNX model of a folded network of its task."""

    def __call__(self, net: Any, *, quantised: bool) -> onnx.ModelProto: ...


@dataclass(frozen=True)
class Candidates:
    """The files of both."""

    real: Path
    short: Path

    @classmethod
    def write(
        cls, out: Path, name: str, *, real: QuantisableNet, short: QuantisableNet, draw: Drawing
    ) -> Candidates:
        """Draw both networks, folded, below the folder of a training."""
        made = cls(*(out / folder / f"{name}.onnx" for folder in ("float", "candidate")))
        for file, net in zip(made.both(), (real, short)):
            file.parent.mkdir(exist_ok=True)
            onnx.save(draw(net, quantised=net is short), file)
        return made

    def both(self) -> tuple[Path, Path]:
        return self.real, self.short

    def measured(
        self, card: dict[str, Any], measure: Callable[[ModelCard, ModelCard], dict[str, Any]]
    ) -> dict[str, Any]:
        """The card with what `measure` tells of both; printed, and written beside the 8 bits."""
        cards = [write_card(described(card, file), file) for file in self.both()]
        card = {**card, "metrics": measure(*cards)}
        write_card(described(card, self.short), self.short)
        print(json.dumps(card["metrics"], indent=2))
        return card


def learnt_in_words(steps: int | None, *, towards: str = ANSWER) -> str:
    """How the ranges of 8 bits came: in so many steps towards what is float, or by measuring."""
    if steps is None:
        return "calibrated after training only (99.99 percentile)"
    return f"{steps} quantisation-aware steps with folded batch norms, towards the float {towards}"


def bits_in_words(steps: int | None, *, in_float: str, towards: str = ANSWER) -> str:
    """What a card says of 8 bits; `in_float` is the part that has none."""
    learnt = learnt_in_words(steps, towards=towards)
    return f"8 bits: {learnt}; {IN_BYTES}, {in_float} in float."
