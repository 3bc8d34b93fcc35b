# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network must be before it may ship: true to its float twin, and no worse than the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from .errors import GateError


@dataclass(frozen=True)
class Gate:
    """What is asked of 8 bits: `figure` is the one they may lower, by `largest_loss`.

    `least_agreement` is the share of decisions that must stay the same, `largest_file` in bytes:
    the plugin is one small zip.
    """

    figure: str
    least_agreement: float
    largest_loss: float
    largest_file: int

    def require(
        self,
        metrics: Mapping[str, Any],
        *,
        size: int,
        marks: Mapping[str, float],
        incumbent: Mapping[str, float],
    ) -> None:
        """Raise GateError with every figure that is not as it should be.

        `metrics` are those of the card to be, `size` the bytes of its file, `marks` its marks on
        the data kept for measuring, `incumbent` those of the network it would replace on the same
        data; empty where there is none.
        The mean decides: one tile of one city alone would forbid to learn about any other place.
        """
        broken = [*self._untrue(metrics, size), *_worse(marks, incumbent)]
        if broken:
            raise GateError(
                f"the network was not exported: {'; '.join(broken)}. Train it longer or "
                "otherwise; the candidate stays in the training folder"
            )

    def _untrue(self, metrics: Mapping[str, Any], size: int) -> Iterator[str]:
        """What 8 bits do to the network that they should not."""
        real, short = metrics["float"][self.figure], metrics["int8"][self.figure]
        agreement, named = metrics["argmax_agreement"], self.figure.replace("_", " ")
        rules = (
            (
                agreement >= self.least_agreement,
                f"8 bits leave {agreement:.2%} of the decisions of the float network as they were, "
                f"at least {self.least_agreement:.1%} are wanted",
            ),
            (
                short >= real - self.largest_loss,
                f"8 bits take the {named} from {real:.4f} to {short:.4f}, at most "
                f"{self.largest_loss} may be lost",
            ),
            (
                size <= self.largest_file,
                f"the file has {size:,} bytes, at most {self.largest_file:,} may ship",
            ),
        )
        return (words for holds, words in rules if not holds)


def _worse(marks: Mapping[str, float], incumbent: Mapping[str, float]) -> Iterator[str]:
    if incumbent and fmean(marks.values()) < fmean(incumbent.values()):
        yield (
            f"the network it would replace does better on the same data "
            f"({_words(incumbent)}) than this one ({_words(marks)})"
        )


def _words(marks: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in marks.items())
